"""Writes tables: each format as pieces of bytes, while the table is read."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from quotidian.api.v1.formats import Format
from quotidian.api.v1.table import Row, Table
from quotidian.domain.days import date_of


def written(table: Table, form: Format) -> Iterator[bytes]:
    """The table in a format, in pieces of any size.

    Who stops half-way, because reading fails, has bytes that nobody takes for the whole: JSON is not closed, parquet
    has no footer, and the connection is cut.
    """
    return _WRITERS[form](table)


def _json(table: Table) -> Iterator[bytes]:
    before = b'{"message":"success","data":['
    for batch in table.points():
        yield before + b",".join(batch)
        before = b","
    closing = msgspec.json.encode(table.more())[1:]
    yield (b"" if before == b"," else before) + b"]" + (b"," if len(closing) > 1 else b"") + closing


def _ndjson(table: Table) -> Iterator[bytes]:
    for batch in table.points():
        yield b"\n".join((*batch, b""))


def _csv(table: Table) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    shown = _shown_in_csv(table)
    writer.writerow([column.name for column in table.columns])
    for batch in table.rows():
        writer.writerows(map(shown, batch))
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def _shown_in_csv(table: Table) -> Callable[[Row], Row]:
    days = [index for index, column in enumerate(table.columns) if column.type == "day"]

    def shown(row: Row) -> Row:
        for index in days:
            row = (*row[:index], date_of(row[index]).isoformat(), *row[index + 1 :])
        return row

    return shown


def _arrow(table: Table) -> Iterator[bytes]:
    # Loaded late: it takes 50 MB, and few workers are ever asked for it.
    from quotidian.api.v1 import columnar  # noqa: PLC0415

    return columnar.arrow(table)


def _parquet(table: Table) -> Iterator[bytes]:
    from quotidian.api.v1 import columnar  # noqa: PLC0415

    return columnar.parquet(table)


_WRITERS: Final[Mapping[Format, Callable[[Table], Iterator[bytes]]]] = {
    Format.JSON: _json,
    Format.NDJSON: _ndjson,
    Format.CSV: _csv,
    Format.ARROW: _arrow,
    Format.PARQUET: _parquet,
}
