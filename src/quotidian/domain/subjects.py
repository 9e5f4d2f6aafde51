"""What messages belong to, campaigns and canvases: in what their numbers differ. A table; marks and rollups read it.

The words are those of series/messages/__init__.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from quotidian.domain.channels import (
    CANVAS_CONVERSION,
    CANVAS_ENTRY,
    CONVERSION,
    ENROLMENT,
    RECEIPT_TYPES,
    UNIQUE_DAYS,
)
from quotidian.domain.kinds import CAMPAIGN, CANVAS

# The parts of what a day says of a subject. An event changes some of them, on its own day or on others.

COUNTS: Final = "counts"
"""Counts, recipients, buttons, names: they change on the day of an event only."""

UNIQUES: Final = "uniques"
"""Uniques, which look back some days."""

CONVERSIONS: Final = "conversions"
"""Conversions, with the receipts that they belong to."""

REVENUE: Final = "revenue"
"""Revenue, with the receipts that it belongs to."""

PARTS: Final = (COUNTS, UNIQUES, CONVERSIONS, REVENUE)

EVERY: Final = ""
"""The subject of a mark that is of every subject."""

CONVERSION_WINDOW_SECONDS: Final = 2_592_000
"""How long after a receipt a conversion is attributed to it (semantics.md §8)."""

STEP_GAP_CAP: Final = 30
"""Longest gap in days that the gap histograms of a canvas's steps tell apart: enough for the look-backs of uniques, and
for the 14 days of a summary."""

_MESSAGE_RECEIPTS: Final = tuple(name for name in RECEIPT_TYPES if name != ENROLMENT)


@dataclass(frozen=True)
class SubjectKind:
    """Campaigns, or canvases.

    `conversion` is the type of a conversion, which belongs to the latest event before it of a type in `converted`; a
    purchase belongs to the latest of a type in `bought`. `lookbacks` has the types whose users are counted once in a
    number of days.
    """

    kind: str
    family: str
    conversion: str
    converted: tuple[str, ...]
    bought: tuple[str, ...]
    lookbacks: Mapping[str, int]

    @property
    def of_canvas(self) -> bool:
        """Whether an event's canvas is meant, or its campaign."""
        return self.kind == CANVAS


CAMPAIGN_SUBJECTS: Final = SubjectKind(
    CAMPAIGN, "campaigns", CONVERSION, tuple(RECEIPT_TYPES), tuple(RECEIPT_TYPES), UNIQUE_DAYS
)

CANVAS_SUBJECTS: Final = SubjectKind(
    CANVAS,
    "canvases",
    CANVAS_CONVERSION,
    (CANVAS_ENTRY,),
    (CANVAS_ENTRY, *_MESSAGE_RECEIPTS),
    dict.fromkeys((*_MESSAGE_RECEIPTS, *UNIQUE_DAYS), STEP_GAP_CAP),
)

SUBJECT_KINDS: Final = (CAMPAIGN_SUBJECTS, CANVAS_SUBJECTS)
