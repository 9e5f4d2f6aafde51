"""What the catalogue says of a canvas."""

from datetime import datetime

import msgspec

from quotidian.catalogue.behaviors import Behavior
from quotidian.catalogue.times import check_times


class CanvasVariant(msgspec.Struct, forbid_unknown_fields=True):
    """What the catalogue adds to a variant."""

    name: str | None = None


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """What the catalogue adds to a step. A deleted one is shown to those who ask for deleted steps."""

    name: str | None = None
    deleted: bool = False


class Canvas(msgspec.Struct, forbid_unknown_fields=True):
    """What the catalogue adds to a canvas. Times without offset are UTC."""

    name: str | None = None
    description: str = ""
    tags: list[str] = []
    archived: bool = False
    draft: bool = False
    enabled: bool = True
    schedule_type: str | None = None
    created_at: datetime | None = None
    first_entry: datetime | None = None
    last_entry: datetime | None = None
    conversion_behaviors: list[Behavior] = []
    variants: dict[str, CanvasVariant] = {}
    steps: dict[str, Step] = {}

    def __post_init__(self) -> None:
        """Raise ValueError for a time that has no year in UTC."""
        check_times(self, "created_at", "first_entry", "last_entry")
