"""From the facts of campaigns to the points that are served: writes facts, shapes, points and list rows."""

from collections.abc import Mapping
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import exists, select

from quotidian.control.dirty_parts import PartsOf, Scopes, parts_of, subjects_of
from quotidian.domain.chunks import chunks
from quotidian.domain.days import Day
from quotidian.domain.kinds import CAMPAIGN, SEND
from quotidian.series.campaigns.render import Renderer
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.listing.compute import list_subjects
from quotidian.series.messages.facts import DayFacts
from quotidian.series.messages.gather import WHOLE_SUBJECT, SubjectFacts
from quotidian.series.messages.shape import Shape, decode_shape, shape_of
from quotidian.series.messages.writer import SeriesRow, SeriesWriter
from quotidian.series.publishing import Publication
from quotidian.store.tables import facts as facts_table
from quotidian.store.tables import points, series

_Kept = dict[str, dict[str, dict[Day, bytes]]]
"""Stored facts: campaign → send → day → JSON."""

_PUBLISHED_TOGETHER = 100
"""Campaigns whose series are written together."""


_NOTHING: Final = SubjectFacts()


class _Computed(NamedTuple):
    """What was computed of a campaign: which parts of which days, what was found, and what is stored of these days."""

    parts: PartsOf
    found: SubjectFacts
    kept: Mapping[str, Mapping[Day, bytes]]

    @property
    def sends(self) -> set[str]:
        """The sends of these days."""
        return (self.found.days.keys() | self.kept.keys()) - {WHOLE_SUBJECT}

    def of(self, send_id: str) -> tuple[PartsOf, Mapping[Day, DayFacts], Mapping[Day, bytes]]:
        """The same of one send, or of the whole campaign."""
        return self.parts, self.found.days.get(send_id, {}), self.kept.get(send_id, {})


class _Published(NamedTuple):
    """What was published of a whole campaign; `has_new_points` if all of its points are rendered anew."""

    one: _Computed
    shape: Shape
    has_new_shape: bool
    has_new_points: bool


class CampaignPublisher:
    """Publishes the facts of some days for one workspace: all campaigns and sends that they change."""

    def __init__(self, publication: Publication, rules: SendRules) -> None:
        self._connection = publication.connection
        self._workspace = publication.workspace
        self._rules = rules
        self._today = publication.today
        self._writer = SeriesWriter(publication, (CAMPAIGN, SEND))

    def publish(self, scopes: Scopes, found: dict[str, SubjectFacts]) -> None:
        """Replace the facts and points of what was computed with what was found, in the caller's transaction."""
        kept = self._writer.kept(scopes)
        computed = found.keys() | kept.keys() | (subjects_of(scopes) or set())
        for campaigns in chunks(computed, _PUBLISHED_TOGETHER):
            self._publish_together(campaigns, scopes, found, kept)

    def render(self, campaigns: list[str]) -> None:
        """Render all points of campaigns and their sends anew, with the shapes that a rebuild has made."""
        shapes = {}
        for campaign_id, row in self._writer.whole(campaigns).items():
            shapes[campaign_id] = shape = row.exchange_shape()
            renderer = Renderer(shape, shape, is_send=False)
            self._writer.render_all(row, renderer)
        for campaign_id, sends in self._writer.sends({}, campaigns).items():
            for send in sends.values():
                if not self._rules.is_purged(send.first_day, self._today):
                    self._publish_send(send, shapes[campaign_id])
        self._writer.write()
        list_subjects(self._connection, self._workspace, CAMPAIGN, shapes)

    def _publish_together(
        self, campaigns: list[str], scopes: Scopes, found: Mapping[str, SubjectFacts], kept: _Kept
    ) -> None:
        published = {}
        rows = self._writer.whole(campaigns)
        for campaign_id in campaigns:
            one = _Computed(parts_of(scopes, campaign_id), found.get(campaign_id, _NOTHING), kept.get(campaign_id, {}))
            row = rows.get(campaign_id)
            # Of a campaign that is marked there may be nothing, if not even its first event was stored.
            if row or one.found.days:
                row = row or self._writer.create(CAMPAIGN, campaign_id, WHOLE_SUBJECT)
                published[campaign_id] = self._publish_whole(row, one)
        self._publish_sends(published)
        self._writer.write()
        shapes = {campaign_id: each.shape for campaign_id, each in published.items() if each.has_new_shape}
        list_subjects(self._connection, self._workspace, CAMPAIGN, shapes)

    def _publish_whole(self, row: SeriesRow, one: _Computed) -> _Published:
        written = self._writer.write_facts(row, *one.of(WHOLE_SUBJECT))
        grown = row.grow(partial(one.found.add_to, days=written.days.values()))
        shape = grown or decode_shape(row.shape)
        is_new = self._writer.render_changed(row, Renderer(shape, shape, is_send=False), written.changed)
        return _Published(one, shape, has_new_shape=grown is not None, has_new_points=is_new)

    def _publish_sends(self, published: Mapping[str, _Published]) -> None:
        """Of campaigns all of whose points are new, all sends; of others those that were computed."""
        touched = {campaign_id: each.one.sends for campaign_id, each in published.items()}
        renewed = [campaign_id for campaign_id, each in published.items() if each.has_new_points]
        rows = self._writer.sends(touched, renewed)
        for campaign_id, each in published.items():
            for send_id in touched[campaign_id] | rows[campaign_id].keys():
                send = rows[campaign_id].get(send_id) or self._writer.create(SEND, campaign_id, send_id)
                if not self._rules.is_purged(send.first_day, self._today):
                    written = self._writer.write_facts(send, *each.one.of(send_id))
                    if written.changed or each.has_new_points:
                        self._publish_send(send, each.shape)

    def _publish_send(self, send: SeriesRow, names: Shape) -> None:
        """Render all points of a send: its first day may have changed, and with it the window and the shape."""

        def prepare(days: dict[Day, DayFacts]) -> tuple[Renderer, dict[Day, DayFacts]]:
            in_window = self._rules.in_window(days)
            renderer = Renderer(shape_of(in_window.values()), names, is_send=True)
            send.first_day = min(days, default=None)
            send.zero = renderer.body(None)
            return renderer, in_window

        self._writer.render(send, prepare)


def purge_sends(publication: Publication, rules: SendRules) -> None:
    """Delete the points and facts of sends that are no longer kept. Their series rows stay: a request can say why."""
    oldest = rules.oldest_kept(publication.today)
    if oldest is None:
        return
    columns = series.c
    query = select(columns.id).where(
        columns.workspace_id == publication.workspace.id,
        columns.kind == SEND,
        columns.first_day < oldest,
        exists().where(points.c.series_id == columns.id) | exists().where(facts_table.c.series_id == columns.id),
    )
    publication.remove(publication.connection.execute(query).scalars().all(), keeps_rows=True)
