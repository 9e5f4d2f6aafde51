"""What the statements of the rollups of campaigns and canvases are asked for, as the values that they bind."""

from dataclasses import dataclass, replace
from typing import Any, Final

from quotidian.control.dirty_parts import Scope
from quotidian.domain.channels import STEP, VARIANT
from quotidian.domain.days import Day
from quotidian.domain.money import WindowGroup
from quotidian.domain.subjects import EVERY, SubjectKind

_NOTHING: Final = (EVERY,)


@dataclass(frozen=True)
class Asked:
    """A scope of the campaigns or the canvases of a workspace, which is given by its name; `without` some of them."""

    workspace: str
    kind: SubjectKind
    scope: Scope
    without: frozenset[str] = frozenset()

    def of(self, group: WindowGroup) -> "Asked | None":
        """What of this is of a group of subjects; None if nothing is."""
        pairs = self.scope.pairs
        if pairs is None and group.subjects is None:
            return replace(self, without=group.without)
        if pairs is None:
            pairs = frozenset((subject, day) for subject in group.subjects or () for day in self.scope.days)
        pairs = frozenset(
            (subject, day)
            for subject, day in pairs
            if subject not in group.without and (group.subjects is None or subject in group.subjects)
        )
        return replace(self, scope=Scope.of(pairs)) if pairs else None

    @property
    def values(self) -> dict[str, Any]:
        """The values by name. ClickHouse knows no empty list: one that is not looked at has an item that is nothing.

        `every_pair`: all the days of all the subjects are asked for. Looking up each event's pair takes a quarter of
        the time that counting the events takes.
        """
        days, pairs, subjects = self.scope.days, self.scope.pairs, self.scope.subjects
        named = tuple(sorted(subjects)) if subjects else _NOTHING
        of_canvas = self.kind.of_canvas
        every_pair = subjects is None or pairs is None or len(pairs) == len(subjects) * len(days)
        return {
            "workspace": self.workspace,
            "days": days,
            "first_day": days[0],
            "last_day": days[-1],
            "every_pair": int(every_pair),
            "pairs": tuple(sorted(pairs)) if pairs and not every_pair else ((EVERY, Day(0)),),
            "every_campaign": int(subjects is None or of_canvas),
            "campaigns": _NOTHING if of_canvas else named,
            "every_canvas": int(subjects is None or not of_canvas),
            "canvases": named if of_canvas else _NOTHING,
            "without": (EVERY, *sorted(self.without)),
            "of_canvas": int(self.kind.of_canvas),
            "kind": self.kind.kind,
            "conversion": self.kind.conversion,
            "variant": VARIANT,
            "step": STEP,
        }
