"""Reading JSON by ClickHouse: files in a reader process, posted events, which are checked, in the engine."""

from typing import Final, NamedTuple

from quotidian.ingest.columns import JSON_STRUCTURE
from quotidian.ingest.opened import OpenedFiles
from quotidian.ingest.shapes import MOST_BODY_BYTES, Shape
from quotidian.ingest.staging import TIME_PATTERN
from quotidian.store.events import Statements
from quotidian.store.sql import statement

NO_COMPRESSION: Final = "none"

_FORMATS: Final = {Shape.LINES: "LineAsString", Shape.BODY: "RawBLOB"}
_NO_LIMIT: Final = 1 << 62


class JsonFiles(NamedTuple):
    """What `file()` is to read, and how; `record_bytes` is the size of the largest record.

    `name` is that of a single file in its rows, '' for those that ClickHouse gives to files.
    """

    pattern: str
    shape: Shape
    record_bytes: int
    compression: str = NO_COMPRESSION
    name: str = ""


def read_json(statements: Statements, files: JsonFiles, target: str) -> None:
    """Add files to the batch. Raises StatementFailed."""
    values = {
        "files": files.pattern,
        "name": files.name,
        "format": _FORMATS[files.shape],
        "compression": files.compression,
        "structure": JSON_STRUCTURE,
        "time_pattern": TIME_PATTERN,
        "target": target,
        "most": files.record_bytes,
        "most_text": files.record_bytes if files.shape is Shape.LINES else MOST_BODY_BYTES,
    }
    statements.run(statement(__package__, "read_json"), values)


def read_lines(statements: Statements, lines: bytes, target: str, name: str) -> None:
    """Add JSON lines that were checked to the batch, as a file of that name. Raises StatementFailed."""
    with OpenedFiles() as opened:
        opened.hold(lines)
        read_json(statements, JsonFiles(opened.pattern, Shape.LINES, _NO_LIMIT, name=name), target)
