"""`/v1/explain`: what a published number is made of (semantics.md §9 and §11, "Explain")."""

from collections.abc import Awaitable
from datetime import date, datetime
from typing import Annotated, Any

import msgspec

from quotidian.api.parameters import Query, Text
from quotidian.api.queries import ProductId
from quotidian.api.request import Answer, Request, success
from quotidian.api.texts import read_id
from quotidian.api.v1.days import read_date
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import day_of
from quotidian.engine.questions import Explain
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.explain.cursor import read_cursor
from quotidian.series.explain.explanation import Explanation, Listed
from quotidian.series.explain.question import SERIES, Question
from quotidian.series.explain.subject import find_number
from quotidian.series.history import Past

_MICROS = 1_000_000


def _needed_by(name: str) -> str:
    return ", ".join(path for path, of in SERIES.items() if name in of.required)


def _id(name: str, what: str) -> Text:
    return Text(read_id, f"{what}; {_needed_by(name)} needs it")


class ExplainQuery(Query, kw_only=True):
    """A number: the series, the day, and the place in the day's point."""

    series: Annotated[
        str,
        Text(read_id, f"Path of the series that has the number: {', '.join(SERIES)}"),
    ]
    day: Annotated[date, Text(read_date, "The day, YYYY-MM-DD", {"type": "string", "format": "date"})]
    metric: Annotated[str, Text(read_id, "Key of the number in the day's point")]
    channel: Annotated[
        str,
        Text(
            read_id,
            "Of a campaign or send: the channel of the element that has the number, or control; of a canvas: variant, "
            "step, or the channel of a step's messages; without it the day's own number",
        ),
    ] = ""
    variation_api_id: Annotated[
        str | None,
        Text(read_id, "The element's variation_api_id, or the id of the variant or step; absent: the null variation"),
    ] = None
    campaign_id: Annotated[str, _id("campaign_id", "Id of a campaign")] = ""
    send_id: Annotated[str, _id("send_id", "Id of a send of the campaign")] = ""
    canvas_id: Annotated[str, _id("canvas_id", "Id of a canvas")] = ""
    segment_id: Annotated[
        str, Text(read_id, "Id of a segment; of sessions and events: only of users who are in it on the day")
    ] = ""
    app_id: Annotated[str, Text(read_id, "Of KPIs, sessions, events and purchases: only this app")] = ""
    event: Annotated[str, _id("event", "Name of a custom event")] = ""
    product: ProductId = ""
    cursor: Annotated[
        str | None, Text(read_id, "Where the page begins, from the answer before; default: the first")
    ] = None


def explain(request: Request[ExplainQuery]) -> Awaitable[Answer]:
    """The number, what it means, and the events that count in it, 1,000 a page."""
    asked, workspace = request.parameters, request.workspace
    given = msgspec.structs.asdict(asked)
    question = Question(
        day=day_of(given.pop("day")),
        variation=given.pop("variation_api_id"),
        **{name: value for name, value in given.items() if name != "cursor"},
    )
    # What is wrong with a question is said without the engine, which may not run.
    find_number(request.connection, workspace, SendRules.of(request.settings), question)
    if asked.cursor:
        read_cursor(workspace, question, asked.cursor)
    return _answer(request, Explain(workspace.name, question, asked.cursor))


async def _answer(request: Request[ExplainQuery], asked: Explain) -> Answer:
    # Behind the brace, and with what follows the message.
    return success(msgspec.json.encode(answer_of(await request.engine.explain(asked), request.workspace))[1:])


def answer_of(explained: Explanation, workspace: Workspace) -> dict[str, Any]:
    """The answer without its message. Events have their times as they bring them, in seconds since 1970."""
    return {
        "value": explained.value,
        "definition": explained.definition,
        "events": [_event_of(each) for each in explained.events],
        "users": explained.users,
        "complete": explained.is_complete,
        "history": [_past_of(each, workspace) for each in explained.history],
        "cursor": explained.cursor,
    }


def _past_of(past: Past, workspace: Workspace) -> dict[str, Any]:
    published = datetime.fromtimestamp(past.at, workspace.zone).isoformat()
    return {"version": past.version, "time": published, "value": past.value, "arrived": past.arrived}


def _event_of(event: Listed) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": event.id, "time": _seconds(event.time), "type": event.type}
    if event.receipt_id:
        shown["receipt"] = {"id": event.receipt_id, "time": _seconds(event.receipt_time)}
    return shown


def _seconds(micros: int) -> int | float:
    whole, rest = divmod(micros, _MICROS)
    return micros / _MICROS if rest else whole
