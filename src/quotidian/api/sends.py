"""`POST /sends/id/create`: a send that is to be tracked, known before it is sent (semantics.md §7)."""

from typing import Any, Final
from uuid import uuid4

import msgspec
from msgspec import Raw
from sqlalchemy import func, select

from quotidian.api.parameters import Query
from quotidian.api.replies import UNKNOWN
from quotidian.api.request import Answer, Request, success
from quotidian.domain.days import day_of
from quotidian.domain.errors import BadRequest, shown
from quotidian.domain.kinds import CAMPAIGN, SEND
from quotidian.inbox.decoding import ABSENT, decode_body, decode_event
from quotidian.inbox.unusable import Unusable
from quotidian.series.listing.read import item_name
from quotidian.series.read import UnknownSubject
from quotidian.store.series import add_missing
from quotidian.store.tables import registered_sends

MOST_A_DAY: Final = 100
_LONGEST_ID = 64


class _SendBody(msgspec.Struct):
    campaign_id: Raw = ABSENT
    send_id: Raw = ABSENT


def create_send(request: Request[Query]) -> Answer:
    """Register a send of a campaign; the answer names it. One that is registered already is answered again.

    Raises UnknownSubject, and BadRequest for an unusable id or the campaign's 101st send of the day.
    """
    connection, workspace = request.connection, request.workspace
    campaign_id, send_id = _given(request.body)
    if not isinstance(campaign_id, str) or item_name(connection, workspace, CAMPAIGN, campaign_id) is None:
        raise UnknownSubject(workspace, CAMPAIGN, campaign_id)
    send_id = uuid4().hex if send_id is None else _checked(send_id)
    key = {"workspace_id": workspace.id, "campaign_id": campaign_id}
    if connection.execute(select(registered_sends.c.day).filter_by(**key, send_id=send_id)).one_or_none() is None:
        day = day_of(workspace.today)
        today = select(func.count()).select_from(registered_sends).filter_by(**key, day=day)
        if connection.execute(today).scalar_one() >= MOST_A_DAY:
            raise BadRequest(
                f"Campaign {shown(campaign_id)} has {MOST_A_DAY} sends of today, the most there can be in a day"
            )
        add_missing(connection, registered_sends, [{**key, "send_id": send_id, "day": day}])
    return success(b'"send_id":%s}' % msgspec.json.encode(send_id))


def _given(body: bytes) -> tuple[Any, Any]:
    given = decode_body(body, _SendBody)
    try:
        return decode_event(given.campaign_id), decode_event(given.send_id)
    except Unusable as error:
        raise BadRequest(f"An id is {error}") from error


def _checked(send_id: Any) -> str:
    if not isinstance(send_id, str) or not 0 < len(send_id) <= _LONGEST_ID:
        raise BadRequest(f"{UNKNOWN[SEND]}: send_id must be text of 1 to {_LONGEST_ID} characters, or left out")
    return send_id
