"""`quotidian demo`: made-up data, loaded and served, with requests to try."""

import os
import shlex
import shutil
import sys
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from quotidian.api.endpoints import PERMISSIONS
from quotidian.catalogue import read_catalogue
from quotidian.cli.catalogue import import_file
from quotidian.cli.context import Context, Given
from quotidian.cli.links import make_link
from quotidian.cli.load import ingest
from quotidian.cli.output import progress_bar
from quotidian.cli.ranges import between
from quotidian.cli.serve import Port, Workers, check_address
from quotidian.control.keys import create_key, list_keys
from quotidian.control.workspaces import create_workspace
from quotidian.demo import DemoSummary, check_demo, demo_catalogue, write_demo
from quotidian.domain.days import zone_named
from quotidian.domain.errors import UserError
from quotidian.server.address import url
from quotidian.store.access import check_access, nearest, refusal
from quotidian.store.folder import LOCKS, DataFolder
from quotidian.store.series import creating
from quotidian.telemetry.visible import visible

_MARKER = ".quotidian-demo"
_MOST_EVENTS = 1_000_000_000
_TIMEZONE = "UTC"  # in which the demo's days are made
_MOST_DAYS = 36_500
_MOST_SEED = (1 << 63) - 1


def demo(  # noqa: PLR0913 - a demo has this many knobs, each with a default
    *,
    events: Annotated[int, between(1, _MOST_EVENTS)] = 100_000,
    days: Annotated[int, between(1, _MOST_DAYS)] = 60,
    until: date | None = None,
    seed: Annotated[int, between(0, _MOST_SEED)] = 1,
    folder: Path = Path("demo-data"),
    port: Port | None = None,
    workers: Workers | None = None,
    serve: Annotated[bool, Parameter(negative="--no-serve")] = True,
    context: Given,
) -> None:
    """Make realistic Currents files, load them, and serve them with a key to try.

    The same arguments, --until among them, make the same data. Its folder holds the files under `currents` and a data
    folder of its own, and is made anew each time; --data is not used.

    Parameters
    ----------
    events
        About how many events; millions for trials.
    days
        Days that they span.
    until
        The last of these days, such as 2026-06-30. By default yesterday in UTC, the time zone of the demo's workspace.
    seed
        Another seed makes other data.
    folder
        Where to put it.
    port
        Port to serve at. By default the setting `port`.
    workers
        Worker processes to serve with. By default the setting `workers`.
    serve
        With --no-serve the data is only made and loaded.
    """
    settings = context.settings
    host, port = settings.host, port or settings.port
    if serve:
        # Before the work, not after it.
        check_address(host, port)
    until = until or _yesterday()
    try:
        check_demo(events, days, until)
    except ValueError as error:
        raise UserError(str(error)) from error
    own = Context(folder / "quotidian-data", context.workspace_name)
    _clear(folder, own.folder)
    with progress_bar("Making Currents files", "days") as progress:
        summary = write_demo(folder / "currents", events=events, days=days, until=until, seed=seed, progress=progress)
    key = _fill(own, summary)
    print(_requests(summary, key, url(host, port), _link(own)))
    if not serve:
        print(f"They need a server: quotidian --data {visible(shlex.quote(str(own.data)))} serve --port {port}")
    if serve:
        sys.stdout.flush()
        # A process that begins anew: without the memory that loading took, and without chDB's threads.
        command = ["serve", "--data", str(own.data), "--port", str(port), "--workers", str(workers or settings.workers)]
        os.execv(sys.executable, [sys.executable, "-P", "-m", "quotidian", *command])  # noqa: S606 - no shell is wanted


def _yesterday() -> date:
    return datetime.now(zone_named(_TIMEZONE)).date() - timedelta(days=1)


def _clear(folder: Path, data: DataFolder) -> None:
    """Empty a folder that a demo made; refuse any other that has something in it.

    Raises FolderInUse if a server, or another command, works in its data folder.
    """
    check_access(folder.absolute())
    marker = folder / _MARKER
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is no folder; name another with --folder")
    if folder.exists() and not marker.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} has something in it that no demo made; name another with --folder")
    with ExitStack() as held:
        if data.path.exists():
            for what in LOCKS:
                held.enter_context(data.hold(what, "demo"))
        shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        marker.touch()
    except PermissionError as error:
        raise UserError(f"Cannot make {folder} anew: {refusal(nearest(folder.absolute().parent))}") from error
    except OSError as error:
        raise UserError(f"Cannot make {folder} anew: {error.strerror}; name another with --folder") from error


def _fill(context: Context, summary: DemoSummary) -> str:
    """Load the demo's files and catalogue; returns a key."""
    context.folder.create()
    with creating(context.folder) as connection:
        workspace = create_workspace(connection, context.workspace_name, _TIMEZONE, context.workspace_name)
        key = create_key(connection, workspace, "demo", PERMISSIONS)
    catalogue = summary.folder.parent / "catalogue.toml"
    catalogue.write_text(demo_catalogue(), encoding="utf-8")
    import_file(context, read_catalogue(catalogue))
    ingest(str(summary.folder), context=context)
    return key


def _link(context: Context) -> str:
    """The path that signs in to the dashboard, once, with the demo's key."""
    engine = context.series()
    workspace = context.workspace(engine)
    with engine.connect() as connection:
        [key] = list_keys(connection, workspace)
    return make_link(engine, workspace, key.id)


def _requests(summary: DemoSummary, key: str, at: str, link: str) -> str:
    """What to look at, and requests to paste: the KPIs, a campaign over several channels, a send of an API campaign."""
    api = next(campaign for campaign in summary.campaigns if campaign.sends)
    campaign = max(summary.campaigns, key=lambda each: (each.has_control, len(each.channels)))
    last = summary.last_day.isoformat()
    paths = (
        f"/kpi/dau/data_series?length=7&ending_at={last}",
        f"/kpi/mau/data_series?length=7&ending_at={last}",
        f"/campaigns/data_series?campaign_id={campaign.id}&length=7&ending_at={last}",
        f"/sends/data_series?campaign_id={api.id}&send_id={api.sends[0]}&length=60&ending_at={last}",
        "/campaigns/list",
    )
    lines = "\n".join(f"curl -H 'Authorization: Bearer {key}' '{at}{path}'" for path in paths)
    days = f"{summary.first_day} to {summary.last_day}"
    return f"\nLook at it: {at}{link}\nAPI key: {key}\n\nThe data is of {days} (UTC). Requests to try:\n\n{lines}\n"
