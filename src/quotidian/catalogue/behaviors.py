"""Conversion behaviours in the catalogue, of campaigns and canvases."""

from typing import Annotated

import msgspec

_LONGEST_WINDOW_SECONDS = 366 * 86_400


class Behavior(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A conversion behaviour; `window` in seconds. The first one's window decides on revenue."""

    type: str
    window: Annotated[int, msgspec.Meta(ge=1, le=_LONGEST_WINDOW_SECONDS)]
    custom_event_name: str | None = None
    product: str | None = None
