"""Storing a batch: what its new events say of segments. The steps are those of series/segments/fulfilment.py."""

from sqlalchemy import Connection, Engine

from quotidian.catalogue import segments_of
from quotidian.control.dirty_days import Touched
from quotidian.control.dirty_segments import mark_own_days
from quotidian.control.doubtful_filters import doubt, trust
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day
from quotidian.domain.segments import filters_of
from quotidian.series.publishing import Publication
from quotidian.series.segments.fulfilment import Looked, find, fulfil, put
from quotidian.series.segments.growth import publish_gained
from quotidian.store.events import EventStore
from quotidian.store.series import writing


class StoreSegments:
    """What new events say of segments: marks and notes it in the caller's transaction, before they are stored.

    To be made before the days of the events are noted as days with events.
    """

    def __init__(
        self, events: EventStore, connection: Connection, workspace: Workspace, touched: list[Touched]
    ) -> None:
        segments = segments_of(connection, workspace)
        self._events = events
        self._workspace = workspace
        self._filters = filters_of(segments.values())
        self._marked = mark_own_days(connection, workspace.id, segments, touched)
        looked = Looked(workspace.name, tuple({each.day for each in touched}), "new_events")
        self._did = find(events, self._filters, looked) if self._filters else set()
        # Those that are in doubt already stay so: more than these events is not known of them.
        self._doubted = doubt(connection, workspace.id, self._did)

    def put(self, series: Engine) -> set[Day]:
        """Keep what the events say, now that they are stored; returns all days that are marked as dirty."""
        if self._did:
            gained = fulfil(self._events, self._workspace.name, self._filters, self._did)
            with writing(series) as connection:
                publication = Publication(connection, self._workspace)
                self._marked |= publish_gained(self._events, publication, gained, self._doubted)
            put(self._events, self._workspace.name)
            with writing(series) as connection:
                trust(connection, self._workspace.id, self._doubted)
        return self._marked
