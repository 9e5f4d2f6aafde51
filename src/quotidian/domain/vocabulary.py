"""The event vocabulary: Braze Currents, storage schema v10 (semantics.md §1).

`currents.json` lists every event type with its fields: `"string"`, `"int"`, `"long"`, `"float"`, `"boolean"` or
`"strings"` (a list of them), with a `?` behind what may be null.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

import msgspec

from quotidian.domain.nearest import nearest

SCHEMAS: Final[Mapping[str, Mapping[str, str]]] = msgspec.json.decode(
    files("quotidian.domain").joinpath("currents.json").read_bytes(), type=dict[str, dict[str, str]]
)

USERLESS_TYPES: Final = sorted(
    name for name, fields in SCHEMAS.items() if fields.get("user_id", "absent?").endswith("?")
)
"""Types whose schema makes the user optional, or has none: counted without one (semantics.md §8)."""


def type_in(name: str) -> str | None:
    """The known event type that a writer schema's full name ends in, or None.

    `dataexport.S3.inner.users.behaviors.app.SessionStart` ends in `users.behaviors.app.SessionStart`.
    """
    parts = name.split(".")
    tails = (".".join(parts[start:]) for start in range(len(parts)))
    return next((tail for tail in tails if tail in SCHEMAS), None)


@lru_cache(maxsize=1_000)
def nearest_type(name: str) -> str:
    """The known event type that an unknown one is probably meant to be; '' if none is near."""
    ends = [known for known in SCHEMAS if known.lower().endswith(f".{name.lower()}")]
    return type_in(name) or (ends[0] if len(ends) == 1 else nearest(name, SCHEMAS))
