"""The cases: what is asked of whom, under which configuration."""

import dataclasses

from . import peers


@dataclasses.dataclass
class Case:
    """One row of the table."""

    name: str
    title: str
    setup: peers.Setup
    connections: int = 64
    path: str = "/api/1k"
    headers: int = 2
    body: int = 0
    tokens: int = 1
    # Whether each token is used once: a new set of them for each round, the same for all proxies of a round.
    single_use: bool = False
    # Cases with the same word here take turns round by round, though their configurations differ.
    together: str = ""
    # Whether every answer is to be a failure: of the service, turned into the envelope.
    fails: bool = False


PLAIN = peers.Setup("plain")
LOGGED = peers.Setup("logged", access_log=True)
ALONE = ("menshen",)

# More requests a second than any proxy here answers on one core.
TOKENS_A_SECOND = 90_000
# What the gateway's and Envoy's caches hold between them; a working set, not a flood.
MANY_TOKENS = 10_000


def routed(count):
    return peers.Setup(f"routes{count}", routes=count, peers=ALONE)


CASES = [
    Case("64", "1 KB, 64 connections, one token", PLAIN),
    Case("8", "1 KB, 8 connections, one token", PLAIN, connections=8),
    Case("256", "1 KB, 256 connections, one token", PLAIN, connections=256),
    Case("100b", "100 B", PLAIN, path="/api/100b"),
    Case("64k", "64 KB", PLAIN, path="/api/64k"),
    Case("64k-chunked", "64 KB in chunks", PLAIN, path="/api/64k-chunked"),
    Case("post", "POST of 4 KB, 1 KB back", PLAIN, body=4096),
    Case("5-fields", "5 client fields", PLAIN, headers=5),
    Case("25-fields", "25 client fields", PLAIN, headers=25),
    Case("10000-tokens", "10,000 tokens in rotation", PLAIN, tokens=MANY_TOKENS),
    Case("new-token", "a new token each request", PLAIN, single_use=True),
    Case("log", "access log on", LOGGED),
    Case("wrap", "success: wrap", dataclasses.replace(PLAIN, peers=ALONE), path="/wrapped/1k"),
    Case("failure", "a 30000 envelope", dataclasses.replace(PLAIN, peers=ALONE), path="/api/fail", fails=True),
    Case("1-route", "1 route", routed(1), path=peers.ROUTED_PATH, together="routes"),
    Case("100-routes", "100 routes", routed(100), path=peers.ROUTED_PATH, together="routes"),
    Case("10000-routes", "10,000 routes", routed(10_000), path=peers.ROUTED_PATH, together="routes"),
]

# Measured in other ways than by a closed loop of requests.
SPECIAL = {
    "rate": "latency at a fixed rate",
    "idle": "memory of idle connections",
    "start": "start to first response, memory at rest",
}

QUICK = ("64", "new-token", "rate", "idle", "start")


def titles():
    """All cases, in the order in which they are measured: name to title."""
    return {case.name: case.title for case in CASES} | SPECIAL


def names():
    return list(titles())


def who(name):
    """The peers that a case is measured with."""
    return next(({*case.setup.peers} for case in CASES if case.name == name), {*peers.NAMES})
