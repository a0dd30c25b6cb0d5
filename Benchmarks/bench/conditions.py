"""What a run was made with and on, and whether its figures can be judged."""

import dataclasses
import hashlib
import os
import platform
import re
import statistics
import subprocess
import sys
import time

from . import accounting, options, peers, world

# The share of a core that others may use before a run; what the hypervisor may give to other machines during it; and what
# others may use of the proxy's core in most rounds of any proxy.
BUSY, STOLEN, USED = 0.05, 0.05, 0.10


@dataclasses.dataclass
class Conditions:
    date: str
    gateway: str
    processor: str
    kernel: str
    cores: int
    arguments: str
    versions: dict
    # Shares of the proxy's and of the load's core that others used before the run.
    busy: list
    # Share of both cores' time that other machines got during the run; None while it lasts.
    stolen: float = None
    # Share of the proxy's core that others used while something was measured, where it was most; None while it lasts.
    used: float = None
    broken_off: str = ""

    @property
    def disturbed(self):
        """Why the machine's figures are not the proxies' own; None where they are."""
        if max(self.busy) > BUSY:
            return f"others used {max(self.busy):.0%} of a core before the run"
        if self.stolen is not None and self.stolen > STOLEN:
            return f"other machines got {self.stolen:.0%} of the cores' time"
        if self.used is not None and self.used > USED:
            return f"others used up to {self.used:.0%} of the proxy's core while it was measured"
        return None

    def after(self, earlier, results):
        """Fills in what is known once all is measured."""
        self.stolen = accounting.stolen(earlier, accounting.core_times(), (world.PROXY_CORE, world.LOAD_CORE))
        self.used = max(
            (statistics.median(sample.others for sample in samples) for rows in results.values() for samples in rows.values()
             if hasattr(samples[0], "others")), default=0)

    def unjudged(self, chosen):
        """Why no goal is met or missed by this run; None where it can say."""
        if options.is_short(chosen):
            return f"it wants {options.ENOUGH}"
        return self.broken_off or self.disturbed


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def said(*command):
    """What a program prints, of both its outputs; nothing where it cannot be asked."""
    try:
        finished = subprocess.run(
            list(map(str, command)), cwd=world.TOP, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return ""
    return "" if finished.returncode else finished.stdout + finished.stderr


def gateway(binary):
    """What was measured: the commit of this checkout, and whether something in it is not in that commit; or a file, of which
    nobody knows that."""
    if binary is not None:
        digest = hashlib.sha256(binary.read_bytes()).hexdigest()
        return f"{binary.name} with SHA-256 {digest[:16]}…"
    name = said("git", "rev-parse", "--short=10", "HEAD").strip()
    if not name:
        return "no commit"
    # The page is written by a run, so it says nothing of what was measured.
    changed = said("git", "status", "--porcelain", "--", ".", ":!docs").strip()
    return f"commit {name}{'-dirty' if changed else ''}"


def versions(names):
    """Of the other proxies and of what measures: name to version. The gateway's is the commit."""
    asked = {
        "haproxy": (("haproxy", "-v"), r"version (\S+)"),
        "nginx": (("nginx", "-v"), r"nginx/(\S+)"),
        "wrk": (("wrk", "-v"), r"wrk \S*?(\d\S*)"),
        "h2load": (("h2load", "--version"), r"nghttp2/(\S+)"),
    }
    if "envoy" in names:
        asked["envoy"] = ((peers.envoy_binary(), "--version"), r"/(\d+\.\d+\.\d+)/")
    found = {}
    for name, (command, pattern) in asked.items():
        if name in names or name not in peers.NAMES:
            match = re.search(pattern, answer(command))
            found[name] = (match[1] if match.groups() else match[0]) if match else "of unknown version"
    if "haproxy" in names:
        library = re.search(r"Running on OpenSSL version : OpenSSL (\S+)", said("haproxy", "-vv"))
        found["haproxy"] += f" (OpenSSL {library[1]})" if library else ""
    return found


def answer(command):
    # wrk says its version and then that it was used wrongly.
    return subprocess.run(
        list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=30).stdout


def before(names, binary):
    """Looks at the machine for two seconds; warns where others use it.

    The binary is one that the caller named; none: this checkout's own is measured."""
    earlier = accounting.core_times()
    time.sleep(2)
    later = accounting.core_times()
    found = Conditions(
        date=time.strftime("%Y-%m-%d"), gateway=gateway(binary), processor=processor(), kernel=platform.release(),
        cores=os.cpu_count() or 0, arguments=" ".join(sys.argv[1:]) or "no options",
        versions=versions(names),
        busy=[accounting.busy(earlier, later, core) for core in (world.PROXY_CORE, world.LOAD_CORE)])
    if found.disturbed:
        print(f"warning: {found.disturbed}; figures will be noisy", file=sys.stderr, flush=True)
    return found
