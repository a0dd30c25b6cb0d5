"""Connections that are kept and say nothing, start-up, and memory at rest."""

import contextlib
import dataclasses
import os
import subprocess
import time

from . import accounting, client, peers, tokens, world


@dataclasses.dataclass
class Idle:
    """Bytes of resident memory per connection."""

    connections: int
    fresh: float
    used: float


def connections_possible(limit):
    """Ten thousand, or what the limit of descriptors allows: a proxy may need two for each, and some beside."""
    return max(100, min(10_000, (limit - 400) // 2))


def run(peer, count):
    """Opens connections one by one, a small request on each; then has each fetch 1 MB, and waits each time."""
    client.exchange([warm := client.Connection(peer.port)], client.same(peer.port, 200))
    warm.close()
    time.sleep(1)
    before = accounting.resident(peer.pid)
    small = client.request(peer.port, tokens.sign())
    large = client.request(peer.port, tokens.sign(), path="/api/1m")
    with contextlib.ExitStack() as stack:
        connections = []
        for _ in range(count):
            connections.append(stack.enter_context(contextlib.closing(client.Connection(peer.port))))
            connections[-1].send(small)
            connections[-1].receive()
        time.sleep(2)
        fresh = accounting.resident(peer.pid) - before
        # A tenth of them: gigabytes through one core take their time.
        some = connections[:max(1, count // 10)]
        for connection in some:
            connection.send(large)
            connection.receive()
        time.sleep(2)
        more = accounting.resident(peer.pid) - before - fresh
    return Idle(count, fresh / count, fresh / count + max(0, more) / len(some))


@dataclasses.dataclass
class Start:
    """Milliseconds from the start of the process to the end of the first proxied answer, and bytes at rest."""

    milliseconds: float
    resident: int


def start(name, folder, service, setup, binary):
    """Starts a proxy once."""
    peer = peers.MAKERS[name](folder, service, setup, binary)
    request = client.request(peer.port, tokens.sign())
    log = folder / f"start-{name}.out"
    with log.open("wb") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            peer.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env={**os.environ, **peer.environment})
        try:
            while True:
                if process.poll() is not None or time.monotonic() - began > 60:
                    raise world.Failure(f"{name} does not start:\n{log.read_text(errors='replace')[-2000:]}")
                try:
                    connection = client.Connection(peer.port)
                    break
                except OSError:
                    time.sleep(0.0005)
            with contextlib.closing(connection):
                connection.send(request)
                connection.receive()
                elapsed = time.monotonic() - began
            time.sleep(2)
            return Start(elapsed * 1000, accounting.resident(process.pid))
        finally:
            world.stop(process)
