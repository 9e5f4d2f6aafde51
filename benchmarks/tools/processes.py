"""Processes: how long they take, and how much memory."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Finished:
    """A process that ended well. `peak_bytes` is its largest resident set; `cpu_seconds` count its children too."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    out: str


def run(*words: object, **environment: str) -> Finished:
    """Run a command to its end. Raises RuntimeError with what it said if it fails."""
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        started = perf_counter()
        process = subprocess.Popen([*map(str, words)], stdout=out, stderr=err, env={**os.environ, **environment})
        # wait4, not wait: it tells what this one process took.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(map(str, words))} ended with {process.returncode}: {err.read()[-2000:]}")
        return Finished(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, out.read())


def python(module: str, *words: object, **environment: str) -> Finished:
    """Run a module of ours in a process of its own."""
    return run(sys.executable, "-m", module, *words, **environment)


@contextmanager
def background(*words: object, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs during the block, and is ended after it."""
    with log.open("ab") as file:
        process = subprocess.Popen([*map(str, words)], stdout=file, stderr=file, env={**os.environ, **environment})
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def child_running(process: int, module: str) -> int:
    """The number of the child of a process that runs a module."""
    numbers = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return next(int(number) for number in numbers if module in Path(f"/proc/{number}/cmdline").read_text())


def cpu_seconds(process: int) -> float:
    """The processor time that a running process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_seconds_of_all(process: int) -> float:
    """The processor time of a running process, of those that it has started, and of those of them that have ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(map(_cpu_seconds_of_child, _children(process)))


def _children(process: int) -> Iterator[int]:
    for of_thread in Path(f"/proc/{process}/task").glob("*/children"):
        # The thread may have ended since it was listed.
        with suppress(OSError):
            yield from map(int, of_thread.read_text().split())


def _cpu_seconds_of_child(process: int) -> float:
    # One that has ended since it was listed is counted with its parent the next time.
    with suppress(OSError):
        return cpu_seconds_of_all(process)
    return 0.0


def peak_bytes(process: int) -> int:
    """The largest resident set that a running process has had."""
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def in_turns(runs: int, *contestants: Callable[[], T]) -> list[list[T]]:
    """Run each contestant `runs` times, taking turns so that a noisy minute meets all; results by contestant."""
    results: list[list[T]] = [[] for _ in contestants]
    for _ in range(runs):
        for contestant, kept in zip(contestants, results, strict=True):
            kept.append(contestant())
    return results


def middle(finished: Sequence[Finished]) -> float:
    """The median time in seconds."""
    return median(each.seconds for each in finished)
