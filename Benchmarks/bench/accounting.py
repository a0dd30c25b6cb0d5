"""What processes and cores used, by the kernel's own accounting."""

import contextlib
import dataclasses
import os
import pathlib
import re
import time

from . import world

TICKS = os.sysconf("SC_CLK_TCK")


def family(pid):
    """A process and all below it: nginx works in a child."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def processor_time(pid):
    """Seconds in user and in kernel mode of a process family, threads that ended included."""
    user = kernel = 0
    for each in family(pid):
        fields = pathlib.Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        user += int(fields[11])
        kernel += int(fields[12])
    return user / TICKS, kernel / TICKS


def resident(pid):
    """Resident bytes of a process family; pages that its processes share count for each in equal parts."""
    total = 0
    for each in family(pid):
        text = pathlib.Path(f"/proc/{each}/smaps_rollup").read_text()
        # Of one process: all that is resident, libraries too, as `ps` and container limits nearly have it.
        name = "Rss" if len(family(pid)) == 1 else "Pss"
        total += int(re.search(rf"^{name}:\s+(\d+) kB", text, re.M)[1]) * 1024
    return total


def core_times():
    """For each core: (busy, all, stolen) in ticks since the start of the machine. Busy is also what other machines got of it
    while something here wanted it."""
    cores = {}
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        if re.match(r"cpu\d", line):
            name, *values = line.split()
            values = list(map(int, values[:8]))
            cores[name[3:]] = (sum(values) - values[3] - values[4], sum(values), values[7])
    return cores


def busy(before, after, core):
    """The share of a core's time that was used, by anybody."""
    (busy0, all0, _), (busy1, all1, _) = before[core], after[core]
    return (busy1 - busy0) / max(all1 - all0, 1)


def stolen(before, after, cores):
    """The share of these cores' time that other machines got."""
    gone = sum(after[core][2] - before[core][2] for core in cores)
    return gone / max(sum(after[core][1] - before[core][1] for core in cores), 1)


@dataclasses.dataclass
class Use:
    """What a proxy used while something was measured, in seconds, and what the cores did, in shares of their time."""

    user: float = 0
    kernel: float = 0
    proxy_core: float = 0
    load_core: float = 0
    # Of the proxy's core, what others than the proxy used.
    others: float = 0


@contextlib.contextmanager
def using(pid):
    """What a proxy uses inside the block, known behind it."""
    use = Use()
    cores, begun, (user, kernel) = core_times(), time.monotonic(), processor_time(pid)
    yield use
    user_after, kernel_after = processor_time(pid)
    elapsed = time.monotonic() - begun
    cores_after = core_times()
    use.user, use.kernel = user_after - user, kernel_after - kernel
    use.proxy_core = busy(cores, cores_after, world.PROXY_CORE)
    use.load_core = busy(cores, cores_after, world.LOAD_CORE)
    use.others = max(0, use.proxy_core - (use.user + use.kernel) / elapsed)
