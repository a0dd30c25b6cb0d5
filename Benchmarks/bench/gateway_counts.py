"""What one request costs the gateway in instructions and in heap allocations, counted over many on one connection."""

import dataclasses
import struct

from . import callgrind, client, peers, service, world


@dataclasses.dataclass
class Request:
    """A kind of request, and the configuration that it wants."""

    name: str
    setup: peers.Setup = dataclasses.field(default_factory=peers.Setup)
    path: str = "/api/1k"
    fields: int = 2
    body: int = 0
    status: int = 200
    new_tokens: bool = False
    times: int = 1000


def setup(name, **options):
    return peers.Setup(name=name, peers=("menshen",), **options)


KINDS = [
    Request("get-1k"),
    Request("get-64k", path="/api/64k", times=300),
    Request("64k-chunked", path="/api/64k-chunked", times=300),
    Request("wrapped-64k", path="/wrapped/64k", times=300),
    Request("post-4k", body=4096),
    Request("25-fields", fields=25),
    Request("new-token", new_tokens=True, times=500),
    Request("wrapped", path="/wrapped/1k"),
    Request("service-failure", path="/api/fail", status=500),
    Request("access-log", setup("logged", access_log=True)),
    Request("1-route", path=peers.ROUTED_PATH),
    Request("100-routes", setup("routes100", routes=100), path=peers.ROUTED_PATH),
    Request("10000-routes", setup("routes10000", routes=10_000), path=peers.ROUTED_PATH),
]


def by_setup():
    groups = {}
    for kind in KINDS:
        groups.setdefault(kind.setup.name, (kind.setup, []))[1].append(kind)
    return groups.values()


def send(connections, port, kind, times, first=0):
    options = {"path": kind.path, "fields": kind.fields, "body": kind.body}
    if kind.new_tokens:
        requests = client.fresh(port, times, first=first, **options)
    else:
        requests = client.same(port, times, **options)
    client.exchange(connections, requests, kind.status)


def command_without_pinning(peer, binary):
    return peer.command[peer.command.index(str(binary)) + 1:]


def instructions(binary, folder):
    """Instructions per request by kind. User mode alone: what the kernel does is not in it."""
    results = {}
    with service.serving(folder) as port:
        for each, kinds in by_setup():
            peer = peers.menshen(folder, port, each, binary)
            command = callgrind.command(binary, folder / f"{each.name}.out", "--instr-atstart=no")
            command += command_without_pinning(peer, binary)
            with world.running(command, peer.port, folder, f"callgrind-{each.name}", callgrind.environment()) as process:
                with client.connected(peer.port) as connections:
                    for number, kind in enumerate(kinds):
                        send(connections, peer.port, kind, 200, first=1_000_000 * (number + 1))
                        with callgrind.counting(process.pid, folder, each.name) as count:
                            send(connections, peer.port, kind, kind.times)
                        results[kind.name] = count.instructions / kind.times
    return results


def allocations(binary, folder, times=10_000):
    """Heap allocations per request by kind, growth of a block counted as one."""
    results = {}
    library = callgrind.build_shim("allocations")
    with service.serving(folder) as port:
        for each, kinds in by_setup():
            peer = peers.menshen(folder, port, each, binary)
            counts = folder / f"{each.name}.counts"
            variables = {"LD_PRELOAD": str(library), "MENSHEN_ALLOCATION_COUNTS": str(counts)}
            name = f"allocations-{each.name}"
            with world.running(peer.command, peer.port, folder, name, variables):
                with client.connected(peer.port) as connections:
                    for number, kind in enumerate(kinds):
                        send(connections, peer.port, kind, 1000, first=1_000_000 * (number + 1))
                        before = read(counts)
                        send(connections, peer.port, kind, times)
                        results[kind.name] = (read(counts) - before) / times
    return results


def read(counts):
    allocated, reallocated, _ = struct.unpack("=3Q", counts.read_bytes())
    if allocated == 0:
        raise world.Failure("the counting library was not loaded")
    return allocated + reallocated
