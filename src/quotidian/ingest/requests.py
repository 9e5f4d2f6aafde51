"""The messages between a loading process and its reader: requests, and a reply to each."""

import os
from collections.abc import Sequence
from typing import Final

import msgspec

from quotidian.ingest.shapes import Shape
from quotidian.ingest.staging import Bindings

READY: Final = b"."
"""A byte over the socket says that the reader has started, or that a request or a reply is there."""


GONE: Final = "is gone"


class Message:
    """A file in memory that both processes have open: one writes a message, the other reads it.

    The socket carries only single bytes. A large message in a socket would block the writer until the other reads.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self.descriptor = os.memfd_create("quotidian") if descriptor is None else descriptor

    def write(self, message: bytes) -> None:
        """Replace the last message."""
        os.ftruncate(self.descriptor, 0)
        with os.fdopen(self.descriptor, "wb", closefd=False) as file:
            file.seek(0)
            file.write(message)

    def read(self) -> bytes:
        """The last message."""
        return os.pread(self.descriptor, os.fstat(self.descriptor).st_size, 0)

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)


class FileToRead(msgspec.Struct, frozen=True, array_like=True):
    """Where a file is, and the event type of its records if it is an Avro file."""

    path: bytes
    type: str


class Request(msgspec.Struct, frozen=True):
    """Read files of one shape, gzipped or not, into a workspace. What is read goes to the file `output`,
    which the reader's side names. Of Avro files, `fields` are those that any of them has.
    """

    bindings: Bindings
    target: str
    shape: Shape
    gzipped: bool
    files: Sequence[FileToRead]
    record_bytes: int
    fields: frozenset[str] = frozenset()
    output: str = ""


class Done(msgspec.Struct, frozen=True, tag=True):
    """What was read. `names` are those of the files in its rows, '' for a file that could not be opened.

    `unread` has by a file's place in the request why not all of it, if any, was read, and whether that may pass;
    `unknown` how many records it has, where their type is unknown. `rows` are in the output; without any there is none.
    """

    names: list[str]
    unread: dict[int, tuple[str, bool]]
    unknown: dict[int, int]
    rows: int


class Failed(msgspec.Struct, frozen=True, tag=True):
    """ClickHouse could not read one of the files, and does not say which."""

    reason: str


class Trouble(msgspec.Struct, frozen=True, tag=True):
    """Something failed, and no file is the reason."""

    reason: str


Reply = Done | Failed | Trouble
