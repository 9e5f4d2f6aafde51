"""`quotidian ingest`, `rebuild` and `dead-letters`: events in, series out."""

from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from quotidian.cli.context import Given
from quotidian.cli.output import print_report
from quotidian.cli.tasks import run_task
from quotidian.deadletters import exhume
from quotidian.engine.tasks import Ingest, Rebuild
from quotidian.events.files import find_files

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
    report = run_task(context, Ingest(context.workspace_name, [str(path.absolute()) for path in files])).report
    print_report(report)
    return 1 if report.failed else 0


def rebuild(*, context: Given) -> None:
    """Make all series again from the events, of every workspace. Until it is done the old ones are served."""
    days = run_task(context, Rebuild()).days
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
