"""`quotidian ingest`, `rebuild` and `dead-letters`: events in, series out."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from sqlalchemy import Engine

from quotidian.cli.context import Context, Given
from quotidian.cli.output import print_report, progress_bar
from quotidian.deadletters import exhume
from quotidian.events.files import find_files
from quotidian.events.ingest import ingest as load_files
from quotidian.events.report import LoadReport
from quotidian.events.store import EventStore
from quotidian.rollups import engine as rollups


def ingest(*paths: Annotated[str, Parameter(required=True)], context: Given) -> int:
    """Load Currents files, folders or globs into the workspace. Safe to repeat: an event counts once.

    Reads .avro, .json, .jsonl and .ndjson, also gzipped. Exit status 1 if a file could not be loaded; the others are.
    """
    files = find_files(paths)
    engine = context.series()
    with context.events() as events:
        report = load(context, events, engine, files)
    print_report(report)
    return 1 if report.failed else 0


def load(context: Context, events: EventStore, engine: Engine, files: list[Path]) -> LoadReport:
    """Load files and bring the series up to date, with progress bars."""
    settings, workspace = context.settings, context.workspace(engine)
    with progress_bar("Loading events", of_bytes=True) as progress:
        report = load_files(events, engine, context.folder, settings, workspace, files, progress)
    with progress_bar("Computing days") as progress:
        rollups.roll_up(events, engine, settings, progress)
    return report


def rebuild(*, context: Given) -> None:
    """Make all series again from the events, of every workspace. Until it is done the old ones are served."""
    engine = context.series()
    with context.events() as events, progress_bar("Computing days") as progress:
        days = rollups.rebuild(events, engine, context.settings, progress)
    print(f"Rebuilt: {days:,} days of activity and campaigns.")


def dead_letters(*, limit: int = 100, format: Literal["text", "json"] = "text", context: Given) -> None:  # noqa: A002
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
                print(msgspec.json.encode({**letter._asdict(), "workspace_id": workspace.name}).decode())
            else:
                print(
                    f"{letter.reason}: {letter.event_type} {letter.event_id or '(no id)'} in {letter.origin}\n    {letter.record[:160]}"
                )
