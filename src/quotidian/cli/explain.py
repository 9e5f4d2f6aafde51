"""`quotidian explain`: what a published number is made of."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import date, datetime
from typing import Annotated, Final, Literal, NamedTuple

from msgspec.structs import replace

from quotidian.api.v1.explain import answer_of
from quotidian.cli.context import Context, Given
from quotidian.cli.engine_or_here import expect, in_engine_or_here
from quotidian.cli.errors import print_warning
from quotidian.cli.ranges import between
from quotidian.cli.rows import number_text, print_csv, print_json, print_table
from quotidian.cli.series_kinds import SERIES, Kind, Options, StoredName, named, named_options
from quotidian.cli.terminal import flowed
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import day_of
from quotidian.domain.errors import UserError
from quotidian.domain.kinds import CAMPAIGN, CANVAS, EVENT, SEGMENT, SEND
from quotidian.engine.answering import Answerer
from quotidian.engine.opening import open_stores
from quotidian.engine.protocol import MessageSocket, connect
from quotidian.engine.questions import Explain
from quotidian.series.explain.explanation import Explanation, Listed
from quotidian.series.explain.question import SERIES as EXPLAINED
from quotidian.series.explain.question import Question
from quotidian.telemetry.visible import visible

_MOST_EVENTS: Final = 1_000_000
_MICROS: Final = 1_000_000
_HEADER: Final = ("time", "id", "type", "receipt_time", "receipt_id")
_PARAMETERS: Final = {
    CAMPAIGN: "campaign_id",
    SEND: "send_id",
    CANVAS: "canvas_id",
    SEGMENT: "segment_id",
    EVENT: "event",
}


class _Found(NamedTuple):
    """An explanation with the events of all pages that were asked for, and whether there are more."""

    explanation: Explanation
    has_more: bool


def explain(  # noqa: PLR0913 - these are the command's options
    name: StoredName,
    *words: str,
    channel: str | None = None,
    variation: str | None = None,
    app_id: str | None = None,
    segment_id: str | None = None,
    product: str | None = None,
    events: Annotated[int, between(1, _MOST_EVENTS)] = 20,
    format: Literal["table", "json", "csv"] = "table",
    context: Given,
) -> None:
    """Show what a published number is made of: the events that count, with the receipts that they belong to.

    quotidian explain campaign CAMPAIGN_ID 2026-03-01 opens --channel email --variation VARIATION_API_ID

    The series and their ids are those of the command series. Behind them stand the day and, where a point has several
    numbers, the key of the one that is meant.

    Parameters
    ----------
    name
        Which series.
    words
        The ids that name the series, the day (YYYY-MM-DD), and the key of the number in the point.
    channel
        Of a campaign or send: the channel of an element, or control. Of a canvas: variant, step, or a step's channel.
    variation
        The variation_api_id of the element, or the id of a canvas's variant or step.
    app_id
        Of users, sessions, event, purchases and revenue: only this app.
    segment_id
        Of sessions and event: only users who are in this segment on the day.
    product
        Of purchases and revenue: only this product.
    events
        How many events are shown at the most.
    format
        table, json (as the API answers) or csv (the events, a line each).
    """
    kind = SERIES[name]
    ids, day, metric = _read(name, kind, words)
    options = Options(app_id, segment_id, product)
    _check(name, kind, options)
    engine = context.series()
    workspace = context.workspace(engine)
    with engine.connect() as connection:
        given = dict(zip(map(_PARAMETERS.__getitem__, kind.ids), named(connection, workspace, kind, ids), strict=True))
        narrowed = named_options(connection, workspace, options)
    engine.dispose()
    question = Question(
        kind.path,
        day_of(day),
        metric,
        channel or "",
        variation,
        **given,
        **{option: text for option, text in narrowed._asdict().items() if text},
    )
    _show(workspace, _ask(context, question, events), format)


def _read(name: str, kind: Kind, words: tuple[str, ...]) -> tuple[tuple[str, ...], date, str]:
    """The ids, the day and the key of the number."""
    ids, rest = words[: len(kind.ids)], words[len(kind.ids) :]
    of_series = EXPLAINED[kind.path].kind
    keys = () if of_series in (CAMPAIGN, SEND, CANVAS) else (of_series,)
    if len(rest) not in ((1, 2) if keys else (2,)):
        wanted = " ".join(
            (name, *(_PARAMETERS[each].upper() for each in kind.ids), "DAY", *(() if keys else ("METRIC",)))
        )
        raise UserError(f"{' '.join((name, *words))!r} names no number; ask for it as: quotidian explain {wanted}")
    try:
        day = date.fromisoformat(rest[0])
    except ValueError as error:
        raise UserError(f"the day must be a date such as 2026-03-29, not {rest[0]!r}") from error
    return ids, day, (*rest[1:], *keys)[0]


def _check(name: str, kind: Kind, options: Options) -> None:
    for option, given in options._asdict().items():
        if given is not None and option not in kind.options:
            raise UserError(f"--{option.replace('_', '-')} does not go with the series {name}")


def _ask(context: Context, question: Question, most: int) -> _Found:
    def in_engine(channel: MessageSocket) -> _Found:
        def answer(asked: Explain) -> object:
            # A connection is for one question.
            first = asked.cursor is None
            with closing(channel if first else MessageSocket(connect(context.folder.engine_socket))) as used:
                used.send(asked)
                return used.receive_reply()

        return _with_pages(answer, context.workspace_name, question, most)

    def here() -> _Found:
        with open_stores(context.folder, context.command) as stores, closing(Answerer(stores)) as answerer:
            return _with_pages(answerer.answer, context.workspace_name, question, most)

    return in_engine_or_here(context, in_engine, here)


def _with_pages(answer: Callable[[Explain], object], workspace: str, question: Question, most: int) -> _Found:
    """The explanation with as many events as are asked for, of as many pages as have them."""
    first = expect(answer(Explain(workspace, question)), Explanation)
    cursor, events = first.cursor, list(first.events)
    while cursor and len(events) < most:
        page = expect(answer(Explain(workspace, question, cursor)), Explanation)
        cursor = page.cursor
        events += page.events
    return _Found(replace(first, events=events[:most], cursor=None), bool(cursor) or len(events) > most)


def _show(workspace: Workspace, found: _Found, output: str) -> None:
    if output == "json":
        print_json(answer_of(found.explanation, workspace))
    elif output == "csv":
        print_csv(_HEADER, _cells(workspace, found.explanation.events))
    else:
        _table(workspace, *found)


def _table(workspace: Workspace, explained: Explanation, has_more: bool) -> None:
    print(number_text(explained.value))
    print(flowed(visible(explained.definition)))
    if explained.events:
        print()
        print_table(_HEADER, _cells(workspace, explained.events))
    if has_more:
        print(f"and more; --events shows up to {_MOST_EVENTS:,}")
    if len(explained.history) > 1:
        print("\nvalues that it has had, and how many events had arrived between them")
        past = [
            (_local(workspace, each.at * _MICROS), number_text(each.value), number_text(each.arrived))
            for each in explained.history
        ]
        print_table(("published", "value", "arrived"), past)
    if not explained.is_complete:
        print_warning("the events do not make up the number: it is out of date until their days are computed")


def _cells(workspace: Workspace, events: Iterable[Listed]) -> Iterator[list[str | None]]:
    for each in events:
        receipt = (_local(workspace, each.receipt_time), each.receipt_id) if each.receipt_id else (None, None)
        yield [_local(workspace, each.time), each.id, each.type, *receipt]


def _local(workspace: Workspace, micros: int) -> str:
    return datetime.fromtimestamp(micros / _MICROS, workspace.zone).isoformat()
