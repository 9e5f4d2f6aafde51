"""Texts by which lists are searched and filtered, so that no request decodes what ten thousand items say.

They are looked for as they are, as parts of a text and not as patterns.
"""

from collections.abc import Iterable

import msgspec


def sought(*texts: str) -> str:
    """What a search goes through, and in the same form what it looks for: upper and lower case are the same."""
    return "\n".join(texts).casefold()


def lines(texts: Iterable[str]) -> str:
    """Texts as one: a JSON string in a line each, which is found with `line` whatever is in the others."""
    return "".join(map(line, texts))


def line(text: str) -> str:
    """One of `lines`. JSON has no line breaks of its own, so that a line is found as a whole or not at all."""
    return f"\n{msgspec.json.encode(text).decode()}\n"


def texts_of(lines: str) -> list[str]:
    """The texts that `lines` has put together."""
    return [msgspec.json.decode(each, type=str) for each in lines.split("\n") if each]
