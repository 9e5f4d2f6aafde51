"""What a user gets and when: what `make` installs, and what the sdist holds."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def planned(target: str) -> str:
    """What make would do for a target in a fresh clone; it does nothing."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    words = ["make", "--dry-run", "--always-make", target]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def test_a_demo_installs_what_runs_and_no_tools() -> None:
    (installed,) = [line for line in planned("demo").splitlines() if " pip install " in line]
    assert installed.endswith(" --editable .")


@pytest.mark.parametrize("target", ["test", "test-slow", "lint", "types"])
def test_what_developers_ask_for_installs_their_tools(target: str) -> None:
    (installed,) = [line for line in planned(target).splitlines() if " pip install " in line]
    assert installed.endswith(" --editable '.[dev]'")


@pytest.mark.parametrize("target", ["demo", "test"])
def test_before_packages_are_downloaded_it_is_said_how_much(target: str) -> None:
    before = planned(target).split(" pip install ")[0]
    assert "downloading" in before
    assert " MB " in before


def test_what_is_built_in_the_repository_is_ignored() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/build/", "/dist/", "*.egg-info/"} <= set(ignored)


def test_the_sdist_holds_docs_and_changelog_and_all_that_its_tests_need() -> None:
    lines = [line.split() for line in (ROOT / "MANIFEST.in").read_text(encoding="utf-8").splitlines()]
    named = {name for command, *names in lines if command in ("graft", "include") for name in names}
    assert {"CHANGELOG.md", "Makefile", "constraints.txt", "MANIFEST.in", ".gitignore"} <= named
    assert {"docs", "tests", "benchmarks"} <= named
