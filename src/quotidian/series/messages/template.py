"""JSON of which only the numbers change from one text to the next: encoded once, and filled in for each."""

from collections.abc import Iterable
from typing import Any

import msgspec

Key = tuple[object, ...]
"""Identifies a number; the parts may be anything hashable."""

_MARK = b"\0"
"""A byte that JSON cannot contain: a text would have it as `\\u0000`."""


class Number:
    """A place for the number with this key; it shows `zero` if none is filled in."""

    __slots__ = ("key", "zero")

    def __init__(self, key: Key, zero: float = 0) -> None:
        self.key = key
        self.zero = zero


class Template:
    """An answer made of dicts, lists, texts and `Number`s. Several places may have the same key."""

    def __init__(self, answer: Any) -> None:
        numbers: list[Number] = []

        def mark(number: Number) -> msgspec.Raw:
            numbers.append(number)
            return msgspec.Raw(_MARK)

        texts = msgspec.json.Encoder(enc_hook=mark).encode(answer).split(_MARK)
        self._zero = [texts[0]]
        self._places: dict[Key, list[int]] = {}
        for number, text in zip(numbers, texts[1:], strict=True):
            self._places.setdefault(number.key, []).append(len(self._zero))
            self._zero += (_ENCODER.encode(number.zero), text)

    def filled(self, numbers: Iterable[tuple[Key, float]]) -> bytes:
        """The JSON with these numbers in it; those whose key has no place are left out."""
        texts = self._zero.copy()
        for key, number in numbers:
            for place in self._places.get(key, ()):
                texts[place] = _ENCODER.encode(number)
        return b"".join(texts)


_ENCODER = msgspec.json.Encoder()
