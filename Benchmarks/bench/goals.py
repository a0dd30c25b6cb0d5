"""What the gateway is to reach beside the others, and whether a run shows it."""

import dataclasses
import math
import statistics


@dataclasses.dataclass
class Goal:
    """A figure of each round, and its bound."""

    title: str
    figures: list
    bound: float
    unit: str
    # The median figure over the peer's, of goals that compare; None: the goal has no peer.
    medians: float = None

    @property
    def figure(self):
        return statistics.median(self.figures)

    @property
    def is_met(self):
        """None where it cannot be told: the rounds' ratios say one thing and the ratio of the medians the other."""
        ways = {figure <= self.bound for figure in (self.figure, self.medians) if figure is not None}
        return ways.pop() if len(ways) == 1 else None

    @property
    def verdict(self):
        """It may be chance where so many rounds within the bound, or more, came by chance more often than once in twenty if
        half of them were on either side of it (a sign test)."""
        if self.is_met:
            count = len(self.figures)
            chance = sum(math.comb(count, within) for within in range(self.rounds_met, count + 1)) / 2 ** count
            return "met" if count == 1 or chance <= 0.05 else "met, may be chance"
        return "undecided" if self.is_met is None else "not met"

    @property
    def rounds_met(self):
        return sum(figure <= self.bound for figure in self.figures)


def values(results, case, name, field):
    """A field of each round; None where that was not measured."""
    samples = results.get(case, {}).get(name)
    return [getattr(sample, field) for sample in samples] if samples else None


def ratios(over, under):
    """Round by round, since a machine drifts; empty where one of both was not measured."""
    return [a / max(b, 1e-9) for a, b in zip(over or [], under or [])]


def ratio_of_medians(over, under):
    return statistics.median(over) / max(statistics.median(under), 1e-9) if over and under else None


def compared(title, over, under, bound):
    """A goal from the rounds of both."""
    return Goal(title, ratios(over, under), bound, "×", ratio_of_medians(over, under))


def beside(results, case, field, peer, name="menshen"):
    """A proxy's figure over a peer's, round by round."""
    return ratios(values(results, case, name, field), values(results, case, peer, field))


def goals(results):
    """Those that were measured."""
    def relative(title, case, field, peer, bound):
        return compared(title, values(results, case, "menshen", field), values(results, case, peer, field), bound)

    def own(title, case, field, divisor, bound, unit):
        return Goal(title, [value / divisor for value in values(results, case, "menshen", field) or []], bound, unit)

    wanted = [
        relative("1 KB, 64 connections, one token: CPU against HAProxy", "64", "cost", "haproxy", 0.85),
        relative("1 KB, 64 connections, one token: CPU against Envoy", "64", "cost", "envoy", 0.55),
        relative("1 KB, 64 connections: CPU against nginx without a check", "64", "cost", "nginx", 1.30),
        relative("8 connections: CPU against HAProxy", "8", "cost", "haproxy", 0.90),
        relative("256 connections: CPU against HAProxy", "256", "cost", "haproxy", 0.90),
        relative("10,000 tokens in rotation: CPU against HAProxy", "10000-tokens", "cost", "haproxy", 0.90),
        relative("a new token each request: CPU against HAProxy", "new-token", "cost", "haproxy", 1.00),
        relative("p99 of ¼ s at half the slowest's rate against HAProxy", "rate-50%", "window_p99", "haproxy", 1.00),
        relative("p99 of ¼ s at 80 % of the slowest's rate against HAProxy", "rate-80%", "window_p99", "haproxy", 1.00),
        relative("64 KB: CPU against HAProxy", "64k", "cost", "haproxy", 1.00),
        compared("10,000 routes against 1: CPU", values(results, "10000-routes", "menshen", "cost"),
                 values(results, "1-route", "menshen", "cost"), 1.05),
        relative("access log on everywhere: CPU against HAProxy", "log", "cost", "haproxy", 0.90),
        own("at rest", "start", "resident", 2**20, 25, "MiB"),
        own("an idle connection", "idle", "fresh", 1024, 12, "KiB"),
        own("an idle connection after 1 MB", "idle", "used", 1024, 12, "KiB"),
        own("start to first response", "start", "milliseconds", 1, 150, "ms"),
    ]
    return [goal for goal in wanted if goal.figures]
