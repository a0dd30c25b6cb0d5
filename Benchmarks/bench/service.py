"""The service behind every proxy: nginx on the load core, answering JSON from memory."""

import contextlib
import json

from . import world


def body(size):
    """JSON of exactly that many bytes."""
    rows = max(0, (size - 60) // 48)
    value = {"orders": [{"id": 1000 + n, "item": "tea", "cents": 1200 + n % 100} for n in range(rows)], "filling": ""}
    while len(json.dumps(value)) > size:
        value["orders"].pop()
    value["filling"] = "x" * (size - len(json.dumps(value)))
    return json.dumps(value)


@contextlib.contextmanager
def serving(folder):
    """Enters the block with the service's port."""
    port = world.free_port()
    # Started as root, nginx works as another user, who has to reach the files.
    folder.chmod(0o755)
    (folder / "64k.json").write_text(body(64 * 1024))
    (folder / "1m.json").write_text(body(1024 * 1024))
    configuration = folder / "service.conf"
    configuration.write_text(
        world.fill("service.conf", folder=folder, port=port, body100=body(100), body1k=body(1024)))
    command = world.pinned(
        world.LOAD_CORE, "nginx", "-p", folder, "-c", configuration, "-e", folder / "service.log", "-g", "daemon off;")
    with world.running(command, port, folder, "service"):
        yield port
