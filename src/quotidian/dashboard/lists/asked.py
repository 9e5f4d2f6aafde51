"""What an address asks of a list: which items, in which order, and which page of them."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from quotidian.dashboard.errors import PageError
from quotidian.dashboard.given import number_given
from quotidian.dashboard.lists.kinds import ListKind
from quotidian.dashboard.naming import CHANNEL_NAMES
from quotidian.dashboard.words import N_
from quotidian.domain.days import Slice
from quotidian.series.totals.listing import Wanted

ROWS_A_PAGE: Final = 50
ALL_ROWS: Final = 1 << 31

_NAME: Final = "name"
_LONGEST_TEXT: Final = 200
_MOST_PAGES: Final = 999_999_999
_ARCHIVED: Final[Mapping[str, bool | None]] = {"": False, "too": None, "only": True}

Order = Literal["ascending", "descending"]


class Asked(NamedTuple):
    """`archived` is '' for items that are not, `too` or `only`; pages count from 1."""

    text: str
    tag: str
    channel: str
    archived: str
    sort: str
    order: Order
    page: int

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for some items only."""
        return bool(self.text or self.tag or self.channel or self.archived)

    def wanted(self, days: Slice) -> Wanted:
        """The same as the store is asked."""
        return Wanted(
            days,
            text=self.text,
            tag=self.tag,
            channel=self.channel,
            archived=_ARCHIVED[self.archived],
            sort=self.sort,
            descending=self.order == "descending",
            page=self.page - 1,
            rows=ROWS_A_PAGE,
        )

    def sorted_by(self, name: str) -> str:
        """What the parameter `sort` is for a list that is sorted by that, the other way round if it already is.

        Numbers begin with the largest, names with the first of the alphabet.
        """
        if self.sort == name:
            return name if self.order == "descending" else f"-{name}"
        return name if name == _NAME else f"-{name}"


def asked_of(given: Mapping[str, str], kind: ListKind) -> Asked:
    """What the parameters of an address ask for. Raises PageError for values that there are not."""
    text = given.get("text", "")
    if len(text) > _LONGEST_TEXT:
        raise PageError(400, N_("A search has at most %(most)s characters."), most=_LONGEST_TEXT)
    channel = given.get("channel", "") if kind.has_channels else ""
    if channel and channel not in CHANNEL_NAMES:
        raise PageError(400, N_("There is no channel “%(channel)s”."), channel=channel[:40])
    archived = given.get("archived", "") if kind.has_archived else ""
    if archived not in _ARCHIVED:
        raise PageError(400, N_("“archived” must be “too” or “only”, or be left out."))
    sort, order = _sorting(given.get("sort", f"-{kind.spark.name}"), kind)
    return Asked(
        text, given.get("tag", ""), channel, archived, sort, order, number_given(given, "page", 1, _MOST_PAGES)
    )


def _sorting(text: str, kind: ListKind) -> tuple[str, Order]:
    name = text.removeprefix("-")
    if name not in kind.sorts:
        raise PageError(
            400, N_("“sort” must be one of %(sorts)s, with a “-” for the largest first."), sorts=", ".join(kind.sorts)
        )
    return name, "descending" if text.startswith("-") else "ascending"
