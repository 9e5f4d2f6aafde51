"""The endpoints that take events in: what a body brings, and what is answered once it is on disk."""

from typing import Any, Final

import msgspec
from msgspec import Raw
from sqlalchemy import Connection

from quotidian.api.parameters import Query
from quotidian.api.request import Answer, Request
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.domain.counts import plain_count
from quotidian.domain.days import now_micros
from quotidian.domain.errors import BadRequest, BodyTooLarge
from quotidian.inbox.checked import Checked
from quotidian.inbox.checking import Rules, check_events
from quotidian.inbox.decoding import ABSENT, decode_body, decode_list
from quotidian.inbox.delivery import Delivery
from quotidian.inbox.track import TrackBody, Tracker

# What a list takes in memory for each of its elements: a Raw, and its place.
_ELEMENT_BYTES: Final = 72
# What is made of a body: the lines, and once more the lines in one piece; what the inbox takes of them is added later.
_COPIES: Final = 2


class _EventsBody(msgspec.Struct):
    events: Raw = ABSENT


def foreign_groups(connection: Connection, workspace: Workspace) -> frozenset[str]:
    """The app_group_ids of all other workspaces."""
    return frozenset(each.app_group_id for each in all_workspaces(connection) if each.id != workspace.id)


def take_events(request: Request[Query]) -> Answer:
    """`POST /events`: `{"events": [ … ]}`, as Currents' custom HTTP connector posts it."""
    _hold(request)
    events = decode_list(decode_body(request.body, _EventsBody).events)
    if events is None:
        raise BadRequest('The body must be {"events": [ … ]}: a list of events')
    most = request.settings.events_limit
    if len(events) > most:
        raise BodyTooLarge(
            f"The body has {plain_count(len(events), 'event')}; at most {most} are accepted (events_limit)"
        )
    checked = check_events(
        events, "POST /events", Rules(request.foreign_groups, is_strict=bool(request.settings.strict_events))
    )
    told = {"accepted": len(checked.lines), "rejected": checked.rejected}
    return _taken(request, now_micros(), checked, told)


def take_track(request: Request[Query]) -> Answer:
    """`POST /users/track`: custom events and purchases, as Braze's clients send them."""
    _hold(request)
    received_at = now_micros()
    is_strict = bool(request.settings.strict_events)
    tracker = Tracker(received_at, request.idempotency_key, request.first_received, is_strict=is_strict)
    tracker.take(decode_body(request.body, TrackBody))
    told = {f"{name}_processed": number for name, number in tracker.processed.items()}
    return _taken(request, received_at, tracker.checked, told)


def _hold(request: Request[Query]) -> None:
    """Count what taking the body in will need, before it does."""
    elements = 1 + request.body.count(b",")
    request.hold(elements * _ELEMENT_BYTES + len(request.body) * _COPIES)


def _taken(request: Request[Query], received_at: int, checked: Checked, told: dict[str, Any]) -> Answer:
    """What is answered; nothing is delivered if the body brought neither events nor dead letters."""
    answer: dict[str, Any] = {"message": "success", **told, **checked.answer()}
    delivery = Delivery(request.workspace.id, received_at, checked.events, checked.dead_letters, checked.unknown.found)
    # A purchase of many copies is more than its body said.
    request.hold(len(delivery.events))
    is_empty = not checked.lines and not delivery.dead_letters
    events = len(checked.lines)
    return Answer(msgspec.json.encode(answer), delivery=None if is_empty else delivery, events=events)
