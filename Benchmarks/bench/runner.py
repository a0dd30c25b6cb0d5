"""Runs the cases in turn: each round gives each proxy its time, in an order that alternates, since a machine drifts."""

import contextlib
import os
import pathlib
import statistics
import tempfile

from . import cases, idle, load, openloop, peers, service, tokens, world

WARM_UP = 1
# Closed loops that find out what the slowest can do.
CAPACITY_ROUNDS = 3


def estimate(options, names):
    """Seconds that a run takes, nearly."""
    total = 20
    round_ = options.seconds + 0.5
    for case in cases.CASES:
        if case.name in options.cases:
            count = sum(name in case.setup.peers for name in names)
            if case.together:
                total += more_rounds(options) * count * (WARM_UP + 1 + round_)
            else:
                total += count * (WARM_UP + 2 + options.rounds * round_)
            # Signing a token takes some 8 us.
            total += case.single_use * options.rounds * options.seconds * cases.TOKENS_A_SECOND * 8e-6
    if "rate" in options.cases:
        capacity = (1 if options.quick else CAPACITY_ROUNDS) * (options.seconds + 0.5)
        total += len(names) * (2 + capacity + 2 * options.rounds * (options.seconds + 1.7))
    if "idle" in options.cases:
        total += len(names) * (8 if options.quick else 30)
    if "start" in options.cases:
        total += len(names) * options.rounds * 2.6
    return total


def alternate(names, number):
    return list(names) if number % 2 == 0 else list(reversed(list(names)))


def show(case, number, name, sample):
    print(f"{case:<14} {number:>3}  {name:<8} {sample.cost:>8.2f} {sample.user:>7.2f} {sample.kernel:>7.2f} "
          f"{sample.rate:>9.0f} {sample.p50 / 1000:>8.2f} {sample.p99 / 1000:>8.2f} {sample.resident / 2**20:>7.1f} "
          f"{sample.proxy_core:>6.0%} {sample.load_core:>6.0%}", flush=True)


class TokenFile:
    """The tokens of a case: the same in all rounds, or for a case of single use others in each."""

    def __init__(self, folder, case):
        self.case = case
        self.path = folder / f"tokens-{case.name}"
        if case.tokens > 1:
            tokens.write(self.path, case.tokens)

    def of_round(self, number, seconds):
        """The file; none where the case has one token."""
        if self.case.single_use:
            count = int(seconds * cases.TOKENS_A_SECOND)
            # Each round has a range of numbers of its own, however long it takes.
            tokens.write(self.path, count, first=1 + number * 1_000_000_000)
        return self.path if self.case.single_use or self.case.tokens > 1 else None


def closed_loop(options, folder, port, names, results):
    print(f"{'case':<14} {'rnd':>3}  {'proxy':<8} {'µs/req':>8} {'user':>7} {'kernel':>7} {'req/s':>9} {'p50 ms':>8} "
          f"{'p99 ms':>8} {'MiB':>7} {'core 0':>6} {'core 1':>6}", flush=True)
    with tempfile.TemporaryDirectory(prefix="menshen-tokens-", dir=memory_folder(options.seconds)) as token_folder:
        folders = folder, pathlib.Path(token_folder)
        for group in grouped(case for case in cases.CASES if case.name in options.cases):
            if group[0].together:
                restarted(options, folders, port, names, group, results)
            else:
                at_once(options, folders, port, names, group, results)


def at_once(options, folders, port, names, group, results):
    """One case after the other, the proxies of all running all the time."""
    with running_for(options, folders[0], port, names, group) as running:
        for case in group:
            in_turn(folders[1], [case], running, results, options.seconds, range(options.rounds))


def restarted(options, folders, port, names, group, results):
    """Cases that are compared with one another, each with a process of its own: a process may be lucky or not with its
    memory for as long as it lasts, so each round has new ones."""
    for number in range(more_rounds(options)):
        with running_for(options, folders[0], port, names, group) as running:
            in_turn(folders[1], group, running, results, options.seconds, [number])


def more_rounds(options):
    """For a difference of a few per cent."""
    return 1 if options.quick else 2 * options.rounds + 1


@contextlib.contextmanager
def running_for(options, folder, port, names, group):
    """The proxies of some cases: name of the setup to name to peer."""
    with contextlib.ExitStack() as stack:
        # Cases of one setup share its proxies.
        yield {
            setup.name: stack.enter_context(peers.started(names, folder, port, setup, options.binary))
            for setup in setups_of(group, names)}


