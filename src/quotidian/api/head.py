"""What the headers of a request say, read once and for all: known answers, keys and bodies go by the same reading.

Where two parts of a server, or a proxy and a server, read one request differently, a client is given what is not its
own. So a request that can be read in two ways is not answered.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from starlette.types import Scope

_HEAD: Final = "quotidian.head"

# Headers that are read here or by the HTTP server, and mean something else each time that they are given.
_ONCE: Final = frozenset(
    {b"authorization", b"content-encoding", b"content-length", b"host", b"idempotency-key", b"transfer-encoding"}
)

# It becomes a part of the id of each event of the body.
_LONGEST_IDEMPOTENCY_KEY: Final = 255


class Head(NamedTuple):
    """The secret of a key ("" if there is none), whether a body follows, and why this is no request ("" if it is).

    `if_none_match` is what the client says to have, all such headers in one.
    """

    secret: str
    has_body: bool
    idempotency_key: str
    if_none_match: bytes
    fault: str


def read_head(scope: Scope) -> Head:
    """The reading of a request's headers."""
    head: Head | None = scope.get(_HEAD)
    if head is None:
        head = scope[_HEAD] = _read(scope)
    return head


def _read(scope: Scope) -> Head:
    found: dict[bytes, bytes] = {}
    repeated = if_none_match = b""
    for name, value in scope["headers"]:
        if name in _ONCE:
            if name in found:
                repeated = name
            found[name] = value
        elif name == b"if-none-match":
            if_none_match = b"%s, %s" % (if_none_match, value) if if_none_match else value
    has_body = found.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in found
    idempotency_key = found.get(b"idempotency-key", b"").decode("latin-1")
    fault = _repeated(repeated) if repeated else _fault(found)
    return Head(_secret(found.get(b"authorization", b"")), has_body, idempotency_key, if_none_match, fault)


def _secret(authorization: bytes) -> str:
    scheme, _, secret = authorization.decode("latin-1").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _repeated(name: bytes) -> str:
    return f"The header {name.decode().title()} is given more than once"


def _fault(found: Mapping[bytes, bytes]) -> str:
    """What is wrong with headers that are given once each; "" if nothing is."""
    if len(found.get(b"idempotency-key", b"")) > _LONGEST_IDEMPOTENCY_KEY:
        return f"Idempotency-Key must have at most {_LONGEST_IDEMPOTENCY_KEY} characters"
    if b"transfer-encoding" not in found:
        return ""
    if b"content-length" in found:
        return "Content-Length and Transfer-Encoding are both given; which of them says where the body ends?"
    if found[b"transfer-encoding"].strip().lower() != b"chunked":
        return "Transfer-Encoding must be chunked; use Content-Encoding for a body that is packed"
    return ""
