"""Which events count in a number: from what is asked about to the statements that find them (semantics.md §3 to §7)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from quotidian.control.dirty_parts import Scope
from quotidian.domain.channels import (
    CANVAS_ENTRY,
    CHANNEL_BY_KEY,
    CONTROL,
    CUSTOM_EVENT,
    ENROLMENT,
    FIRST_SESSION,
    MESSAGES,
    PURCHASE,
    RECEIPT_TYPES,
    SESSION_START,
    STEP,
    UNINSTALL,
    VARIANT,
    WHOLE_TYPE,
    Channel,
    Count,
    Unique,
)
from quotidian.domain.day_bits import BLOCK_DAYS, bits_of_days
from quotidian.domain.days import Day, reach_days
from quotidian.domain.kinds import CANVAS, COUNT, KPIS, REVENUE, SEND, SESSIONS, SIZE, TALLIES
from quotidian.domain.segments import TYPES, Segment
from quotidian.domain.subjects import CAMPAIGN_SUBJECTS, CANVAS_SUBJECTS, CONVERSION_WINDOW_SECONDS
from quotidian.series.activity.windows import MAU_DAYS
from quotidian.series.explain.listing import Active, Attributed, Counted, Delivered, Measure, Members, Nothing, Source
from quotidian.series.explain.subject import AskedNumber
from quotidian.series.messages.asked import Asked
from quotidian.series.segments.fulfilment import ENDLESS_BLOCK

_KPI_TYPES: Final = {"dau": SESSION_START, "mau": SESSION_START, "new_users": FIRST_SESSION, "uninstalls": UNINSTALL}
_TALLY_TYPES: Final = {SESSIONS: SESSION_START, COUNT: CUSTOM_EVENT}
_CONVERSIONS: Final = re.compile("conversions([1-3]?)(_by_(send|entry)_time)?")
_BUTTON: Final = re.compile("notif_button_[0-9]+_(.*)_click", re.DOTALL)
_CONVERSION_REACH: Final = reach_days(CONVERSION_WINDOW_SECONDS)

# What the statements are given where nothing is asked for.
_ANY: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("campaign", "send", "canvas", "channel", "variation", "variant", "step"), ""),
    **dict.fromkeys(("detail", "button", "app", "name"), ""),
    "needs_channel": 0,
    "every_variation": 1,
    "every_currency": 1,
    "currencies": ("",),
    "first_before": 0,
    "last_before": -1,
}


def source_of(asked: AskedNumber) -> Source:
    """Where the events of a number come from."""
    kind = asked.question.kind
    if kind in KPIS:
        return _kpi(asked)
    if kind in TALLIES:
        return _tally(asked)
    if kind == SIZE:
        return _size(asked)
    if asked.send_days is not None and asked.question.day not in asked.send_days:
        return Nothing()
    return _of_messages(asked)


def _counted(asked: AskedNumber, types: tuple[str, ...], measure: Measure = Measure.EVENTS, **values: Any) -> Counted:
    day = asked.question.day
    given = {**_ANY, "workspace": asked.workspace.name, "types": types, **values}
    return Counted("counted", given, range(day, day + 1), measure, asked.money)


def _kpi(asked: AskedNumber) -> Source:
    question = asked.question
    types = (_KPI_TYPES[question.kind],)
    if question.kind == "uninstalls":
        return _counted(asked, types, app=question.app_id)
    source = _counted(asked, types, Measure.USERS, app=question.app_id)
    if question.kind != "mau":
        return source
    days = range(question.day - MAU_DAYS + 1, question.day + 1)
    bits = bits_of_days(map(Day, days))
    lists = {"blocks": list(bits), "masks": list(bits.values()), "blocks_in": tuple(bits)}
    return Active("counted", {**source.values, **lists}, days, Measure.USERS)


def _tally(asked: AskedNumber) -> Source:
    question = asked.question
    if asked.segment:
        values = _fulfilling(asked, asked.segment) | {"types": (_TALLY_TYPES[question.kind],)}
        values |= {"app": question.app_id, "name": question.event}
        return Counted("of_members", values, range(question.day, question.day + 1))
    if question.kind in _TALLY_TYPES:
        return _counted(asked, (_TALLY_TYPES[question.kind],), app=question.app_id, name=question.event)
    narrowed: dict[str, Any] = {"app": question.app_id, "name": question.product}
    if question.kind == REVENUE:
        rated = {"every_currency": 0, "currencies": tuple(asked.money.usd_rates)}
        return _counted(asked, (PURCHASE,), Measure.MICROS, **narrowed, **rated)
    return _counted(asked, (PURCHASE,), **narrowed)


def _size(asked: AskedNumber) -> Source:
    day, segment = asked.question.day, asked.segment
    if segment is None:
        return Nothing(Measure.USERS)
    filters = {each.key: each for each in segment.filters}
    firsts = [day - each.within_days + 1 if each.within_days else asked.first_day for each in filters.values()]
    values = {
        "kinds": [each.type for each in filters.values()],
        "subjects": [each.subject for each in filters.values()],
        "firsts": firsts,
        "session_start": SESSION_START,
        "custom_event": CUSTOM_EVENT,
        "purchase": PURCHASE,
        "receipt_types": tuple(RECEIPT_TYPES),
        **_fulfilling(asked, segment),
    }
    return Members("of_filters", values, range(max(min(firsts), asked.first_day), day + 1), Measure.USERS)


def _fulfilling(asked: AskedNumber, segment: Segment) -> dict[str, Any]:
    """Values of the statement that finds members."""
    day, keys = asked.question.day, list({each.key: each for each in segment.filters})
    return {
        "workspace": asked.workspace.name,
        "everybody": 0,
        "types": tuple({name for each in segment.filters for name in TYPES[each.type]}),
        "keys": keys,
        "keys_in": tuple(keys),
        "needed": len(keys) if segment.match == "all" else 1,
        "block": day // BLOCK_DAYS,
        "endless_block": ENDLESS_BLOCK,
        "bit": day % BLOCK_DAYS,
        "day": day,
    }


def _of_messages(asked: AskedNumber) -> Source:
    """Of campaigns, sends and canvases."""
    question, name = asked.question, asked.question.metric
    if found := _CONVERSIONS.fullmatch(name):
        return _conversions(asked, int(found[1] or 0), by_receipt=bool(found[2]))
    if name == "revenue":
        return _revenue(asked)
    if name == "entries":
        variant = question.variation if question.channel == VARIANT else ""
        return _counted(asked, (CANVAS_ENTRY,), canvas=question.canvas_id, variant=variant or "")
    if name in ("unique_recipients", "enrolled"):
        return _recipients(asked)
    return _statistic(asked, CHANNEL_BY_KEY[question.channel])


def _element(asked: AskedNumber) -> dict[str, Any]:
    """Values that restrict events to the element, and to the campaign, send or canvas that has it."""
    question = asked.question
    if question.kind == CANVAS:
        channel = "" if question.channel in (STEP, VARIANT) else question.channel
        return {"canvas": question.canvas_id, "step": question.variation or "", "channel": channel}
    values = {"campaign": question.campaign_id, "send": question.send_id if question.kind == SEND else ""}
    if not question.channel:
        return values
    return {**values, "channel": question.channel, "every_variation": 0, "variation": question.variation or ""}


def _recipients(asked: AskedNumber) -> Source:
    types = (ENROLMENT,) if asked.question.channel == CONTROL else tuple(RECEIPT_TYPES)
    if asked.question.kind == CANVAS:
        types = tuple(name for name in RECEIPT_TYPES if name != ENROLMENT)
    return _counted(asked, types, Measure.USERS, needs_channel=1, **_element(asked))


def _statistic(asked: AskedNumber, channel: Channel) -> Source:
    name, values = asked.question.metric, _element(asked)
    if asked.question.kind == SEND and (beside := _of_send_alone(asked, channel)):
        return beside
    if button := _BUTTON.fullmatch(name):
        return _counted(asked, _types(channel, "Open"), **values, button=button[1])
    match channel.statistics[name]:
        case Unique(event, days):
            day = asked.question.day
            before = {"first_before": day - days + 1, "last_before": day - 1}
            return _counted(asked, _types(channel, event), Measure.USERS, **values, **before)
        case Count(event, detail):
            return _counted(asked, _types(channel, event), **values, detail="" if detail == WHOLE_TYPE else detail)


def _of_send_alone(asked: AskedNumber, channel: Channel) -> Source | None:
    """What a send's elements have beyond a campaign's (semantics.md §5)."""
    name, values = asked.question.metric, _element(asked)
    if channel.is_push and name == "delivered":
        (sent,), (bounced,) = _types(channel, "Send"), _types(channel, "Bounce")
        source = _counted(asked, (sent, bounced), **values, sent=sent, bounced=bounced)
        return Delivered("delivered", source.values, source.days)
    if channel.is_push and name == "undelivered":
        return _counted(asked, _types(channel, "Bounce"), **values)
    if channel.is_push and name == "delivery_failed":
        return Nothing()
    if channel.key == "sms" and name == "undelivered":
        return _counted(asked, _types(channel, "Rejection"), **values)
    return None


def _types(channel: Channel, event: str) -> tuple[str]:
    return (f"{MESSAGES}{channel.family}.{event}",)


def _conversions(asked: AskedNumber, index: int, *, by_receipt: bool) -> Source:
    question = asked.question
    reach = _CONVERSION_REACH if by_receipt else 0
    days = [Day(question.day + later) for later in range(reach + 1)]
    if asked.send_days is not None:
        days = [day for day in days if day in asked.send_days]
    values = {**_place(asked), "index": index, "by_receipt": int(by_receipt)}
    if question.channel == STEP:
        values |= {"place": "", "every_element": 1, "of_step": question.variation or ""}
    return Attributed(_scope(asked, days), values, received_on=question.day if by_receipt else None)


def _revenue(asked: AskedNumber) -> Source:
    values = {**_place(asked), "index": 0, "by_receipt": 0}
    if asked.question.kind == CANVAS and not asked.question.channel:
        # Purchases are there once for the entry, and once for the step that was received last.
        values["place"] = VARIANT
    return Attributed(_scope(asked, [asked.question.day]), values, asked.money, Measure.MICROS)


def _place(asked: AskedNumber) -> dict[str, Any]:
    """Values that restrict what is attributed to the day, to the receipts of an element, and of a send."""
    question = asked.question
    return {
        "counted_from": question.day,
        "counted_to": question.day,
        "place": question.channel,
        "every_element": int(not question.channel),
        "element": question.variation or "",
        "of_send": question.send_id if question.kind == SEND else "",
        "of_step": "",
    }


def _scope(asked: AskedNumber, days: list[Day]) -> Asked:
    question = asked.question
    kind = CANVAS_SUBJECTS if question.kind == CANVAS else CAMPAIGN_SUBJECTS
    subject = question.canvas_id if question.kind == CANVAS else question.campaign_id
    return Asked(asked.workspace.name, kind, Scope.of(frozenset((subject, day) for day in days)))
