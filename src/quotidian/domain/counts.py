"""Counts with their nouns, as people read them: `1 event`, `1,204 events`."""

from collections.abc import Iterable


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun; the plural is the noun with an s unless it is given."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def plain_count(number: int, noun: str) -> str:
    """The same without marks between thousands, in the API's answers: a client finds the number as it wrote it."""
    return f"{number} {noun if number == 1 else noun + 's'}"


def in_words(things: Iterable[str]) -> str:
    """`a`, `a and b` or `a, b and c`."""
    *others, last = things
    return f"{', '.join(others)} and {last}" if others else last
