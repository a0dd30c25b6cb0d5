"""What all measurements share: the cores, the claims, ports, processes that end with their block."""

import argparse
import contextlib
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
HERE = TOP / "Benchmarks"
BUILD = TOP / ".build" / "bench"
GATEWAY = TOP / ".build" / "release" / "menshen"

PROXY_CORE, LOAD_CORE = "0", "1"
SECRET = "benchmark-0123456789abcdef-0123456789abcdef"
ISSUER = "https://gateway.example.com"
APP = "wx4f4bc4dec97d474b"
SUBJECT = "u_0123456789abcdefghijkl"
KEY_ID = "bench"


class Failure(Exception):
    """What is said to the caller before the run ends with 1."""


class Stopped(BaseException):
    """A signal: everything that runs is ended on the way out."""

    def __init__(self, number):
        super().__init__(signal.Signals(number).name)
        self.number = number


def stop_on_signals():
    """Has the first of these signals end the run in an orderly way; from then on they change nothing."""
    # What the caller had ignored, as nohup does, stays so.
    wanted = [each for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(each) != signal.SIG_IGN]

    def stop_run(number, _):
        for each in wanted:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    for each in wanted:
        signal.signal(each, stop_run)


def end(name, work):
    """Does the work and returns the process's exit status; what went wrong is said in the name's own line."""
    stop_on_signals()
    try:
        return work() or 0
    except Failure as failure:
        print(f"{name}: {failure}", file=sys.stderr)
    except subprocess.CalledProcessError as error:
        text = error.stderr.decode(errors="replace") if isinstance(error.stderr, bytes) else error.stderr or ""
        print(f"{name}: {error.cmd[0]} ended with {error.returncode}: {text[-2000:]}", file=sys.stderr)
    except subprocess.TimeoutExpired as error:
        print(f"{name}: {error.cmd[0]} did not end in {error.timeout} s", file=sys.stderr)
    except Stopped as stopped:
        print(f"{name}: stopped by {stopped}", file=sys.stderr)
        # As a shell has it.
        return 128 + stopped.number
    return 1


def program(text):
    """For argparse: a file that can be run."""
    path = pathlib.Path(text)
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise argparse.ArgumentTypeError(f"{path} is no file that can be run")
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(core, *command):
    """taskset replaces itself by what it starts, so the process is the command's own."""
    return ["taskset", "-c", core, *map(str, command)]


def raise_descriptor_limit():
    """As many descriptors as the system lets this process and its children have; the number."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (65536, hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
            return wanted
        except (ValueError, OSError):
            continue
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def fill(template, **values):
    """A configuration from Benchmarks/peers: each @name@ in it becomes its value."""
    text = (HERE / "peers" / template).read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def wait_for_port(port, process, name, log, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                text = log.read_text(errors="replace")[-2000:]
                raise Failure(f"{name} does not start:\n{text}") from None
            time.sleep(0.05)


def stop(process):
    process.terminate()
    try:
        process.wait(timeout=40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(command, port, folder, name, environment=None):
    """Runs a server until the block ends; enters the block once its port answers."""
    log = folder / f"{name}.out"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env={**os.environ, **(environment or {})})
    try:
        wait_for_port(port, process, name, log)
        yield process
    finally:
        stop(process)
