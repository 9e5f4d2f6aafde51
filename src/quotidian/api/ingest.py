"""The endpoints that take events in: what a body brings, and what is answered once it is on disk."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection

from quotidian.days import now_micros
from quotidian.errors import BadRequest
from quotidian.inbox.checking import Checked, check_events, decode_body
from quotidian.inbox.store import Delivery
from quotidian.inbox.track import Tracker
from quotidian.workspaces import Workspace, all_workspaces


@dataclass(frozen=True)
class Post:
    """A request with a body. `foreign_groups` are the app_group_ids of workspaces other than the key's."""

    workspace: Workspace
    foreign_groups: frozenset[str]
    idempotency_key: str
    body: bytes


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
    events = decode_body(post.body).get("events")
    if not isinstance(events, list):
        raise BadRequest('The body must be {"events": [ … ]}: a list of events')
    checked = check_events(events, "POST /events", post.foreign_groups)
    answer = {"accepted": len(checked.lines), "rejected": len(checked.letters)}
    return _intake(post, now_micros(), checked, 200, answer)


def take_track(post: Post) -> Intake:
    """`POST /users/track`: custom events and purchases, as Braze's clients send them."""
    received_at = now_micros()
    tracker = Tracker(received_at, post.idempotency_key)
    tracker.take(decode_body(post.body))
    answer = {f"{name}_processed": number for name, number in tracker.processed.items()}
    return _intake(post, received_at, tracker.checked, 201, answer)


def _intake(post: Post, received_at: int, checked: Checked, status: int, told: dict[str, Any]) -> Intake:
    answer: dict[str, Any] = {"message": "success", **told}
    if checked.errors:
        answer["errors"] = checked.errors
    delivery = Delivery(post.workspace.id, received_at, checked.events, checked.letters)
    is_empty = not checked.lines and not checked.letters
    return Intake(None if is_empty else delivery, len(checked.lines), status, msgspec.json.encode(answer))
