"""The endpoints that take events in: what a body brings, and what is answered once it is on disk."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec import Raw
from sqlalchemy import Connection

from quotidian.api.memory import Held
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.domain.days import now_micros
from quotidian.domain.errors import BadRequest, BodyTooLarge
from quotidian.inbox.checked import Checked
from quotidian.inbox.checking import check_events
from quotidian.inbox.decoding import ABSENT, decode_body, decode_list
from quotidian.inbox.store import Delivery
from quotidian.inbox.track import TrackBody, Tracker

# What a list takes in memory for each of its elements: a Raw, and its place.
_ELEMENT_BYTES: Final = 72
# What is made of a body: the lines, and once more the lines in one piece; what SQLite takes of them is added later.
_COPIES: Final = 2


@dataclass(frozen=True)
class Post:
    """A request with a body. `foreign_groups` are the app_group_ids of workspaces other than the key's.

    `held` counts what it holds in memory, the body included.
    """

    workspace: Workspace
    foreign_groups: frozenset[str]
    idempotency_key: str
    body: bytes
    held: Held
    events_limit: int


class _EventsBody(msgspec.Struct):
    events: Raw = ABSENT


@dataclass(frozen=True)
class Intake:
    """What is to be on disk before the answer is given: nothing if `delivery` is None."""

    delivery: Delivery | None
    events: int
    status: int
    answer: bytes


def foreign_groups(connection: Connection, workspace: Workspace) -> frozenset[str]:
    """The app_group_ids of all other workspaces."""
    return frozenset(each.app_group_id for each in all_workspaces(connection) if each.id != workspace.id)


def take_events(post: Post) -> Intake:
    """`POST /events`: `{"events": [ … ]}`, as Currents' custom HTTP connector posts it."""
    _hold(post)
    events = decode_list(decode_body(post.body, _EventsBody).events)
    if events is None:
        raise BadRequest('The body must be {"events": [ … ]}: a list of events')
    if len(events) > post.events_limit:
        most = post.events_limit
        raise BodyTooLarge(f"The body has {len(events)} events; at most {most} are accepted (events_limit)")
    checked = check_events(events, "POST /events", post.foreign_groups)
    answer = {"accepted": len(checked.lines), "rejected": checked.rejected}
    return _intake(post, now_micros(), checked, 200, answer)


def take_track(post: Post) -> Intake:
    """`POST /users/track`: custom events and purchases, as Braze's clients send them."""
    _hold(post)
    received_at = now_micros()
    tracker = Tracker(received_at, post.idempotency_key)
    tracker.take(decode_body(post.body, TrackBody))
    answer = {f"{name}_processed": number for name, number in tracker.processed.items()}
    return _intake(post, received_at, tracker.checked, 201, answer)


def _hold(post: Post) -> None:
    """Count what taking the body in will need, before it does."""
    elements = 1 + post.body.count(b",")
    post.held.add(elements * _ELEMENT_BYTES + len(post.body) * _COPIES)


def _intake(post: Post, received_at: int, checked: Checked, status: int, told: dict[str, Any]) -> Intake:
    answer: dict[str, Any] = {"message": "success", **told, **checked.answer()}
    delivery = Delivery(post.workspace.id, received_at, checked.events, checked.letters)
    # A purchase of many copies is more than its body said.
    post.held.add(len(delivery.events))
    is_empty = not checked.lines and not delivery.letters
    return Intake(None if is_empty else delivery, len(checked.lines), status, msgspec.json.encode(answer))
