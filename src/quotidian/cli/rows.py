"""Rows of text on standard output: as a table, or as CSV for pipes and files."""

import csv
import json
import sys
from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from quotidian.telemetry.visible import visible, visible_json

_WIDEST = 48
"""Cells to which a column is padded at the most: one long name must not move the columns of all others."""


def number_text(value: float | None) -> str:
    """A number with its thousands apart; two decimals of one that is not whole by its type; `-` for none."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def print_json(value: object) -> None:
    """One JSON document."""
    print(visible_json(json.dumps(value, ensure_ascii=False)))


def print_csv(header: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """A line a row; None is an empty cell."""
    # In a file it must be what it was.
    shown = visible if sys.stdout.isatty() else str
    writer = csv.writer(sys.stdout)
    writer.writerow(header)
    for row in rows:
        writer.writerow(["" if cell is None else shown(str(cell)) for cell in row])


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A line a row, below their names; None is shown as `-`. The last column is not padded."""
    lines = [header, *(["-" if cell is None else visible(str(cell)) for cell in row] for row in rows)]
    widths = [min(_WIDEST, max(cell_len(line[column]) for line in lines)) for column in range(len(header))]
    for line in lines:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        print("  ".join(padded).rstrip())
