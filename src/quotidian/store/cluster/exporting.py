"""What a server answers to a query, written into a file of the format Native.

The driver takes answers apart, and puts them together again here. Servers of 18.16 write arrays of LowCardinality that
are all empty in a way that nobody else reads, so that a query has to ask for arrays of text; they are written as what
tables have.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, Final

from clickhouse_driver import Client
from clickhouse_driver.bufferedwriter import BufferedSocketWriter
from clickhouse_driver.columns.service import write_column
from clickhouse_driver.varint import write_varint
from clickhouse_driver.writer import write_binary_str

_BUFFER: Final = 1 << 20
_WRITTEN: Final = {"Array(String)": "Array(LowCardinality(String))"}


def export(client: Client, sql: str, query_id: str, file: Path) -> None:
    """Write the rows of a query. `client` must leave text as bytes. Raises what the driver does."""
    client.establish_connection(None)
    client.connection.send_query(sql, query_id=query_id)
    client.connection.send_external_tables(None)
    with file.open("wb") as opened:
        writer = BufferedSocketWriter(_Socket(opened), _BUFFER)
        for block in _blocks(client):
            _write(writer, client.connection.context, block)
        writer.flush()


def _blocks(client: Client) -> Iterable[Any]:
    for packet in client.packet_generator():
        block = getattr(packet, "block", None)
        if block is not None and block.num_rows:
            yield block


def _write(writer: BufferedSocketWriter, context: Any, block: Any) -> None:
    write_varint(block.num_columns, writer)
    write_varint(block.num_rows, writer)
    for place, (name, found) in enumerate(block.columns_with_types):
        written = _WRITTEN.get(found, found)
        write_binary_str(name, writer)
        write_binary_str(written, writer)
        # The driver changes some values in place, and gives tuples.
        write_column(context, name, written, list(block.get_column_by_index(place)), writer)


class _Socket:
    """A file, as the driver's writer sees it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def sendall(self, data: bytes) -> None:
        """Write all of it."""
        self._file.write(data)
