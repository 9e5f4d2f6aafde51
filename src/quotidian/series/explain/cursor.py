"""Cursors: where the next page of an explanation begins, as text that only goes with the question it was given for."""

import base64
import binascii
from hashlib import blake2b
from typing import Annotated, Final

import msgspec

from quotidian.control.workspaces import Workspace
from quotidian.domain.errors import shown
from quotidian.series.explain.listing import Position
from quotidian.series.explain.question import BadQuestion, Question

_DIGEST_BYTES: Final = 8
_Number = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]


class _Content(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    question: bytes
    time: _Number
    id: str
    skipped: _Number
    listed: _Number


def write_cursor(workspace: Workspace, question: Question, position: Position) -> str:
    """The cursor of a position."""
    content = msgspec.msgpack.encode(_Content(_digest(workspace, question), *position))
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def read_cursor(workspace: Workspace, question: Question, cursor: str) -> Position:
    """The position of a cursor. Raises BadQuestion if it is none, or of another question."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        content = msgspec.msgpack.decode(text, type=_Content)
    except (binascii.Error, ValueError) as error:
        raise BadQuestion(f"cursor must be one that an answer gave, not {shown(cursor)}") from error
    if content.question != _digest(workspace, question):
        raise BadQuestion("cursor is of another question; ask with the parameters that it was given for, or without it")
    return Position(content.time, content.id, content.skipped, content.listed)


def _digest(workspace: Workspace, question: Question) -> bytes:
    said = msgspec.json.encode((workspace.name, question))
    return blake2b(said, digest_size=_DIGEST_BYTES).digest()
