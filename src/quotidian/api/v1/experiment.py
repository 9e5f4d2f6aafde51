"""`/v1/campaigns/experiment`: how the variations of a campaign compare (semantics.md §9 and §11, "Experiment")."""

from collections.abc import Awaitable, Iterator, Mapping
from typing import Annotated, Any, Final

import msgspec

from quotidian.api.parameters import Text
from quotidian.api.queries import CampaignId
from quotidian.api.request import Request
from quotidian.api.texts import read_id
from quotidian.api.v1.days import RangeQuery, range_of
from quotidian.api.v1.table import METRIC, VALUE, VARIATION, Column, Row, Table
from quotidian.control.workspaces import Workspace
from quotidian.domain.channels import CONVERSION_INDEXES
from quotidian.domain.days import date_of, day_of
from quotidian.domain.kinds import REVENUE
from quotidian.series.experiments.question import Experiment, Outcome
from quotidian.series.experiments.report import ExperimentReport, ExperimentRow
from quotidian.series.experiments.rows import find_rows

_OUTCOMES: Final[Mapping[str, Outcome]] = {**{str(index): index for index in CONVERSION_INDEXES}, REVENUE: "revenue"}
_OUTCOME_NAMES: Final = (*CONVERSION_INDEXES, REVENUE)
_NAMING: Final = ("variation_name", "variation_api_id", "control")
_OF_CONVERSIONS: Final = ("rate",)
_OF_REVENUE: Final = ("revenue", "mean")
_COLUMNS: Final = (Column("campaign_id", "text"), Column("control", "integer"), VARIATION, METRIC, VALUE)


def _read_outcome(text: str, _: Workspace) -> Outcome:
    if text not in _OUTCOMES:
        raise ValueError("0, 1, 2, 3 or revenue")
    return _OUTCOMES[text]


class ExperimentQuery(RangeQuery):
    """A campaign, the days of its receipts, and what is compared."""

    campaign_id: CampaignId
    conversion: Annotated[
        Outcome,
        Text(
            _read_outcome,
            "What is compared: the conversion of an index, or revenue",
            {"enum": list(map(str, _OUTCOME_NAMES)), "default": "0"},
        ),
    ] = 0
    baseline: Annotated[
        str | None,
        Text(
            read_id,
            "variation_api_id of the row that the others are compared with; default: the control group, else the first",
        ),
    ] = None


def experiment(request: Request[ExperimentQuery]) -> Awaitable[Table]:
    """A row a variation: its users, those who converted, and how they compare with those of the baseline."""
    asked, workspace = request.parameters, request.workspace
    first, last = range_of(workspace, asked).first, day_of(asked.last or workspace.today)
    # What is wrong with a question is said without the engine, which may not run.
    find_rows(request.connection, workspace, asked.campaign_id).baseline(asked.baseline)
    wanted = Experiment(workspace.name, asked.campaign_id, first, last, asked.conversion, asked.baseline)
    return _answer(request, wanted)


async def _answer(request: Request[ExperimentQuery], asked: Experiment) -> Table:
    return table_of(await request.engine.experiment(asked))


def table_of(report: ExperimentReport) -> Table:
    """The report as a table: JSON has a row a variation, the long formats a row a number."""
    points = [msgspec.json.encode(row_of(report, row)) for row in report.rows]
    return Table(_COLUMNS, lambda: iter([points] if points else []), lambda: _long(report), lambda: _rest(report))


def answer_of(report: ExperimentReport) -> dict[str, Any]:
    """The answer without its message."""
    return {"data": [row_of(report, row) for row in report.rows], **_rest(report)}


def row_of(report: ExperimentReport, row: ExperimentRow) -> dict[str, Any]:
    """A row as it is answered: with the keys of what is compared."""
    left_out = _OF_CONVERSIONS if report.conversion == "revenue" else _OF_REVENUE
    return {name: value for name, value in msgspec.structs.asdict(row).items() if name not in left_out}


def _rest(report: ExperimentReport) -> dict[str, Any]:
    return {
        "campaign_id": report.campaign_id,
        "from": date_of(report.first).isoformat(),
        "to": date_of(report.last).isoformat(),
        "conversion": report.conversion,
        "baseline": None if report.baseline is None else report.rows[report.baseline].variation_api_id,
        "crossed_over": report.crossed_over,
        "sample_ratio": report.sample_ratio and msgspec.structs.asdict(report.sample_ratio),
        "note": report.note,
    }


def _long(report: ExperimentReport) -> Iterator[list[Row]]:
    """A row (campaign, 1 for a control group, variation, metric, number)."""
    yield [
        (report.campaign_id, int(row.control), row.variation_api_id, metric, number)
        for row in report.rows
        for metric, number in numbers_of(report, row)
    ]


def numbers_of(report: ExperimentReport, row: ExperimentRow) -> Iterator[tuple[str, float | None]]:
    """The numbers of a row by their metrics: each end of an interval has one."""
    for name, value in row_of(report, row).items():
        if name.endswith("_interval"):
            low, high = value or (None, None)
            yield f"{name}_low", low
            yield f"{name}_high", high
        elif name not in _NAMING:
            yield name, None if value is None else float(value)
