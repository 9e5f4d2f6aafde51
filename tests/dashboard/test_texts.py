"""The pages in French: every text is there, with the same values in it, and none is left over."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from quotidian.dashboard.languages import language_of

DASHBOARD = Path(__file__).parents[2] / "src" / "quotidian" / "dashboard"
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
_KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
_VALUE = re.compile(r"%\((\w+)\)[sd]|%%")


@cache
def english() -> dict[str, str]:
    """Each text of templates and Python, and where it is; of those with a plural the singular."""
    options = {"templates/**.html": {"trimmed": "false", "silent": "false", "newstyle_gettext": "true"}}
    found = extract_from_dir(str(DASHBOARD), _METHODS, options, keywords=_KEYWORDS)
    return {text if isinstance(text, str) else text[0]: f"{file}:{line}" for file, line, text, _, _ in found}


@cache
def french() -> list[tuple[str, Message]]:
    """Each translation, and the file that has it."""
    found = []
    for path in sorted((DASHBOARD / "texts" / "fr").glob("*.po")):
        with path.open("rb") as file:
            found += [(path.name, each) for each in read_po(file, locale="fr", abort_invalid=True) if each.id]
    return found


def _english_of(message: Message) -> str:
    return _forms(message.id)[0]


def _forms(text: object) -> list[str]:
    """A text's one form, or two."""
    return [text] if isinstance(text, str) else [str(each) for each in text] if isinstance(text, list | tuple) else []


def test_there_are_texts() -> None:
    assert len(english()) > 30


def test_every_text_has_its_french() -> None:
    known = {_english_of(message) for _, message in french()}
    assert {text: place for text, place in english().items() if text not in known} == {}


def test_no_french_is_left_over() -> None:
    # What a definition or a name of a metric says is put together elsewhere, and stands in files of its own.
    left = {_english_of(message) for file, message in french() if not file.startswith("of-")} - english().keys()
    assert left == set()


def test_no_text_is_translated_in_two_ways() -> None:
    translated = {(_english_of(message), *_forms(message.string)) for _, message in french()}
    counted = Counter(text for text, *_ in translated)
    assert [text for text, times in counted.items() if times > 1] == []


def test_no_translation_is_empty_or_in_doubt() -> None:
    assert [message.id for _, message in french() if message.fuzzy or not all(_forms(message.string))] == []


def test_each_form_has_the_values_of_its_english() -> None:
    for _, message in french():
        for of_english, of_french in zip(_forms(message.id), _forms(message.string), strict=True):
            assert sorted(_VALUE.findall(of_english)) == sorted(_VALUE.findall(of_french)), message.id


@pytest.mark.parametrize(
    ("chosen", "accepted", "expected"),
    [
        ("", "", "en"),
        ("", "fr-CA,fr;q=0.9,en;q=0.8", "fr_CA"),
        ("", "de, fr;q=0.5, en;q=0.7", "en"),
        ("", "en-GB", "en_GB"),
        ("fr", "en-GB, fr-CH;q=0.1", "fr_CH"),
        ("en", "fr", "en"),
        ("xx", "yy;q=abc, ;;, *", "en"),
        ("", "fr;q=0, en-NZ;q=0.001", "en_NZ"),
        ("", "fr-XX", "fr"),
    ],
)
def test_the_language_is_the_one_that_is_chosen_or_accepted_most(chosen: str, accepted: str, expected: str) -> None:
    assert str(language_of(chosen, accepted).locale) == expected


def test_numbers_are_written_as_the_readers_country_does() -> None:
    assert language_of("", "en-GB").number(1234567.5) == "1,234,567.5"
    assert language_of("", "fr").number(1234567.5) == "1\u202f234\u202f567,5"
    assert language_of("", "fr").percent(0.1234) == "12,3\xa0%"
    assert language_of("", "en").change(-0.05) == "−5.0%"


def test_no_line_of_french_begins_with_a_sign() -> None:
    text = language_of("", "fr").gettext("There is no such key, or it is no longer in use.")
    assert text == "Cette clé n’existe pas, ou n’est plus utilisée."
    text = language_of("", "fr").gettext("This key lacks the permission %(permission)s; make one that has it.")
    assert text == "Cette clé n’a pas l’autorisation %(permission)s\u00a0; créez-en une qui l’a."
    assert "«\u00a0%(name)s\u00a0»" in language_of("", "fr").gettext("This page has no table “%(name)s”.")
