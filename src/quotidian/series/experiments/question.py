"""What can be asked of an experiment."""

from typing import Literal

import msgspec

from quotidian.domain.days import Day

Outcome = int | Literal["revenue"]
"""What is compared: the conversion of an index, or revenue."""


class Experiment(msgspec.Struct, tag=True, frozen=True):
    """A campaign's receipts of some days, both included, of a workspace that is given by its name.

    `baseline` is the variation_api_id of the row that others are compared with; None is the control group, else the
    first row.
    """

    workspace: str
    campaign_id: str
    first: Day
    last: Day
    conversion: Outcome = 0
    baseline: str | None = None
