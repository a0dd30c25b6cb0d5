"""One run of wrk against one proxy, with what the proxy and the cores used meanwhile."""

import dataclasses
import os
import re
import subprocess
import time

from . import accounting, cases, tokens, world


@dataclasses.dataclass
class Sample:
    """One round of one proxy. Times in microseconds."""

    requests: int
    rate: float
    user: float
    kernel: float
    p50: float
    p99: float
    resident: int
    # Shares of a core's time; what others than the proxy used of its core.
    proxy_core: float
    others: float
    load_core: float

    @property
    def cost(self):
        return self.user + self.kernel

    @property
    def load_cost(self):
        """What load generator and service together use for a request: a proxy decides in how many pieces they get it."""
        return self.load_core / self.rate * 1e6


def environment(case, token_file):
    values = {**os.environ, "BENCH_HEADERS": str(case.headers), "BENCH_BODY": str(case.body)}
    if token_file is None:
        values["BENCH_TOKEN"] = tokens.sign()
    else:
        values["BENCH_TOKENS"] = str(token_file)
    return values


def run(peer, case, seconds, token_file=None):
    """Raises where a request failed, or succeeded where it should fail."""
    command = world.pinned(
        world.LOAD_CORE, "wrk", "-t1", f"-c{case.connections}", f"-d{seconds}s", "--timeout", "10s", "-s",
        world.HERE / "load" / "requests.lua", f"http://127.0.0.1:{peer.port}{case.path}")
    with accounting.using(peer.pid) as use:
        finished = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds + 60,
            env=environment(case, token_file))
    line = re.search(r"^RESULT (.*)$", finished.stdout, re.M)
    if finished.returncode or not line:
        raise world.Failure(f"wrk ended with {finished.returncode}: {finished.stderr or finished.stdout}")
    values = {name: int(value) for name, value in (pair.split("=") for pair in line[1].split())}
    requests = values["requests"]
    broken = {name: values[name] for name in ("connect", "read", "write", "timeout") if values[name]}
    refused = values["status"]
    if broken or requests == 0 or refused != (requests if case.fails else 0):
        raise world.Failure(
            f"{peer.name}, {case.name}: {requests} requests, {refused} with a status of 400 or more, socket errors: {broken}")
    if case.single_use and requests > seconds * cases.TOKENS_A_SECOND:
        raise world.Failure(f"{peer.name} answered {requests} requests in {seconds} s: too few tokens for one use each")
    return Sample(
        requests=requests,
        rate=requests / values["duration"] * 1e6,
        user=use.user / requests * 1e6,
        kernel=use.kernel / requests * 1e6,
        p50=values["p50"],
        p99=values["p99"],
        resident=accounting.resident(peer.pid),
        proxy_core=use.proxy_core,
        others=use.others,
        load_core=use.load_core,
    )


def settle(peer, seconds=2):
    """Waits until the proxy uses next to nothing, so that one run's end is not in the next one's figures."""
    deadline = time.monotonic() + seconds
    last = sum(accounting.processor_time(peer.pid))
    while time.monotonic() < deadline:
        time.sleep(0.1)
        now = sum(accounting.processor_time(peer.pid))
        if now == last:
            return
        last = now
