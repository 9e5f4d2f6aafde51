"""What pytest says of servers: the ends of their logs where a test fails, and which versions the tests ran on."""

from collections.abc import Generator
from typing import Any

import pytest

from databases.daemon import running, used

_told: set[str] = set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the logs of the servers that have been started here to the report of a failed test."""
    report = yield
    if report.failed:
        report.sections += [(f"log of {each.name}", each.last_words()) for each in running]
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that reports what this one has used, where they are two."""
    worker: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if worker is None:
        _told.update(used)
    else:
        worker["servers"] = sorted(used)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of xdist has ended."""
    _told.update(getattr(node, "workeroutput", {}).get("servers", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which servers there were."""
    if _told:
        terminalreporter.write_line(f"Ran on {', '.join(sorted(_told))}.")
