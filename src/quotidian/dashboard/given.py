"""Whole numbers that an address gives."""

import re
from collections.abc import Mapping
from typing import Final

from quotidian.dashboard.errors import PageError
from quotidian.dashboard.words import N_

_NUMBER: Final = re.compile("[1-9][0-9]{0,8}", re.ASCII)


def number_given(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    """The number from 1 to `most` that a parameter is. Raises PageError."""
    text = given.get(name, str(default))
    if not _NUMBER.fullmatch(text) or int(text) > most:
        raise PageError(400, N_("“%(name)s” must be a whole number from 1 to %(most)s."), name=name, most=most)
    return int(text)
