"""Where Debian puts the servers' programs, and which versions they are."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

ZOOKEEPER_JAR = Path("/usr/share/java/zookeeper.jar")

_FOLDERS = ("/usr/sbin", "/usr/bin", *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)))


def program(name: str, package: str) -> Path:
    """The path of a program. A test that needs it is skipped where it is not installed; in CI it is."""
    found = shutil.which(name, path=os.pathsep.join([*_FOLDERS, os.environ.get("PATH", "")]))
    if found is None:
        missing(package)
    return Path(found)


def jar(package: str = "zookeeper") -> Path:
    """ZooKeeper's classes, likewise."""
    if not ZOOKEEPER_JAR.exists():
        missing(package)
    return ZOOKEEPER_JAR


def missing(package: str) -> NoReturn:
    """Skip the test, or fail in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"Debian's package {package} is not installed")
    pytest.skip(f"Debian's package {package} is not installed")


def version_of(path: Path) -> str:
    """The version that a program tells, such as 15.18."""
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+(\.\d+)+", told)
    assert found, told
    return found[0]
