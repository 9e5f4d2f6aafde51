"""`quotidian move`: the stores to servers, or back into the data folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from typing import Annotated, Final

from cyclopts import Parameter

from quotidian.cli.context import Context, Given
from quotidian.cli.output import progress_bar
from quotidian.domain.counts import counted
from quotidian.domain.errors import UserError
from quotidian.engine.opening import open_stores
from quotidian.ingest.stores import IngestStores
from quotidian.move.moving import Step
from quotidian.move.moving import move as move_stores
from quotidian.move.partitions import sizes
from quotidian.move.room import require_room
from quotidian.store.events import EventStore
from quotidian.store.place import SeriesPlace, read_url
from quotidian.store.stores import is_same_place, name_of_events, open_event_store
from quotidian.store.turn import own_epoch

EMBEDDED: Final = "embedded"

# The command as others are told of it: its words may have passwords in them.
_COMMAND: Final = "move"


def move(
    *,
    to: Annotated[str | None, Parameter(env_var="QUOTIDIAN_MOVE_TO")] = None,
    database: Annotated[str | None, Parameter(env_var="QUOTIDIAN_MOVE_DATABASE")] = None,
    context: Given,
) -> None:
    """Copy the stores to servers, or back into the data folder, and compare what has arrived.

    Stop all servers first. What is moved from stays as it was, and so do the settings: at the end the command says
    which to change. If it is interrupted, give it again, and it goes on. A URL has a password in it, which others on
    the machine can see in the words of a command: give it as a variable instead, QUOTIDIAN_MOVE_TO or
    QUOTIDIAN_MOVE_DATABASE.

    Parameters
    ----------
    to
        Where the events go: clickhouse://user:password@host:9000/database?cluster=name, or `embedded` for the data
        folder. To spread them over another number of shards, name a cluster with these shards, and another prefix.
    database
        Where the series go: postgresql://user:password@host/database, or `embedded` for the data folder.
    """
    if to is None and database is None:
        raise UserError("Nothing to move was named; give --to, --database or both, each a URL or the word embedded")
    place, events_url = _place(context, database), _events_url(context, to)
    with _alone(context) as stores, ExitStack() as stack:
        target = None
        if events_url is not None:
            target = stack.enter_context(closing(_open(stores, events_url)))
        _copy(move_stores(stores, target, place))
        told = [*_told_of_events(target, to), *_told_of_series(context, place, database)]
    print("\n".join(told))
    print("A server with the old settings would go on from what was moved, and the two would differ from then on.")


def _events_url(context: Context, to: str | None) -> str | None:
    """The setting `events_url` of where the events go; None is where they are."""
    if to is None:
        return None
    url = "" if to == EMBEDDED else to
    now = context.settings.events_url
    if is_same_place(url, now):
        raise UserError(f"{name_of_events(context.folder, context.settings)} has the events already")
    return url


def _open(stores: IngestStores, events_url: str) -> EventStore:
    settings = replace(stores.settings, events_url=events_url)
    require_room(stores, is_embedded=not events_url)
    return open_event_store(stores.folder, settings, own_epoch(stores.series) or 0)


def _told_of_events(target: EventStore | None, to: str | None) -> Iterator[str]:
    if target is not None:
        events = counted(sizes(target).total(), "event")
        of_shards = f" on {counted(target.shards, 'shard')}" if to != EMBEDDED else ""
        yield f"Moved: {events}{of_shards}, compared day by day. They are also where they were, and stay there."
        yield _to_set("QUOTIDIAN_EVENTS_URL", to)


def _told_of_series(context: Context, place: SeriesPlace | None, database: str | None) -> Iterator[str]:
    if place is not None:
        before = SeriesPlace.of(context.folder).name
        yield f"Moved: {place.name} has the series, compared row by row. {before} has them, too, as they were."
        yield _to_set("QUOTIDIAN_DATABASE_URL", database)


def _copy(steps: Iterator[Step]) -> None:
    """Copy, with a progress bar for each store."""
    shown = ""
    advance: Callable[[int, int], None]
    with ExitStack() as bars:
        for what, progress in steps:
            if what != shown:
                bars.close()
                shown = what
                advance = bars.enter_context(progress_bar(f"Copying {what}", "percent"))
            advance(*progress)


def _to_set(variable: str, given: str | None) -> str:
    """What to do with a setting, without its value: that has a password in it."""
    setting = variable.removeprefix("QUOTIDIAN_").lower()
    if given == EMBEDDED:
        return f"Now unset {variable}, or remove {setting} from quotidian.toml."
    return f"Now set {variable}, or {setting} in quotidian.toml, to the URL that you gave."


def _place(context: Context, database: str | None) -> SeriesPlace | None:
    """Where the series go; None is where they are."""
    if database is None:
        return None
    place = SeriesPlace(context.folder, None if database == EMBEDDED else read_url(database))
    now = SeriesPlace.of(context.folder)
    if place.url == now.url:
        raise UserError(f"{now.name} has the series already")
    return place


@contextmanager
def _alone(context: Context) -> Iterator[IngestStores]:
    """The stores of a data folder that no other process uses."""
    with (
        context.folder.hold("serve", _COMMAND),
        context.folder.hold("init", _COMMAND),
        open_stores(context.folder, _COMMAND) as stores,
    ):
        yield stores
