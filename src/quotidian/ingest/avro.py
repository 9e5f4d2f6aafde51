"""Checks of Avro files before ClickHouse reads them: files on which its reader would hang, or grow, are refused."""

import os
from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

import fastavro
import msgspec

from quotidian.ingest.columns import FIELDS

MAGIC: Final = b"Obj\x01"
CODECS: Final = ("null", "deflate", "snappy", "zstandard")

_HEADER_BYTES: Final = (1 << 15, 1 << 20)
_SYNC_BYTES: Final = 16
_BLOCK_HEAD_BYTES: Final = 20
_MOST_FIELDS: Final = 10_000
_MOST_DEPTH: Final = 64
_MOST_NAME: Final = 1_000

# fastavro's own reader of files also takes the schema in, every time.
_HEADER: Final = fastavro.parse_schema(
    {
        "type": "record",
        "name": "Header",
        "fields": [
            {"name": "magic", "type": {"type": "fixed", "name": "Magic", "size": len(MAGIC)}},
            {"name": "meta", "type": {"type": "map", "values": "bytes"}},
        ],
    }
)
_READ: Final = frozenset(field.name for field in FIELDS)
_PRIMITIVES: Final = frozenset({"boolean", "int", "long", "float", "double", "bytes", "string"})


class BadAvro(Exception):  # noqa: N818 - the reason that is reported of a file
    """Why an Avro file cannot be read; the text is printed after the file's name."""


class WriterSchema(NamedTuple):
    """The full name of a file's schema, and those of its fields that are read (ingest/columns.py)."""

    name: str
    fields: frozenset[str]


def writer_schema(path: Path, size: int) -> WriterSchema:
    """A file's writer schema, if the file is one that can be read safely.

    Raises BadAvro, OSError.
    """
    with path.open("rb", buffering=0) as file:
        meta, end = _header(file.fileno(), size)
        codec = meta.get("avro.codec", b"null").decode(errors="replace")
        if codec not in CODECS:
            raise BadAvro(f"is packed with {codec[:50]!r}; what can be read is {', '.join(CODECS)}")
        schema = _checked(meta["avro.schema"])
        _check_blocks(file.fileno(), end, size)
    return schema


def _header(file: int, size: int) -> tuple[Mapping[str, bytes], int]:
    """What the header of a file says, and where it ends."""
    for most in _HEADER_BYTES:
        start = BytesIO(os.pread(file, most, 0))
        try:
            header: Any = fastavro.schemaless_reader(start, _HEADER, None)
            if "avro.schema" in header["meta"]:
                return header["meta"], start.tell()
            raise BadAvro("has no readable Avro header: no schema")
        except BadAvro:
            raise
        except Exception as error:
            # The file has another content. fastavro raises a dozen kinds of error for that.
            if size <= most:
                raise BadAvro(f"has no readable Avro header: {error or type(error).__name__}") from error
    raise BadAvro(f"has no readable Avro header in its first {_HEADER_BYTES[-1]} bytes")


def _check_blocks(file: int, start: int, size: int) -> None:
    """Go from block to block, reading 36 bytes of each: a file that was cut is found before anything reads it."""
    at = start + _SYNC_BYTES
    mark, head = _split(os.pread(file, _SYNC_BYTES + _BLOCK_HEAD_BYTES, start))
    while at < size and len(head) > 1:
        _, used = _number(head, 0)
        length, used = _number(head, used)
        at += used + length + _SYNC_BYTES
        if length < 0 or at > size:
            break
        found, head = _split(os.pread(file, _SYNC_BYTES + _BLOCK_HEAD_BYTES, at - _SYNC_BYTES))
        if found != mark:
            raise BadAvro(f"is damaged: there should be the end of a block before byte {at:,}")
    if at != size:
        raise BadAvro(f"is cut short: its last block would end at byte {at:,}, and it has {size:,}")


def _split(read: bytes) -> tuple[bytes, bytes]:
    return read[:_SYNC_BYTES], read[_SYNC_BYTES:]


def _number(head: bytes, at: int) -> tuple[int, int]:
    """A zigzag number, and where the next begins."""
    value = shift = 0
    for byte in head[at:]:
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # the eighth bit says whether more follows
            return (value >> 1) ^ -(value & 1), at
        shift += 7
    return -1, at


