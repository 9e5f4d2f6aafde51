"""News-feed cards, which are retired: there are none (semantics.md §7)."""

from quotidian.api.parameters import Query
from quotidian.api.queries import CardId, Hours, Page
from quotidian.api.request import Answer, Request, success_list
from quotidian.series.read import UnknownSubject


class OneCard(Query):
    """A card."""

    card_id: CardId


class CardHours(Hours):
    """Days or hours of a card."""

    card_id: CardId


def cards(_: Request[Page]) -> Answer:
    """`/feed/list`."""
    return success_list("cards", [])


def card(request: Request[OneCard | CardHours]) -> Answer:
    """`/feed/details` and `/feed/data_series`.

    Raises UnknownSubject, for there is no card.
    """
    raise UnknownSubject(request.workspace, "card", request.parameters.card_id)
