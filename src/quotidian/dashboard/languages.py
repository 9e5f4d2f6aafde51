"""The reader's language: texts, and how numbers and dates are written in it.

English is written in the templates; French is in `texts/`, a file an area. The text of a page comes with its language,
the form of numbers with the reader's country.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent
from babel.support import NullTranslations

from quotidian.dashboard.words import Name

LANGUAGES: Final = {"en": "English", "fr": "Français"}
"""The languages of the pages, each in its own words."""

_TEXTS: Final = Path(__file__).parent / "texts"

# Numbers and dates differ in these; whoever comes with another gets those of the language.
_LOCALES: Final = ("en", "en_AU", "en_CA", "en_GB", "en_IE", "en_IN", "en_NZ", "en_ZA", "fr", "fr_BE", "fr_CA", "fr_CH")

_BEFORE_SIGNS: Final = re.compile(r" (?=[:;!?»])|(?<=«) ")

NOTHING: Final = "–"
"""What stands for a number that there is not."""


class Texts(NullTranslations):
    """Translations by the English text; where there is none, the text itself."""

    def __init__(self, translated: dict[str, str | tuple[str, ...]]) -> None:
        super().__init__()
        self._translated = translated

    def gettext(self, message: str) -> str:
        """A text in this language; a `Name` as it is."""
        if isinstance(message, Name):
            return message
        found = self._translated.get(message, message)
        return found if isinstance(found, str) else found[0]

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """A text in this language for that many: both languages have two forms, and French says 0 in the singular."""
        found = self._translated.get(singular)
        if found is None:
            return singular if n == 1 else plural
        return found if isinstance(found, str) else found[0 if n < 2 else 1]


@dataclass(frozen=True)
class Language:
    """A language with the customs of a country."""

    locale: Locale

    @property
    def code(self) -> str:
        """`en` or `fr`."""
        return self.locale.language

    @cached_property
    def texts(self) -> Texts:
        """The texts of the language."""
        return texts_of(self.code)

    def gettext(self, message: str) -> str:
        """A text in this language."""
        return self.texts.gettext(message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """A text in this language for that many."""
        return self.texts.ngettext(singular, plural, n)

    def number(self, value: float | None) -> str:
        """`1,234` or `1.5`: a whole number with all its digits, another with at most two decimals."""
        return NOTHING if value is None else format_decimal(value, format="#,##0.##", locale=self.locale)

    def short(self, value: float | None) -> str:
        """`1.2K`, for the axis of a chart."""
        if value is None:
            return NOTHING
        if abs(value) < 1_000:
            return self.number(value)
        return format_compact_decimal(value, locale=self.locale, fraction_digits=1)

    def percent(self, value: float | None) -> str:
        """`12.3%` of a ratio."""
        return NOTHING if value is None else format_percent(value, format=self._percents, locale=self.locale)

    def whole_percent(self, value: float | None) -> str:
        """`12%` of a ratio, where there is little room."""
        return NOTHING if value is None else _whole_percent(self.locale, round(100 * value))

    def change(self, value: float | None) -> str:
        """`+12.3%` or `−12.3%` of a ratio less 1."""
        signed = f"+{self._percents};−{self._percents}"
        return NOTHING if value is None else format_percent(value, format=signed, locale=self.locale)

    def rounded_percent(self, value: float, decimals: int, *, signed: bool = False) -> str:
        """`12%` or `−3.25%` of a ratio, with that many decimals; `signed` as `change` is."""
        pattern = self._percents_of(decimals)
        return format_percent(value, format=f"+{pattern};−{pattern}" if signed else pattern, locale=self.locale)

    @property
    def _percents(self) -> str:
        return self._percents_of(1)

    def _percents_of(self, decimals: int) -> str:
        """The locale's own way, with some decimals: French has a space before the sign."""
        digits = f"##0.{'0' * decimals}" if decimals else "##0"
        return str(self.locale.percent_formats[None].pattern).replace("##0", digits, 1)

    def money(self, value: float | None) -> str:
        """`$1,234.50`: US dollars, in which all revenue is."""
        return NOTHING if value is None else format_currency(value, "USD", locale=self.locale)

    def day(self, value: date) -> str:
        """`28 Nov 2026`."""
        return format_date(value, "medium", locale=self.locale)

    def short_day(self, value: date) -> str:
        """`28 Nov`."""
        pattern = "MMM d" if self.locale.territory is None and self.code == "en" else "d MMM"
        return format_date(value, pattern, locale=self.locale)

    def moment(self, value: datetime) -> str:
        """`28 Nov 2026, 14:05`, in the time zone that it has."""
        return format_datetime(value, "d MMM y HH:mm", locale=self.locale)


@cache
def _whole_percent(locale: Locale, percent: int) -> str:
    return format_percent(percent / 100, locale=locale)


@cache
def texts_of(code: str) -> Texts:
    """The translations of a language; none of English."""
    translated: dict[str, str | tuple[str, ...]] = {}
    for path in sorted((_TEXTS / code).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=code):
                if message.id and message.string:
                    english = message.id if isinstance(message.id, str) else message.id[0]
                    forms = message.string
                    translated[english] = _unbroken(forms) if isinstance(forms, str) else tuple(map(_unbroken, forms))
    return Texts(translated)


def _unbroken(text: str) -> str:
    """A text whose lines do not begin with a sign: French has a space before it."""
    return _BEFORE_SIGNS.sub("\u00a0", text)


def language_of(chosen: str, accepted: str) -> Language:
    """The language that a reader has chosen, else the first that the browser accepts and there is, else English.

    `accepted` is the header Accept-Language.
    """
    wanted = [each for each in _ranked(accepted) if each.partition("_")[0] in LANGUAGES]
    code = chosen if chosen in LANGUAGES else wanted[0].partition("_")[0] if wanted else "en"
    of_country = (each for each in wanted if each.partition("_")[0] == code and each in _LOCALES)
    return _language(next(of_country, code))


@cache
def _language(locale: str) -> Language:
    return Language(Locale.parse(locale))


def _ranked(accepted: str) -> Sequence[str]:
    """The locales of an Accept-Language header, most wanted first: `fr-CA, en;q=0.5` is fr_CA, en."""
    found: list[tuple[float, str]] = []
    for part in accepted[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        language, _, country = tag.strip().replace("-", "_").partition("_")
        try:
            quality = float(weight or 1)
        except ValueError:
            continue
        if quality > 0:
            found.append((-quality, f"{language.lower()}_{country.upper()}".rstrip("_")))
    return [locale for _, locale in sorted(found, key=lambda each: each[0])]
