"""`make bench`."""

import os
import pathlib
import sys
import tempfile

from . import accounting, conditions, goals, options, peers, report, runner, world


def judge(results, at_most):
    """For `--at-most`: the main case's goal with a bound of the caller's."""
    found = goals.Goal("64", goals.beside(results, "64", "cost", "haproxy"), at_most, "×")
    if not found.is_met:
        raise world.Failure(
            f"gateway / HAProxy is {found.figure:.2f}, more than {at_most} ({found.rounds_met} of {len(found.figures)} rounds "
            "are within it)")


def measure(chosen):
    if not {0, 1} <= os.sched_getaffinity(0):
        raise world.Failure("two cores are needed: 0 for the proxy, 1 for load and service")
    names, absent = peers.available(chosen.peers)
    for name in chosen.left_out:
        print(f"{name} is left out: only {', '.join(sorted(peers_of(name)))} can be measured with it", flush=True)
    for name, reason in absent.items():
        print(f"{name} is left out: {reason}", flush=True)
    if chosen.write and absent:
        raise world.Failure("nothing measured: the page shows all proxies")
    if "menshen" in names:
        chosen.binary = peers.gateway(chosen.binary)
    machine = conditions.before(chosen, names)
    if machine.disturbed and (chosen.write or chosen.at_most is not None):
        raise world.Failure(f"nothing measured: {machine.disturbed}, so there would be nothing to judge")
    print(f"{', '.join(names)}; about {runner.estimate(chosen, names) / 60:.0f} minutes", flush=True)
    results = {}
    earlier = accounting.core_times()
    try:
        with tempfile.TemporaryDirectory(prefix="menshen-bench-") as folder:
            runner.run(chosen, names, pathlib.Path(folder), results)
    except BaseException as error:
        machine.broken_off = f"it was broken off ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
        raise
    finally:
        # What was measured before something failed is shown too.
        machine.stolen = accounting.stolen(earlier, accounting.core_times(), (world.PROXY_CORE, world.LOAD_CORE))
        markdown = report.text(results, chosen, machine, absent)
        print(f"\n{markdown}\nAll samples: {report.keep(results, machine)}", flush=True)
    if machine.disturbed and (chosen.write or chosen.at_most is not None):
        raise world.Failure(f"nothing to judge: {machine.disturbed}")
    if chosen.write:
        report.write_page(markdown)
    if chosen.at_most is not None:
        judge(results, chosen.at_most)


def peers_of(name):
    return options.cases.who(name)


sys.exit(world.end("bench", lambda: measure(options.parse())))
