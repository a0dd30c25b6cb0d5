"""Runs a program under valgrind's callgrind, which counts every instruction of its user mode."""

import contextlib
import re
import shutil
import subprocess

from . import world


def build_shim(name):
    """A library of Benchmarks/shims, to be put before the C library with LD_PRELOAD."""
    world.BUILD.mkdir(parents=True, exist_ok=True)
    library = world.BUILD / f"{name}.so"
    source = world.HERE / "shims" / f"{name}.c"
    if not library.exists() or library.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(
            ["gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, source],
            check=True)
    return library


def stripped(binary):
    """The same program without debugging information: Debian 12's valgrind cannot read Swift's DWARF 5. Names stay."""
    world.BUILD.mkdir(parents=True, exist_ok=True)
    copy = world.BUILD / f"{binary.name}-stripped"
    if not copy.exists() or copy.stat().st_mtime < binary.stat().st_mtime:
        subprocess.run(["strip", "--strip-debug", "-o", copy, binary], check=True)
    return copy


def command(binary, output, *options):
    if not shutil.which("valgrind"):
        raise world.Failure("not installed: valgrind (Scripts/install-dependencies count)")
    return ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={output}", *options, str(stripped(binary))]


def environment():
    # Swift seeds its hash tables at random; equal seeds make equal runs.
    return {"LD_PRELOAD": str(build_shim("sigsuspend")), "SWIFT_DETERMINISTIC_HASHING": "1"}


def control(pid, option):
    subprocess.run(
        ["callgrind_control", option, str(pid)], stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=120)


@contextlib.contextmanager
def counting(pid, folder, stem):
    """Counts what a program that was started with `--instr-atstart=no` runs inside the block."""
    result = Count()
    control(pid, "--instr=on")
    control(pid, "--zero")
    yield result
    control(pid, f"--dump={stem}")
    control(pid, "--instr=off")
    files = [path for path in folder.glob(f"{stem}.out*") if path.name != f"{stem}.out"]
    result.file = max(files, key=lambda path: path.stat().st_mtime)
    result.instructions = total(result.file)


class Count:
    instructions = 0
    file = None


def total(path):
    """The sum in a callgrind file."""
    for line in path.read_text(errors="replace").splitlines():
        found = re.match(r"(?:totals|summary): (\d+)", line)
        if found:
            return int(found[1])
    raise world.Failure(f"no total in {path}")
