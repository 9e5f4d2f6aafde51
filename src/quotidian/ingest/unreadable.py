"""Why ClickHouse could not read a file, in words that are printed after the file's name."""

import re
from typing import Final

from quotidian.store.plain import MEMORY_CODES, code_of, plain

_WRONG_TYPE: Final = re.compile(r"Type (\w+)\S* is not compatible with Avro (\w+).*: column (\w+)", re.DOTALL)
_TYPES: Final = {"String": "text", "Float64": "a number", "Array": "a list"}

_ZLIB_INFLATE_FAILED: Final = 354
_AVRO_EXCEPTION: Final = 748
DAMAGED_GZIP: Final = "is damaged or cut short: it cannot be gunzipped"
_OF_CODE: Final = {
    _ZLIB_INFLATE_FAILED: DAMAGED_GZIP,
    _AVRO_EXCEPTION: "is damaged: its blocks do not hold what its Avro schema says",
}


def why_unreadable(said: str, memory_bytes: int) -> str:
    """The reason, of what ClickHouse said and of the memory that it could have."""
    code = code_of(said)
    if code in MEMORY_CODES:
        return too_much_memory(memory_bytes)
    if wrong := _WRONG_TYPE.search(said):
        wanted, found, field = wrong.groups()
        return f"cannot be read: its field {field!r} is of type {found}; it must be {_TYPES.get(wanted, wanted)}"
    return _OF_CODE.get(code) or f"cannot be read: {plain(said)}"


def too_much_memory(memory_bytes: int) -> str:
    """The reason of a file that takes more memory than a reader may have."""
    return f"cannot be read in {memory_bytes >> 20} MiB of memory (read_memory_bytes)"
