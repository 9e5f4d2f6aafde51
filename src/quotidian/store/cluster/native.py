"""Files of the format Native, a block at a time: servers take blocks as they are, and are told where each begins.

A block is a number of columns and one of rows, and each column's name, type and values. It does not say how long it is,
so that the values are stepped over here. Types are those that our tables have.
"""

import re
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import Struct
from typing import Final

_WIDTHS: Final = {"Int8": 1, "Int16": 2, "Int32": 4, "Int64": 8, "Date": 2, "DateTime": 4, "Float32": 4, "Float64": 8}
_DECIMALS: Final = ((9, 4), (18, 8), (38, 16))
_U64: Final = Struct("<Q")
_NEEDS_GLOBAL: Final = 1 << 8
_HAS_OWN: Final = 1 << 9
_MORE: Final = 0x80


def blocks_of(file: Path) -> Iterator[memoryview]:
    """The blocks of a file that have rows, each to be used before the next is asked for.

    Raises ValueError if it is not of the format, or has a type that is not known here.
    """
    if not file.exists() or not file.stat().st_size:
        return
    with file.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as mapped, memoryview(mapped) as data:
        walk = _Walk(data)
        while walk.at < len(data):
            start = walk.at
            try:
                rows = walk.block()
            except IndexError:
                raise ValueError(f"{file} ends within a block") from None
            if rows:
                with data[start : walk.at] as block:
                    yield block


class _Walk:
    """A place in a file, which steps forward."""

    def __init__(self, data: memoryview) -> None:
        self.at = 0
        self._data = data

    def block(self) -> int:
        """Step over a block; returns the number of its rows."""
        columns, rows = self._varint(), self._varint()
        for _ in range(columns):
            self._text()
            name = str(self._text(), "ascii")
            if rows:
                self._begin(name)
                self._values(name, rows)
        return rows

    def _begin(self, name: str) -> None:
        """What comes before the values of all rows: the version of how words are numbered."""
        if inner := _inside("Array", name):
            self._begin(inner)
        elif _inside("LowCardinality", name):
            self._step(_U64.size)

    def _values(self, name: str, rows: int) -> None:
        if name == "String":
            self._texts(rows)
        elif inner := _inside("LowCardinality", name):
            self._numbered(inner, rows)
        elif inner := _inside("Array", name):
            self._step(_U64.size * (rows - 1))
            self._values_of_arrays(inner, self._number())
        else:
            self._step(_width(name) * rows)

    def _values_of_arrays(self, name: str, rows: int) -> None:
        if rows:
            self._values(name, rows)

    def _numbered(self, name: str, rows: int) -> None:
        """Words, and for each row the number of its word."""
        kind = self._number()
        if kind & _NEEDS_GLOBAL or not kind & _HAS_OWN:
            raise ValueError("a block of the format Native has words that are not its own")
        self._values(name, self._number())
        if self._number() != rows:
            raise ValueError("a column of a block of the format Native has not as many rows as the block")
        self._step(rows << (kind & 0xFF))

    def _texts(self, rows: int) -> None:
        data, at = self._data, self.at
        # Mostly all are empty, or as long as the first.
        length = data[at]
        width = length + 1
        if length < _MORE and bytes(data[at : at + width * rows : width]) == bytes((length,)) * rows:
            self._step(width * rows)
            return
        for _ in range(rows):
            length = data[at]
            at += 1
            if length >= _MORE:
                self.at = at - 1
                length = self._varint()
                at = self.at
            at += length
        self.at = at
        self._step(0)

    def _text(self) -> memoryview:
        length = self._varint()
        start = self.at
        self._step(length)
        return self._data[start : self.at]

    def _varint(self) -> int:
        number = shift = 0
        while True:
            byte = self._data[self.at]
            self.at += 1
            number |= (byte & 0x7F) << shift
            if byte < _MORE:
                return number
            shift += 7

    def _number(self) -> int:
        start = self.at
        self._step(_U64.size)
        return int(_U64.unpack_from(self._data, start)[0])

    def _step(self, length: int) -> None:
        self.at += length
        if self.at > len(self._data):
            raise IndexError


def _inside(outer: str, name: str) -> str:
    """What is in the brackets of a type, if it is one of those."""
    return name[len(outer) + 1 : -1] if name.startswith(f"{outer}(") else ""


def _width(name: str) -> int:
    """Bytes that each value of a type takes."""
    if width := _WIDTHS.get(name.removeprefix("U")):
        return width
    if fixed := _inside("FixedString", name):
        return int(fixed)
    if decimal := re.fullmatch(r"Decimal\(([0-9]+), *[0-9]+\)", name):
        return next(width for digits, width in _DECIMALS if int(decimal[1]) <= digits)
    raise ValueError(f"a block of the format Native has the type {name}, of which nothing is known here")
