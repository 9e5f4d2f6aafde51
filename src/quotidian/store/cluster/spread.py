"""Rows for each shard: ClickHouse in this process tells them apart by slot, in one pass."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Final

from quotidian.store.chdb import ChdbStatements
from quotidian.store.events import Statements
from quotidian.store.slots import SLOT, slots_of_shards

_SPREAD: Final = f"""
INSERT INTO FUNCTION file(%(files)s, 'Native') PARTITION BY arrayFirstIndex(last -> {SLOT} <= last, %(lasts)s) - 1
SELECT * FROM {{rows}}
"""
_FILE: Final = "file(%(file)s, 'Native', 'auto', 'none')"


class Spreader:
    """ClickHouse in this process, in a scratch folder: opened when it is first used, for a process can have but one."""

    def __init__(self, scratch: Path, memory_bytes: int, own: str) -> None:
        self._scratch = scratch
        self._memory_bytes = memory_bytes
        self._own = own
        self._opened: ChdbStatements | None = None

    @property
    def statements(self) -> Statements:
        """It runs statements, on files as well."""
        if self._opened is None:
            folder = self._scratch / "clickhouse"
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            choosing = (f"CREATE DATABASE IF NOT EXISTS {self._own}", f"USE {self._own}")
            self._opened = ChdbStatements(folder, self._memory_bytes, choosing)
        return self._opened

    @contextmanager
    def of_table(self, table: str, shards: int) -> Iterator[list[Path]]:
        """The rows of a table of these statements, in a file for each shard; without rows there is none."""
        with self._files(table, {}, shards) as files:
            yield files

    @contextmanager
    def of_file(self, file: Path, shards: int) -> Iterator[list[Path]]:
        """The rows of a file, likewise. It may be deleted meanwhile."""
        if shards == 1:
            yield [file]
            return
        with file.open("rb") as opened:
            number = opened.fileno()
            name = f"/proc/self/fd/{{{number}..{number}}}"
            with self._files(_FILE, {"file": name}, shards) as files:
                yield files

    @contextmanager
    def _files(self, rows: str, values: Mapping[str, Any], shards: int) -> Iterator[list[Path]]:
        statements = self.statements
        folder = Path(mkdtemp(prefix="spread-", dir=self._scratch))
        try:
            named = {"files": f"{folder}/{{_partition_id}}", "lasts": [slots[-1] for slots in slots_of_shards(shards)]}
            statements.run(_SPREAD.replace("{rows}", rows), {**values, **named})
            yield [folder / str(shard) for shard in range(shards)]
        finally:
            rmtree(folder, ignore_errors=True)

    def beside(self, own: str) -> "Spreader":
        """Another, for another thread, with a database of its own."""
        return Spreader(self._scratch, self._memory_bytes, own)

    def close(self) -> None:
        """Close it, if it was opened."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None
