"""The bare application, serving."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.tools.processes import background
from benchmarks.tools.quotidian import free_port, wait_until_answers


@contextmanager
def bare_server(folder: Path, body: bytes) -> Iterator[int]:
    """Serve these bytes until the block ends; yields the port."""
    file, log, port = folder / "bare-body", folder / "bare.log", free_port()
    file.write_bytes(body)
    with background(sys.executable, "-m", "benchmarks.opponents.bare", port, file, log=log):
        wait_until_answers(port, "/", log)
        yield port
