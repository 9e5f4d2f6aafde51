"""What a page tells of a number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from quotidian.dashboard.tables import Form
from quotidian.series.explain.question import Question
from quotidian.series.history import Past


class Of(NamedTuple):
    """What a number is of, in the reader's language: `Campaign`, its name, and where that leads, '' for nowhere."""

    label: str
    text: str
    address: str = ""


class Part(NamedTuple):
    """A number that another is made of, in the reader's language, and where it leads; `value` may be told there."""

    text: str
    address: str
    value: float | None = None
    form: Form = "number"


@dataclass(frozen=True)
class Told:
    """A number, in the reader's language.

    `values` are one a day of `days`, none if they are not worked out here; `whole` is what the days come to together,
    None if they do not: of such a number each day stands alone. `repeats` is whether users of several days count on
    each. `question` is what the engine is asked for the events of a day, None if it cannot take the number apart, and
    `history` the values that the number of that day has had.
    """

    name: str
    of: Sequence[Of]
    definition: str
    form: Form = "number"
    days: Sequence[date] = ()
    values: Sequence[float | None] = ()
    whole: float | None = None
    repeats: bool = False
    parts: Sequence[Part] = ()
    question: Question | None = None
    history: Sequence[Past] = field(default_factory=list)

    @property
    def has_whole(self) -> bool:
        """Whether the days add up to a number, or have a share together."""
        return self.whole is not None

    @property
    def mean(self) -> float | None:
        """The mean of the days that have a number."""
        numbers = [value for value in self.values if value is not None]
        return sum(numbers) / len(numbers) if numbers else None

    @property
    def last(self) -> Any:
        """The number of the last day."""
        return self.values[-1] if self.values else None
