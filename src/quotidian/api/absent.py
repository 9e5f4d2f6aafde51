"""What Braze has and this server has not: empty lists, for clients that ask for all there is (semantics.md §7)."""

from quotidian.api import schemas
from quotidian.api.endpoint import Endpoint
from quotidian.api.parameters import Query
from quotidian.api.request import Answer, success


def none_of(path: str, key: str, what: str, *, is_counted: bool = False) -> Endpoint[Query, Answer]:
    """The endpoint of a list that is always empty; `is_counted`: its answer says how long it is, too."""
    body = b'%s"%s":[]}' % (b'"count":0,' if is_counted else b"", key.encode())
    return Endpoint(
        path,
        Query,
        lambda _: success(body),
        schemas.none_of(key, is_counted=is_counted),
        f"{what}, of which there are none here",
    )
