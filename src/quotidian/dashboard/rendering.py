"""Templates in the reader's language. Whatever is put into one is text, unless the template says otherwise."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from quotidian.dashboard.charts.spark import spark_path
from quotidian.dashboard.languages import NOTHING, Language
from quotidian.dashboard.tables import Linked

_TEMPLATES: Final = Path(__file__).parent / "templates"


@cache
def environment_of(language: Language) -> Environment:
    """The templates with the filters of a language: `number`, `short`, `percent`, `change`, `money`, `day`, …."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)  # type: ignore[attr-defined]
    # Jinja's own functions call whatever they return safe, be it a name from an event that is no text of ours.
    environment.globals["gettext"] = partial(_translated, language.gettext)
    environment.globals["ngettext"] = partial(_translated_of, language)
    for name in ("number", "short", "percent", "whole_percent", "change", "money", "day", "short_day", "moment"):
        environment.filters[name] = getattr(language, name)
    environment.filters["formed"] = lambda value, form: _formed(language, value, form)
    environment.tests["linked"] = lambda value: isinstance(value, Linked)
    environment.globals["language"] = language
    environment.globals["spark_path"] = spark_path
    return environment


def render(language: Language, template: str, values: Mapping[str, Any]) -> str:
    """A template, filled in."""
    return environment_of(language).get_template(template).render(values)


def _translated(gettext: Callable[[str], str], text: str, **values: Any) -> str:
    """A text with its values, all of it text and no markup."""
    return gettext(text) % values


def _translated_of(language: Language, singular: str, plural: str, num: int, **values: Any) -> str:
    """A text for that many, with its values."""
    return language.ngettext(singular, plural, num) % {"num": num, **values}


def _formed(language: Language, value: Any, form: str) -> str:
    """A value of a column of that form."""
    if form == "text":
        return NOTHING if value is None else str(value)
    return str(getattr(language, form)(value))
