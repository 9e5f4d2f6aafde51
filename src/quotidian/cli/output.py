"""What commands show: progress on standard error, results on standard output."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Literal

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from quotidian.cli.terminal import columns, drawn, flowed, folded
from quotidian.domain.counts import counted, in_words
from quotidian.domain.vocabulary import nearest_type
from quotidian.ingest.report import NO_RATE, LoadReport, TypeCounts
from quotidian.ingest.sources import BadFile
from quotidian.telemetry.visible import visible

ERR = Console(stderr=True, highlight=False)

_NARROW = 60
_SHOWN_FAILURES = 50
_SHOWN_REASONS = 100
_SHOWN_CODES = 20
_CODE_LETTERS = 3
_ALL_OF = (
    ("duplicate", "every event was stored before"),
    ("skipped", "every event is of a type that Quotidian does not know"),
    ("dead", "no record can be used"),
)
_HEADS = ("read", "new", "duplicate", "skipped", "dead")
_COLUMN = 12


Unit = Literal["bytes", "days", "percent"]
"""What a progress bar counts; percent where the number of things would mean nothing to the user."""

_AMOUNTS: Mapping[Unit, Callable[[], ProgressColumn]] = {
    "bytes": DownloadColumn,
    "days": MofNCompleteColumn,
    "percent": TaskProgressColumn,
}


@contextmanager
def progress_bar(label: str, unit: Unit, *, is_passing: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A progress bar; call what it yields with (done, total). A passing one is for terminals only, and then erased.

    Nothing is shown as long as there is nothing to do.
    """
    shown: tuple[ProgressColumn, ...] = (
        TextColumn(f"{label:24}"),
        BarColumn(),
        _AMOUNTS[unit](),
        TimeRemainingColumn(),
    )
    if ERR.width < _NARROW:
        shown = (TextColumn(label), TaskProgressColumn())
    bar = Progress(*shown, console=ERR, transient=is_passing, disable=is_passing and not ERR.is_terminal)
    task = bar.add_task("", total=None)

    def advance(done: int, total: int) -> None:
        if total:
            bar.start()
            bar.update(task, completed=done, total=total)

    try:
        yield advance
    finally:
        if bar.live.is_started:
            bar.stop()


def print_report(report: LoadReport) -> None:
    """A line an event type, then why records were left out, then the files that were."""
    total = report.total
    if report.types:
        rows = [(visible(name[:60]), counts) for name, counts in sorted(report.types.items())]
        _print_types([*rows, ("total", total)])
    elif report.files:
        print(f"No events: there is none in {counted(report.files, 'file')}.")
    if total.read and not total.new:
        print(f"\n{_nothing_new(total)}")
    _print_reasons("Dead letters (see: quotidian dead-letters):", report.reasons)
    _print_reasons("Kept, but left out of some number:", report.doubts)
    _print_rates(report.doubts)
    if total.skipped:
        of_type = "of a type" if total.skipped == 1 else "of types"
        _print_text(f"\nSkipped: {counted(total.skipped, 'event')} {of_type} that Quotidian does not know.")
        _print_meant(report)
    if report.failed:
        files = counted(report.files + len(report.failed), "file")
        print(f"{chr(10) if report.types else ''}Not loaded: {len(report.failed):,} of {files}", flush=True)
        _print_failures(report.failed)


def _print_meant(report: LoadReport) -> None:
    for name, counts in sorted(report.types.items()):
        if counts.skipped and (meant := nearest_type(name)):
            print(f"  {visible(name[:60])}: the nearest known type is {meant}")


def _print_types(rows: Sequence[tuple[str, TypeCounts]]) -> None:
    """A table; where the terminal is too narrow for it a list, so that no number is divided between two lines."""
    width = max(len("event type"), *(len(name) for name, _ in rows))
    if columns() < width + len(_HEADS) * _COLUMN:
        for name, counts in rows:
            print(flowed(name))
            print(folded(["   ", *(f"{head} {getattr(counts, head):,}" for head in _HEADS)], indent=4))
        return
    print(f"{'event type':{width}} " + " ".join(f"{head:>{_COLUMN - 1}}" for head in _HEADS))
    for name, counts in rows:
        print(f"{name:{width}} " + " ".join(f"{getattr(counts, head):>{_COLUMN - 1},}" for head in _HEADS))


def _nothing_new(total: TypeCounts) -> str:
    """Why a load has stored nothing: what became of the events that were read."""
    for fate, told in _ALL_OF:
        if getattr(total, fate) == total.read:
            return f"Nothing new: {told}."
    fates = (
        (total.duplicate, "was stored before", "were stored before"),
        (total.skipped, "is of a type that Quotidian does not know", "are of types that Quotidian does not know"),
        (total.dead, "cannot be used", "cannot be used"),
    )
    parts = [f"{number:,} {one if number == 1 else many}" for number, one, many in fates if number]
    return flowed(f"Nothing new: of {counted(total.read, 'record')}, {in_words(parts)}.")


def _print_rates(doubts: Mapping[tuple[str, str], int]) -> None:
    """What to do about currencies without a rate."""
    codes = sorted({doubt.removeprefix(NO_RATE) for _, doubt in doubts if doubt.startswith(NO_RATE)})
    if named := [code for code in codes if len(code) == _CODE_LETTERS]:
        example, rates = named[0], "its rate" if len(named) == 1 else "their rates"
        _print_text(
            f"To count purchases in {in_words(named[:_SHOWN_CODES])} as revenue, give {rates} in a catalogue file "
            f"([rates] {example} = …, US dollars for one {example}) and import it: quotidian catalogue import FILE"
        )


def _print_text(text: str) -> None:
    print(flowed(drawn(text)))


def print_round(at: datetime, report: LoadReport, failed: list[BadFile]) -> None:
    """A line for what a round of a watch has loaded, and a line for each file that failed for the first time."""
    total = report.total
    counts = [counted(report.files, "file")]
    for name in ("new", "duplicate", "skipped", "dead"):
        if (number := getattr(total, name)) or name == "new":
            counts.append(f"{number:,} {name}")
    if failed:
        counts.append(f"{len(failed):,} not loaded")
    print(f"{at:%Y-%m-%d %H:%M:%S}  {', '.join(counts)}", flush=True)
    _print_failures(failed)


def _print_failures(failed: list[BadFile]) -> None:
    for file in failed[:_SHOWN_FAILURES]:
        print(f"  {visible(file.origin)}: {visible(file.reason)}", flush=True)
    if len(failed) > _SHOWN_FAILURES:
        print(drawn(f"  … and {len(failed) - _SHOWN_FAILURES:,} more"), flush=True)


def _print_reasons(title: str, reasons: dict[tuple[str, str], int]) -> None:
    if reasons:
        print(f"\n{title}")
    for (event_type, reason), number in sorted(reasons.items())[:_SHOWN_REASONS]:
        print(flowed(f"  {number:>11,}  {visible(reason)}: {visible(event_type[:60])}", indent=15))
    if len(reasons) > _SHOWN_REASONS:
        print(drawn(f"  … and {len(reasons) - _SHOWN_REASONS:,} more"))
