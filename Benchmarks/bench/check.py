"""`make bench-check`: instruction and allocation counts against Benchmarks/thresholds.json.

Counts, not times: they are the same on a loaded machine. A figure that is more than 2 % above its threshold fails.
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

from . import callgrind, gateway_counts, peers, world

THRESHOLDS = world.HERE / "thresholds.json"
MICRO = world.TOP / ".build" / "release" / "menshen-micro"
TOLERANCE = 1.02
FEW, MANY = 200, 1200


def build_microbenchmarks():
    environment = {**os.environ, "MENSHEN_BENCHMARKS": "1"}
    subprocess.run(
        ["swift", "build", "-c", "release", "--static-swift-stdlib", "--product", "menshen-micro"],
        cwd=world.TOP, check=True, env=environment,
        stdin=subprocess.DEVNULL)


def microbenchmarks(folder):
    """Instructions of one turn by name: two runs, and what the longer one has more."""
    listed = subprocess.run([MICRO], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=60)
    results = {}
    for name in listed.stdout.split():
        totals = []
        for times in (FEW, MANY):
            output = folder / f"{name}-{times}.out"
            subprocess.run(
                [*callgrind.command(MICRO, output), name, str(times)], stdin=subprocess.DEVNULL, capture_output=True,
                check=True, timeout=600, env={**os.environ, **callgrind.environment()})
            totals.append(callgrind.total(output))
        results[name] = (totals[1] - totals[0]) / (MANY - FEW)
    return results


def compare(title, measured, thresholds, unit):
    """Prints one table; the names that are above their threshold, or have none."""
    print(f"\n{title}")
    failed = []
    for name, value in measured.items():
        threshold = thresholds.get(name)
        if threshold is None:
            verdict = "no threshold"
            failed.append(name)
        else:
            allowed = threshold * TOLERANCE if unit == "instructions" else threshold
            verdict = "ok" if value <= allowed else "TOO MANY"
            if value > allowed:
                failed.append(name)
            elif unit == "instructions" and value * TOLERANCE < threshold:
                verdict = "fewer: lower the threshold"
        threshold = "" if threshold is None else f"{threshold:>10,}"
        print(f"  {name:<26} {value:>12,.2f} {threshold:>10} {verdict}", flush=True)
    return failed


def rounded(measured, unit):
    if unit == "instructions":
        return {name: math.ceil(value) for name, value in measured.items()}
    # One more a request is one too many; timers have theirs too, more of them a request where the machine is slow.
    return {name: round(value) + 0.5 for name, value in measured.items()}


def main():
    parser = argparse.ArgumentParser(prog="make bench-check", description=__doc__)
    parser.add_argument("--binary", type=world.program, metavar="FILE",
                        help="the gateway (default: this checkout's release build, made first)")
    parser.add_argument("--only", choices=["micro", "requests", "allocations"], action="append")
    parser.add_argument("--update", action="store_true", help="write what was measured as the thresholds")
    options = parser.parse_args()
    binary = peers.gateway(options.binary)
    wanted = options.only or ["micro", "requests", "allocations"]
    thresholds = json.loads(THRESHOLDS.read_text()) if THRESHOLDS.exists() else {}
    failed = []
    with tempfile.TemporaryDirectory(prefix="menshen-bench-") as path:
        folder = pathlib.Path(path)
        if "micro" in wanted:
            build_microbenchmarks()
        for name, title, unit, measure in (
            ("micro", "Instructions per operation", "instructions", lambda: microbenchmarks(folder)),
            ("requests", "Instructions per request, gateway", "instructions",
             lambda: gateway_counts.instructions(binary, folder)),
            ("allocations", "Heap allocations per request, gateway, both sides", "allocations",
             lambda: gateway_counts.allocations(binary, folder)),
        ):
            if name not in wanted:
                continue
            measured = measure()
            if options.update:
                thresholds[name] = rounded(measured, unit)
            failed += compare(title, measured, thresholds.get(name, {}), unit)
    if options.update:
        THRESHOLDS.write_text(json.dumps(thresholds, indent=2) + "\n")
    if failed:
        raise world.Failure(f"above the threshold: {', '.join(failed)}")


if __name__ == "__main__":
    sys.exit(world.end("bench-check", main))
