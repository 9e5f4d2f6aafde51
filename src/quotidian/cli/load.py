"""`quotidian ingest`, `rebuild` and `dead-letters`: events in, series out."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from quotidian.cli.context import Given
from quotidian.cli.output import print_report, progress_bar
from quotidian.deadletters import exhume
from quotidian.events.files import find_files
from quotidian.events.ingest import ingest as load_files
from quotidian.events.report import LoadReport
from quotidian.rollups import engine as rollups
from quotidian.stores import Stores
from quotidian.workspaces import Workspace

_SHOWN_RECORD = 160


def ingest(*paths: Annotated[str, Parameter(required=True)], context: Given) -> int:
    """Load Currents files, folders or globs into the workspace. Safe to repeat: an event counts once.

    Reads .avro, .json, .jsonl and .ndjson, also gzipped. Exit status 1 if a file could not be loaded; the others are.

    Parameters
    ----------
    paths
        Files, folders (with all below them) or globs.
    """
    files = find_files(paths, leave_out=context.data)
    with context.stores() as stores:
        report = load(stores, context.workspace(stores.series), files)
    print_report(report)
    return 1 if report.failed else 0


def load(stores: Stores, workspace: Workspace, files: list[Path]) -> LoadReport:
    """Load files and bring the series up to date, with progress bars."""
    with progress_bar("Loading events", of_bytes=True) as progress:
        report = load_files(stores, workspace, files, progress)
    with progress_bar("Computing days") as progress:
        rollups.roll_up(stores, progress)
    return report


def rebuild(*, context: Given) -> None:
    """Make all series again from the events, of every workspace. Until it is done the old ones are served."""
    with context.stores() as stores, progress_bar("Computing days") as progress:
        days = rollups.rebuild(stores, progress)
    print(f"Rebuilt: {days:,} days of activity and campaigns.")


def dead_letters(*, limit: int = 100, format: Literal["text", "json"] = "text", context: Given) -> None:
    """List records that could not be used, newest first, with the reason and the file they came from.

    Parameters
    ----------
    limit
        How many to list at the most.
    format
        text, or json: one object a line, with the whole record.
    """
    engine = context.series()
    workspace = context.workspace(engine)
    with engine.connect() as connection:
        for letter in exhume(connection, workspace, limit):
            if format == "json":
                fields = {name: value for name, value in letter._asdict().items() if name != "workspace_id"}
                print(msgspec.json.encode({"workspace": workspace.name, **fields}).decode())
            else:
                print(f"{letter.reason}: {letter.event_type} {letter.event_id or '(no id)'} in {letter.origin}")
                print(f"    {letter.record[:_SHOWN_RECORD]}")
