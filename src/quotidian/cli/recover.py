"""`quotidian recover`: go on after events were lost."""

from quotidian.cli.context import Given
from quotidian.cli.tasks import run_task
from quotidian.domain.counts import counted
from quotidian.engine.opening import open_stores
from quotidian.engine.tasks import RollUp
from quotidian.series import recovery
from quotidian.telemetry.visible import visible


def recover(*, context: Given) -> None:
    """Accept the event store as it is, after events/ was lost or restored from an older backup than the series.

    If events/ is missing, an empty one is made. All days of which there are events are computed again from these. The
    days of which there are none any more stay as published: events of such a day that come later are stored, and do
    not change its numbers, until `quotidian rebuild` makes all series from the events there are. So load the files
    again, if you have them, and then rebuild. No other command may have the events meanwhile; a server whose engine
    has refused the events may run, and goes on by itself afterwards.
    """
    with open_stores(context.folder, context.command, accept_events=True) as stores:
        dirty, kept = recovery.recover(stores)
    stay = "stays" if kept == 1 else "stay"
    accepted = f"{counted(dirty, 'day')} with events to compute, {counted(kept, 'day')} {stay} as published"
    print(f"Accepted {visible(str(context.folder.events))}: {accepted}.")
    run_task(context, RollUp())
    if kept:
        print("To make those again, load their files (quotidian ingest), and then give: quotidian rebuild")
