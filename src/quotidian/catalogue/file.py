"""The catalogue file: its entries, and what is allowed in them."""

import json
import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from quotidian.catalogue.behaviors import Behavior
from quotidian.catalogue.canvases import Canvas
from quotidian.catalogue.times import check_times
from quotidian.domain.errors import UserError
from quotidian.domain.segments import Segment

_LARGEST_RATE = 1_000_000
_RATE_DECIMALS = 12

Entry = TypeVar("Entry")


_LARGEST_WEIGHT = 1_000_000_000
Weight = Annotated[float, msgspec.Meta(ge=0, le=_LARGEST_WEIGHT)]


class Variation(msgspec.Struct, forbid_unknown_fields=True):
    """What the catalogue adds to a message variation. `weight` is its share of the intended split, on any scale."""

    name: str | None = None
    channel: str | None = None
    weight: Weight | None = None


class Campaign(msgspec.Struct, forbid_unknown_fields=True):
    """What the catalogue adds to a campaign. Times without offset are UTC.

    `control_weight` is the control group's share of the intended split, beside the weights of the variations.
    """

    name: str | None = None
    description: str = ""
    tags: list[str] = []
    is_api_campaign: bool = False
    archived: bool = False
    draft: bool = False
    enabled: bool = True
    schedule_type: str | None = None
    created_at: datetime | None = None
    first_sent: datetime | None = None
    last_sent: datetime | None = None
    conversion_behaviors: list[Behavior] = []
    variations: dict[str, Variation] = {}
    control_weight: Weight | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a time that has no year in UTC."""
        check_times(self, "created_at", "first_sent", "last_sent")


class App(msgspec.Struct, forbid_unknown_fields=True):
    """What the catalogue adds to an app."""

    name: str


class CustomEvent(msgspec.Struct, forbid_unknown_fields=True):
    """What the catalogue adds to a custom event."""

    description: str = ""
    status: str = "Active"
    tags: list[str] = []


@dataclass
class CatalogueFile:
    """A catalogue file: US dollars for one unit of a currency, and entries by id."""

    rates: dict[str, Decimal] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    apps: dict[str, App] = field(default_factory=dict)
    canvases: dict[str, Canvas] = field(default_factory=dict)
    segments: dict[str, Segment] = field(default_factory=dict)
    events: dict[str, CustomEvent] = field(default_factory=dict)


_TABLES = ("rates", "campaigns", "apps", "canvases", "segments", "events")
_TABLES_IN_WORDS = f"{', '.join(_TABLES[:-1])} and {_TABLES[-1]}"


def read_catalogue(path: Path) -> CatalogueFile:
    """A TOML file, or with the ending `.json` a JSON file.

    Raises UserError naming the entry that is wrong, and what would be right.
    """
    tables = _tables(path)
    unknown = sorted(tables.keys() - set(_TABLES))
    if unknown:
        raise UserError(f"{path} has {', '.join(map(repr, unknown))}; a catalogue has {_TABLES_IN_WORDS}")
    file = CatalogueFile(
        _entries(path, tables, "rates", Decimal),
        _entries(path, tables, "campaigns", Campaign),
        _entries(path, tables, "apps", App),
        _entries(path, tables, "canvases", Canvas),
        _entries(path, tables, "segments", Segment),
        _entries(path, tables, "events", CustomEvent),
    )
    for currency, rate in file.rates.items():
        _check_rate(path, currency, rate)
    return file


def _tables(path: Path) -> dict[str, Any]:
    loads = json.loads if path.suffix.lower() == ".json" else tomllib.loads
    try:
        # Decimal, for a rate is money: 1.08 is 1.08.
        tables = loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise UserError(f"Cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is no catalogue: {error}") from error
    if not isinstance(tables, dict):
        raise UserError(f"{path} is no catalogue: it must hold {_TABLES_IN_WORDS} by name")
    return tables


def _entries(path: Path, tables: dict[str, Any], name: str, kind: type[Entry]) -> dict[str, Entry]:
    """One table of the file, each entry checked by itself: an error says which one it is in."""
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise UserError(f"{path}: {name} must be entries by id, not {type(table).__name__}")
    entries = {}
    for key, value in table.items():
        if not key:
            raise UserError(f"{path}: {name} has an entry without an id")
        try:
            entries[key] = msgspec.convert(value, kind)
            msgspec.json.encode([key, entries[key]])  # fails for text that UTF-8 cannot say
        except (msgspec.ValidationError, UnicodeEncodeError) as error:
            raise UserError(f"{path}: {name}.{ascii(key)[1:-1]}: {error}") from error
    return entries


def _check_rate(path: Path, currency: str, rate: Decimal) -> None:
    exponent = rate.as_tuple().exponent
    if (
        not rate.is_finite()
        or not 0 < rate < _LARGEST_RATE
        or not isinstance(exponent, int)
        or exponent < -_RATE_DECIMALS
    ):
        raise UserError(
            f"{path}: the rate of {currency} must be above 0 and below {_LARGEST_RATE:,} US dollars for one unit, "
            f"with at most {_RATE_DECIMALS} decimals, not {rate}"
        )
    if currency == "USD" and rate != 1:
        raise UserError(f"{path}: the rate of USD is 1, not {rate}")
