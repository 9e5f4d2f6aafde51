"""`POST /users/export/…`: users cannot be exported, for nothing is kept that describes them.

The answers have Braze's shape, find nobody, and say so: a program that asks for all there is goes on.
"""

from typing import Annotated, Final
from uuid import uuid4

import msgspec
from msgspec import Meta, Raw

from quotidian.api.parameters import Query
from quotidian.api.request import Answer, Request, success
from quotidian.domain.errors import BadRequest
from quotidian.domain.kinds import SEGMENT
from quotidian.inbox.decoding import ABSENT, decode_body, decode_event
from quotidian.inbox.unusable import Unusable
from quotidian.series.listing.read import item_name
from quotidian.series.read import UnknownSubject

NOBODY_PATH: Final = "/users/export/segment/nobody.zip"
"""Where the archive of an export is: it has no file, whatever the segment, and is open to all."""

NOBODY: Final = b"PK\x05\x06" + bytes(18)

KEPT: Final = (
    "Of users this server keeps their events, under hashes of their ids, and no profiles: no attributes, addresses or "
    "devices. So it finds nobody"
)

_MOST_IDS: Final = 50
_LONGEST_ID: Final = 1_000
_IDENTIFIERS: Final = ("external_ids", "user_aliases", "device_id", "braze_id", "email_address", "phone")
_decode_ids: Final = msgspec.json.Decoder(
    Annotated[list[Annotated[str, Meta(max_length=_LONGEST_ID)]], Meta(max_length=_MOST_IDS)] | None
).decode


class _IdsBody(msgspec.Struct):
    external_ids: Raw = ABSENT
    user_aliases: Raw = ABSENT
    device_id: Raw = ABSENT
    braze_id: Raw = ABSENT
    email_address: Raw = ABSENT
    phone: Raw = ABSENT


class _SegmentBody(msgspec.Struct):
    segment_id: Raw = ABSENT


def by_ids(request: Request[Query]) -> Answer:
    """`POST /users/export/ids`: no users, and the external_ids as unknown.

    Raises BadRequest for a body that names nobody, or more than Braze takes.
    """
    body = decode_body(request.body, _IdsBody)
    if not any(_is_given(getattr(body, name)) for name in _IDENTIFIERS):
        raise BadRequest(f"The body names nobody; it must have one of {', '.join(_IDENTIFIERS)}")
    unknown = _external_ids(body.external_ids)
    return success(b'"users":[],"invalid_user_ids":%s,%s}' % (msgspec.json.encode(unknown), _note()))


def by_segment(request: Request[Query]) -> Answer:
    """`POST /users/export/segment`: the URL of an archive without a file. Raises UnknownSubject."""
    try:
        segment_id = decode_event(decode_body(request.body, _SegmentBody).segment_id)
    except Unusable as error:
        raise BadRequest(f"segment_id is {error}") from error
    if not isinstance(segment_id, str) or item_name(request.connection, request.workspace, SEGMENT, segment_id) is None:
        raise UnknownSubject(request.workspace, SEGMENT, segment_id)
    told = {"object_prefix": uuid4().hex, "url": request.url_of(NOBODY_PATH)}
    return success(b"%s,%s}" % (msgspec.json.encode(told)[1:-1], _note()))


def _is_given(raw: Raw) -> bool:
    return bytes(memoryview(raw)[:5]) not in (b"null", b"[]", b'""')


def _external_ids(raw: Raw) -> list[str]:
    try:
        return _decode_ids(raw) or []
    except (msgspec.DecodeError, ValueError) as error:
        raise BadRequest(
            f"external_ids must be a list of at most {_MOST_IDS} texts of at most {_LONGEST_ID} characters"
        ) from error


def _note() -> bytes:
    return b'"note":%s' % msgspec.json.encode(KEPT)
