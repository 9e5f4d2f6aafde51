"""`quotidian experiment`: how the variations of a campaign compare."""

from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, Final, Literal

from cyclopts import Parameter

from quotidian.api.v1.experiment import answer_of, numbers_of
from quotidian.cli.context import Context, Given
from quotidian.cli.dates import days_given
from quotidian.cli.engine_or_here import expect, in_engine_or_here
from quotidian.cli.errors import print_warning
from quotidian.cli.names import meant
from quotidian.cli.rows import number_text, print_csv, print_json, print_table
from quotidian.cli.terminal import flowed
from quotidian.domain.counts import counted
from quotidian.domain.kinds import CAMPAIGN
from quotidian.engine.answering import Answerer
from quotidian.engine.opening import open_stores
from quotidian.engine.protocol import MessageSocket
from quotidian.series.experiments.question import Experiment, Outcome
from quotidian.series.experiments.report import ExperimentReport, ExperimentRow

_DAYS: Final = 30
_LONG: Final = ("control", "variation_api_id", "metric", "value")
_HEADER: Final = (
    *("variation_api_id", "name", "recipients", "converters"),
    *("{value}", "difference", "95 % interval", "lift", "95 % interval", "p"),
)


def experiment(  # noqa: PLR0913 - these are the command's options
    campaign: str,
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    conversion: Literal["0", "1", "2", "3", "revenue"] = "0",
    baseline: str | None = None,
    format: Literal["table", "json", "csv"] = "table",
    context: Given,
) -> None:
    """Show how the variations of a campaign compare: what became of the users who received each of them.

    Parameters
    ----------
    campaign
        The id or name of the campaign.
    from_
        The first day of the receipts, YYYY-MM-DD. By default 30 days that end with --to.
    to
        The last day. By default today.
    conversion
        What is compared: the conversion of an index, or revenue.
    baseline
        The variation_api_id that the others are compared with. By default the control group, else the first.
    format
        table, json (as the API answers) or csv (a line a number).
    """
    engine = context.series()
    workspace = context.workspace(engine)
    days = days_given(from_, to, workspace, _DAYS)
    with engine.connect() as connection:
        campaign_id = meant(connection, workspace, CAMPAIGN, campaign)
    engine.dispose()
    outcome: Outcome = "revenue" if conversion == "revenue" else int(conversion)
    report = _ask(context, Experiment(workspace.name, campaign_id, *days, outcome, baseline))
    if format == "json":
        print_json(answer_of(report))
    elif format == "csv":
        lines = (
            (int(row.control), row.variation_api_id, metric, number)
            for row in report.rows
            for metric, number in numbers_of(report, row)
        )
        print_csv(_LONG, lines)
    else:
        _show(report)


def _ask(context: Context, asked: Experiment) -> ExperimentReport:
    def in_engine(channel: MessageSocket) -> ExperimentReport:
        channel.send(asked)
        return expect(channel.receive_reply(), ExperimentReport)

    def here() -> ExperimentReport:
        with open_stores(context.folder, context.command) as stores, closing(Answerer(stores)) as answerer:
            return expect(answerer.answer(asked), ExperimentReport)

    return in_engine_or_here(context, in_engine, here)


def _show(report: ExperimentReport) -> None:
    of_revenue = report.conversion == "revenue"
    print_table(
        [name.format(value="mean" if of_revenue else "rate") for name in _HEADER],
        (list(_cells(row, of_revenue=of_revenue)) for row in report.rows),
    )
    print(f"\n{flowed(report.note)}")
    if any(row.enough_data is False for row in report.rows):
        print_warning("some rows, or the baseline, have fewer than 5 converters")
    if report.crossed_over:
        print_warning(f"{counted(report.crossed_over, 'user')} had receipts of several rows")
    if report.sample_ratio and report.sample_ratio.mismatch:
        p_value = f"p = {report.sample_ratio.p_value:.2g}"
        print_warning(f"the recipients do not divide as the catalogue intends ({p_value}): the groups may differ")


def _cells(row: ExperimentRow, *, of_revenue: bool) -> Iterator[str | None]:
    shown = number_text if of_revenue else _percent
    yield row.variation_api_id
    yield row.variation_name or ("(control group)" if row.control else None)
    yield f"{row.recipients:,}"
    yield f"{row.converters:,}"
    yield shown(row.mean if of_revenue else row.rate)
    yield shown(row.difference)
    yield None if row.difference_interval is None else " to ".join(map(shown, row.difference_interval))
    yield _percent(row.lift)
    yield None if row.lift_interval is None else " to ".join(map(_percent, row.lift_interval))
    yield None if row.p_value is None else f"{row.p_value:.2g}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:,.2f} %"
