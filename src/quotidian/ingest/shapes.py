"""Shapes of files: what a loading process and its reader both know of them."""

from enum import Enum
from typing import Final

MOST_BODY_BYTES: Final = 64 << 20
"""Largest file that is one JSON document: it is in memory as a whole while it is read."""


class Shape(Enum):
    """How events are written in a file."""

    AVRO = "avro"
    UNKNOWN_AVRO = "avro of an unknown event type"
    LINES = "jsonl"
    BODY = "json"
