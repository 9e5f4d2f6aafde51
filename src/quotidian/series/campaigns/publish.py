"""From the facts of campaigns to the points that are served: writes facts, shapes, points and list rows."""

from sqlalchemy import Connection, delete, select

from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.days import Day, day_of
from quotidian.domain.kinds import CAMPAIGN, SEND
from quotidian.series.campaigns.compute import WHOLE_CAMPAIGN, CampaignFacts
from quotidian.series.campaigns.render import Renderer
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.listing.compute import list_subjects
from quotidian.series.messages.facts import DayFacts
from quotidian.series.messages.shape import Shape, decode_shape, encode_shape, shape_of
from quotidian.series.messages.writer import SeriesRow, SeriesWriter
from quotidian.store.tables import facts as facts_table
from quotidian.store.tables import points, series

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

    def publish(self, days: list[Day], found: dict[str, CampaignFacts]) -> None:
        """Replace the facts and points of these days (ascending) with those found, in the caller's transaction."""
        kept = self._writer.kept(days)
        for campaigns in chunks(found.keys() | kept.keys(), _PUBLISHED_TOGETHER):
            shapes = {}
            for campaign_id, rows in self._writer.rows(campaigns).items():
                facts = found.get(campaign_id, CampaignFacts())
                if shape := self._publish_campaign(campaign_id, rows, facts, kept.get(campaign_id, {})):
                    shapes[campaign_id] = shape
            self._writer.write()
            list_subjects(self._connection, self._workspace, CAMPAIGN, shapes)

    def _publish_campaign(
        self, campaign_id: str, rows: dict[str, SeriesRow], found: CampaignFacts, kept: dict[str, dict[Day, bytes]]
    ) -> Shape | None:
        """Returns the shape of the whole campaign, if it has changed."""
        whole = rows.get(WHOLE_CAMPAIGN) or self._writer.create(CAMPAIGN, campaign_id, WHOLE_CAMPAIGN)
        changed = self._writer.write_facts(whole, found.days.get(WHOLE_CAMPAIGN, {}), kept.get(WHOLE_CAMPAIGN, {}))
        names = decode_shape(whole.shape)
        names.grow(found.days.get(WHOLE_CAMPAIGN, {}).values(), found.names, found.first_event, found.last_event)
        before, whole.shape = whole.shape, encode_shape(names)
        is_new = self._writer.render_changed(whole, Renderer(names, names, is_send=False), changed)
        for send_id in (found.days.keys() | kept.keys() | rows.keys()) - {WHOLE_CAMPAIGN}:
            send = rows.get(send_id) or self._writer.create(SEND, campaign_id, send_id)
            if not self._rules.is_purged(send.first_day, self._today):
                changed = self._writer.write_facts(send, found.days.get(send_id, {}), kept.get(send_id, {}))
                if changed or is_new:
                    self._publish_send(send, names)
        return names if whole.shape != before else None

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
