"""Posted JSON, decoded event by event: one that cannot be decoded, or is too large, does not affect the others.

A list becomes `Raw`s, slices of the body that are valid JSON and not yet decoded. Decoded JSON takes up to forty times
the memory of its text, so only one event is decoded at a time.
"""

import json
import math
import re
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Raw

from quotidian.domain.errors import BadRequest
from quotidian.inbox.unusable import Unusable

MOST_EVENT_BYTES: Final = 262_144
"""Size of the largest event that is decoded, and of the largest that is made of one."""

ABSENT: Final = Raw(b"null")

_MOST_DIGITS: Final = 400
# Every escape is matched, from the left: an escaped backslash never begins another. Group 1 is half a surrogate pair.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)

# Made once: to make a decoder takes as long as to decode an event.
_decode_any: Final = msgspec.json.Decoder().decode
_decode_raws: Final = msgspec.json.Decoder(list[Raw]).decode

Shape = TypeVar("Shape")


def decode_body(body: bytes, shape: type[Shape]) -> Shape:
    """Decode a body, a JSON object, into a Struct of Raws. Raises BadRequest if it is none."""
    try:
        return _decode_mended(body, shape)
    except msgspec.ValidationError as error:
        raise BadRequest("The body must be a JSON object") from error
    except RecursionError as error:
        raise BadRequest("The body is JSON nested too deeply; events are flat but for their properties") from error
    except (ValueError, msgspec.DecodeError) as error:
        raise BadRequest(f"The body is not JSON: {error}") from error


def _decode_mended(body: bytes, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.json.decode(_mended(body), type=shape)


def _mended(body: bytes) -> bytearray:
    """The body with a question mark for each half of a surrogate pair; programs that cut strings leave such halves."""
    mended = bytearray(body)
    for escape in _ESCAPE.finditer(body):
        if escape[1]:
            mended[escape.start() : escape.end()] = rb"\u003f"
    return mended


def decode_list(raw: Raw) -> list[Raw] | None:
    """The elements of a list; None if it is no list."""
    try:
        return _decode_raws(raw)
    except msgspec.ValidationError:
        return None


def decode_event(raw: Raw) -> Any:
    """Decode one event, or whatever JSON is in its place. Raises Unusable if it is too large or nested too deeply.

    Numbers that are too large become null: they are valid JSON, though msgspec refuses them.
    """
    if memoryview(raw).nbytes > MOST_EVENT_BYTES:
        raise Unusable(f"larger than {MOST_EVENT_BYTES} bytes")
    try:
        return _decode(raw)
    except RecursionError as error:
        raise Unusable("nested too deeply") from error
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}") from error


def _decode(raw: Raw) -> Any:
    try:
        return _decode_any(raw)
    except msgspec.ValidationError:
        return json.loads(bytes(raw).decode(), parse_float=_finite, parse_int=_bounded)


def _finite(digits: str) -> float | None:
    return value if math.isfinite(value := float(digits)) else None


def _bounded(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MOST_DIGITS else None
