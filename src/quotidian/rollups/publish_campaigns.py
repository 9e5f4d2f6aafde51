"""From the facts of campaigns to what is served: series, shapes and points, written in the caller's transaction."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from quotidian.catalogue import list_campaign
from quotidian.days import Day, day_of
from quotidian.rollups import facts as facts_of
from quotidian.rollups import shape as shape_of
from quotidian.rollups.campaigns import WHOLE_CAMPAIGN, CampaignFacts
from quotidian.rollups.facts import Attributed, DayFacts
from quotidian.rollups.render import Renderer
from quotidian.rollups.shape import Shape
from quotidian.series.dirty import CONVERSION_WINDOW_SECONDS, reach_days
from quotidian.series.kinds import CAMPAIGN, SEND
from quotidian.series.points import point
from quotidian.series.sends import SendRules
from quotidian.series.store import replace
from quotidian.series.tables import facts as facts_table
from quotidian.series.tables import points, series
from quotidian.workspaces import Workspace

_SENT_REACH = reach_days(CONVERSION_WINDOW_SECONDS)


@dataclass
class _Series:
    """A row of the series table."""

    id: int
    send_id: str
    shape: bytes
    zero: bytes
    first_day: Day | None


class CampaignPublisher:
    """Publishes the facts of some days for one workspace: all campaigns and sends that they change."""

    def __init__(self, connection: Connection, workspace: Workspace, rules: SendRules) -> None:
        self._connection = connection
        self._workspace = workspace
        self._rules = rules
        self._today = day_of(workspace.today)

    def publish(self, days: list[Day], found: dict[str, CampaignFacts]) -> None:
        """Replace what is known of these days (ascending) by what was found."""
        kept = self._kept(days)
        for campaign_id in found.keys() | kept.keys():
            self._publish_campaign(campaign_id, found.get(campaign_id, CampaignFacts()), kept.get(campaign_id, {}))

    def _kept(self, days: list[Day]) -> dict[str, dict[str, dict[Day, bytes]]]:
        """The facts of these days as they are in the store: campaign id → send id → day → facts."""
        rows = self._connection.execute(
            select(series.c.subject, series.c.send_id, facts_table.c.day, facts_table.c.facts)
            .join_from(facts_table, series)
            .where(series.c.workspace_id == self._workspace.id, facts_table.c.day.in_(days))
        )
        kept: dict[str, dict[str, dict[Day, bytes]]] = defaultdict(lambda: defaultdict(dict))
        for subject, send_id, day, facts in rows:
            kept[subject][send_id][day] = facts
        return kept

    def _publish_campaign(self, campaign_id: str, found: CampaignFacts, kept: dict[str, dict[Day, bytes]]) -> None:
        rows = self._rows(campaign_id)
        whole = rows.get(WHOLE_CAMPAIGN) or self._create(CAMPAIGN, campaign_id, WHOLE_CAMPAIGN)
        changed = self._write_facts(whole, found.days.get(WHOLE_CAMPAIGN, {}), kept.get(WHOLE_CAMPAIGN, {}))
        names = self._merged_shape(whole, found)
        names_changed = shape_of.encode(names) != whole.shape
        if names_changed:
            self._connection.execute(update(series).where(series.c.id == whole.id).values(shape=shape_of.encode(names)))
            list_campaign(self._connection, self._workspace, campaign_id, names)
        renderer = Renderer(names, names, is_send=False)
        zero = renderer.body(None)
        if zero != whole.zero:
            # An element, a name or a key is new: it belongs into every point.
            self._set_zero(whole, zero)
            self._render(whole, renderer, self._facts(whole), None)
        elif changed:
            around = self._facts(whole, min(changed), max(changed) + _SENT_REACH)
            self._render(whole, renderer, around, changed)
        for send_id in (found.days.keys() | kept.keys() | rows.keys()) - {WHOLE_CAMPAIGN}:
            send = rows.get(send_id) or self._create(SEND, campaign_id, send_id)
            if not self._rules.is_purged(send.first_day, self._today):
                changed = self._write_facts(send, found.days.get(send_id, {}), kept.get(send_id, {}))
                if changed or zero != whole.zero:
                    self._publish_send(send, names)

    def _publish_send(self, send: _Series, names: Shape) -> None:
        """A send is short, so it is rendered whole: its window, and with it its shape, may have moved."""
        days = self._facts(send)
        first_day = min(days, default=None)
        if first_day != send.first_day:
            self._connection.execute(update(series).where(series.c.id == send.id).values(first_day=first_day))
        in_window = self._rules.in_window(days)
        renderer = Renderer(shape_of.shape_of(in_window.values()), names, is_send=True)
        self._set_zero(send, renderer.body(None))
        self._render(send, renderer, in_window, None)

    def _rows(self, campaign_id: str) -> dict[str, _Series]:
        columns = series.c
        rows = self._connection.execute(
            select(columns.id, columns.send_id, columns.shape, columns.zero, columns.first_day).where(
                columns.workspace_id == self._workspace.id,
                columns.kind.in_((CAMPAIGN, SEND)),
                columns.subject == campaign_id,
            )
        )
        return {row.send_id: _Series(*row) for row in rows}

    def _create(self, kind: str, campaign_id: str, send_id: str) -> _Series:
        values = {
            "workspace_id": self._workspace.id,
            "kind": kind,
            "subject": campaign_id,
            "send_id": send_id,
            "shape": b"",
            "zero": b"",
        }
        created = self._connection.execute(insert(series).returning(series.c.id), values).scalar_one()
        return _Series(created, send_id, b"", b"", None)

    def _write_facts(self, row: _Series, found: dict[Day, DayFacts], kept: dict[Day, bytes]) -> set[Day]:
        """Write what differs; returns the days whose points that changes, by send time included."""
        encoded = {day: facts_of.encode(facts) for day, facts in found.items()}
        new = {day: facts for day, facts in encoded.items() if facts != kept.get(day)}
        gone = kept.keys() - found.keys()
        changed: set[Day] = set()
        for day in new:
            changed |= {day, *(each.day for each in found[day].by_send_time)}
        for day in gone | (new.keys() & kept.keys()):
            changed |= {day, *(each.day for each in facts_of.decode(kept[day]).by_send_time)}
        rows = ({"series_id": row.id, "day": day, "facts": facts} for day, facts in new.items())
        replace(self._connection, facts_table, rows)
        self._connection.execute(
            delete(facts_table).where(facts_table.c.series_id == row.id, facts_table.c.day.in_(gone))
        )
        return changed

    def _merged_shape(self, row: _Series, found: CampaignFacts) -> Shape:
        shape = shape_of.decode(row.shape)
        for facts in found.days.get(WHOLE_CAMPAIGN, {}).values():
            shape.add_day(facts)
        for variation, name in found.names:
            shape.add_name(variation, name)
        shape.add_times(found.first_event, found.last_event)
        return shape

    def _set_zero(self, row: _Series, zero: bytes) -> None:
        self._connection.execute(update(series).where(series.c.id == row.id).values(zero=zero))

    def _facts(self, row: _Series, first: int | None = None, last: int | None = None) -> dict[Day, DayFacts]:
        """The facts of a series by day, all or from first to last."""
        query = select(facts_table.c.day, facts_table.c.facts).where(facts_table.c.series_id == row.id)
        if first is not None:
            query = query.where(facts_table.c.day.between(first, last))
        return {day: facts_of.decode(facts) for day, facts in self._connection.execute(query)}

    def _render(self, row: _Series, renderer: Renderer, days: dict[Day, DayFacts], only: set[Day] | None) -> None:
        """Write the points of some days, or of all; a day that has nothing any more has no point."""
        sent: dict[Day, list[Attributed]] = defaultdict(list)
        for facts in days.values():
            for each in facts.by_send_time:
                sent[Day(each.day)].append(each)
        filled = days.keys() | sent.keys()
        stale = delete(points).where(points.c.series_id == row.id)
        self._connection.execute(stale if only is None else stale.where(points.c.day.in_(only - filled)))
        rendered = filled if only is None else filled & only
        replace(
            self._connection,
            points,
            (
                {"series_id": row.id, "day": day, "point": point(day, renderer.body(days.get(day), sent.get(day, ())))}
                for day in sorted(rendered)
            ),
        )


def purge_sends(connection: Connection, workspace: Workspace, rules: SendRules) -> None:
    """Delete the points and facts of sends that are no longer kept; that they were there stays known."""
    oldest = rules.oldest_kept(day_of(workspace.today))
    if oldest is None:
        return
    purged = select(series.c.id).where(
        series.c.workspace_id == workspace.id, series.c.kind == SEND, series.c.first_day < oldest
    )
    for table in (points, facts_table):
        connection.execute(delete(table).where(table.c.series_id.in_(purged)))
