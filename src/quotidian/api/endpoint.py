"""An endpoint: all that is known of one, and where its handler runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from quotidian.api.parameters import Parameter, Q, parameters_in
from quotidian.api.request import Request

A = TypeVar("A")


class Work(Enum):
    """What a handler does, and so where it runs and in which transaction."""

    READ = "read the series store"
    """In the event loop, in the transaction that read the key: under a millisecond, and a thread would cost more."""

    TABLE = "read the series store into a table"
    """In a thread, in a transaction of its own, while the answer is sent; the handler returns a `Table` (api/v1)."""

    ASK = "ask the engine"
    """As READ; the handler returns what is awaited outside of the transaction, without holding up the event loop.

    That is an `Answer`, or a `Table` that is in memory."""

    LOOK_UP = "look up what a body asks for"
    """As READ, once the body is there."""

    TAKE_IN = "take events in"
    """In no transaction; in a thread if the body is large. What it delivers is on disk before the answer is sent."""

    WRITE = "write the series store"
    """In a thread, in a transaction that writes: another process may be writing, which may take a while."""


@dataclass(frozen=True)
class Endpoint(Generic[Q, A]):
    """`answer` is OpenAPI's schema of a success (of a table as JSON), `body` that of what is posted.

    The handler returns an `Answer`, a `Table`, or what is awaited for either, as `work` says.
    """

    path: str
    parameters: type[Q]
    handler: Callable[[Request[Q]], A]
    answer: Mapping[str, Any]
    summary: str
    work: Work = Work.READ
    body: Mapping[str, Any] | None = None
    status: int = 200
    limit: str = "hourly"
    aliases: tuple[str, ...] = ()
    is_ready: Callable[[Request[Q]], bool] | None = None
    """Of a table whose parameters have `wait`: whether there is something to answer, so that nobody waits longer."""
    own_permission: str = ""
    """The permission, if it does not follow from the path because another endpoint has that one."""

    @property
    def method(self) -> str:
        """GET or POST."""
        return "GET" if self.work in (Work.READ, Work.TABLE, Work.ASK) else "POST"

    @property
    def query(self) -> tuple[Parameter, ...]:
        """Its parameters one by one, in the order in which they are checked."""
        return parameters_in(self.parameters)

    @property
    def permission(self) -> str:
        """What a key needs to call it: the path with dots, `kpi.dau.data_series`, unless it has one of its own.

        A version of this API at the beginning of the path is left out.
        """
        return self.own_permission or self.path.removeprefix("/v1").strip("/").replace("/", ".")


AnyEndpoint = Endpoint[Any, Any]
