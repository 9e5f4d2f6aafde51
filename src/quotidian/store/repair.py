"""What a full disk may leave of the event store's own files, and how it is mended before the store is opened.

ClickHouse does not notice that there is no room for the small files in which it keeps what tables there are, and later
cannot open a store in which one of them is empty.
"""

import shutil
from pathlib import Path
from typing import Final

from quotidian.domain.errors import UserError
from quotidian.store.identity import read_identity

_KEPT: Final = (
    "quotidian.store.sql",
    "schema.sql",
    "events.sql",
    "active_days.sql",
    "first_days.sql",
    "fulfilled.sql",
    "counted_days.sql",
)
_FORMAT_VERSION: Final = b"1"


def repair(folder: Path) -> None:
    """Mend the store in a folder, if there is one.

    Raises UserError if what says how the events are kept is lost, though there are events.
    """
    for version in folder.glob("store/*/*/format_version.txt"):
        if not version.stat().st_size:
            version.write_bytes(_FORMAT_VERSION)
    empty = [file for file in (*folder.glob("metadata/*.sql"), *folder.glob("store/*/*/*.sql")) if _is_empty(file)]
    if not any(file.name in _KEPT for file in empty):
        # Of staging tables, which are made anew.
        for file in empty:
            file.unlink()
    elif any(folder.glob("store/*/*/*/columns.txt")) or ((known := read_identity(folder)) and known.batch):
        raise UserError(
            f"{empty[0]} is empty, so that the events beside it cannot be read; restore {folder} from a backup, "
            "or move it away and load the files again"
        )
    else:
        # The store was only being made.
        shutil.rmtree(folder)


def _is_empty(file: Path) -> bool:
    return not file.stat().st_size
