"""Storing a batch: its records that cannot be used, as dead letters.

Of each file a bounded number is kept, and one more that counts them all: a file that is no event file has a record that
cannot be used in every second byte.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec
from sqlalchemy import Engine

from quotidian.control.dead_letters import DeadLetter, add_dead_letters
from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import weighed_chunks
from quotidian.store.events import Statements
from quotidian.store.series import writing
from quotidian.store.sql import statement

MOST_OF_FILE: Final = 10_000
"""Records of a file, in one batch, that are kept."""

_PAGE: Final = 10_000
_Place = tuple[str, str]
"""The names of a workspace and of a file."""


def store_dead_letters(
    events: Statements, series: Engine, workspaces: Iterable[Workspace], origins: Mapping[str, str]
) -> None:
    """Keep what is in the batch table and cannot be used. `origins` tells where each of its files came from."""
    ids = {workspace.name: workspace.id for workspace in workspaces}
    dead: dict[_Place, dict[str, int]] = defaultdict(dict)
    for workspace, file, kind, number in events.rows(
        statement(__package__, "dead_of_files"), {}, tuple[str, str, str, int]
    ):
        dead[workspace, file][kind] = number
    of_file: Counter[str] = Counter()
    for (_, file), kinds in dead.items():
        of_file[file] += min(sum(kinds.values()), MOST_OF_FILE)
    # Some files at a time, so that what is in memory is bounded.
    for files in weighed_chunks(of_file, of_file.__getitem__, _PAGE):
        found: dict[str, list[DeadLetter]] = defaultdict(list)
        for workspace, letter in _kept(events, files, origins):
            found[workspace].append(letter)
        for (workspace, file), kinds in dead.items():
            if file in files and sum(kinds.values()) > MOST_OF_FILE:
                found[workspace].append(_of_all(origins[file], kinds))
        with writing(series) as connection:
            for workspace, letters in found.items():
                add_dead_letters(connection, ids[workspace], letters)


def _kept(events: Statements, files: list[str], origins: Mapping[str, str]) -> Iterator[tuple[str, DeadLetter]]:
    """Each workspace's name with a dead letter."""
    values = {"files": tuple(files), "most": MOST_OF_FILE}
    rows = events.rows(statement(__package__, "dead_records"), values, tuple[str, str, str, str, str, str])
    for workspace, file, event_type, event_id, reason, record in rows:
        yield workspace, DeadLetter(origins[file], event_type, event_id, reason, record)


def _of_all(origin: str, kinds: Mapping[str, int]) -> DeadLetter:
    number = sum(kinds.values())
    reason = f"of {number} records of the file that were read together {MOST_OF_FILE} are kept, and the others counted"
    return DeadLetter(origin, "(several)", "", reason, msgspec.json.encode({"rejected": kinds}).decode(), number, kinds)
