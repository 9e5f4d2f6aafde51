"""What every number counts, in French: each template that a definition is put together from is translated."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

import pytest
from babel.messages.pofile import read_po
from served import served
from test_texts import DASHBOARD

from quotidian.dashboard.languages import Language, language_of
from quotidian.domain.channels import VARIANT
from quotidian.domain.definitions import Meant, definition
from quotidian.domain.kinds import CANVAS, SEND, SIZE
from quotidian.domain.segments import Filter, Segment
from quotidian.domain.wording import ENGLISH

FRENCH = language_of("fr", "")
NOT_ENGLISH = re.compile(r"\b(the|of|with|users? who|events?|on|whose|which|is|at most|later|from|after|only|days?)\b")


@dataclass
class Recorded:
    """French that notes which templates it was asked for."""

    of: Language
    asked: set[str] = field(default_factory=set)

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        return self.of.gettext(message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        self.asked.add(singular)
        return self.of.ngettext(singular, plural, n)

    def number(self, value: float) -> str:
        return self.of.number(value)


def every_kind_of_number() -> Iterator[Meant]:
    """Each that is served, the ways in which series are narrowed, and segments with filters of each type."""
    yield from served()
    narrowed = (("app_id", "shop"), ("product", "tea"), ("segment_id", "lively"))
    yield Meant("sessions", "sessions", narrowed=narrowed)
    yield from (Meant(SEND, name, channel) for name, channel in product(("revenue", "conversions"), ("", "email")))
    yield from (Meant(CANVAS, name) for name in ("entries", "revenue", "conversions", "unique_recipients"))
    yield Meant(CANVAS, "conversions", VARIANT)
    filters = [
        Filter("active", within_days=7),
        Filter("event", event="tea drunk"),
        Filter("purchase", at_least=2),
        Filter("purchase", product="tea"),
        Filter("received", campaign_id="spring"),
    ]
    for match in ("all", "any"):
        yield Meant(SIZE, SIZE, segment=Segment("Lively", filters, match))


@pytest.mark.parametrize(
    "meant", list(every_kind_of_number()), ids=lambda each: f"{each.kind}-{each.channel}-{each.name}"
)
def test_no_french_definition_has_english_in_it(meant: Meant) -> None:
    said = definition(meant, FRENCH)
    types = re.compile(
        r"users\.[\w.]+|message_body|button_string|button_id|« \w+ »|'tea drunk'|\bSend, ou Impression\b"
    )
    assert NOT_ENGLISH.findall(types.sub("", said)) == [], said
    assert said != definition(meant)
    assert said.endswith(".")


def test_every_template_of_definitions_has_its_french_and_none_is_left_over() -> None:
    recorded = Recorded(FRENCH)
    for meant in every_kind_of_number():
        definition(meant, recorded)
    translated = set()
    with (DASHBOARD / "texts" / "fr" / "of-definitions.po").open("rb") as file:
        translated = {each.id if isinstance(each.id, str) else each.id[0] for each in read_po(file) if each.id}
    # This one is on other pages too.
    assert recorded.asked - {"%(days)s day"} == translated


def test_english_is_what_it_is_without_a_language() -> None:
    for meant in every_kind_of_number():
        assert definition(meant, language_of("en", "")) == definition(meant, ENGLISH) == definition(meant)


def test_french_writes_numbers_as_its_readers_do() -> None:
    assert "2\u202f592\u202f000 secondes (30 jours)" in definition(Meant("campaign", "conversions", "email"), FRENCH)
