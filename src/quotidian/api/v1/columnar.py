"""Arrow streams and parquet files, with pyarrow. Imported only when one is asked for, in a thread."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from quotidian.api.v1.table import Row, Table
from quotidian.domain.chunks import chunks

_TYPES: Final = {"text": pa.string(), "day": pa.date32(), "integer": pa.int64(), "number": pa.float64()}

# As Python's values, rows take ten times what they take in a batch.
_BATCH_ROWS: Final = 20_000
_GROUP_BATCHES: Final = 10


class _Pieces:
    """A file that can only be written, for pyarrow; what was written since the last look is a piece."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is to be let go of."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def arrow(table: Table) -> Iterator[bytes]:
    """An arrow IPC stream."""
    schema, pieces = _schema(table), _Pieces()
    writer = pa.ipc.new_stream(pa.PythonFile(pieces, mode="w"), schema)
    for batch in _record_batches(table, schema):
        writer.write_batch(batch)
        yield pieces.take()
    writer.close()
    yield pieces.take()


def parquet(table: Table) -> Iterator[bytes]:
    """A parquet file; its footer, without which it is none, comes last."""
    schema, pieces = _schema(table), _Pieces()
    writer = pq.ParquetWriter(pa.PythonFile(pieces, mode="w"), schema, compression="zstd")
    for group in chunks(_record_batches(table, schema), _GROUP_BATCHES):
        writer.write_table(pa.Table.from_batches(group))
        yield pieces.take()
    writer.close()
    yield pieces.take()


def _schema(table: Table) -> Any:
    return pa.schema([pa.field(column.name, _TYPES[column.type]) for column in table.columns])


def _record_batches(table: Table, schema: Any) -> Iterator[Any]:
    for rows in chunks((row for batch in table.rows() for row in batch), _BATCH_ROWS):
        yield _record_batch(rows, schema)


def _record_batch(rows: Sequence[Row], schema: Any) -> Any:
    arrays = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def zstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, compressed."""
    into = _Pieces()
    with pa.CompressedOutputStream(pa.PythonFile(into, mode="w"), "zstd") as packer:
        for piece in pieces:
            packer.write(piece)
            yield into.take()
    yield into.take()
