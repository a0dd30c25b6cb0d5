"""What `make bench BENCH='...'` may say. Wrong arguments are told before anything is built or measured."""

import argparse

from . import cases, peers, world

# What the goals, and the page, want at the least.
ROUNDS = 5
# Of measurement in all rounds of a row together: many short rounds say more than a few long ones, as the machine drifts.
SECONDS = 10


ENOUGH = f"{ROUNDS} rounds at least, and {SECONDS} s in all of them"


def is_short(options):
    return options.rounds < ROUNDS or options.rounds * options.seconds < SECONDS


def listed(known):
    def parse(text):
        chosen = [part for part in text.split(",") if part]
        unknown = [part for part in chosen if part not in known]
        if unknown or not chosen:
            what = f"unknown: {', '.join(unknown)}" if unknown else "none named"
            raise argparse.ArgumentTypeError(f"{what}; known: {', '.join(known)}")
        return list(dict.fromkeys(chosen))

    return parse


def parser():
    titles = "\n".join(f"  {name:<14} {title}" for name, title in cases.titles().items())
    made = argparse.ArgumentParser(
        prog="make bench BENCH=...",
        description="The gateway beside HAProxy, Envoy and nginx, each doing the same work.\n"
                    "docs/performance.md has the method.",
        epilog=f"cases:\n{titles}\n\npeers: {', '.join(peers.NAMES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--cases", type=listed(cases.names()), metavar="CASE,...", help="default: all")
    made.add_argument("--peers", type=listed(peers.NAMES), metavar="PEER,...", help="default: all")
    made.add_argument("--rounds", type=int, help=f"default: {ROUNDS}")
    made.add_argument("--seconds", type=int, help="length of one run of a load generator (default: 5)")
    made.add_argument("--quick", action="store_true", help="one round of one second of a few cases: does it all still work?")
    made.add_argument("--binary", type=world.program, metavar="FILE",
                      help="the gateway (default: this checkout's release build, made first)")
    made.add_argument("--at-most", type=float, metavar="RATIO",
                      help="fail where CPU per request, gateway / HAProxy, is above this in a chosen case")
    made.add_argument("--write", action="store_true", help="put the tables of a full run into docs/performance.md")
    return made


def compared(options):
    """The chosen cases in which requests to the gateway and to HAProxy cost something."""
    pair = {"menshen", "haproxy"}
    return [case for case in cases.CASES if case.name in options.cases and pair <= {*case.setup.peers} & {*options.peers}]


def faults(options):
    """What does not go together, in the words of the command line."""
    if options.rounds < 1 or options.seconds < 1:
        yield "--rounds and --seconds are 1 at least"
    if options.quick and (options.at_most is not None or options.write):
        yield "--quick only shows that everything works: nothing to judge with --at-most or to --write"
    if options.at_most is not None and not options.at_most > 0:
        yield "--at-most wants a ratio above 0"
    elif options.at_most is not None and not compared(options):
        yield ("--at-most judges CPU per request, gateway / HAProxy, as fast as it goes: it wants menshen and haproxy, and "
               f"one of the cases {', '.join(case.name for case in cases.CASES if 'haproxy' in case.setup.peers)}")
    if options.write and options.is_part:
        yield "--write wants all cases and all peers: the page shows one whole run"
    if (options.write or options.at_most is not None) and is_short(options):
        yield f"--write and --at-most want {ENOUGH}"
    if options.binary is not None and "menshen" not in options.peers:
        yield "--binary is the gateway's, which is not among the peers"
    if not options.cases:
        yield f"none of the cases is measured with {', '.join(options.peers)}"


def parse(words=None):
    """The options; ends the process with 2 and a sentence where they are wrong."""
    made = parser()
    options = made.parse_args(words)
    if options.quick and (options.rounds is not None or options.seconds is not None):
        made.error("--quick is one round of one second: --rounds and --seconds do not go with it")
    options.is_part = options.cases is not None or options.peers is not None or options.quick
    options.rounds = 1 if options.quick else ROUNDS if options.rounds is None else options.rounds
    options.seconds = 1 if options.quick else 5 if options.seconds is None else options.seconds
    options.peers = options.peers or list(peers.NAMES)
    wanted = options.cases or (list(cases.QUICK) if options.quick else cases.names())
    options.cases = [name for name in wanted if cases.who(name) & {*options.peers}]
    options.left_out = [name for name in wanted if name not in options.cases]
    for fault in faults(options):
        made.error(fault)
    return options
