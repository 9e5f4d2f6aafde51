"""Avro object-container files from columns of bytes.

Most of a Currents record repeats: campaign names, devices, nulls. So a field is encoded once per distinct value, and
records are put together by numpy, thousands at a time; a Python call a record would be ten times slower.
"""

import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Codes = NDArray[np.integer]
Blocks = Iterable[tuple[int, bytes]]  # number of records, and the records
Schema = dict[str, object]
Value = str | int | float | bool | Sequence[str] | None

AVRO_TYPES = {"strings": {"type": "array", "items": "string"}}  # the others are called as in Avro
DEFLATE_LEVEL = 1  # ids are most of a record and do not compress: higher levels take longer for a few per cent


@dataclass(frozen=True)
class Column:
    """A field, or several in a row, of n records; n may be 1: the same for every record.

    `data` is uint8 [n, width], and `sizes` [n] says how many of a row's bytes count; None: all of them."""

    data: Bytes
    sizes: NDArray[np.int64] | None = None

    def take(self, codes: Codes) -> "Column":
        """The rows numbered `codes`, in that order."""
        return Column(self.data[codes], None if self.sizes is None else self.sizes[codes])


def column(rows: Sequence[bytes]) -> Column:
    """A column of these rows, which may differ in length."""
    sizes = np.array([len(row) for row in rows], np.int64)
    data = np.frombuffer(b"".join(row.ljust(sizes.max(), b"\0") for row in rows), np.uint8).reshape(len(rows), -1)
    return Column(data, None if (sizes == data.shape[1]).all() else sizes)


def join(columns: Iterable[Column], count: int) -> bytes:
    """The bytes of `count` records, one after the other."""
    columns = list(columns)
    width = sum(part.data.shape[1] for part in columns)
    data, used, at = np.empty((count, width), np.uint8), np.ones((count, width), np.bool_), 0
    for part in columns:
        end = at + part.data.shape[1]
        data[:, at:end] = part.data
        if part.sizes is not None:
            used[:, at:end] = np.arange(end - at) < part.sizes[:, None]
        at = end
    return data[used].tobytes()


def encode(value: Value, field_type: str) -> bytes:
    """One value in Avro's binary form; `field_type` as in currents.json. Raises ValueError if it is of another."""
    base = field_type.removesuffix("?")
    if base == field_type:
        return _encode_base(value, base)
    return b"\0" if value is None else b"\2" + _encode_base(value, base)


def _encode_base(value: Value, base: str) -> bytes:
    match base, value:
        case "string", str():
            text = value.encode()
            return varint(len(text)) + text
        case "int" | "long", int():
            return varint(value)
        case "float", int() | float():
            return struct.pack("<f", value)
        case "boolean", bool():
            return b"\1" if value else b"\0"
        case "strings", list() | tuple():
            items = b"".join(_encode_base(item, "string") for item in value)
            return varint(len(value)) + items + b"\0" if value else b"\0"
    raise ValueError(f"{value!r} is not a value of type {base!r}")


def varint(number: int) -> bytes:
    """A whole number in Avro's zigzag form, 7 bits a byte."""
    rest, out = (number << 1) ^ (number >> 63), bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


def varints(seconds: NDArray[np.int64]) -> Bytes:
    """UNIX seconds in Avro's form, uint8 [n, 5]: from 1975 to 2514 they take 5 bytes each."""
    shifts = np.arange(0, 35, 7)
    digits = (seconds[:, None] << 1 >> shifts) & 0x7F
    digits[:, :4] |= 0x80
    return digits.astype(np.uint8)


def schema(event_type: str, fields: dict[str, str]) -> Schema:
    """The writer schema of an event type, under the name that Currents to S3 gives it."""
    namespace, _, name = f"dataexport.S3.inner.{event_type}".rpartition(".")
    typed = [{"name": field, **_field_schema(kind)} for field, kind in fields.items()]
    return {"type": "record", "name": name, "namespace": namespace, "fields": typed}


def _field_schema(kind: str) -> Schema:
    base: object = AVRO_TYPES.get(kind.removesuffix("?"), kind.removesuffix("?"))
    return {"type": ["null", base], "default": None} if kind.endswith("?") else {"type": base}


def write_container(path: Path, writer_schema: Schema, codec: str, blocks: Blocks) -> None:
    """Write a file; `codec` is "null" or "deflate"."""
    sync = hashlib.md5(path.name.encode(), usedforsecurity=False).digest()
    metadata = {"avro.codec": codec.encode(), "avro.schema": json.dumps(writer_schema).encode()}
    entries = b"".join(varint(len(part)) + part for key, value in metadata.items() for part in (key.encode(), value))
    with path.open("wb") as file:
        file.write(b"Obj\1" + varint(len(metadata)) + entries + b"\0" + sync)
        for count, records in blocks:
            packed = _deflate(records) if codec == "deflate" else records
            file.write(varint(count) + varint(len(packed)) + packed + sync)


def _deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(DEFLATE_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()
