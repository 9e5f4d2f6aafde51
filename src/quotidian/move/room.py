"""Whether the disk of the data folder has room for a move. Of servers it is not known."""

import shutil
from typing import Final

from quotidian.domain.errors import UserError
from quotidian.move.events import MOST_EVENTS
from quotidian.move.partitions import sizes
from quotidian.store.stores import Stores

_EVENT_BYTES: Final = 100
"""An event takes some 40 bytes; as many again while parts are merged, and some for what is kept beside the events."""

_FILE_BYTES: Final = 400
"""An event in a file on its way, not packed."""


def require_room(stores: Stores, *, is_embedded: bool) -> None:
    """Raise UserError if the events may not fit on the disk: in files on their way, and in the folder if that is it."""
    events = sizes(stores.events).total()
    needed = min(events, MOST_EVENTS) * _FILE_BYTES + (events * _EVENT_BYTES if is_embedded else 0)
    free = shutil.disk_usage(stores.folder.path).free
    if free < needed:
        raise UserError(
            f"The disk of {stores.folder.path} has {free:,} bytes free, and moving {events:,} events may take "
            f"{needed:,}; make room, or move the data folder to a larger disk"
        )
