"""Where a cluster is: what the setting `events_url` says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote

from quotidian.domain.errors import UserError

_URL: Final = re.compile(
    r"clickhouse://(?:(?P<login>.*)@)?(?P<hosts>[^/@?]*)(?:/(?P<database>[^/?]*))?(?:\?(?P<query>.*))?"
)
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::(?P<port>[0-9]{1,5}))?")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PREFIX: Final = re.compile(r"[A-Za-z0-9_]*")
_PORT: Final = 9000
_SECURE_PORT: Final = 9440
_KNOWN: Final = ("cluster", "prefix", "secure", "verify")
_EXAMPLE: Final = "clickhouse://user:password@host1:9000,host2:9000/database?cluster=name"


class Host(NamedTuple):
    """A server."""

    name: str
    port: int

    def __str__(self) -> str:
        return f"{self.name}:{self.port}"


@dataclass(frozen=True)
class Address:
    """A database on a cluster, and who asks for it; `hosts` are those that may be asked which servers there are."""

    hosts: tuple[Host, ...]
    database: str
    cluster: str
    prefix: str = ""
    user: str = "default"
    password: str = field(default="", repr=False)
    is_secure: bool = False
    is_verified: bool = True
    """Whether the certificates of servers are looked at."""

    def __str__(self) -> str:
        """For messages: without user and password."""
        return f"clickhouse://{','.join(map(str, self.hosts))}/{self.database}?cluster={self.cluster}"


def read_address(url: str) -> Address:
    """The address that a URL says. Raises UserError, which says what is wrong with it, and not the password."""
    found = _URL.fullmatch(url)
    if not found:
        raise UserError(f"events_url must be like {_EXAMPLE}")
    query = dict(_query(found["query"] or ""))
    user, _, password = (found["login"] or "default").partition(":")
    is_secure = _switch(query, "secure", default=False)
    return Address(
        hosts=tuple(_hosts(found["hosts"], _SECURE_PORT if is_secure else _PORT)),
        database=_named(found["database"] or "", "a database after the hosts", _NAME),
        cluster=_named(query.get("cluster", ""), "the cluster's name, as in ?cluster=name", re.compile(r"[\w.-]+")),
        prefix=_named(query.get("prefix", ""), "a prefix", _PREFIX),
        user=unquote(user),
        password=unquote(password),
        is_secure=is_secure,
        is_verified=_switch(query, "verify", default=True),
    )


def _query(text: str) -> Iterator[tuple[str, str]]:
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name not in _KNOWN:
            raise UserError(f"events_url has {name!r} after the ?, and may have {', '.join(_KNOWN)}")
        yield name, value


def _switch(query: dict[str, str], name: str, *, default: bool) -> bool:
    value = query.get(name, "1" if default else "0")
    if value not in ("0", "1"):
        raise UserError(f"events_url must have {name}=0 or {name}=1, not {name}={value!r}")
    return value == "1"


def _hosts(text: str, port: int) -> Iterator[Host]:
    for each in text.split(","):
        found = _HOST.fullmatch(each)
        if not found or not 0 < int(found["port"] or port) < 1 << 16:
            raise UserError(f"events_url must have hosts like host1:9000,host2:9000, not {each!r}")
        yield Host(found["name"].strip("[]"), int(found["port"] or port))


def _named(value: str, what: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(value):
        raise UserError(f"events_url must have {what}, of letters, digits and underscores; not {value!r}")
    return value
