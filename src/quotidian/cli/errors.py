"""How the program says what went wrong: plain text on standard error, in one style for all of it.

`Error: <what is wrong, with the value>; <what would be right>`. Plain text, since what a user typed must not be taken
for markup, nor be wrapped where it is piped.
"""

import re
import sys
from typing import Final

from cyclopts import CycloptsError, UnusedCliTokensError

from quotidian.telemetry.visible import visible

_HINTS: Final = re.compile(r"[.] (Choose from|Must be|Available commands|Did you mean)\b")


def print_error(text: str) -> None:
    """Say why a command has not done what was asked."""
    _say("Error", text)


def print_warning(text: str) -> None:
    """Say what the user should know, though the command goes on."""
    _say("Warning", text)


def usage(error: CycloptsError) -> str:
    """What is wrong with the words that were typed, and where to read what would be right."""
    if isinstance(error, UnusedCliTokensError):
        said = f"{', '.join(map(repr, error.unused_tokens or ()))}: the command does not take so many arguments"
    else:
        said = " ".join(str(error).split()).removesuffix(".")
    if said.endswith(".."):
        # Commands beyond the first few are left out, so that the rest says nothing.
        said = _HINTS.split(said)[0]
    said = _HINTS.sub(lambda hint: f"; {hint[1][0].lower()}{hint[1][1:]}", said)
    help_of = " ".join(("quotidian", *(error.command_chain or ()), "--help"))
    return f"{said} See {help_of}" if said.endswith("?") else f"{said}; see {help_of}"


def _say(what: str, text: str) -> None:
    print(f"{what}: {visible(text)}", file=sys.stderr, flush=True)
