"""Sentences that are put together from templates, in English or another language.

A template is English with `%(name)s` for each value. Whoever reads in another language translates the templates; what
follows from the order of words and from their endings is so each language's own.
"""

from typing import Final, Protocol


class Wording(Protocol):
    """A language: what it makes of an English template, and how it writes numbers."""

    def gettext(self, message: str) -> str:
        """A template in this language."""

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """A template in this language for that many."""

    def number(self, value: float) -> str:
        """A number as its readers write it."""


class _English:
    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return singular if n == 1 else plural

    def number(self, value: float) -> str:
        return f"{value:,}"


ENGLISH: Final[Wording] = _English()


def days_in_words(wording: Wording, days: int) -> str:
    """`1 day`, `30 days`."""
    return wording.ngettext("%(days)s day", "%(days)s days", days) % {"days": wording.number(days)}


def seconds_in_words(wording: Wording, seconds: int) -> str:
    """`1 second`, `3,600 seconds`."""
    written = wording.number(seconds)
    return wording.ngettext("%(seconds)s second", "%(seconds)s seconds", seconds) % {"seconds": written}
