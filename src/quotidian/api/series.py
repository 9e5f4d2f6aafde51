"""The series of KPIs, campaigns and sends (semantics.md §3 to §5)."""

from collections.abc import Callable

from quotidian.api.queries import AppId, CampaignId, Days, SendId, days_of
from quotidian.api.request import Answer, Request, success_list
from quotidian.domain.kinds import CAMPAIGN, SEND
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.read import Subject, find_series, read_points


class KpiDays(Days, kw_only=True):
    """Days of a KPI."""

    app_id: AppId = ""


class CampaignDays(Days):
    """Days of a campaign."""

    campaign_id: CampaignId


class SendDays(CampaignDays):
    """Days of a send."""

    send_id: SendId


def kpi(kind: str) -> Callable[[Request[KpiDays]], Answer]:
    """What answers `/kpi/…/data_series`."""
    return lambda request: _series(request, Subject(kind, request.parameters.app_id))


def campaign(request: Request[CampaignDays]) -> Answer:
    """`/campaigns/data_series`."""
    return _series(request, Subject(CAMPAIGN, request.parameters.campaign_id))


def send(request: Request[SendDays]) -> Answer:
    """`/sends/data_series`."""
    return _series(request, Subject(SEND, request.parameters.campaign_id, request.parameters.send_id))


def _series(request: Request[Days], subject: Subject) -> Answer:
    days = days_of(request.workspace, request.parameters.length, request.parameters.ending_at)
    found = find_series(request.connection, request.workspace, subject, SendRules.of(request.settings))
    return success_list("data", read_points(request.connection, found, days))
