"""What becomes of a body of events: what is kept of it, within bounds, and what its client is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from quotidian.inbox.store import Letter

MOST_ERRORS: Final = 100
"""Errors that an answer lists."""

MOST_LETTERS: Final = 1_000
"""Dead letters that are kept of one body, one more that counts the rest apart."""

MOST_LETTER_BYTES: Final = 1 << 20
"""What the records of these may take."""

_SHOWN_TYPE: Final = 200
_SHOWN_RECORD: Final = 10_000
_MOST_CHARACTER_BYTES: Final = 4


class Unusable(Exception):  # noqa: N818 - it is the event's fault, and told to the client
    """The reason why an event cannot be used."""


@dataclass
class Checked:
    """What a body of events comes to: lines to keep, events that cannot be used, and what the client is told."""

    origin: str
    lines: list[bytes] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    rejected: int = 0
    _letters: list[Letter] = field(default_factory=list)
    _letter_bytes: int = 0
    _uncounted: dict[str, int] = field(default_factory=dict)

    @property
    def events(self) -> bytes:
        """The lines in one piece."""
        return b"\n".join(self.lines)

    @property
    def letters(self) -> Sequence[Letter]:
        """A dead letter for each rejected event; beyond bounds one for all others, which says how many there are."""
        if not (more := sum(self._uncounted.values())):
            return self._letters
        record = msgspec.json.encode({"rejected": self._uncounted}).decode()
        reason = f"{more} more events of a body, too many to keep: they are only counted"
        return [*self._letters, Letter(self.origin, "(several)", "", reason, record, more)]

    def answer(self) -> dict[str, Any]:
        """What the client is told of rejected events: the first of them, and how many more there are."""
        told: dict[str, Any] = {"errors": self.errors} if self.errors else {}
        if (more := self.rejected - len(self.errors)) > 0:
            told["errors_not_listed"] = more
        return told

    def refuse(self, array: str, index: int, raw: msgspec.Raw, event: object, reason: str) -> None:
        """Refuse the event at an index of the client's array; `event` is what it is decoded, as far as it could be."""
        self.rejected += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append({"type": reason, "input_array": array, "index": index})
        if len(self._letters) >= MOST_LETTERS or self._letter_bytes >= MOST_LETTER_BYTES:
            self._uncounted[reason] = self._uncounted.get(reason, 0) + 1
            return
        told = event if isinstance(event, dict) else {}
        letter = Letter(
            self.origin, type_of(told) or "(none)", text_of(told.get("id"))[:_SHOWN_TYPE], reason, _record(raw)
        )
        self._letters.append(letter)
        self._letter_bytes += len(letter.record.encode())


def _record(raw: msgspec.Raw) -> str:
    """The beginning of an event as it came, copied no further than it is kept."""
    beginning = bytes(memoryview(raw)[: _SHOWN_RECORD * _MOST_CHARACTER_BYTES])
    return beginning.decode(errors="replace")[:_SHOWN_RECORD]


def type_of(event: dict[str, Any]) -> str:
    """An event's type, '' if it has none."""
    return text_of(event.get("event_type"))[:_SHOWN_TYPE]


def text_of(value: object) -> str:
    """What is text; '' for anything else."""
    return value if isinstance(value, str) else ""
