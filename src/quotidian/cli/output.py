"""What commands show: progress on standard error, results on standard output."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from quotidian.domain.vocabulary import nearest_type
from quotidian.ingest.report import LoadReport
from quotidian.ingest.sources import BadFile
from quotidian.telemetry.visible import visible

ERR = Console(stderr=True, highlight=False)

_SHOWN_FAILURES = 50


@contextmanager
def progress_bar(
    label: str, *, of_bytes: bool = False, is_passing: bool = False
) -> Iterator[Callable[[int, int], None]]:
    """A progress bar; call what it yields with (done, total). A passing one is for terminals only, and then erased."""
    amount = DownloadColumn() if of_bytes else MofNCompleteColumn()
    columns = (TextColumn(f"{label:24}"), BarColumn(), amount, TimeRemainingColumn())
    disable = is_passing and not ERR.is_terminal
    with Progress(*columns, console=ERR, transient=is_passing, disable=disable) as bar:
        # Shown once there is something to do.
        task = bar.add_task("", total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)


def print_report(report: LoadReport) -> None:
    """A line an event type, then why records were left out, then the files that were."""
    rows = [(visible(name[:60]), counts) for name, counts in sorted(report.types.items())]
    width = max([len(name) for name, _ in rows] + [10])
    heads = ("read", "new", "duplicate", "skipped", "dead")
    print(f"{'event type':{width}} " + " ".join(f"{head:>11}" for head in heads))
    for name, counts in [*rows, ("total", report.total)]:
        print(f"{name:{width}} " + " ".join(f"{getattr(counts, head):>11,}" for head in heads))
    total = report.total
    if report.files and total.read and not total.new:
        print("\nNothing new: every event was stored before.")
    _print_reasons("Dead letters (see: quotidian dead-letters):", report.reasons)
    _print_reasons("Kept, but left out of some number:", report.doubts)
    if total.skipped:
        print(f"\nSkipped: {total.skipped:,} events of types that Quotidian does not know.")
        _print_meant(report)
    if report.failed:
        print(f"\nNot loaded: {len(report.failed):,} of {report.files + len(report.failed):,} files", flush=True)
        _print_failures(report.failed)


def _print_meant(report: LoadReport) -> None:
    for name, counts in sorted(report.types.items()):
        if counts.skipped and (meant := nearest_type(name)):
            print(f"  {visible(name[:60])}: the nearest known type is {meant}")


def print_round(at: datetime, report: LoadReport, failed: list[BadFile]) -> None:
    """A line for what a round of a watch has loaded, and a line for each file that failed for the first time."""
    total = report.total
    counts = [f"{report.files:,} {'file' if report.files == 1 else 'files'}"]
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
        print(f"  … and {len(failed) - _SHOWN_FAILURES:,} more", flush=True)


def _print_reasons(title: str, reasons: dict[tuple[str, str], int]) -> None:
    if reasons:
        print(f"\n{title}")
        for (event_type, reason), number in sorted(reasons.items()):
            print(f"  {number:>11,}  {visible(reason)}: {visible(event_type[:60])}")
