"""`make bench`."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

from . import cases, peers, report, runner, world


def listed(known):
    def parse(text):
        chosen = [part for part in text.split(",") if part]
        unknown = [part for part in chosen if part not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
        return chosen

    return parse


def arguments():
    parser = argparse.ArgumentParser(
        prog="make bench BENCH=...",
        description="The gateway beside HAProxy, Envoy and nginx, each doing the same work. docs/performance.md has the method.")
    parser.add_argument("--cases", type=listed(cases.names()), help=f"of: {', '.join(cases.names())} (default: all)")
    parser.add_argument("--peers", type=listed(peers.NAMES), default=list(peers.NAMES), help="default: all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="length of one run of a load generator (default: 5)")
    parser.add_argument("--quick", action="store_true", help="one round of one second of a few cases: does it all still work?")
    parser.add_argument("--binary", default=str(world.GATEWAY), help="the gateway (default: .build/release/menshen)")
    parser.add_argument("--at-most", type=float, metavar="RATIO",
                        help="fail where CPU per request, gateway / HAProxy, is above this in the main case")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    options = parser.parse_args()
    if options.quick:
        options.rounds = options.seconds = 1
        options.cases = options.cases or list(cases.QUICK)
    options.cases = options.cases or cases.names()
    if options.rounds < 1 or options.seconds < 1:
        parser.error("--rounds and --seconds are 1 at least")
    return options


def measure(options):
    if not {0, 1} <= os.sched_getaffinity(0):
        raise world.Failure("two cores are needed: 0 for the proxy, 1 for load and service")
    options.binary = peers.locate_gateway(options.binary)
    names, absent = peers.available(options.peers)
    for name, reason in absent.items():
        print(f"{name} is left out: {reason}", flush=True)
    quiet = runner.say_how_quiet()
    print(f"{', '.join(names)}; about {runner.estimate(options, names) / 60:.0f} minutes", flush=True)
    results = {}
    try:
        with tempfile.TemporaryDirectory(prefix="menshen-bench-") as folder:
            runner.run(options, names, pathlib.Path(folder), results)
    finally:
        # What was measured before something failed is shown too.
        markdown = report.text(results, options, absent, quiet)
        print(f"\n{markdown}\nAll samples: {report.keep(results)}", flush=True)
    if options.write:
        report.write_page(markdown)
    if options.at_most is not None:
        ratio = report.ratio(results, "64", "cost", "haproxy")
        if ratio is None or ratio > options.at_most:
            raise world.Failure(f"gateway / HAProxy is {ratio}, more than {options.at_most}")


def main():
    try:
        measure(arguments())
    except world.Failure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except subprocess.TimeoutExpired as error:
        print(f"bench: {error.cmd[0]} did not end in {error.timeout} s", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