class _Size(NamedTuple):
    """How large a type is with all that it is made of, and whether a value of it takes any bytes."""

    fields: int
    depth: int
    takes_bytes: bool


@lru_cache(maxsize=1_000)
def _checked(schema: bytes) -> WriterSchema:
    """A writer schema that can be read safely. Thousands of files share a few schemas. Raises BadAvro."""
    try:
        decoded = msgspec.json.decode(schema)
        if not isinstance(decoded, dict) or decoded.get("type") != "record":
            raise BadAvro("has no readable Avro header: its schema is no record")
        size = _Schema().size_of(decoded, "", frozenset())
        name = _full_name(decoded, "")
        fields = _READ.intersection(field["name"] for field in decoded["fields"])
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BadAvro(f"has no readable Avro header: {error}") from error
    except RecursionError as error:
        raise BadAvro("has a schema that is nested too deeply") from error
    if not size.takes_bytes:
        raise BadAvro("has a schema whose records are empty, so that there is no end of them")
    return WriterSchema(name, fields)


class _Schema:
    """Goes over a schema with each named type in its place. For a malformed one it raises some built-in error."""

    def __init__(self) -> None:
        self._named: dict[str, _Size] = {}

    def size_of(self, schema: Any, namespace: str, around: frozenset[str]) -> _Size:  # noqa: PLR0911 - a kind a line
        """The size of a type; `around` are the records that it is in with no union, list or map between."""
        if isinstance(schema, str):
            return self._referred(schema, namespace, around)
        if isinstance(schema, list):
            branches = [self.size_of(each, namespace, frozenset()) for each in schema]
            return _together(branches, takes_bytes=True)
        match schema["type"]:
            case "record" | "error":
                return self._record(schema, namespace, around)
            case "array":
                item = self.size_of(schema["items"], namespace, frozenset())
                if not item.takes_bytes:
                    raise BadAvro("has a schema with lists of nothing, so that there is no end of them")
                return _together([item], takes_bytes=True)
            case "map":
                return _together([self.size_of(schema["values"], namespace, frozenset())], takes_bytes=True)
            case "enum" | "fixed":
                size = _Size(1, 1, takes_bytes=schema["type"] == "enum" or schema["size"] > 0)
                self._named[_full_name(schema, namespace)] = size
                return size
            case inner:
                return self.size_of(inner, namespace, around)

    def _record(self, schema: Any, namespace: str, around: frozenset[str]) -> _Size:
        name = _full_name(schema, namespace)
        inside = name.rpartition(".")[0]
        # Until its size is known: a reference from within is in a union, a list or a map, which take bytes.
        self._named[name] = _Size(1, 1, takes_bytes=True)
        fields = [self.size_of(field["type"], inside, around | {name}) for field in schema["fields"]]
        size = _together(fields, takes_bytes=any(field.takes_bytes for field in fields))
        self._named[name] = size
        return size

    def _referred(self, name: str, namespace: str, around: frozenset[str]) -> _Size:
        if name in _PRIMITIVES or name == "null":
            return _Size(1, 1, takes_bytes=name != "null")
        full_name = name if "." in name or f"{namespace}.{name}" not in self._named else f"{namespace}.{name}"
        if full_name in around:
            raise BadAvro("has a schema with a record that is within itself, so that there is no end of it")
        return self._named[full_name]


def _together(fields: list[_Size], *, takes_bytes: bool) -> _Size:
    size = _Size(
        1 + sum(field.fields for field in fields), 1 + max((field.depth for field in fields), default=0), takes_bytes
    )
    if size.fields > _MOST_FIELDS or size.depth > _MOST_DEPTH:
        raise BadAvro(f"has a schema of more than {_MOST_FIELDS:,} fields, or {_MOST_DEPTH} within each other")
    return size


def _full_name(schema: Any, namespace: str) -> str:
    name, inside = schema["name"], schema.get("namespace") or namespace
    if not isinstance(name, str) or not isinstance(inside, str) or len(name) + len(inside) > _MOST_NAME:
        raise TypeError("a name in its schema is no name")
    return name if "." in name or not inside else f"{inside}.{name}"
