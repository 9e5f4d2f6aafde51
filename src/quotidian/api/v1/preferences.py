"""What a client prefers, from its Accept and Accept-Encoding headers (RFC 9110, §12)."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

_WEIGHT: Final = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)
_ANY: Final = "*"


def weights(header: str) -> dict[str, float]:
    """The names in a header, in lower case, each with its weight from 0 (refused) to 1.

    A name whose weight cannot be read is left out. Of one that is given twice the greater weight counts.
    """
    found: dict[str, float] = {}
    for name, weight in _items(header):
        found[name] = max(weight, found.get(name, 0.0))
    return found


def _items(header: str) -> Iterator[tuple[str, float]]:
    for item in header.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        given = [parameter[2:].strip() for parameter in parameters if parameter.startswith("q=")]
        if name and all(map(_WEIGHT.fullmatch, given)):
            yield name, float(given[0]) if given else 1.0


def preferred_type(header: str, types: Sequence[tuple[str, ...]]) -> int | None:
    """Which of some media types, each given by all of its names, a client wants most; None if none is acceptable.

    Of those that it wants as much as others, one that it names comes before one that it has a range for, and what
    stands first in `types` before the rest.
    """
    given = weights(header)
    best, found = (0.0, 0), None
    for index, names in enumerate(types):
        wanted = max(_wanted(given, name) for name in names)
        if wanted[0] > 0 and wanted > best:
            best, found = wanted, index
    return found


def _wanted(given: dict[str, float], name: str) -> tuple[float, int]:
    """How much a media type is wanted, and how closely it is named: by the closest range that it is in."""
    ranges = ("*/*", f"{name.partition('/')[0]}/*", name)
    for closeness in (2, 1, 0):
        if ranges[closeness] in given:
            return given[ranges[closeness]], closeness
    return 0.0, 0


def preferred_encoding(header: str, encodings: Sequence[str]) -> str:
    """The content encoding that a client wants most, the first of `encodings` of equals; '' if it wants none of them.

    `*` stands for gzip, which everyone can read who says so.
    """
    given = weights(header)
    if "x-gzip" in given:
        given.setdefault("gzip", given["x-gzip"])
    if _ANY in given:
        given.setdefault("gzip", given[_ANY])
    best = max(encodings, key=lambda encoding: given.get(encoding, 0.0))
    weight = given.get(best, 0.0)
    return best if weight > 0 and weight >= given.get("identity", 0.0) else ""
