"""Which failures pass by themselves, so that the same thing can succeed later, and which say something of the thing."""

import errno
from typing import Final

from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from quotidian.domain.errors import QuotidianError, UserError
from quotidian.store.events import StatementFailed
from quotidian.store.plain import MEMORY_CODES, TIMEOUT_CODE, code_of, plain
from quotidian.store.series_dialect import dialect_that_raised

_PASSING_CODES: Final = {
    32,  # ATTEMPT_TO_READ_AFTER_EOF
    74,  # CANNOT_READ_FROM_FILE_DESCRIPTOR
    75,  # CANNOT_WRITE_TO_FILE_DESCRIPTOR
    76,  # CANNOT_OPEN_FILE
    77,  # CANNOT_CLOSE_FILE
    TIMEOUT_CODE,
    198,  # DNS_ERROR
    202,  # TOO_MANY_SIMULTANEOUS_QUERIES
    209,  # SOCKET_TIMEOUT
    210,  # NETWORK_ERROR
    225,  # NO_ZOOKEEPER
    234,  # NO_REPLICA_HAS_PART
    236,  # ABORTED
    242,  # TABLE_IS_READ_ONLY
    243,  # NOT_ENOUGH_SPACE
    244,  # UNEXPECTED_ZOOKEEPER_ERROR
    252,  # TOO_MANY_PARTS
    319,  # UNKNOWN_STATUS_OF_INSERT
    394,  # QUERY_WAS_CANCELLED
    425,  # SYSTEM_ERROR
    439,  # CANNOT_SCHEDULE_TASK
    999,  # KEEPER_EXCEPTION
    1000,  # POCO_EXCEPTION
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
        return (
            code_of(str(error)) in _PASSING_CODES
            or any(map(str(error).__contains__, _PASSING_WORDS))
            or is_memory(error)
        )
    if isinstance(error, DBAPIError):
        dialect = dialect_that_raised(error)
        return dialect.is_passing(error) or dialect.is_memory(error)
    return isinstance(error, OSError | UserError) or is_memory(error)


def is_trouble(error: Exception) -> bool:
    """Whether a database or a disk is at fault, and not a statement: it may be mended when the same is asked again."""
    return type(error) in _TROUBLES or (isinstance(error, DBAPIError) and can_pass(error))


_TROUBLES: Final = (DatabaseError, OperationalError, PoolTimeout, UserError)


def is_memory(error: Exception) -> bool:
    """Whether there was too little memory: the same in smaller pieces may succeed."""
    if isinstance(error, StatementFailed):
        return code_of(str(error)) in MEMORY_CODES
    if isinstance(error, DBAPIError):
        return dialect_that_raised(error).is_memory(error)
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)


def is_timeout(error: Exception) -> bool:
    """Whether a statement was stopped because it took longer than it may."""
    return isinstance(error, StatementFailed) and code_of(str(error)) == TIMEOUT_CODE


def one_line(error: Exception) -> str:
    """What an error says, for a log or a terminal."""
    if isinstance(error, StatementFailed):
        return plain(str(error))
    database = getattr(error, "orig", None)
    said = str(database or error).partition("\n")[0][:500]
    # Python's own errors often say too little without their name.
    return said if database or isinstance(error, OSError | QuotidianError) else f"{type(error).__name__}: {said}"
