"""What ClickHouse says, in plain words: without its codes, its paths of ours and its own call chain."""

import re
from typing import Final

_CODE: Final = re.compile(r"\bCode: ([0-9]+)")
_CONTEXT: Final = re.compile(r": (While |\(while |\(in file)|[:.,] Stack trace|\n")
_FRAMES: Final = re.compile(
    r"^Code: [0-9]+\. |\b(DB::)?(Errno)?Exception: |\bavro::Exception: |\bstd::exception\. |\(version [^)]*\)"
    r"| \([A-Z][A-Z_]+\)$|/proc/self/fd/\S*"
)

MEMORY_CODES: Final = frozenset({173, 241})  # CANNOT_ALLOCATE_MEMORY, MEMORY_LIMIT_EXCEEDED
TIMEOUT_CODE: Final = 159  # TIMEOUT_EXCEEDED
_WORDS: Final = (
    ("No space left", "there is no space left on the disk"),
    ("NOT_ENOUGH_SPACE", "there is no space left on the disk"),
    ("Read-only file system", "the disk is read-only"),
    ("Too many open files", "too many files are open"),
)


def code_of(said: str) -> int:
    """ClickHouse's number for an error; 0 if the text has none."""
    found = _CODE.search(said)
    return int(found[1]) if found else 0


def plain(said: str) -> str:
    """An error of ClickHouse in one line, for users and logs. A text that is not ClickHouse's stays as it is."""
    code = code_of(said)
    if not code:
        return said.partition("\n")[0][:500]
    for sign, words in _WORDS:
        if sign in said:
            return f"{words} (ClickHouse error {code})"
    if code in MEMORY_CODES:
        return f"it needs more memory than it may have (ClickHouse error {code})"
    return f"ClickHouse error {code}: {_cleaned(said)}"


def _cleaned(said: str) -> str:
    text = _CONTEXT.split(said, maxsplit=1)[0]
    return _FRAMES.sub("", text).strip(" .:")[:300] or "it gives no reason"
