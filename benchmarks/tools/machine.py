"""What a run ran on, since figures mean nothing without it."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("quotidian", "chdb-core", "granian", "starlette", "sqlalchemy", "fastavro", "pyroaring", "datasketches")


def machine() -> Iterator[str]:
    """Lines that describe the machine and the versions."""
    yield f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    system = f"{platform.system()} {platform.release()}"
    yield f"{_processor()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB of memory, {system}"
    packages = ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    yield f"Python {platform.python_version()}, {packages}, {_wrk()}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _wrk() -> str:
    if not shutil.which("wrk"):
        return "no wrk"
    said = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False)
    return " ".join((said.stdout + said.stderr).split()[:2])
