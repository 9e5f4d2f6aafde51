"""Outcomes: a line of the table each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.tools.world import World


@dataclass(frozen=True)
class Outcome:
    """One comparison. `met` says whether the target was reached; None where there is none, or the size is too small."""

    what: str
    ours: str
    against: str
    theirs: str
    ratio: str
    target: str
    met: bool | None = None


class Skipped(Exception):  # noqa: N818 - it is no error
    """A row that cannot be measured here; the text says why."""


class Wrong(Exception):  # noqa: N818
    """Quotidian gave a wrong answer: no figure is worth anything, and the benchmark fails."""


@dataclass(frozen=True)
class Row:
    """A row of the issue's table: it may take several lines."""

    name: str
    measure: Callable[[World], Iterable[Outcome]]


def check(what: str, found: object, expected: object) -> None:
    """Raise Wrong unless they are equal."""
    if found != expected:
        raise Wrong(f"{what}: {str(found)[:500]} instead of {str(expected)[:500]}")
