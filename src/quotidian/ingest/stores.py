"""The open stores of a data folder, and what reads files into them."""

from dataclasses import dataclass

from quotidian.ingest.reader import FileReader
from quotidian.store.stores import Stores


@dataclass(frozen=True)
class IngestStores(Stores):
    """Both stores, and the reader, whose process starts when there are files."""

    reader: FileReader
