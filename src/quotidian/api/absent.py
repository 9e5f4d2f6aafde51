"""What Braze has and this server has not: empty lists, for clients that ask for all there is (semantics.md §7)."""

from collections.abc import Callable

from quotidian.api.parameters import Query
from quotidian.api.request import Answer, Request, success


def none_of(key: str) -> Callable[[Request[Query]], Answer]:
    """What answers an empty list."""
    return lambda _: success(b'"%s":[]}' % key.encode())


def none_counted(key: str) -> Callable[[Request[Query]], Answer]:
    """What answers an empty list, and how long it is."""
    return lambda _: success(b'"count":0,"%s":[]}' % key.encode())
