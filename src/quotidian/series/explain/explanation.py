"""An explanation: a number, what it means, and a page of the events that count in it.

Apart from what finds it, since whoever talks to the engine loads this.
"""

from typing import NamedTuple

import msgspec

from quotidian.series.history import Past


class Listed(NamedTuple):
    """An event that counts; times in microseconds. The user is a hash, in hexadecimals. '' and 0 without a receipt."""

    time: int
    id: str
    user: str
    type: str
    receipt_id: str = ""
    receipt_time: int = 0


class Explanation(msgspec.Struct, tag=True, frozen=True):
    """A number taken apart. `users` is how many distinct users all events are of, where these are the number.

    `is_complete` is whether the events of all pages make up the value: not before days that have new events are
    computed. `history` has the values that it has had, oldest first. `cursor` is of the next page, None on the last.
    """

    value: int | float
    definition: str
    events: list[Listed]
    users: int | None
    is_complete: bool
    history: list[Past]
    cursor: str | None
