"""News-feed cards, which are retired: there are none (semantics.md §7)."""

from quotidian.api.request import UNKNOWN, Answer, Request, body_of_list
from quotidian.domain.errors import BadRequest


def cards(_: Request) -> Answer:
    """`/feed/list`."""
    return body_of_list("cards", [])


def card(_: Request) -> Answer:
    """`/feed/details` and `/feed/data_series`.

    Raises BadRequest, for there is no card.
    """
    raise BadRequest(UNKNOWN["card"])
