"""Explains numbers: finds what a number means, and a page of the events that count in it, which make up the number.

Numbers are in one store and events in another. Events that have just been stored are not in the number until their days
are computed. So an explanation whose events do not make up the number is tried again for a while.
"""

from time import monotonic, sleep
from typing import Final

import msgspec

from quotidian.control.workspaces import Workspace, find_workspace
from quotidian.domain.definitions import Meant, definition
from quotidian.domain.kinds import CANVAS
from quotidian.domain.money import DEFAULT_REVENUE_WINDOW_SECONDS
from quotidian.domain.wording import ENGLISH, Wording
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.explain.cursor import read_cursor, write_cursor
from quotidian.series.explain.explanation import Explanation
from quotidian.series.explain.limits import limited
from quotidian.series.explain.listing import Measure, Position
from quotidian.series.explain.pending import is_pending
from quotidian.series.explain.question import Question
from quotidian.series.explain.sources import source_of
from quotidian.series.explain.subject import AskedNumber, find_number, history_of
from quotidian.store.stores import Stores

EVENTS_A_PAGE: Final = 1_000
_MICROS: Final = 1_000_000
_LOOK_SECONDS: Final = 0.02
_NARROWING: Final = ("app_id", "product", "segment_id")


class Deadlines(msgspec.Struct, frozen=True):
    """On the monotonic clock: until when it is waited for that events make up the value, and when all must end."""

    waiting: float
    end: float


def explain(
    stores: Stores, workspace_name: str, question: Question, cursor: str | None, deadlines: Deadlines
) -> Explanation:
    """Take a number apart, with statements on the connection of `stores`.

    Raises UserError for a question that cannot be answered, StatementFailed, and Overdue.
    """
    with stores.series.connect() as connection:
        workspace = find_workspace(connection, workspace_name)
    position = read_cursor(workspace, question, cursor) if cursor else Position()

    def attempt() -> Explanation:
        return _attempt(stores, workspace, question, position, deadlines.end)

    def pending() -> bool:
        with stores.series.connect() as connection:
            return is_pending(connection, workspace, question)

    begun = stores.changes.begun
    found = attempt()
    if found.is_complete and stores.changes.is_quiet_since(begun):
        return found
    while True:
        # No batch is stored meanwhile, of which the statements would see different parts.
        with stores.changes.none():
            found, is_settled = attempt(), not pending()
        if found.is_complete or is_settled or monotonic() > deadlines.waiting:
            return found
        while pending() and monotonic() <= deadlines.waiting:
            sleep(_LOOK_SECONDS)


def _attempt(stores: Stores, workspace: Workspace, question: Question, position: Position, end: float) -> Explanation:
    rules = SendRules.of(stores.settings)
    with stores.series.connect() as connection:
        asked = find_number(connection, workspace, rules, question)
        history = history_of(connection, workspace, question)
    source = source_of(asked)
    with limited(stores.events, end, stores.settings.event_memory_bytes):
        total, rows = source.look(stores.events, position, EVENTS_A_PAGE + 1)
    page = rows[:EVENTS_A_PAGE]
    has_more = len(rows) > EVENTS_A_PAGE
    adds_up = total / _MICROS if source.measure is Measure.MICROS else total
    return Explanation(
        asked.value,
        define(asked, rules),
        page,
        total if source.measure is Measure.USERS else None,
        adds_up == asked.value,
        history,
        write_cursor(workspace, question, position.after(page)) if has_more else None,
    )


def define(asked: AskedNumber, rules: SendRules, wording: Wording = ENGLISH) -> str:
    """The definition of a number."""
    question, money = asked.question, asked.money
    windows = money.canvas_windows if question.kind == CANVAS else money.windows
    window = windows.get(question.canvas_id or question.campaign_id, DEFAULT_REVENUE_WINDOW_SECONDS)
    meant = Meant(
        question.kind,
        question.metric,
        question.channel,
        revenue_window=window,
        send_days=rules.window_days,
        segment=asked.segment,
        narrowed=tuple((name, given) for name in _NARROWING if (given := question.ids.get(name))),
    )
    return definition(meant, wording)
