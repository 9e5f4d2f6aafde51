"""What becomes of a body of events: what is stored of it, within bounds, and what its client is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from quotidian.control.arrivals import NO_TYPE
from quotidian.control.dead_letters import DeadLetter
from quotidian.domain.counts import plain_count
from quotidian.domain.days import Micros
from quotidian.inbox.times import time_of
from quotidian.inbox.unknown import UnknownNames
from quotidian.inbox.unusable import Unusable

MOST_ERRORS: Final = 100
"""Errors that an answer lists."""

MOST_DEAD_LETTERS: Final = 1_000
"""Dead letters that are stored of one body, apart from the one that counts the rest."""

MOST_DEAD_LETTER_BYTES: Final = 1 << 20
"""Size of the records of these, in all."""

_SHOWN_TYPE: Final = 200
_SHOWN_RECORD: Final = 10_000
_MOST_CHARACTER_BYTES: Final = 4


@dataclass
class Checked:
    """What a body of events comes to: lines to keep, events that cannot be used, and what the client is told."""

    origin: str
    lines: list[bytes] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    rejected: int = 0
    unknown: UnknownNames = field(default_factory=UnknownNames)
    in_the_future: int = 0
    _dead_letters: list[DeadLetter] = field(default_factory=list)
    _dead_letter_bytes: int = 0
    _uncounted: dict[str, int] = field(default_factory=dict)

    @property
    def events(self) -> bytes:
        """The lines, joined."""
        return b"\n".join(self.lines)

    @property
    def dead_letters(self) -> Sequence[DeadLetter]:
        """A dead letter for each rejected event; beyond the bounds one that counts the others."""
        if not (more := sum(self._uncounted.values())):
            return self._dead_letters
        record = msgspec.json.encode({"rejected": self._uncounted}).decode()
        reason = f"{plain_count(more, 'more event')} of a body, too many to keep: they are only counted"
        several = DeadLetter(self.origin, "(several)", "", reason, record, more, self._uncounted)
        return [*self._dead_letters, several]

    def answer(self) -> dict[str, Any]:
        """What the client is told of rejected events, the first of them, of what is not known, and of odd times."""
        told: dict[str, Any] = {"errors": self.errors} if self.errors else {}
        if (more := self.rejected - len(self.errors)) > 0:
            told["errors_not_listed"] = more
        told |= self.unknown.answer()
        if self.in_the_future:
            told["in_the_future"] = self.in_the_future
        return told

    def refuse(self, array: str, index: int, raw: msgspec.Raw, event: object, error: Unusable) -> None:
        """Refuse the event at an index of the client's array; `event` is its decoded form, None if it has none."""
        self.rejected += 1
        reason = str(error)
        if len(self.errors) < MOST_ERRORS:
            self.errors.append({"type": reason, "input_array": array, "index": index})
        if len(self._dead_letters) >= MOST_DEAD_LETTERS or self._dead_letter_bytes >= MOST_DEAD_LETTER_BYTES:
            self._uncounted[error.kind] = self._uncounted.get(error.kind, 0) + 1
            return
        told = event if isinstance(event, dict) else {}
        time = time_of(told.get("time"))
        letter = DeadLetter(
            self.origin,
            type_of(told) or NO_TYPE,
            text_of(told.get("id"))[:_SHOWN_TYPE],
            reason,
            _record(raw),
            kinds={error.kind: 1},
            time=None if time is None else Micros(round(time * 1_000_000)),
        )
        self._dead_letters.append(letter)
        self._dead_letter_bytes += len(letter.record.encode())


def _record(raw: msgspec.Raw) -> str:
    """The beginning of an event as it came. No more is copied than is stored."""
    beginning = bytes(memoryview(raw)[: _SHOWN_RECORD * _MOST_CHARACTER_BYTES])
    return beginning.decode(errors="replace")[:_SHOWN_RECORD]


def type_of(event: dict[str, Any]) -> str:
    """An event's type, '' if it has none."""
    return text_of(event.get("event_type"))[:_SHOWN_TYPE]


def text_of(value: object) -> str:
    """The value if it is text, else ''."""
    return value if isinstance(value, str) else ""
