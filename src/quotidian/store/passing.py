"""Which failures pass by themselves, so that the same thing can succeed later, and which say something of the thing."""

import errno
import re
from typing import Final

from sqlalchemy.exc import OperationalError

from quotidian.domain.errors import UserError
from quotidian.store.events import StatementFailed
from quotidian.store.series_dialect import dialect

_CODE: Final = re.compile(r"\bCode: ([0-9]+)")

_MEMORY_CODES: Final = {173, 241}  # CANNOT_ALLOCATE_MEMORY, MEMORY_LIMIT_EXCEEDED

_PASSING_CODES: Final = {
    74,  # CANNOT_READ_FROM_FILE_DESCRIPTOR
    75,  # CANNOT_WRITE_TO_FILE_DESCRIPTOR
    76,  # CANNOT_OPEN_FILE
    77,  # CANNOT_CLOSE_FILE
    159,  # TIMEOUT_EXCEEDED
    202,  # TOO_MANY_SIMULTANEOUS_QUERIES
    236,  # ABORTED
    242,  # TABLE_IS_READ_ONLY
    243,  # NOT_ENOUGH_SPACE
    252,  # TOO_MANY_PARTS
    394,  # QUERY_WAS_CANCELLED
    439,  # CANNOT_SCHEDULE_TASK
}

# ClickHouse has no code of its own for what the file system refuses.
_PASSING_WORDS: Final = (
    "No space left on device",
    "Read-only file system",
    "Input/output error",
    "Too many open files",
)


def can_pass(error: Exception) -> bool:
    """Whether this passes by itself: a full or failing disk, a database that another holds, too little memory."""
    if isinstance(error, StatementFailed):
        return _code(error) in _PASSING_CODES or any(map(str(error).__contains__, _PASSING_WORDS)) or is_memory(error)
    if isinstance(error, OperationalError):
        return dialect.is_passing(error) or dialect.is_memory(error)
    return isinstance(error, OSError | UserError) or is_memory(error)


def is_memory(error: Exception) -> bool:
    """Whether there was too little memory: the same in smaller pieces may succeed."""
    if isinstance(error, StatementFailed):
        return _code(error) in _MEMORY_CODES
    if isinstance(error, OperationalError):
        return dialect.is_memory(error)
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)


def one_line(error: Exception) -> str:
    """What an error says, for a log or a terminal."""
    said = str(getattr(error, "orig", None) or error).partition("\n")[0][:500]
    return said if isinstance(error, StatementFailed) or getattr(error, "orig", None) else _named(error, said)


def _named(error: Exception, said: str) -> str:
    """Python's own errors often say too little without their name."""
    return said if isinstance(error, OSError | UserError) else f"{type(error).__name__}: {said}"


def _code(error: StatementFailed) -> int:
    found = _CODE.search(str(error))
    return int(found[1]) if found else 0
