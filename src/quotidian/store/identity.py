"""Which event store this is, and how many batches and events it holds: a small file beside the events.

A file, because it is looked at before the event store is opened, which makes what it does not find, and by processes
that never open it. It is written after each batch, once the batch is on disk.
"""

import os
from pathlib import Path
from typing import Final

import msgspec

from quotidian.domain.errors import UserError

_NAME: Final = "quotidian.json"


class Identity(msgspec.Struct, frozen=True):
    """`fingerprint` is that of the series store it belongs to; `batch` the number of the last batch that is stored.

    For those who only look: `events` is how many there are; `stored_at` is when some came last, in microseconds, 0 if
    none ever did.
    """

    fingerprint: str
    batch: int = 0
    events: int = 0
    stored_at: int = 0


def read_identity(events: Path) -> Identity | None:
    """The identity of the event store in a folder; None if there is no event store, or it has none."""
    try:
        return msgspec.json.decode((events / _NAME).read_bytes(), type=Identity)
    except (OSError, msgspec.DecodeError):
        return None


def write_identity(events: Path, identity: Identity) -> None:
    """Replace the identity of the event store in a folder, so that a loss of power leaves the old or the new.

    Raises UserError if the disk is full or cannot be written.
    """
    new = events / f"{_NAME}.new"
    try:
        with new.open("wb") as file:
            file.write(msgspec.json.encode(identity))
            file.flush()
            os.fsync(file.fileno())
        new.rename(events / _NAME)
        _sync(events)
    except OSError as error:
        raise UserError(f"Cannot write in the event store {events}: {error.strerror}") from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
