"""Reads totals: of all subjects of a kind over some days, and of some subjects by day."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Connection, Select, and_, bindparam, literal, select, union_all

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, Slice
from quotidian.domain.totals import ADDED_UP, Totals
from quotidian.series.totalling import ONE_DAY, SPANS
from quotidian.store.functions import sum_of
from quotidian.store.lookups import Lookup
from quotidian.store.tables import series, totals


def read_totals(
    connection: Connection, workspace: Workspace, kind: str, days: Slice, *, channel: str = ""
) -> dict[str, Totals]:
    """What some days add up to, by campaign_id, canvas_id or custom event (kind COUNT): of those with any number.

    `channel` is the key of one, of which alone the totals then are.
    """
    rows = _OF_ALL.rows(connection, workspace=workspace.id, kind=kind, **values_of(days, channel))
    return {subject: Totals(*numbers) for subject, *numbers in rows}


def read_some(
    connection: Connection, workspace: Workspace, kind: str, subjects: Collection[str], days: Slice
) -> dict[str, Totals]:
    """The same of some subjects: of those that have any number."""
    found = connection.execute(_of_kind(workspace.id, kind).where(series.c.subject.in_(subjects)), values_of(days, ""))
    return {subject: Totals(*numbers) for subject, *numbers in found}


def read_days(  # noqa: PLR0913 - what names the rows
    connection: Connection,
    workspace: Workspace,
    kind: str,
    subjects: Collection[str],
    days: Slice,
    *,
    channel: str = "",
    span: int = ONE_DAY,
) -> dict[str, dict[Day, Totals]]:
    """The totals of each day that has any, of some subjects, as `read_totals`; a subject without any has no days.

    With a `span` of one of SPANS the same of the spans that begin on one of the days, by the day on which they begin.
    """
    query = (
        select(series.c.subject, totals.c.day, *_COLUMNS)
        .join_from(series, totals, totals.c.series_id == series.c.id)
        .where(
            of_everyone(workspace.id, kind),
            series.c.subject.in_(subjects),
            totals.c.channel == channel,
            totals.c.days == span,
            totals.c.day.between(*days),
        )
    )
    found: dict[str, dict[Day, Totals]] = {subject: {} for subject in subjects}
    for subject, day, *numbers in connection.execute(query):
        found[subject][day] = Totals(*numbers)
    return found


def of_everyone(workspace: object, kind: object) -> ColumnElement[bool]:
    """The series of a kind that are of no send, no segment and no single app."""
    names = series.c
    without = (name == "" for name in (names.send_id, names.segment_id, names.app_id))
    return and_(names.workspace_id == workspace, names.kind == kind, *without)


def parts() -> CTE:
    """The rows of a series that some days are read from: single days, ever longer spans, and shorter ones again."""
    rows: Iterator[Select[*tuple[Any, ...]]] = (
        select(
            literal(length).label("days"),
            bindparam(f"first{number}").label("first"),
            bindparam(f"last{number}").label("last"),
        ).where(bindparam(f"first{number}") <= bindparam(f"last{number}"))
        for number, length in enumerate(_PARTS)
    )
    return union_all(*rows).cte("parts")


def values_of(days: Slice, channel: str) -> dict[str, Any]:
    """The values that `parts` and `is_of_part` bind; a part without days ends before it begins."""
    before, after = [], []
    first, last = days
    for length in SPANS:
        begin = -(-first // length) * length
        end = max(begin, (last + 1) // length * length)
        before.append((first, min(begin - 1, last)))
        after.append((end, last))
        first, last = Day(begin), Day(end - 1)
    values: dict[str, Any] = {"channel": channel}
    for number, bounds in enumerate((*before, (first, last), *reversed(after))):
        values |= zip((f"first{number}", f"last{number}"), bounds, strict=True)
    return values


_PARTS: Final = (ONE_DAY, *SPANS, *reversed(SPANS[:-1]), ONE_DAY)

_COLUMNS: Final = tuple(totals.c[name] for name in ADDED_UP)
SUMS: Final = tuple(map(sum_of, _COLUMNS))
"""What rows of totals add up to, in the order of `Totals`: NULL without any."""


def is_of_part(of: CTE) -> ColumnElement[bool]:
    """Whether a row of totals is of a part and of the `channel`."""
    columns = totals.c
    is_within = columns.day.between(of.c.first, of.c.last)
    return and_(
        columns.series_id == series.c.id,
        columns.channel == bindparam("channel"),
        columns.days == of.c.days,
        is_within,
    )


def _of_kind(workspace: object, kind: object) -> Select[*tuple[Any, ...]]:
    of = parts()
    return (
        select(series.c.subject, *SUMS)
        .join_from(series, of, literal(True))
        .join(totals, is_of_part(of))
        .where(of_everyone(workspace, kind))
        .group_by(series.c.subject)
    )


_OF_ALL: Final = Lookup(_of_kind(bindparam("workspace"), bindparam("kind")))
