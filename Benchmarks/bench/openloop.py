"""Latency at a fixed rate.

h2load --rps gives each connection a schedule of its own and does not slow down where answers are late, but three things
have to be known. It takes a request's time from when it was sent, and a connection of HTTP/1.1 sends one at a time: a
request that should have gone out while its connection waited is not charged for that. It is silent about a rate that it did
not reach. And connections that are opened together all fire together. So there are many connections, opened one after the
other, each with a period far longer than a usual answer; what took longer than a period is corrected as HdrHistogram does,
with one more sample for each request that had to wait behind it; and the table has the rate that was reached beside the one
that was due. One process: several that share a core with the service would measure when they get their turn.
"""

import dataclasses
import subprocess

from . import accounting, tokens, world

CONNECTIONS = 128
# Seconds before the measurement: the first of them for opening connections one by one.
WARM_UP = 1


@dataclasses.dataclass
class Latency:
    """One run. Times in microseconds."""

    rate: float
    due: float
    p50: float
    p99: float
    p999: float
    cost: float
    corrected: int


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def waiting(elapsed, period):
    """What the requests would have taken that were due on the same connection while one took this long."""
    waited = []
    late = elapsed - period
    while late > 0:
        waited.append(late)
        late -= period
    return waited


def command(port, rate, seconds, log):
    """As many requests as are due from the first connection's opening until `seconds` after the warm-up."""
    return world.pinned(
        world.LOAD_CORE, "h2load", "--h1", "-t1", f"-c{CONNECTIONS}", "-r1", "--rate-period=1ms",
        f"--rps={rate / CONNECTIONS:.4f}", f"-n{int(rate * (seconds + WARM_UP))}", f"--log-file={log}",
        "-H", f"authorization: Bearer {tokens.sign()}", f"http://127.0.0.1:{port}/api/1k")


def measured(lines, seconds):
    """The times, in microseconds, of the requests that were sent in the measurement's seconds; raises on a failure."""
    rows = sorted(tuple(map(int, line.split("\t")[:3])) for line in lines)
    if bad := {status for _, status, _ in rows if status != 200}:
        raise world.Failure(f"at a fixed rate: status {bad}")
    if not rows:
        raise world.Failure("nothing was answered at a fixed rate")
    begin = rows[0][0] + WARM_UP * 1_000_000
    # Connections were opened one after the other, so they end one after the other too.
    end = begin + seconds * 1_000_000 - CONNECTIONS * 1000
    times = [elapsed for started, _, elapsed in rows if begin <= started < end]
    return times, (end - begin) / 1e6


def run(peer, rate, seconds, folder):
    log = folder / "h2load.log"
    log.unlink(missing_ok=True)
    before = sum(accounting.processor_time(peer.pid))
    try:
        finished = subprocess.run(
            command(peer.port, rate, seconds, log), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=2 * seconds + 60)
    except subprocess.TimeoutExpired:
        raise world.Failure(f"{peer.name} at a fixed rate: h2load did not end") from None
    after = sum(accounting.processor_time(peer.pid))
    if finished.returncode:
        raise world.Failure(f"h2load ended with {finished.returncode}: {finished.stdout[-1000:]}")
    lines = log.read_text().splitlines()
    try:
        times, window = measured(lines, seconds)
    except world.Failure as failure:
        raise world.Failure(f"{peer.name} {failure}") from None
    waited = [late for elapsed in times for late in waiting(elapsed, 1e6 * CONNECTIONS / rate)]
    ordered = sorted(times + waited)
    return Latency(
        rate=len(times) / window, due=rate, p50=percentile(ordered, 0.5), p99=percentile(ordered, 0.99),
        p999=percentile(ordered, 0.999), cost=(after - before) / len(lines) * 1e6, corrected=len(waited))
