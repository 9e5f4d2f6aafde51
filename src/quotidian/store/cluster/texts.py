"""Rows of servers as the types that are asked for."""

from typing import Any

import msgspec

from quotidian.store.events import Row


def readable(found: list[tuple[Any, ...]], row: type[Row]) -> list[Row]:
    """Rows as a tuple type. Texts that are not UTF-8 come as bytes, and are put right."""
    try:
        return msgspec.convert(found, list[row], strict=False)  # type: ignore[valid-type]
    except msgspec.ValidationError:
        return msgspec.convert(_put_right(found), list[row], strict=False)  # type: ignore[valid-type]


def _put_right(found: Any) -> Any:
    if isinstance(found, bytes):
        return found.decode(errors="replace")
    if isinstance(found, list | tuple):
        return [_put_right(each) for each in found]
    return found
