"""What the handler of an endpoint takes and returns: a request, and an answer."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct
from sqlalchemy import Connection

from quotidian.api.engine import EngineClient
from quotidian.api.parameters import Query
from quotidian.control.workspaces import Workspace
from quotidian.inbox.delivery import Delivery
from quotidian.settings import Settings

Q_co = TypeVar("Q_co", bound=Query, covariant=True)

_NO_ENGINE = EngineClient(Path("/nowhere"))
"""Where nothing listens, so that who asks is told that the engine does not run."""


def _nothing_to_hold(_: int) -> None:
    """What counts the bytes of a request without a body."""


def _as_received(received_at: int) -> int:
    """What tells when the first request came, of one that has no key."""
    return received_at


class Request(Struct, Generic[Q_co], frozen=True):
    """Whose request it is, and what its query and body say.

    `transaction` is of the series store; None where events are taken in, which gets `foreign_groups` instead: the
    app_group_ids of all other workspaces. `url_of` turns a path into the URL under which the client reaches it.
    `first_received` tells when the first request with the same Idempotency-Key came, in microseconds, given when this
    one did; it writes to the disk. `hold` counts bytes that are made of the body, before they are; it raises
    Unavailable if all requests together would hold too much. `engine` answers what only the events can tell.
    """

    workspace: Workspace
    settings: Settings
    parameters: Q_co
    url_of: Callable[[str], str] = str
    idempotency_key: str = ""
    first_received: Callable[[int], int] = _as_received
    foreign_groups: frozenset[str] = frozenset()
    body: bytes = b""
    hold: Callable[[int], None] = _nothing_to_hold
    transaction: Connection | None = None
    engine: EngineClient = _NO_ENGINE

    @property
    def connection(self) -> Connection:
        """The transaction in which an endpoint reads or writes."""
        if self.transaction is None:
            raise RuntimeError("An endpoint that takes events in has no transaction")
        return self.transaction


class Answer(NamedTuple):
    """A success. `delivery` must be on disk before the answer is sent; `events`: how many it accepts."""

    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})
    delivery: Delivery | None = None
    events: int = 0


def success(rest: bytes) -> Answer:
    """A success: `rest` is the JSON that follows the message."""
    return Answer(b'{"message":"success",%s' % rest)


def success_list(key: str, items: Sequence[bytes]) -> Answer:
    """A success with a list of JSON values, joined in one go: a second copy may cost as much as a query."""
    pieces = [b","] * (2 * len(items))
    pieces[1::2] = items
    pieces[:1] = [b'{"message":"success","%s":[' % key.encode()]
    pieces.append(b"]}")
    return Answer(b"".join(pieces))
