"""Whether what a number is published from is out of date: then events may not be in it yet."""

from typing import Final

from sqlalchemy import Connection, select

from quotidian.control.dirty_days import ACTIVITY, CAMPAIGNS, CANVASES, SEGMENTS, TALLIES, WHOLE
from quotidian.control.doubtful_filters import doubtful
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import reach_days
from quotidian.domain.kinds import CAMPAIGN, CANVAS, KPIS, SEND, SIZE
from quotidian.domain.subjects import CONVERSION_WINDOW_SECONDS
from quotidian.series.activity.windows import MAU_DAYS
from quotidian.series.explain.question import Question
from quotidian.store.tables import dirty_days

_FAMILIES: Final = {
    **dict.fromkeys(KPIS, ACTIVITY),
    CAMPAIGN: CAMPAIGNS,
    SEND: CAMPAIGNS,
    CANVAS: CANVASES,
    SIZE: SEGMENTS,
}


def is_pending(connection: Connection, workspace: Workspace, question: Question) -> bool:
    """Whether a day is marked that the number depends on."""
    family = SEGMENTS if question.segment_id else _FAMILIES.get(question.kind, TALLIES)
    first, last = _days(question)
    columns = dirty_days.c
    marked = select(columns.day).where(
        columns.workspace_id == workspace.id,
        columns.family == family,
        columns.day.between(first, last),
        columns.subject.in_((WHOLE, question.campaign_id, question.canvas_id, question.segment_id)),
    )
    if connection.execute(marked.limit(1)).first():
        return True
    return family == SEGMENTS and bool(doubtful(connection, workspace.id))


def _days(question: Question) -> tuple[int, int]:
    """The days, by their marks, that the number depends on."""
    day = question.day
    if question.kind == SIZE:
        # A size holds until the next day on which one is stored.
        return -1, day
    if question.kind == "mau":
        return day - MAU_DAYS + 1, day
    if "_by_" in question.metric:
        return day, day + reach_days(CONVERSION_WINDOW_SECONDS)
    return day, day
