"""What somebody probably meant who wrote a name that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

MOST_LETTERS: Final = 100
"""Of a longer name only the beginning is looked at, shown and kept."""

_LEAST_LIKENESS: Final = 0.75


def nearest(name: str, known: Iterable[str], likeness: float = _LEAST_LIKENESS) -> str:
    """The known name that is most like a name, whatever the case of letters; '' if none is like it.

    `likeness` is the least that counts, from 0 to 1, as difflib's ratio has it.
    """
    by_lower = {each.lower(): each for each in known}
    found = get_close_matches(name[:MOST_LETTERS].lower(), by_lower, 1, likeness)
    return by_lower[found[0]] if found else ""
