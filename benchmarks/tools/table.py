"""The table of a run, in Markdown."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.tools.outcome import Outcome

BEGIN, END = "<!-- table -->", "<!-- end of table -->"
_HEADS = ("what", "Quotidian", "side by side with", "that", "ratio", "target", "met")
_MET = {True: "yes", False: "**no**", None: ""}


def markdown(outcomes: Iterable[Outcome], skipped: Sequence[tuple[str, str]]) -> str:
    """A line an outcome, and what was skipped and why."""
    rows = [
        (each.what, each.ours, each.against, each.theirs, each.ratio, each.target, _MET[each.met]) for each in outcomes
    ]
    return "\n".join([table(_HEADS, rows), *(f"\nSkipped: {name}, {reason}." for name, reason in skipped)])


def table(heads: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    return "\n".join([_line(heads), _line("---" for _ in heads), *map(_line, rows)])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write_between_markers(path: Path, text: str) -> None:
    """Put the text between the file's two markers, in place of what was there."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
