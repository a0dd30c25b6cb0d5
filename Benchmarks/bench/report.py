"""Medians, ratios and goals, as Markdown: the same text on the terminal and in docs/performance.md."""

import json
import platform
import statistics
import time

from . import cases, world

PAGE = world.TOP / "docs" / "performance.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def median(samples, field):
    return statistics.median(getattr(sample, field) for sample in samples)


def ratio(results, case, field, peer, name="menshen"):
    """The gateway's median over a peer's; None where one was not measured."""
    rows = results.get(case, {})
    if name not in rows or peer not in rows:
        return None
    return median(rows[name], field) / max(median(rows[peer], field), 1e-9)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows] + [""]


def closed(results):
    rows = []
    for case in cases.CASES:
        for name, samples in results.get(case.name, {}).items():
            costs = [sample.cost for sample in samples]
            over = ratio(results, case.name, "cost", "haproxy", name)
            rows.append([
                case.title, name, f"{statistics.median(costs):.2f}", f"{min(costs):.2f} – {max(costs):.2f}",
                f"{median(samples, 'user'):.2f}", f"{median(samples, 'kernel'):.2f}",
                "" if over is None else f"{over:.2f}", f"{median(samples, 'rate'):,.0f}",
                f"{median(samples, 'p50') / 1000:.2f}", f"{median(samples, 'p99') / 1000:.2f}",
                f"{median(samples, 'resident') / 2**20:.1f}",
                f"{median(samples, 'proxy_core'):.0%}, {median(samples, 'load_core'):.0%}"])
    head = ["case", "proxy", "µs CPU a request", "lowest – highest", "user", "kernel", "× HAProxy", "requests/s", "p50 ms",
            "p99 ms", "MiB", "cores busy: proxy, load"]
    return table(head, rows) if rows else []


def rates(results):
    rows = []
    for case, title in (("rate-50%", "50 %"), ("rate-80%", "80 %")):
        for name, samples in results.get(case, {}).items():
            rows.append([
                title, name, f"{median(samples, 'rate'):,.0f} of {median(samples, 'due'):,.0f}", *(
                    f"{median(samples, field) / 1000:.2f}" for field in ("p50", "p99", "p999")),
                f"{median(samples, 'cost'):.1f}", sum(sample.corrected for sample in samples)])
    head = ["of the slowest's capacity", "proxy", "requests/s, of those due", "p50 ms", "p99 ms", "p99.9 ms", "µs CPU a request",
            "samples added"]
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
    head = ["proxy", "start to first answer, ms", "at rest, MiB", "idle connection, KiB", "after 1 MB, KiB", "connections"]
    return table(head, rows) if rows else []


def goals(results):
    """The issue's goals that this run can judge: what, the figure, the bound."""
    def relative(title, case, field, peer, bound):
        return title, ratio(results, case, field, peer), bound, "×"

    def own(title, case, field, divisor, bound, unit):
        samples = results.get(case, {}).get("menshen")
        return title, median(samples, field) / divisor if samples else None, bound, unit

    def routes():
        many, one = (results.get(case, {}).get("menshen") for case in ("10000-routes", "1-route"))
        figure = median(many, "cost") / median(one, "cost") if many and one else None
        return "10,000 routes against 1", figure, 1.05, "×"

    wanted = [
        relative("1 KB, 64 connections: CPU against HAProxy", "64", "cost", "haproxy", 0.85),
        relative("1 KB, 64 connections: CPU against Envoy", "64", "cost", "envoy", 0.55),
        relative("1 KB, 64 connections: CPU against nginx without a check", "64", "cost", "nginx", 1.30),
        relative("8 connections: CPU against HAProxy", "8", "cost", "haproxy", 0.90),
        relative("256 connections: CPU against HAProxy", "256", "cost", "haproxy", 0.90),
        relative("10,000 tokens in rotation: CPU against HAProxy", "10000-tokens", "cost", "haproxy", 0.90),
        relative("a new token each request: CPU against HAProxy", "new-token", "cost", "haproxy", 1.00),
        relative("p99 at half the slowest's rate against HAProxy", "rate-50%", "p99", "haproxy", 1.00),
        relative("p99 at 80 % of the slowest's rate against HAProxy", "rate-80%", "p99", "haproxy", 1.00),
        relative("64 KB: CPU against HAProxy", "64k", "cost", "haproxy", 1.00),
        routes(),
        relative("access log on everywhere: CPU against HAProxy", "log", "cost", "haproxy", 0.90),
        own("at rest", "start", "resident", 2**20, 25, "MiB"),
        own("an idle connection", "idle", "fresh", 1024, 12, "KiB"),
        own("an idle connection after 1 MB", "idle", "used", 1024, 12, "KiB"),
        own("start to first answer", "start", "milliseconds", 1, 150, "ms"),
    ]
    rows = []
    for title, figure, bound, unit in wanted:
        if figure is not None:
            digits = 2 if unit == "×" else 1
            rows.append([title, f"{figure:.{digits}f} {unit}", f"≤ {bound} {unit}", "met" if figure <= bound else "not met"])
    return table(["goal", "figure", "bound", ""], rows) if rows else []


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def text(results, options, absent, quiet):
    lines = [
        f"{time.strftime('%Y-%m-%d')}, {processor()}, Linux {platform.release()}; {options.rounds} rounds of "
        f"{options.seconds} s, medians. Before the run others used {quiet[0]:.0%} of the proxy's core and {quiet[1]:.0%} of "
        "the load's.", ""]
    lines += [f"{name} was not measured: {reason}" for name, reason in absent.items()] + ([""] if absent else [])
    for title, part in (
        ("Goals", goals(results)), ("Saturated", closed(results)), ("At a fixed rate", rates(results)),
        ("Start and memory", memory(results)),
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


def keep(results):
    """All samples, for a look at what the medians hide."""
    world.BUILD.mkdir(parents=True, exist_ok=True)
    path = world.BUILD / "last.json"
    plain = {case: {name: [vars(sample) for sample in samples] for name, samples in rows.items()}
             for case, rows in results.items()}
    path.write_text(json.dumps(plain, indent=1))
    return path
