"""`make bench`."""

import os
import pathlib
import sys
import tempfile

from . import accounting, cases, conditions, goals, options, peers, report, runner, world


def judge(results, chosen):
    """For `--at-most`: the chosen cases with a bound of the caller's."""
    found = [goals.Goal(case.name, goals.beside(results, case.name, "cost", "haproxy"), chosen.at_most, "×")
             for case in options.compared(chosen)]
    missed = [
        f"{goal.title}: {goal.figure:.2f} ({goal.rounds_met} of {len(goal.figures)} rounds within it)"
        for goal in found if not goal.is_met]
    if missed:
        raise world.Failure(f"gateway / HAProxy is above {chosen.at_most} in {'; '.join(missed)}")


def measure(chosen):
    if not {0, 1} <= os.sched_getaffinity(0):
        raise world.Failure("two cores are needed: 0 for the proxy, 1 for load and service")
    names, absent = peers.available(chosen.peers)
    for name in chosen.left_out:
        print(f"{name} is left out: only {', '.join(sorted(cases.who(name)))} can be measured with it", flush=True)
    for name, reason in absent.items():
        print(f"{name} is left out: {reason}", flush=True)
    if chosen.write and absent:
        raise world.Failure("nothing measured: the page shows all proxies")
    given = chosen.binary
    if "menshen" in names:
        chosen.binary = peers.gateway(given)
    machine = conditions.before(names, given)
    if machine.disturbed and (chosen.write or chosen.at_most is not None):
        raise world.Failure(f"nothing measured: {machine.disturbed}, so there would be nothing to judge")
    seconds = runner.estimate(chosen, names)
    took = f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
    print(f"{', '.join(names)}; about {took}", flush=True)
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
        machine.after(earlier, results)
        markdown = report.text(results, chosen, machine, absent)
        print(f"\n{markdown}\nAll samples: {report.keep(results, machine)}", flush=True)
    if machine.disturbed and (chosen.write or chosen.at_most is not None):
        raise world.Failure(f"nothing to judge: {machine.disturbed}")
    if chosen.write:
        report.write_page(markdown)
    if chosen.at_most is not None:
        judge(results, chosen)


sys.exit(world.end("bench", lambda: measure(options.parse())))
