"""The rows of a report: a campaign's variations over all channels, its control group among them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from quotidian.catalogue import Campaign, campaign_entry
from quotidian.control.workspaces import Workspace
from quotidian.domain.channels import CONTROL
from quotidian.domain.errors import shown
from quotidian.domain.kinds import CAMPAIGN
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.explain.question import BadQuestion
from quotidian.series.listing.compute import kept_shapes
from quotidian.series.messages.shape import Shape, earlier
from quotidian.series.read import Subject, find_series


class RowKey(NamedTuple):
    """What a row is of: a variation by its id ('' is null), or that of a control group."""

    is_control: bool
    variation: str


@dataclass(frozen=True)
class Rows:
    """The rows of a campaign, in order, with their names and their weights in the intended split."""

    first_receipts: Mapping[RowKey, int | None]
    names: Mapping[str, str]
    entry: Campaign

    @classmethod
    def of(cls, shape: Shape, entry: Campaign) -> "Rows":
        """Those of the elements that a campaign has, in the order of their first receipts (semantics.md §11)."""
        firsts: dict[RowKey, int | None] = {}
        for element in shape.elements:
            key = RowKey(element.place == CONTROL, element.id)
            firsts[key] = earlier(firsts.get(key), element.first_at)
        return cls(_ordered(firsts), {key: name for key, (_, name) in shape.names.items()}, entry)

    def with_found(self, found: Mapping[RowKey, int]) -> "Rows":
        """With those that events have, and the published series have not yet; `found` has their first receipts."""
        new = {key: first for key, first in found.items() if key not in self.first_receipts}
        return Rows(_ordered({**self.first_receipts, **new}), self.names, self.entry) if new else self

    @property
    def keys(self) -> list[RowKey]:
        """The rows in order."""
        return list(self.first_receipts)

    def baseline(self, variation: str | None) -> RowKey | None:
        """The row of a variation, the control group's first; by default the control group's, else the first.

        None if there are no rows. Raises BadQuestion for a variation that the campaign has not.
        """
        keys = sorted(self.keys, key=lambda key: not key.is_control)
        if variation is None:
            return keys[0] if keys else None
        for key in keys:
            if key.variation == variation:
                return key
        ids = ", ".join(dict.fromkeys(shown(key.variation) for key in self.keys if key.variation)) or "none"
        raise BadQuestion(f"baseline must be a variation_api_id of the campaign ({ids}), not {shown(variation)}")

    def weights(self) -> dict[RowKey, float]:
        """The weights that the catalogue gives; 0 where it gives none.

        A variation has its own, also one that only a control group has. `control_weight` is that of the first control
        group without one.
        """
        messages = {key.variation for key in self.keys if not key.is_control}
        weights: dict[RowKey, float] = {}
        control = self.entry.control_weight
        for key in self.keys:
            given = self.entry.variations.get(key.variation)
            is_own = not key.is_control or key.variation not in messages
            weight = given.weight if given and is_own else None
            if weight is None and key.is_control:
                weight, control = control, None
            weights[key] = weight or 0.0
        return weights


def _ordered(firsts: Mapping[RowKey, int | None]) -> dict[RowKey, int | None]:
    def order(key: RowKey) -> tuple[bool, int, str, bool]:
        first = firsts[key]
        return first is None, first or 0, key.variation, key.is_control

    return {key: firsts[key] for key in sorted(firsts, key=order)}


def find_rows(connection: Connection, workspace: Workspace, campaign_id: str) -> Rows:
    """The rows that a campaign has by what is published. Raises UnknownSubject."""
    # Rules of sends play no part in what is of a campaign.
    find_series(connection, workspace, Subject(CAMPAIGN, campaign_id), SendRules(0, 0))
    shape = kept_shapes(connection, workspace, CAMPAIGN, [campaign_id])[campaign_id]
    return Rows.of(shape, campaign_entry(connection, workspace, campaign_id))
