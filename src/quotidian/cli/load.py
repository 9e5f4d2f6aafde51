"""`quotidian ingest` and `rebuild`: events in, series out."""

from typing import Annotated

from cyclopts import Parameter

from quotidian.cli.context import Given
from quotidian.cli.output import print_report
from quotidian.cli.ranges import between
from quotidian.cli.tasks import run_task
from quotidian.cli.watch import follow
from quotidian.domain.counts import counted
from quotidian.domain.errors import UserError
from quotidian.engine.tasks import Ingest, Rebuild
from quotidian.ingest.find import Finder
from quotidian.ingest.sniff import EVENT_NAMES

_LEAST_SECONDS = 0.1
_MOST_SECONDS = 86_400


def ingest(
    *paths: Annotated[str, Parameter(required=True)],
    watch: Annotated[bool, Parameter(negative="")] = False,
    every: Annotated[float, between(_LEAST_SECONDS, _MOST_SECONDS)] = 5,
    context: Given,
) -> int:
    """Load Currents files, folders, globs or buckets into the workspace. Safe to repeat: an event counts once.

    Reads .avro, .json, .jsonl and .ndjson, also gzipped. Exit status 1 if a file could not be loaded; the others are.
    Where there is no event file the exit status is 2, except with --watch, which waits for them.
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
    if watch:
        follow(context, paths, every)
        return 0
    context.series().dispose()
    sources = Finder(paths, leave_out=context.data).find()
    if not sources:
        raise UserError(
            f"There are no event files in {', '.join(paths)}; those are {EVENT_NAMES} (in folders, names that begin "
            "with . or _ are left out)"
        )
    outcome = run_task(context, Ingest(context.workspace_name, sources))
    print_report(outcome.report)
    return 1 if outcome.report.failed or outcome.uncomputed else 0


def rebuild(*, context: Given) -> None:
    """Make all series again from the events, of every workspace. Until it is done the old ones are served.

    After `quotidian recover` this forgets the days that stayed as published: what there are no events of is 0 then.
    """
    days = run_task(context, Rebuild()).days
    with_events = f"the series of {counted(days, 'day')} with events, and " if days else ""
    print(f"Rebuilt: {with_events}the lists of campaigns, canvases, segments, events and products.")
