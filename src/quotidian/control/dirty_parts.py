"""Which parts of the facts of campaigns and canvases are out of date: which part, of which subject, on which day.

An open changes counts and uniques, and no attribution; a receipt changes revenue only on days on which its user bought
something. So a mark names a part and a subject, and a rollup computes no more than that. The marks are rows of
dirty_days, as those of other families.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from quotidian.control.dirty_days import Marked, days_kept, days_with_events, mark
from quotidian.domain.days import Day
from quotidian.domain.subjects import COUNTS, EVERY, PARTS
from quotidian.store.tables import dirty_days

MOST_SUBJECTS: Final = 500
"""If more subjects than this are out of date on a day, all are computed: the same statements take no longer."""


class Change(NamedTuple):
    """A part of a subject (or of EVERY subject) that changes on the days with events from one day to another."""

    subject: str
    part: str
    first: Day
    last: Day


@dataclass(frozen=True)
class Scope:
    """What is computed together: every subject on some days (ascending), or with `pairs` some subjects on some days."""

    days: tuple[Day, ...]
    pairs: frozenset[tuple[str, Day]] | None = None

    @classmethod
    def of(cls, pairs: frozenset[tuple[str, Day]]) -> "Scope":
        """Some subjects on some days."""
        return cls(tuple(sorted({day for _, day in pairs})), pairs)

    def holds(self, subject: str, day: Day) -> bool:
        """Whether a subject's day is computed."""
        return day in self.days if self.pairs is None else (subject, day) in self.pairs

    @property
    def subjects(self) -> set[str] | None:
        """The subjects of the pairs; None for every subject."""
        return None if self.pairs is None else {subject for subject, _ in self.pairs}


Scopes = dict[str, list[Scope]]
"""What is computed of each part: of every subject on some days, and of some subjects on others."""


PartsOf = Callable[[Day], Iterable[str]]
"""The parts of a subject's day that are computed."""


def parts_of(scopes: Scopes, subject: str) -> PartsOf:
    """The parts that are computed of a subject's days."""
    return lambda day: [part for part, asked in scopes.items() if any(scope.holds(subject, day) for scope in asked)]


def subjects_of(scopes: Scopes) -> set[str] | None:
    """The subjects that are computed; None for every subject."""
    subjects: set[str] = set()
    for of_part in scopes.values():
        for scope in of_part:
            if scope.subjects is None:
                return None
            subjects |= scope.subjects
    return subjects


def only(scopes: Scopes, subjects: Collection[str]) -> Scopes:
    """What of scopes is of some subjects."""
    parts: Scopes = {}
    for part, of_part in scopes.items():
        pairs = {(subject, day) for scope in of_part for day in scope.days for subject in subjects}
        held = frozenset(pair for pair in pairs if any(scope.holds(*pair) for scope in of_part))
        parts[part] = [Scope.of(held)] if held else []
    return parts


def mark_changes(connection: Connection, workspace_id: int, family: str, changes: Iterable[Change]) -> set[Day]:
    """Mark what changes as dirty; returns the days on which anything was marked."""
    subjects: dict[tuple[str, Day], set[str]] = defaultdict(set)
    known = days_with_events(connection, workspace_id, family)
    for subject, part, first, last in changes:
        for day in known[bisect_left(known, first) : bisect_right(known, last)]:
            subjects[part, day].add(subject)
    return _mark(connection, workspace_id, family, subjects)


def mark_everything(
    connection: Connection,
    workspace_id: int,
    family: str,
    parts: Collection[str] = PARTS,
    subjects: Collection[str] = (EVERY,),
) -> None:
    """Mark parts of subjects as dirty on every day with events of a family."""
    known = days_with_events(connection, workspace_id, family)
    _mark(connection, workspace_id, family, {(part, day): set(subjects) for part in parts for day in known})


def mark_to_render(connection: Connection, workspace_id: int, family: str, subjects: Iterable[str]) -> None:
    """Have the points of subjects rendered anew: what they show beside numbers has changed in the catalogue.

    One day is enough: if what all points of a subject have in common has changed, all are rendered.
    """
    kept = days_kept(connection, workspace_id, family)
    known = [day for day in days_with_events(connection, workspace_id, family) if day not in kept]
    _mark(connection, workspace_id, family, {(COUNTS, day): set(subjects) for day in known[-1:]})


def _mark(
    connection: Connection, workspace_id: int, family: str, subjects: dict[tuple[str, Day], set[str]]
) -> set[Day]:
    kept = days_kept(connection, workspace_id, family)
    marked = {key: found for key, found in subjects.items() if key[1] not in kept}
    mark(connection, workspace_id, family, _rows(marked))
    return {day for _, day in marked}


def _rows(subjects: dict[tuple[str, Day], set[str]]) -> Iterator[Marked]:
    for (part, day), found in subjects.items():
        for subject in (EVERY,) if EVERY in found or len(found) > MOST_SUBJECTS else found:
            yield Marked(day, subject, part)


def dirty_scopes(connection: Connection, workspace_id: int, family: str, days: Collection[Day]) -> Scopes:
    """What is dirty on some days."""
    columns = dirty_days.c
    query = select(columns.part, columns.day, columns.subject).where(
        columns.workspace_id == workspace_id, columns.family == family, columns.day.in_(days)
    )
    found: dict[str, dict[Day, set[str]]] = defaultdict(lambda: defaultdict(set))
    for part, day, subject in connection.execute(query):
        found[part][day].add(subject)
    return {part: list(_scopes(by_day)) for part, by_day in found.items()}


def _scopes(subjects: dict[Day, set[str]]) -> Iterator[Scope]:
    whole = {day for day, found in subjects.items() if EVERY in found}
    pairs = frozenset((subject, day) for day in subjects.keys() - whole for subject in subjects[day])
    if whole:
        yield Scope(tuple(sorted(whole)))
    if pairs:
        yield Scope.of(pairs)
