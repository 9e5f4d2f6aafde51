"""Statements: ClickHouse in the process (chDB), in a folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from quotidian.domain.errors import QuotidianError, UserError
from quotidian.process.interrupts import interrupts_wait
from quotidian.store.folder import trouble_in
from quotidian.store.sql import statement

Row = TypeVar("Row")


class StatementFailed(QuotidianError):  # noqa: N818
    """ClickHouse refused a statement; the text is its reason."""


class Statements:
    """Runs statements on what is in a folder. A process can have one folder open at a time."""

    def __init__(self, folder: Path, memory_bytes: int) -> None:
        # Late, because it takes a while: store/chdb_driver.py.
        with interrupts_wait():
            from quotidian.store.chdb_driver import Session, escape_params  # noqa: PLC0415

        self._folder = folder
        self._session = Session(str(folder))  # type: ignore[no-untyped-call]
        self._escape = escape_params
        self._closed = False
        try:
            self.run(statement(__package__, "settings"), {"memory": memory_bytes, "spill": memory_bytes // 3})
            self.run("CREATE DATABASE IF NOT EXISTS quotidian")
        except BaseException:
            # A process can have one session at a time.
            self._session.close()  # type: ignore[no-untyped-call]
            raise

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """Run a statement that returns nothing."""
        self._query(sql, values or {})

    def rows(self, sql: str, values: Mapping[str, Any], row: type[Row]) -> list[Row]:
        """Run a query; each row decodes to the tuple type `row`."""
        return msgspec.json.Decoder(row).decode_lines(self._query(sql, values))

    def _query(self, sql: str, values: Mapping[str, Any]) -> bytes:
        # The values are escaped by the driver's own code, so that one SQL serves a cluster too: its oldest servers
        # (18.16) cannot bind values themselves.
        try:
            result = self._session.query(sql % self._escape(values, None), "JSONCompactEachRow")  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise StatementFailed(str(error)) from None
        return bytes(result.bytes())

    def require_room(self) -> None:
        """Raise UserError if the disk is full: before tables are made, for ClickHouse does not (repair.py)."""
        if trouble := trouble_in(self._folder):
            raise UserError(f"Cannot write in {self._folder}: {trouble}")

    def close(self) -> None:
        """Let go of the folder; the second time does nothing."""
        if not self._closed:
            self._closed = True
            self._session.close()  # type: ignore[no-untyped-call]
