"""The exports: every series of a kind in one answer (semantics.md §9).

A point is as the Export API serves it, with what names its series in front; a canvas's has all breakdowns.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from msgspec import field

from quotidian.api.parameters import Text
from quotidian.api.request import Request
from quotidian.api.texts import read_id
from quotidian.api.v1.days import RangeQuery, range_of
from quotidian.api.v1.series_table import SeriesTable
from quotidian.api.v1.table import Table
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.every import Every, Named
from quotidian.series.state import state_of


def _ids(what: str) -> Text:
    return Text(read_id, f"Only this {what}; may be given several times; without it all", repeatable=True)


class KpisQuery(RangeQuery):
    """Apps, and days."""

    app_ids: Annotated[tuple[str, ...], _ids("app")] = field(name="app_id", default=())


class CampaignsQuery(RangeQuery):
    """Campaigns, and days."""

    campaign_ids: Annotated[tuple[str, ...], _ids("campaign")] = field(name="campaign_id", default=())


class SendsQuery(CampaignsQuery):
    """Sends of all campaigns or some, and days."""

    send_ids: Annotated[tuple[str, ...], _ids("send")] = field(name="send_id", default=())


class CanvasesQuery(RangeQuery):
    """Canvases, and days."""

    canvas_ids: Annotated[tuple[str, ...], _ids("canvas")] = field(name="canvas_id", default=())


def kpis(request: Request[KpisQuery]) -> Table:
    """`/v1/kpis/export`: of all apps together, for which `app_id` is null, and of each."""
    every = _every(request).kpis(request.parameters.app_ids)
    return _table(request, every, "app_id", has_elements=False)


def campaigns(request: Request[CampaignsQuery]) -> Table:
    """`/v1/campaigns/export`."""
    return _table(request, _every(request).campaigns(request.parameters.campaign_ids), "campaign_id")


def sends(request: Request[SendsQuery]) -> Table:
    """`/v1/sends/export`, without sends that are no longer kept."""
    every = _every(request).sends(request.parameters.campaign_ids, request.parameters.send_ids)
    return _table(request, every, "campaign_id", "send_id")


def canvases(request: Request[CanvasesQuery]) -> Table:
    """`/v1/canvases/export`."""
    return _table(request, _every(request).canvases(request.parameters.canvas_ids), "canvas_id")


def _every(request: Request[Any]) -> Every:
    return Every(request.connection, request.workspace, SendRules.of(request.settings))


def _table(request: Request[Any], every: Iterator[Named], *ids: str, has_elements: bool = True) -> Table:
    days = range_of(request.workspace, request.parameters)
    state = (state_of(request.connection, request.workspace), SendRules.of(request.settings))
    return SeriesTable(request.connection, ids, every, days, state, has_elements).table()
