"""Text from events, files and users, made safe to show: a terminal obeys the control characters in it."""

from typing import Final

_MARKS: Final = (0x061C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Invisible characters that break lines, or change the direction of the text beside them."""
_C1: Final = range(0x7F, 0xA0)


def _written(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


_TEXT: Final = {code: _written(code) for code in (*range(0x20), *_C1, *_MARKS)}
_JSON: Final = {code: f"\\u{code:04x}" for code in (*_C1, *_MARKS)}


def visible(text: str) -> str:
    """The text in one line, with control characters written out: `\\x1b` for an escape, `\\u202e` for an override."""
    return text.translate(_TEXT)


def visible_json(document: str) -> str:
    """The same JSON, with what JSON allows and a terminal would obey written as JSON writes an escape, `\\u009b`."""
    return document.translate(_JSON)