def memory_folder(seconds):
    """Where writing the tokens of a round keeps no disk busy while it is measured; None where there is no room for that."""
    try:
        room = os.statvfs("/dev/shm")
    except OSError:
        return None
    # A token takes some 470 bytes.
    enough = room.f_bavail * room.f_frsize > 2 * 512 * cases.TOKENS_A_SECOND * max(seconds, WARM_UP)
    return "/dev/shm" if enough and os.access("/dev/shm", os.W_OK) else None


def grouped(chosen):
    """The cases that are measured while the same proxies run."""
    groups = {}
    for case in chosen:
        groups.setdefault(case.together or case.setup.name, []).append(case)
    return groups.values()


def setups_of(group, names):
    for setup_name in dict.fromkeys(case.setup.name for case in group):
        mine = [case.setup for case in group if case.setup.name == setup_name]
        everybody = set().union(*(setup.peers for setup in mine))
        yield peers.Setup(
            setup_name, mine[0].access_log, mine[0].routes, tuple(name for name in names if name in everybody))


def in_turn(token_folder, group, running, results, seconds, rounds):
    """Rounds of cases that take turns, by their numbers."""
    turns = [(case, name) for case in group for name in running[case.setup.name] if name in case.setup.peers]
    used = {case.name: TokenFile(token_folder, case) for case in group}
    files = {case.name: used[case.name].of_round(0, WARM_UP) for case in group}
    for case, name in turns:
        load.run(running[case.setup.name][name], case, WARM_UP, files[case.name])
    for number in rounds:
        files = {case.name: used[case.name].of_round(number + 1, seconds) for case in group}
        for case, name in alternate(turns, number):
            peer = running[case.setup.name][name]
            load.settle(peer)
            sample = load.run(peer, case, seconds, files[case.name])
            show(case.name, number + 1, name, sample)
            results.setdefault(case.name, {}).setdefault(name, []).append(sample)
    for tokens_of_case in used.values():
        tokens_of_case.path.unlink(missing_ok=True)


def fixed_rate(options, folder, port, names, results):
    """Half and 80 % of what the slowest can do, found out by a closed loop just before."""
    case = next(case for case in cases.CASES if case.name == "64")
    with peers.started(names, folder, port, peers.Setup("rate"), options.binary) as running:
        rounds = [{name: load.run(peer, case, options.seconds).rate for name, peer in running.items()}
                  for _ in range(1 if options.quick else CAPACITY_ROUNDS)]
        capacity = min(statistics.median(each[name] for each in rounds) for name in running)
        for share in (0.5, 0.8):
            for number in range(options.rounds):
                for name in alternate(running, number):
                    load.settle(running[name])
                    latency = openloop.run(running[name], capacity * share, options.seconds, folder)
                    print(f"rate {share:.0%}       {number + 1:>3}  {name:<8} {latency.rate:>9.0f} of {latency.due:.0f} req/s  "
                          f"p50 {latency.p50 / 1000:.2f}  p99 of ¼ s {latency.window_p99 / 1000:.2f}  "
                          f"p99 {latency.p99 / 1000:.2f}  p99.9 {latency.p999 / 1000:.2f} ms  "
                          f"({latency.corrected} corrected)", flush=True)
                    results.setdefault(f"rate-{share:.0%}", {}).setdefault(name, []).append(latency)


def idle_connections(options, folder, port, names, results, limit):
    count = idle.connections_possible(limit) if not options.quick else 1000
    for name in names:
        setup = peers.Setup("idle", peers=(name,))
        with peers.started([name], folder, port, setup, options.binary) as running:
            measured = idle.run(running[name], count)
            print(f"idle               {name:<8} {measured.connections} connections, KiB each: "
                  f"{measured.fresh / 1024:.1f} fresh, {measured.used / 1024:.1f} after 1 MB", flush=True)
            results.setdefault("idle", {})[name] = [measured]


def starts(options, folder, port, names, results):
    for number in range(options.rounds):
        for name in alternate(names, number):
            measured = idle.start(name, folder, port, peers.Setup(f"start{number}"), options.binary)
            print(f"start          {number + 1:>3}  {name:<8} {measured.milliseconds:.0f} ms, "
                  f"{measured.resident / 2**20:.1f} MiB at rest", flush=True)
            results.setdefault("start", {}).setdefault(name, []).append(measured)


def run(options, names, folder: pathlib.Path, results):
    """Fills in all samples: case to proxy to a list, one of each round."""
    limit = world.raise_descriptor_limit()
    with service.serving(folder) as port:
        closed_loop(options, folder, port, names, results)
        if "rate" in options.cases:
            fixed_rate(options, folder, port, names, results)
        if "idle" in options.cases:
            idle_connections(options, folder, port, names, results, limit)
        if "start" in options.cases:
            starts(options, folder, port, names, results)
