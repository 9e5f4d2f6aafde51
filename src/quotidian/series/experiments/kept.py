"""Keeps what was counted for experiments, until events or the catalogue change it."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Final

from quotidian.domain.subjects import CAMPAIGN_SUBJECTS
from quotidian.series.experiments.facts import Asking, Facts
from quotidian.store.changes import Changes

_MOST: Final = 500


@dataclass(frozen=True)
class _Kept:
    facts: Facts
    batch: int
    """The last batch of events that is in them."""


class KeptFacts:
    """The facts of the last few hundred questions, for any thread.

    They are kept by all that they depend on beside events: campaign, days, outcome, window and rates. Events are stored
    in batches, and each says which campaigns it may change something of (Changes); facts are forgotten that are older
    than the last of their campaign's. The first question after the engine's start finds none.
    """

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._lock = Lock()
        self._kept: OrderedDict[object, _Kept] = OrderedDict()

    def get(self, workspace_id: int, asked: Asking) -> Facts | None:
        """The facts of a question, if nothing has changed them since."""
        with self._lock:
            kept = self._kept.get(_key(asked))
            if kept is None:
                return None
            family, campaign = CAMPAIGN_SUBJECTS.family, asked.campaign
            if self._changes.changed_subject(workspace_id, family, campaign, since=kept.batch):
                del self._kept[_key(asked)]
                return None
            self._kept.move_to_end(_key(asked))
            return kept.facts

    def put(self, asked: Asking, facts: Facts, batch: int) -> None:
        """Keep facts that have all events up to a batch, and none of a later one."""
        with self._lock:
            self._kept[_key(asked)] = _Kept(facts, batch)
            self._kept.move_to_end(_key(asked))
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)


def _key(asked: Asking) -> object:
    money = (asked.money.windows.get(asked.campaign), *sorted(asked.money.usd_rates.items()))
    return asked.workspace, asked.campaign, asked.days, asked.outcome, money if asked.outcome == "revenue" else ()
