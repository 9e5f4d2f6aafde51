"""Segments: users by what they did, defined in the catalogue (semantics.md §7)."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from quotidian.domain.channels import CUSTOM_EVENT, PURCHASE, RECEIPT_TYPES, SESSION_START
from quotidian.domain.wording import ENGLISH, Wording, days_in_words

_LONGEST_DAYS = 366
_KEY_BYTES = 8

TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "active": (SESSION_START,),
    "event": (CUSTOM_EVENT,),
    "purchase": (PURCHASE,),
    "received": tuple(RECEIPT_TYPES),
    "acted": (SESSION_START, CUSTOM_EVENT),
}
"""Event types by the type of a filter."""

_DONE: Final[Mapping[tuple[str, bool], tuple[str, str]]] = {
    ("active", False): ("had at least %(n)s session", "had at least %(n)s sessions"),
    ("event", True): ("did %(subject)s at least %(n)s time", "did %(subject)s at least %(n)s times"),
    ("purchase", False): ("bought at least %(n)s time", "bought at least %(n)s times"),
    ("purchase", True): ("bought %(subject)s at least %(n)s time", "bought %(subject)s at least %(n)s times"),
    ("received", True): (
        "received campaign %(subject)s at least %(n)s time",
        "received campaign %(subject)s at least %(n)s times",
    ),
}
"""What the users of a filter did, by its type and whether it names something; once and several times."""


def _key(*said: object) -> int:
    digest = blake2b(msgspec.json.encode(said), digest_size=_KEY_BYTES).digest()
    # 63 bits, for SQLite has no larger integers.
    return int.from_bytes(digest, "big") >> 1


class Filter(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Users with enough events of a type in the `within_days` days that end with a day; without `within_days`, ever.

    `active`: sessions. `event`: custom events of that name. `purchase`: of that product, or any. `received`: receipts
    of that campaign.
    """

    type: Literal["active", "event", "purchase", "received"]
    event: str | None = None
    product: str | None = None
    campaign_id: str | None = None
    at_least: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    within_days: Annotated[int, msgspec.Meta(ge=1, le=_LONGEST_DAYS)] | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for what goes with another type, or is missing."""
        wanted = {"event": "event", "received": "campaign_id"}.get(self.type)
        allowed = {"event": "event", "purchase": "product", "received": "campaign_id"}.get(self.type)
        if wanted and not getattr(self, wanted):
            raise ValueError(f"a filter of type {self.type!r} needs {wanted}")
        for name in ("event", "product", "campaign_id"):
            if name != allowed and getattr(self, name) is not None:
                raise ValueError(f"{name} does not go with a filter of type {self.type!r}")

    @property
    def subject(self) -> str:
        """The event, product or campaign; '' for any."""
        return self.event or self.product or self.campaign_id or ""

    @property
    def key(self) -> int:
        """A number of 63 bits for what the filter says: the same in every process and version."""
        return _key(self.type, self.subject, self.at_least, self.within_days or 0)

    def in_words(self, wording: Wording) -> str:
        """What such users did, behind "who"."""
        values = {"n": str(self.at_least), "subject": repr(self.subject)}
        singular, plural = _DONE[self.type, bool(self.subject)]
        done = wording.ngettext(singular, plural, self.at_least) % values
        if self.within_days:
            days = days_in_words(wording, self.within_days)
            return wording.gettext("%(done)s within %(days)s") % {"done": done, "days": days}
        return wording.gettext("%(done)s ever") % {"done": done}


class Acted(NamedTuple):
    """Users who did on a day what tallies count. No segment asks for it: it tells which tallies of members change."""

    type: Literal["acted"] = "acted"
    subject: str = ""
    at_least: int = 1
    within_days: int = 1

    @property
    def key(self) -> int:
        """As of a Filter."""
        return _key(*self)


ACTED: Final = Acted()


class Segment(msgspec.Struct, forbid_unknown_fields=True):
    """A segment in the catalogue: a member fulfils all of its filters, or any, as `match` says."""

    name: str
    filters: Annotated[list[Filter], msgspec.Meta(min_length=1, max_length=50)]
    match: Literal["all", "any"] = "all"
    description: str = ""
    tags: list[str] = []
    analytics_tracking_enabled: bool = True

    @property
    def keys(self) -> set[int]:
        """The keys of its filters."""
        return {each.key for each in self.filters}

    @property
    def longest_window(self) -> int:
        """The longest `within_days` of its filters; 0 if none has one."""
        return max(each.within_days or 0 for each in self.filters)

    @property
    def text(self) -> str:
        """The definition in English words."""
        return self.in_words(ENGLISH)

    def in_words(self, wording: Wording) -> str:
        """The definition in words."""
        joint = wording.gettext(" and ") if self.match == "all" else wording.gettext(" or ")
        did = joint.join(each.in_words(wording) for each in self.filters)
        return wording.gettext("Users who %(did)s") % {"did": did}


def filters_of(segments: Iterable[Segment]) -> dict[int, Filter | Acted]:
    """What has to be known of users for some segments, by key; nothing without segments."""
    found: dict[int, Filter | Acted] = {each.key: each for segment in segments for each in segment.filters}
    return found | {ACTED.key: ACTED} if found else {}
