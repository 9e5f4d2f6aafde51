"""Every series of a kind that a workspace knows, or those that are asked for, each with its ids.

Ids are read a page at a time. What is found of a series is what `series/read.py` and `series/canvases/read.py` find, so
that who reads all reads what one gets who asks for each.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, select, tuple_, union

from quotidian.control.workspaces import Workspace
from quotidian.domain.kinds import CAMPAIGN, CANVAS, KPIS, SEND
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.canvases.read import find_canvas
from quotidian.series.read import FoundSeries, PurgedSend, Subject, UnknownSubject, find_series, require_app
from quotidian.store.tables import apps, listed, registered_sends, series

_PAGE: Final = 1_000


class Named(NamedTuple):
    """A series, and what it is about."""

    subject: Subject
    found: FoundSeries


class Every(NamedTuple):
    """Finds the series of a workspace, in a transaction.

    Each method raises for an id that is unknown, when it is called; series are found when the iterator comes to them.
    """

    connection: Connection
    workspace: Workspace
    rules: SendRules

    def kpis(self, app_ids: Sequence[str]) -> Iterator[Named]:
        """Of these apps, or of all apps together and then of each. Raises UnknownSubject."""
        for app_id in app_ids:
            require_app(self.connection, self.workspace, app_id)
        every = app_ids or ("", *self._apps())
        return (self._find(Subject(kind, app_id)) for app_id in every for kind in KPIS)

    def campaigns(self, campaign_ids: Sequence[str]) -> Iterator[Named]:
        """Those with these ids, or all that events or the catalogue name. Raises UnknownSubject."""
        for campaign_id in campaign_ids:
            self._find(Subject(CAMPAIGN, campaign_id))
        every = campaign_ids or self._listed(CAMPAIGN)
        return (self._find(Subject(CAMPAIGN, campaign_id)) for campaign_id in every)

    def canvases(self, canvas_ids: Sequence[str]) -> Iterator[Named]:
        """Those with these ids, or all that events or the catalogue name. Raises UnknownSubject."""
        for canvas_id in canvas_ids:
            self._canvas(canvas_id)
        return (self._canvas(canvas_id) for canvas_id in canvas_ids or self._listed(CANVAS))

    def sends(self, campaign_ids: Sequence[str], send_ids: Sequence[str]) -> Iterator[Named]:
        """Those of these campaigns and with these ids, or all; without those that are no longer kept.

        Raises UnknownSubject, and PurgedSend for an id of which no send is kept.
        """
        for campaign_id in campaign_ids:
            self._find(Subject(CAMPAIGN, campaign_id))
        for send_id in send_ids:
            self._require_send(campaign_ids, send_id)
        return self._kept_sends(campaign_ids, send_ids)

    def _apps(self) -> Sequence[str]:
        query = select(apps.c.app_id).where(apps.c.workspace_id == self.workspace.id).order_by(apps.c.app_id)
        return self.connection.execute(query).scalars().all()

    def _find(self, subject: Subject) -> Named:
        return Named(subject, find_series(self.connection, self.workspace, subject, self.rules))

    def _canvas(self, canvas_id: str) -> Named:
        return Named(Subject(CANVAS, canvas_id), find_canvas(self.connection, self.workspace, canvas_id).series)

    def _require_send(self, campaign_ids: Sequence[str], send_id: str) -> None:
        gone: PurgedSend | None = None
        for subject in self._sends(campaign_ids, [send_id]):
            try:
                self._find(subject)
            except PurgedSend as error:
                gone = error
            else:
                return
        raise gone or UnknownSubject(self.workspace, SEND, send_id)

    def _kept_sends(self, campaign_ids: Sequence[str], send_ids: Sequence[str]) -> Iterator[Named]:
        for subject in self._sends(campaign_ids, send_ids):
            # Unknown is a send that was registered for a campaign that the catalogue no longer has.
            with suppress(PurgedSend, UnknownSubject):
                yield self._find(subject)

    def _listed(self, kind: str) -> Iterator[str]:
        """The ids of all campaigns or canvases. What has a series is listed too."""
        columns = listed.c
        query = select(columns.id).where(columns.workspace_id == self.workspace.id, columns.kind == kind)
        after = ""
        while ids := self.connection.execute(_page(query.where(columns.id > after), columns.id)).scalars().all():
            yield from ids
            after = ids[-1]

    def _sends(self, campaign_ids: Sequence[str], send_ids: Sequence[str]) -> Iterator[Subject]:
        """The sends that events name or that are registered, kept or not, by campaign and id."""
        after = ("", "")
        while rows := self.connection.execute(self._send_page(campaign_ids, send_ids, after)).all():
            yield from (Subject(SEND, row.subject, row.send_id) for row in rows)
            after = (rows[-1].subject, rows[-1].send_id)

    def _send_page(
        self, campaign_ids: Sequence[str], send_ids: Sequence[str], after: tuple[str, str]
    ) -> Select[tuple[str, str]]:
        sent = (series.c.subject, series.c.send_id)
        registered = (registered_sends.c.campaign_id, registered_sends.c.send_id)
        queries = []
        for key in (sent, registered):
            query = select(*key).where(key[0].table.c.workspace_id == self.workspace.id, tuple_(*key) > after)
            if campaign_ids:
                query = query.where(key[0].in_(campaign_ids))
            queries.append(query.where(key[1].in_(send_ids)) if send_ids else query)
        both = union(queries[0].where(series.c.kind == SEND), queries[1]).subquery()
        return _page(select(*both.c), *both.c)


def _page(query: Select[Any], *order: ColumnElement[Any]) -> Select[Any]:
    return query.order_by(*order).limit(_PAGE)
