"""Answers what is asked of an experiment, from what is published, what is kept, and else from the events."""

from dataclasses import dataclass

from sqlalchemy import Connection

from quotidian.catalogue import money_of
from quotidian.control.dirty_days import CAMPAIGNS, first_day
from quotidian.control.workspaces import Workspace, find_workspace
from quotidian.domain.days import Day, Slice, day_of
from quotidian.domain.money import Money
from quotidian.series.experiments.facts import Asking, Facts
from quotidian.series.experiments.kept import KeptFacts
from quotidian.series.experiments.question import Experiment
from quotidian.series.experiments.report import ExperimentReport
from quotidian.series.experiments.reporting import report_of
from quotidian.series.experiments.rows import Rows, find_rows
from quotidian.series.explain.limits import limited
from quotidian.store.stores import Stores


def answer_experiment(stores: Stores, kept: KeptFacts, asked: Experiment, end: float) -> ExperimentReport:
    """The report, with statements on the connection of `stores`, which are stopped at `end` on the monotonic clock.

    It has all events that are stored; the published series may have some of them only after a while. Raises UserError
    for what cannot be asked, StatementFailed, and Overdue.
    """
    with stores.series.connect() as connection:
        known = _Known.read(connection, asked)
    facts = known.facts(stores, kept, asked, end)
    rows = known.rows.with_found({key: found.first for key, found in facts.rows.items()})
    return report_of(asked, rows, facts)


@dataclass(frozen=True)
class _Known:
    """What the series store knows of an experiment. `begins` is the first day with events of any campaign."""

    workspace: Workspace
    rows: Rows
    money: Money
    begins: Day

    @classmethod
    def read(cls, connection: Connection, asked: Experiment) -> "_Known":
        workspace = find_workspace(connection, asked.workspace)
        rows = find_rows(connection, workspace, asked.campaign_id)
        # Before anything is counted: a wrong baseline costs nothing then.
        rows.baseline(asked.baseline)
        begins = first_day(connection, workspace.id, CAMPAIGNS)
        return cls(workspace, rows, money_of(connection, workspace), begins)

    def facts(self, stores: Stores, kept: KeptFacts, asked: Experiment, end: float) -> Facts:
        """What the events say, or said if nothing has changed it since."""
        days = Slice(max(asked.first, self.begins), min(asked.last, day_of(self.workspace.today)))
        if days.last < days.first:
            return Facts()
        asking = Asking(self.workspace.name, asked.campaign_id, days, asked.conversion, self.money)
        found = kept.get(self.workspace.id, asking)
        if found is not None:
            return found
        changes, begun = stores.changes, stores.changes.begun
        with limited(stores.events, end, stores.settings.event_memory_bytes):
            found = asking.facts(stores.events)
            if not changes.is_quiet_since(begun):
                # No batch is stored meanwhile, of which the statements would see different parts.
                with changes.none():
                    begun = changes.begun
                    found = asking.facts(stores.events)
        kept.put(asking, found, begun)
        return found
