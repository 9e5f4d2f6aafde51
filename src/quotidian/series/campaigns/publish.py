"""From the facts of campaigns to the points that are served: writes facts, shapes, points and list rows."""

from sqlalchemy import Connection, delete, select

from quotidian.control.dirty_parts import Scopes
from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.days import Day, day_of
from quotidian.domain.kinds import CAMPAIGN, SEND
from quotidian.series.campaigns.render import Renderer
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.listing.compute import list_subjects
from quotidian.series.messages.facts import DayFacts
from quotidian.series.messages.gather import WHOLE_SUBJECT, SubjectFacts
from quotidian.series.messages.shape import Shape, decode_shape, encode_shape, shape_of
from quotidian.series.messages.writer import SeriesRow, SeriesWriter, parts_of, subjects_of
from quotidian.store.tables import facts as facts_table
from quotidian.store.tables import points, series

_Kept = dict[str, dict[str, dict[Day, bytes]]]
"""Stored facts: campaign → send → day → JSON."""

_PUBLISHED_TOGETHER = 100
"""Campaigns whose series are written together."""


class CampaignPublisher:
    """Publishes the facts of some days for one workspace: all campaigns and sends that they change."""

    def __init__(self, connection: Connection, workspace: Workspace, rules: SendRules) -> None:
        self._connection = connection
        self._workspace = workspace
        self._rules = rules
        self._today = day_of(workspace.today)
        self._writer = SeriesWriter(connection, workspace, (CAMPAIGN, SEND))

    def publish(self, scopes: Scopes, found: dict[str, SubjectFacts]) -> None:
        """Replace the facts and points of what was computed with what was found, in the caller's transaction."""
        kept = self._writer.kept(scopes)
        computed = found.keys() | kept.keys() | (subjects_of(scopes) or set())
        for campaigns in chunks(computed, _PUBLISHED_TOGETHER):
            self._publish_together(campaigns, scopes, found, kept)

    def _publish_together(
        self, campaigns: list[str], scopes: Scopes, found: dict[str, SubjectFacts], kept: _Kept
    ) -> None:
        rows = self._writer.whole(campaigns)
        touched: dict[str, set[str]] = {}
        names, shapes, renewed = {}, {}, set()
        for campaign_id in campaigns:
            facts, before = found.get(campaign_id, SubjectFacts()), kept.get(campaign_id, {})
            touched[campaign_id] = (facts.days.keys() | before.keys()) - {WHOLE_SUBJECT}
            if campaign_id not in rows and not facts.days:
                # Marked, and not even its first event is here.
                continue
            row = rows.get(campaign_id) or self._writer.create(CAMPAIGN, campaign_id, WHOLE_SUBJECT)
            shape_before = row.shape
            written = self._writer.write_facts(
                row, parts_of(scopes, campaign_id), facts.days.get(WHOLE_SUBJECT, {}), before.get(WHOLE_SUBJECT, {})
            )
            names[campaign_id] = shape = decode_shape(row.shape)
            shape.grow(written.days.values(), facts.names, facts.first_event, facts.last_event)
            row.shape = encode_shape(shape)
            if row.shape != shape_before:
                shapes[campaign_id] = shape
            if self._writer.render_changed(row, Renderer(shape, shape, is_send=False), written.changed):
                renewed.add(campaign_id)
        sends = self._writer.sends(touched, renewed)
        for campaign_id, shape in names.items():
            facts, before = found.get(campaign_id, SubjectFacts()), kept.get(campaign_id, {})
            for send_id in touched[campaign_id] | sends[campaign_id].keys():
                send = sends[campaign_id].get(send_id) or self._writer.create(SEND, campaign_id, send_id)
                if self._rules.is_purged(send.first_day, self._today):
                    continue
                parts = parts_of(scopes, campaign_id)
                written = self._writer.write_facts(send, parts, facts.days.get(send_id, {}), before.get(send_id, {}))
                if written.changed or campaign_id in renewed:
                    self._publish_send(send, shape)
        self._writer.write()
        list_subjects(self._connection, self._workspace, CAMPAIGN, shapes)

    def _publish_send(self, send: SeriesRow, names: Shape) -> None:
        """Render all points of a send: its first day may have changed, and with it the window and the shape."""

        def prepare(days: dict[Day, DayFacts]) -> tuple[Renderer, dict[Day, DayFacts]]:
            in_window = self._rules.in_window(days)
            renderer = Renderer(shape_of(in_window.values()), names, is_send=True)
            send.first_day = min(days, default=None)
            send.zero = renderer.body(None)
            return renderer, in_window

        self._writer.render(send, prepare)


def purge_sends(connection: Connection, workspace: Workspace, rules: SendRules) -> None:
    """Delete the points and facts of sends that are no longer kept. Their series rows stay: a request can say why."""
    oldest = rules.oldest_kept(day_of(workspace.today))
    if oldest is None:
        return
    purged = select(series.c.id).where(
        series.c.workspace_id == workspace.id, series.c.kind == SEND, series.c.first_day < oldest
    )
    for table in (points, facts_table):
        connection.execute(delete(table).where(table.c.series_id.in_(purged)))
