"""Moves the stores of a data folder elsewhere, one of them or both, and leaves them where they are, as they were.

The events go first: they take long, and a move that is interrupted goes on with them. The series go in one transaction.
With new events the side tables are made anew, so that the series note that these are in doubt: in the transaction that
brings the series there, or, where they stay, before the event store is said to be complete.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from quotidian.control.nodes import all_nodes
from quotidian.domain.errors import UserError
from quotidian.domain.progress import Progress
from quotidian.inbox.inboxes import Inboxes, open_inboxes
from quotidian.inbox.store import DatabaseInbox, Inbox
from quotidian.move.events import copy_events, finish
from quotidian.move.series import copy_series, require_unused
from quotidian.series.activity.active_days import doubt_all
from quotidian.series.segments.fulfilment import doubt_everything
from quotidian.store.events import EventStore
from quotidian.store.place import SeriesPlace
from quotidian.store.series import creating_at, holding, writing
from quotidian.store.stores import Stores


class Step(NamedTuple):
    """What is being copied, "events" or "series", and how far it is."""

    what: str
    progress: Progress


def move(stores: Stores, events: EventStore | None, series: SeriesPlace | None) -> Iterator[Step]:
    """Copy the events to an event store, or the series to a place, or both; None is where they stay.

    No other process may use the stores. Raises UserError where that or something else is in the way, TaskFailed if
    what has arrived is not what was sent: then nothing is said to be moved.
    """
    _require_alone(stores)
    if series is not None:
        with creating_at(series) as connection:
            require_unused(connection, series.name)
    if events is not None:
        for progress in copy_events(stores.events, events, stores.folder.scratch):
            yield Step("events", progress)
        if series is None:
            with writing(stores.series) as connection:
                _doubt(connection)
        finish(stores.events, events)
    if series is not None:
        for progress in _move_series(stores, series, has_new_events=events is not None):
            yield Step("series", progress)


def _require_alone(stores: Stores) -> None:
    with stores.series.connect() as connection:
        live = [node.name for node in all_nodes(connection) if node.is_live]
    if live:
        raise UserError(
            f"The series are in use by {', '.join(live)}; stop all nodes before a move (a node that was killed counts "
            "for some seconds more)"
        )


def _doubt(connection: Connection) -> None:
    doubt_all(connection)
    doubt_everything(connection)


def _move_series(stores: Stores, place: SeriesPlace, *, has_new_events: bool) -> Iterator[Progress]:
    inboxes = open_inboxes(stores.folder, stores.settings, stores.series)
    try:
        if place.url is None:
            _require_drained(inboxes)
        with holding(stores.series) as source, creating_at(place) as target:
            require_unused(target, place.name)
            yield from copy_series(source, target)
            if has_new_events:
                _doubt(target)
            _copy_notes(inboxes, target, place)
    finally:
        inboxes.close()


def _require_drained(inboxes: Inboxes) -> None:
    """Nobody would look for what waits in the database that is left."""
    if inboxes.shared is not inboxes.own and (inboxes.shared.depth().deliveries or inboxes.shared.number_set_aside()):
        raise UserError(
            "Events that were posted wait in the inbox of the database; start a server with it, until `quotidian "
            "status` says that none wait, and then move"
        )


def _copy_notes(inboxes: Inboxes, target: Connection, place: SeriesPlace) -> None:
    """When keys were used, and requests came, is noted in the inbox of the file, or in that of the database."""
    if place.url is not None:
        there: Inbox = DatabaseInbox(target.engine)
        there.take_notes(target, inboxes.shared)
    elif inboxes.shared is not inboxes.own:
        with inboxes.own.changing() as connection:
            inboxes.own.take_notes(connection, inboxes.shared)
