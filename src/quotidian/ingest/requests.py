"""What a loading process and its reader say to each other: a request, and the reply to it, in two files."""

from collections.abc import Sequence
from typing import Final

import msgspec

from quotidian.ingest.sniff import Shape
from quotidian.ingest.staging import Bindings

REQUEST: Final = "request"
REPLY: Final = "reply"
READY: Final = b"."
"""A byte over the socket says that the reader has started, or that a request or a reply is there."""


GONE: Final = "is gone"


class FileToRead(msgspec.Struct, frozen=True, array_like=True):
    """Where a file is, and the event type of its records if it is an Avro file."""

    path: bytes
    type: str


class Request(msgspec.Struct, frozen=True):
    """Read files of one shape, gzipped or not, into a workspace. What is read goes to the file `output`,
    which the reader's side names."""

    bindings: Bindings
    target: str
    shape: Shape
    gzipped: bool
    files: Sequence[FileToRead]
    record_bytes: int
    output: str = ""


class Done(msgspec.Struct, frozen=True, tag=True):
    """What was read. `names` are those of the files in its rows, '' for a file that could not be opened.

    `unread` has by a file's place in the request why not all of it, if any, was read, and whether that may pass;
    `records` how many records it has, where their type is unknown. Without usable rows there is no output.
    """

    names: list[str]
    unread: dict[int, tuple[str, bool]]
    records: dict[int, int]


class Failed(msgspec.Struct, frozen=True, tag=True):
    """ClickHouse could not read one of the files, and does not say which."""

    reason: str


class Trouble(msgspec.Struct, frozen=True, tag=True):
    """Something failed that no file is the reason of."""

    reason: str


Reply = Done | Failed | Trouble
