"""Latency at a fixed rate.

h2load --rps gives each connection a schedule of its own and does not slow down where answers are late, but two things have
to be known. It takes a request's time from when it was sent, and a connection of HTTP/1.1 sends one at a time: a request
that should have gone out while its connection waited is not charged for that. And it is silent about a rate that it did
not reach. So there are many connections, each with a period far longer than a usual answer; what took longer than a period
is corrected as HdrHistogram does, with one more sample for each request that had to wait behind it; and the table has the
rate that was reached beside the one that was due.
"""

import dataclasses
import subprocess

from . import accounting, tokens, world

# Connections of one h2load all fire at once. Several of them, at rates that differ a little, spread what arrives.
PROCESSES, CONNECTIONS_OF_EACH = 8, 16
CONNECTIONS = PROCESSES * CONNECTIONS_OF_EACH
SPREAD = 0.1


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
    return world.pinned(
        world.LOAD_CORE, "h2load", "--h1", "-t1", f"-c{CONNECTIONS_OF_EACH}", f"--rps={rate:.4f}", f"-D{seconds}",
        "--warm-up-time=1", f"--log-file={log}", "-H", f"authorization: Bearer {tokens.sign()}",
        f"http://127.0.0.1:{port}/api/1k")


def run(peer, rate, seconds, folder):
    each = rate / CONNECTIONS
    before = sum(accounting.processor_time(peer.pid))
    started = []
    for number in range(PROCESSES):
        mine = each * (1 + SPREAD * (2 * number / (PROCESSES - 1) - 1))
        log = folder / f"h2load-{number}.log"
        log.unlink(missing_ok=True)
        process = subprocess.Popen(
            command(peer.port, mine, seconds, log), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        started.append((process, log, mine))
    try:
        printed = [process.communicate(timeout=seconds + 60)[0] for process, _, _ in started]
    finally:
        for process, _, _ in started:
            process.kill()
    after = sum(accounting.processor_time(peer.pid))
    times, waited = [], []
    for (process, log, mine), output in zip(started, printed):
        if process.returncode:
            raise world.Failure(f"h2load ended with {process.returncode}: {output[-1000:]}")
        period = 1e6 / mine
        for line in log.read_text().splitlines():
            _, status, elapsed = line.split("\t")[:3]
            if status != "200":
                raise world.Failure(f"{peer.name} at a fixed rate: status {status}")
            times.append(int(elapsed))
            waited += waiting(int(elapsed), period)
    if not times:
        raise world.Failure(f"{peer.name} answered nothing at a fixed rate")
    ordered = sorted(times + waited)
    # The warm-up's requests are the proxy's work too, though not in the log.
    requests = len(times) * (seconds + 1) / seconds
    return Latency(
        rate=len(times) / seconds, due=rate, p50=percentile(ordered, 0.5), p99=percentile(ordered, 0.99), p999=percentile(ordered, 0.999),
        cost=(after - before) / requests * 1e6, corrected=len(waited))
