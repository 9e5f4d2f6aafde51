"""`quotidian ingest`, `rebuild` and `dead-letters`: events in, series out."""

from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from quotidian.cli.context import Given
from quotidian.cli.output import print_report
from quotidian.cli.tasks import run_task
from quotidian.cli.watch import follow
from quotidian.deadletters import exhume
from quotidian.engine.tasks import Ingest, Rebuild
from quotidian.errors import UserError
from quotidian.events.finding import Finder

_SHOWN_RECORD = 160
_LEAST_SECONDS = 0.1
_MOST_SECONDS = 86_400


def ingest(
    *paths: Annotated[str, Parameter(required=True)],
    watch: Annotated[bool, Parameter(negative="")] = False,
    every: float = 5,
    context: Given,
) -> int:
    """Load Currents files, folders, globs or buckets into the workspace. Safe to repeat: an event counts once.

    Reads .avro, .json, .jsonl and .ndjson, also gzipped. Exit status 1 if a file could not be loaded; the others are.
    Buckets are read with AWS's usual settings (AWS_PROFILE, AWS_ENDPOINT_URL and so on).

    Parameters
    ----------
    paths
        Files, folders (with all below them), globs, or s3://bucket/prefix (with all below it).
    watch
        Go on, and load files and objects as they appear or change, until Ctrl-C or SIGTERM. Those that were loaded
        before, by this command or an earlier one, are left out.
    every
        Seconds from one look for new files to the next, with --watch.
    """
    if not _LEAST_SECONDS <= every <= _MOST_SECONDS:
        raise UserError(f"--every must be a number of seconds from {_LEAST_SECONDS} to {_MOST_SECONDS}, not {every:g}")
    if watch:
        follow(context, paths, every)
        return 0
    context.series().dispose()
    sources = Finder(paths, leave_out=context.data).find()
    report = run_task(context, Ingest(context.workspace_name, sources)).report
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
