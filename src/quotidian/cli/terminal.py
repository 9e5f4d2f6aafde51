"""What the terminal can show: how many columns it has, and whether more than ASCII."""

import codecs
import os
import re
import shutil
import sys
from collections.abc import Iterable
from io import TextIOWrapper
from typing import Final

_ENDLESS: Final = 10_000
"""Columns of a pipe or a file: lines are as long as they need to be."""
_ASCII: Final = {
    "█": "#", "━": "-", "╸": "-", "╺": "-", "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+",
    "…": "...", "–": "-", "—": "-", "•": "*", "’": "'", "“": '"', "”": '"',
}  # fmt: skip
_TO_ASCII: Final = str.maketrans(_ASCII)
_C_LOCALES: Final = ("C", "POSIX")
_HANDLER: Final = "quotidian"


def prepare_streams() -> None:
    """Have both streams show what they cannot encode: our own characters in ASCII, others as escapes.

    Where the user's locale is C, Python writes UTF-8 all the same, so that it is told here what a terminal can show.
    Pipes and files get UTF-8: data must be what it was.
    """
    codecs.register_error(_HANDLER, _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        # What users type, such as the name of a file, need not be text that a terminal can show.
        if isinstance(stream, TextIOWrapper):
            is_shown = stream is sys.stderr or stream.isatty()
            stream.reconfigure(encoding="ascii" if is_shown and _is_c_locale() else None, errors=_HANDLER)


def _in_ascii(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeEncodeError):
        found = error.object[error.start]
        if found in _ASCII:
            return _ASCII[found], error.start + 1
    return codecs.backslashreplace_errors(error)


def _is_c_locale() -> bool:
    """Whether the user chose the locale C. Python sets LC_CTYPE to C.UTF-8 then, and LANG stays as it was."""
    if os.environ.get("PYTHONIOENCODING") or os.environ.get("PYTHONUTF8"):
        return False
    chosen = [os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    return next((each for each in chosen if each and each != "C.UTF-8"), "") in _C_LOCALES


def drawn(text: str) -> str:
    """Text of ours, such as a bar, as standard output can show it: in ASCII if that is all."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return text.translate(_TO_ASCII)
    return text.translate(_TO_ASCII) if _is_c_locale() else text


def columns() -> int:
    """Columns of the terminal on standard output; many where it is a pipe or a file, unless COLUMNS says otherwise."""
    if not os.environ.get("COLUMNS") and not sys.stdout.isatty():
        return _ENDLESS
    return shutil.get_terminal_size().columns


def folded(pieces: Iterable[str], indent: int = 0, between: str = "  ") -> str:
    """Pieces in lines that fit into the terminal, the second and later ones indented. No piece is divided."""
    most, line = columns(), ""
    lines: list[str] = []
    for piece in pieces:
        longer = f"{line}{between}{piece}" if line else " " * (indent if lines else 0) + piece
        if line.strip() and len(longer) > most:
            lines.append((line + between).rstrip())
            longer = " " * indent + piece
        line = longer
    return "\n".join([*lines, line])


def flowed(text: str, indent: int = 0) -> str:
    """A text in lines that fit into the terminal, the second and later ones indented."""
    return folded(words(text), indent, between="")


def words(text: str) -> list[str]:
    """The pieces of a text between which a line may end: behind spaces and, as JSON has few, behind commas."""
    return re.split(r"(?<= )|(?<=,)(?=[^0-9])", text)
