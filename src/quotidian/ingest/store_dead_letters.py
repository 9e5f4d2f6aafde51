"""Storing a batch: its records that cannot be used, as dead letters.

Of each file a bounded number is kept, and one more that counts them all: a file that is no event file has a record that
cannot be used in every second byte.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
"""Records of a file that are kept of one batch, of each shard."""

_PAGE: Final = 10_000
_Place = tuple[str, str]
"""The names of a workspace and of a file."""


def store_dead_letters(
    events: Statements, series: Engine, workspaces: Iterable[Workspace], origins: Mapping[str, str]
) -> None:
    """Keep what is in the batch table and cannot be used. `origins` tells where each of its files came from."""
    ids = {workspace.name: workspace.id for workspace in workspaces}
    dead = _count(events)
    of_file: Counter[str] = Counter()
    for (_, file), kinds in dead.items():
        of_file[file] += min(sum(kinds.values()), MOST_OF_FILE)
    # Some files at a time, so that what is in memory is bounded.
    for files in weighed_chunks(of_file, of_file.__getitem__, _PAGE):
        found = _read(events, files, origins)
        for (workspace, file), letters in found.items():
            if len(letters) < sum(dead[workspace, file].values()):
                letters.append(_of_all(origins[file], dead[workspace, file], len(letters)))
        with writing(series) as connection:
            for (workspace, _), letters in found.items():
                add_dead_letters(connection, ids[workspace], letters)


def _count(events: Statements) -> Mapping[_Place, Mapping[str, int]]:
    """How many records cannot be used, by place and reason."""
    dead: dict[_Place, Counter[str]] = defaultdict(Counter)
    rows = events.rows(statement(__package__, "dead_of_files"), {}, tuple[str, str, str, int])
    for workspace, file, kind, number in rows:
        dead[workspace, file][kind] += number
    return dead


def _read(events: Statements, files: Sequence[str], origins: Mapping[str, str]) -> dict[_Place, list[DeadLetter]]:
    """What is kept of some files. Each shard has as many as may be."""
    values = {"files": tuple(files), "most": MOST_OF_FILE}
    rows = events.rows(statement(__package__, "dead_records"), values, tuple[str, str, str, str, str, str])
    found: dict[_Place, list[DeadLetter]] = defaultdict(list)
    for workspace, file, event_type, event_id, reason, record in rows:
        found[workspace, file].append(DeadLetter(origins[file], event_type, event_id, reason, record))
    return found


def _of_all(origin: str, kinds: Mapping[str, int], kept: int) -> DeadLetter:
    number = sum(kinds.values())
    reason = f"of {number} records of the file that were read together {kept} are kept, and the others counted"
    return DeadLetter(origin, "(several)", "", reason, msgspec.json.encode({"rejected": kinds}).decode(), number, kinds)
