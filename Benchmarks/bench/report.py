"""Medians, ratios and goals, as Markdown: the same text on the terminal and in docs/performance.md."""

import dataclasses
import json
import statistics
import time

from . import cases, goals, world

PAGE = world.TOP / "docs" / "performance.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
# The fixed rates, of what the slowest proxy can do.
RATES = {"rate-50%": "50 %", "rate-80%": "80 %"}


def median(samples, field):
    return statistics.median(getattr(sample, field) for sample in samples)


def over_haproxy(results, case, name):
    found = goals.beside(results, case, "cost", "haproxy", name)
    return f"{statistics.median(found):.2f}" if found else ""


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows] + [""]


def rate(samples):
    """In brackets where the proxy was not what limited it."""
    text = f"{median(samples, 'rate'):,.0f}"
    return text if median(samples, "proxy_core") >= 0.9 else f"({text})"


def closed(results):
    rows = []
    for case in cases.CASES:
        for name, samples in results.get(case.name, {}).items():
            costs = [sample.cost for sample in samples]
            rows.append([
                case.title, name, f"{statistics.median(costs):.2f}", f"{min(costs):.2f} – {max(costs):.2f}",
                f"{median(samples, 'user'):.2f}", f"{median(samples, 'kernel'):.2f}",
                over_haproxy(results, case.name, name), rate(samples),
                f"{median(samples, 'p50') / 1000:.2f}", f"{median(samples, 'p99') / 1000:.2f}",
                f"{median(samples, 'resident') / 2**20:.1f}",
                f"{median(samples, 'proxy_core'):.0%}, {median(samples, 'load_core'):.0%}",
                f"{median(samples, 'load_cost'):.0f}"])
    head = ["case", "proxy", "µs CPU a request", "lowest – highest", "user", "kernel", "× HAProxy", "requests/s", "p50 ms",
            "p99 ms", "MiB", "cores busy: proxy, load", "µs of the load's core"]
    return table(head, rows) if rows else []


def rates(results):
    rows = []
    for case, title in RATES.items():
        for name, samples in results.get(case, {}).items():
            rows.append([
                title, name, f"{median(samples, 'rate'):,.0f} of {median(samples, 'due'):,.0f}", *(
                    f"{median(samples, field) / 1000:.2f}" for field in ("p50", "window_p99", "p99", "p999")),
                f"{median(samples, 'cost'):.1f}", sum(sample.corrected for sample in samples)])
    head = ["of the slowest's capacity", "proxy", "requests/s, of those due", "p50 ms", "p99 ms of ¼ s", "p99 ms", "p99.9 ms",
            "µs CPU a request", "samples added, all rounds"]
    return table(head, rows) if rows else []


def memory(results):
    rows = []
    for name in dict.fromkeys([*results.get("start", {}), *results.get("idle", {})]):
        row = [name]
        if name in results.get("start", {}):
            samples = results["start"][name]
            row += [f"{median(samples, 'milliseconds'):.0f}", f"{median(samples, 'resident') / 2**20:.1f}"]
        else:
            row += ["", ""]
        if name in results.get("idle", {}):
            sample = results["idle"][name][0]
            row += [f"{sample.fresh / 1024:.1f}", f"{sample.used / 1024:.1f}", f"{sample.connections:,}"]
        else:
            row += ["", "", ""]
        rows.append(row)
    head = ["proxy", "start to first response, ms", "at rest, MiB", "idle connection, KiB", "after 1 MB, KiB", "connections"]
    return table(head, rows) if rows else []


def judged(results, unjudged):
    rows = []
    for goal in goals.goals(results):
        digits = 2 if goal.unit == "×" else 1
        low, high = (f"{figure:.{digits}f}" for figure in (min(goal.figures), max(goal.figures)))
        verdict = "not judged" if unjudged else goal.verdict
        medians = "" if goal.medians is None else f"{goal.medians:.2f} ×"
        rows.append([
            goal.title, f"{goal.figure:.{digits}f} {goal.unit}", medians, f"{low} – {high}",
            f"≤ {goal.bound} {goal.unit}",
            f"{goal.rounds_met} of {len(goal.figures)}", verdict])
    return table(["goal", "figure", "of the medians", "lowest – highest", "bound", "rounds within it", ""], rows) if rows else []


def rounds_of(results):
    """How many rounds there are, by what was measured and not by what was wanted; nothing where no case has any."""
    counts = {len(samples) for case in [*(case.name for case in cases.CASES), *RATES]
              for samples in results.get(case, {}).values()}
    if not counts:
        return ""
    return f"{min(counts)} to {max(counts)} rounds" if len(counts) > 1 else f"{min(counts)} round{'s' * (counts != {1})}"


def introduction(results, options, conditions, absent):
    versions = ", ".join(f"{name} {version}" for name, version in conditions.versions.items())
    rounds = rounds_of(results)
    lines = [
        f"{conditions.date}, {conditions.gateway}, `{conditions.arguments}`; {conditions.processor}, "
        f"{conditions.cores} cores, Linux {conditions.kernel}; {versions}.", "",
        f"{f'{rounds} of {options.seconds} s, medians. ' if rounds else ''}Ratios are medians of the rounds' ratios. Others used "
        f"{conditions.busy[0]:.0%} of the proxy's core and {conditions.busy[1]:.0%} of the load's before the run, and "
        f"{conditions.used:.0%} of the proxy's at most in one of the rows; other machines got {conditions.stolen:.0%} of both.",
        ""]
    if unjudged := conditions.unjudged(options):
        lines += [f"No goal is judged by this run: {unjudged}.", ""]
    lines += [f"{name} was not measured: {reason}." for name, reason in absent.items()] + ([""] if absent else [])
    return lines


def text(results, options, conditions, absent):
    lines = introduction(results, options, conditions, absent)
    for title, part in (
        ("Goals", judged(results, conditions.unjudged(options))), ("As fast as it goes", closed(results)),
        ("At a fixed rate", rates(results)), ("Start and memory", memory(results)),
    ):
        if part:
            lines += [f"### {title}", "", *part]
    return "\n".join(lines)


def write_page(markdown):
    page = PAGE.read_text()
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise world.Failure(f"{PAGE} has no block between {BEGIN} and {END}")
    PAGE.write_text(f"{before}{BEGIN}\n{markdown}\n{END}{after}")


def keep(results, conditions):
    """All samples, for a look at what the medians hide."""
    world.BUILD.mkdir(parents=True, exist_ok=True)
    path = world.BUILD / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    samples = {case: {name: [vars(sample) for sample in samples] for name, samples in rows.items()}
               for case, rows in results.items()}
    path.write_text(json.dumps({"run": dataclasses.asdict(conditions), "samples": samples}, indent=1))
    return path
