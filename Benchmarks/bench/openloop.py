"""Latency at a fixed rate.

h2load --rps gives each connection a schedule of its own and does not slow down where answers are late, but some things have
to be known. It takes a request's time from when it was sent, and a connection of HTTP/1.1 sends one at a time: a request
that should have gone out while its connection waited is not charged for that. A connection's clock ticks no faster than each
10 ms. Connections that are opened together all fire together. It is silent about a rate that it did not reach, and about
connections that were lost. So there are many connections, opened one after the other, each with a period far longer than a
usual answer and than such a tick; what took longer than a period is corrected as HdrHistogram does, with one more sample for
each request that had to wait behind it; each request has to be in its log; and the table has the rate that was reached beside
the one that was due. One process: several that share a core with the service would measure when they get their turn.
"""

import dataclasses
import math
import statistics
import subprocess

from . import accounting, tokens, world

# At least so many connections, and so many that each sends no more than so often a second.
CONNECTIONS, EACH = 128, 80
# Seconds before the measurement, in which the connections are opened, one each millisecond.
WARM_UP = 1
# Microseconds of one window of the measurement.
WINDOW = 250_000


@dataclasses.dataclass
class Latency:
    """One run. Times in microseconds."""

    rate: float
    due: float
    p50: float
    p99: float
    p999: float
    # The median of what the windows of the measurement have for their p99: a pause of the machine is in one or two of them.
    window_p99: float
    cost: float
    corrected: int
    # The share of the proxy's core that others than the proxy used.
    others: float


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def plan(rate, seconds):
    """The number of connections and of requests on each: two more than are due, so that none ends within the measurement."""
    connections = max(CONNECTIONS, math.ceil(rate / EACH))
    return connections, math.ceil(rate * (seconds + WARM_UP) / connections) + 2


def command(port, rate, connections, requests, log):
    return world.pinned(
        world.LOAD_CORE, "h2load", "--h1", "-t1", f"-c{connections}", "-r1", "--rate-period=1ms",
        f"--rps={rate / connections:.4f}", f"-n{requests}", f"--log-file={log}",
        "-H", f"authorization: Bearer {tokens.sign()}", f"http://127.0.0.1:{port}/api/1k")


def times(started, elapsed, period, begin, end):
    """What a request took, and what those would have taken that were due on its connection meanwhile: of all these the ones
    due within the measurement, as (whether it was sent, microseconds, since its begin)."""
    missed = 0
    while missed == 0 or elapsed > missed * period:
        due = started + missed * period
        if begin <= due < end:
            yield missed == 0, elapsed - missed * period, due - begin
        missed += 1


def measured(lines, requests, seconds, period):
    """All times that count, (whether it was sent, microseconds, since the begin); raises where a request failed."""
    rows = sorted(tuple(map(int, line.split("\t")[:3])) for line in lines)
    if bad := {status for _, status, _ in rows if status != 200}:
        raise world.Failure(f"at a fixed rate: status {bad}")
    # h2load ends well and writes nothing down for what was lost with its connection.
    if len(rows) != requests:
        raise world.Failure(f"at a fixed rate: {len(rows)} answers to {requests} requests")
    begin = rows[0][0] + WARM_UP * 1_000_000
    end = begin + seconds * 1_000_000
    return [each for started, _, elapsed in rows for each in times(started, elapsed, period, begin, end)]


def window_p99(found):
    windows = {}
    for _, took, since in found:
        windows.setdefault(int(since // WINDOW), []).append(took)
    return statistics.median(percentile(sorted(times_), 0.99) for times_ in windows.values())


def run(peer, rate, seconds, folder):
    log = folder / "h2load.log"
    log.unlink(missing_ok=True)
    connections, each = plan(rate, seconds)
    with accounting.using(peer.pid) as use:
        # The run's own limit: where a proxy cannot keep up, it takes longer.
        finished = subprocess.run(
            command(peer.port, rate, connections, connections * each, log), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=4 * seconds + 60)
    if finished.returncode:
        raise world.Failure(f"h2load ended with {finished.returncode}: {finished.stdout[-1000:]}")
    try:
        found = measured(log.read_text().splitlines(), connections * each, seconds, 1e6 * connections / rate)
    except world.Failure as failure:
        raise world.Failure(f"{peer.name} {failure}") from None
    ordered = sorted(took for _, took, _ in found)
    sent = sum(was_sent for was_sent, _, _ in found)
    if not sent:
        raise world.Failure(f"{peer.name} answered nothing at a fixed rate")
    return Latency(
        rate=sent / seconds, due=rate, p50=percentile(ordered, 0.5), p99=percentile(ordered, 0.99),
        p999=percentile(ordered, 0.999), window_p99=window_p99(found), cost=(use.user + use.kernel) / (connections * each) * 1e6,
        corrected=len(found) - sent, others=use.others)
