"""The events that count in a number, as the engine lists them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from quotidian.control.workspaces import Workspace
from quotidian.dashboard.errors import PageError
from quotidian.dashboard.tables import Column, Numbers
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.errors import Unavailable
from quotidian.engine.questions import Explain
from quotidian.series.explain.cursor import read_cursor
from quotidian.series.explain.explaining import EVENTS_A_PAGE
from quotidian.series.explain.explanation import Explanation, Listed
from quotidian.series.explain.question import BadQuestion, Question

SHOWN: Final = 100
"""Events on a page; as CSV there are as many as the engine gives at a time."""

_MICROS: Final = 1_000_000
_PARTS: Final = EVENTS_A_PAGE // SHOWN


class Events(NamedTuple):
    """A page of events, and the addresses of the first and the next page, '' where there is none.

    `explanation` is None if the engine cannot answer at the moment. `all_rows` are those that it gave at once.
    """

    explanation: Explanation | None
    rows: Numbers
    all_rows: Numbers
    first: str = ""
    next: str = ""


async def read_events(visit: Visit, question: Question) -> Events:
    """The page of events that the address asks for. Raises PageError for a cursor that is of no such page."""
    cursor, part = visit.given.get("cursor"), _part(visit)
    if cursor:
        try:
            read_cursor(visit.workspace, question, cursor)
        except BadQuestion as error:
            text = N_("This page of events is of another number, or does not exist; begin with the first one.")
            raise PageError(400, text) from error
    try:
        found = await visit.services.engine.explain(Explain(visit.workspace.name, question, cursor))
    except Unavailable:
        return Events(None, _rows(visit.workspace, []), _rows(visit.workspace, []))
    shown = found.events[part * SHOWN : (part + 1) * SHOWN]
    following = ""
    if len(found.events) > (part + 1) * SHOWN:
        following = visit.here(part=part + 1)
    elif found.cursor:
        following = visit.here(cursor=found.cursor, part=None)
    return Events(
        found,
        _rows(visit.workspace, shown),
        _rows(visit.workspace, found.events),
        visit.here(cursor=None, part=None) if cursor or part else "",
        following,
    )


def _part(visit: Visit) -> int:
    """Which hundred of the events that the engine gives at a time is shown."""
    given = visit.given.get("part", "0")
    if not (given.isascii() and given.isdigit() and len(given) < len(str(EVENTS_A_PAGE)) and int(given) < _PARTS):
        raise PageError(400, N_("“part” must be a whole number from 0 to %(most)s."), most=_PARTS - 1)
    return int(given)


def _rows(workspace: Workspace, events: Sequence[Listed]) -> Numbers:
    columns = [Column(N_("Time"), "text"), Column(N_("Event"), "text"), Column(N_("Type"), "text")]
    if not any(each.receipt_id for each in events):
        return Numbers(columns, [[_local(workspace, each.time), each.id, each.type] for each in events])
    columns += [Column(N_("Receipt at"), "text"), Column(N_("Receipt"), "text")]
    rows = []
    for each in events:
        receipt = (_local(workspace, each.receipt_time), each.receipt_id) if each.receipt_id else (None, None)
        rows.append([_local(workspace, each.time), each.id, each.type, *receipt])
    return Numbers(columns, rows)


def _local(workspace: Workspace, micros: int) -> str:
    """The time in the workspace's zone, with its offset: an hour comes twice where clocks are set back."""
    return datetime.fromtimestamp(micros // _MICROS, workspace.zone).isoformat(" ")
