"""The catalogue file: its entries, and what is allowed in them."""

import json
import tomllib
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec

from quotidian.errors import UserError

_LONGEST_WINDOW_SECONDS = 366 * 86_400
_LARGEST_RATE = 1_000_000
_RATE_DECIMALS = 12


class Behavior(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A conversion behaviour; `window` in seconds. The first one's window decides on revenue."""

    type: str
    window: Annotated[int, msgspec.Meta(ge=1, le=_LONGEST_WINDOW_SECONDS)]
    custom_event_name: str | None = None
    product: str | None = None


class Variation(msgspec.Struct, forbid_unknown_fields=True):
    """What the catalogue adds to a message variation."""

    name: str | None = None
    channel: str | None = None


class Campaign(msgspec.Struct, forbid_unknown_fields=True):
    """What the catalogue adds to a campaign. Times without offset are UTC."""

    name: str | None = None
    description: str = ""
    tags: list[str] = []
    is_api_campaign: bool = False
    archived: bool = False
    draft: bool = False
    schedule_type: str | None = None
    created_at: datetime | None = None
    first_sent: datetime | None = None
    last_sent: datetime | None = None
    conversion_behaviors: list[Behavior] = []
    variations: dict[str, Variation] = {}


class App(msgspec.Struct, forbid_unknown_fields=True):
    """What the catalogue adds to an app."""

    name: str


class CatalogueFile(msgspec.Struct, forbid_unknown_fields=True):
    """A catalogue file: US dollars for one unit of a currency, and entries by id."""

    rates: dict[str, Decimal] = {}
    campaigns: dict[str, Campaign] = {}
    apps: dict[str, App] = {}


def read_catalogue(path: Path) -> CatalogueFile:
    """A TOML file, or with the ending `.json` a JSON file.

    Raises UserError naming the entry that is wrong, and what would be right.
    """
    try:
        text = path.read_text(encoding="utf-8")
        loads = json.loads if path.suffix.lower() == ".json" else tomllib.loads
        # Decimal, for a rate is money: 1.08 is 1.08.
        file = msgspec.convert(loads(text, parse_float=Decimal), CatalogueFile)
    except OSError as error:
        raise UserError(f"Cannot read {path}: {error.strerror}") from error
    except (ValueError, msgspec.ValidationError) as error:
        raise UserError(f"{path} is no catalogue: {error}") from error
    for currency, rate in file.rates.items():
        _check_rate(path, currency, rate)
    return file


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
