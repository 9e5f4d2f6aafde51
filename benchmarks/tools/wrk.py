"""wrk: as many requests as a server answers, over connections that stay open."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tools.outcome import Skipped, Wrong
from benchmarks.tools.processes import run

CONNECTIONS = 16
_SCRIPTS = Path(__file__).parent.parent / "wrk"


@dataclass(frozen=True)
class Rate:
    """What wrk saw: answers in a second, and bytes of an answer with its headers, on average."""

    a_second: float
    bytes_each: float
    requests: int


def hit(url: str, headers: dict[str, str], seconds: int, script: str = "get", **environment: object) -> Rate:
    """Ask from one thread over 16 connections.

    Raises Skipped where wrk is missing, Wrong if an answer was no success or a connection failed.
    """
    if not shutil.which("wrk"):
        raise Skipped("wrk is not installed")
    given = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    words = ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *given, "-s", _SCRIPTS / f"{script}.lua", url)
    out = run(*words, **{name: str(value) for name, value in environment.items()}, LUA_PATH=f"{_SCRIPTS}/?.lua").out
    told = json.loads(out.rpartition("QUOTIDIAN ")[2])
    if told["bad"]:
        raise Wrong(f"{told['bad']} of {told['requests']} answers at {url} were no success, or did not come")
    if not told["requests"]:
        raise Wrong(f"no answer came from {url}")
    return Rate(told["requests"] / told["seconds"], told["bytes"] / told["requests"], told["requests"])
