"""The URL under which a client reaches this server: behind a proxy, that of the proxy.

A `Link` header leads a client back here with its key. So the URL must have the scheme that the client used, or the key
goes in clear, and nothing that only a stranger can have written may be in it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Self

from starlette.types import Scope

from quotidian.domain.errors import UserError
from quotidian.settings import Settings

_HOST: Final = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
_PREFIX: Final = re.compile(r"(/[A-Za-z0-9._~-]{1,100}){1,10}")
_SCHEMES: Final = ("http", "https")


@dataclass(frozen=True)
class Proxies:
    """The proxies that are believed, by network."""

    networks: tuple[IPv4Network | IPv6Network, ...]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of the setting `trusted_proxies`. Raises UserError for one that is no address and no network."""
        given = [each.strip() for each in settings.trusted_proxies.split(",")]
        return cls(tuple(_network(each) for each in given if each))

    def url(self, scope: Scope, path: str) -> str:
        """The URL of a path, as the client of a request has to write it.

        It is made of what a trusted proxy says, else of the request's own Host. Without a host that can be one it is
        the path alone, which a client takes for a path of the host that it asked.
        """
        headers = _headers(scope)
        hosts = (self._forwarded(scope, headers).get("host", ""), headers.get(b"host", ""))
        host = next((each for each in hosts if _HOST.fullmatch(each)), "")
        below = f"{self.prefix(scope)}{path}"
        return f"{self.scheme(scope)}://{host}{below}" if host else below

    def scheme(self, scope: Scope) -> str:
        """`http` or `https`: what the client of a request speaks."""
        scheme = self._forwarded(scope, _headers(scope)).get("proto", "").lower()
        return scheme if scheme in _SCHEMES else str(scope["scheme"])

    def known_host(self, scope: Scope) -> str:
        """The host as the client of a request wrote it; "" where only a proxy can know it, which does not say so."""
        headers = _headers(scope)
        if self._is_trusted(scope):
            return self._forwarded(scope, headers).get("host", "")
        return headers.get(b"host", "")

    def client(self, scope: Scope) -> str:
        """The address of who asks: the nearest that is no trusted proxy's. "" if the server does not know it.

        Each proxy adds the address that asked it to the right of `X-Forwarded-For`. What is further left than the first
        one that is not trusted may be anybody's.
        """
        peer = scope.get("client")
        nearest = str(peer[0]) if peer else ""
        if not self._is_trusted(scope):
            return nearest
        given = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
        for each in map(_without_port, reversed(given.split(","))):
            if not _is_address(each):
                break
            nearest = each
            if not _is_in(each, self.networks):
                break
        return nearest

    def prefix(self, scope: Scope) -> str:
        """What a proxy has taken from the front of the path: `/analytics`, or "" for nothing."""
        prefix = self._forwarded(scope, _headers(scope)).get("prefix", "").rstrip("/")
        return prefix if _PREFIX.fullmatch(prefix) else ""

    def _forwarded(self, scope: Scope, headers: Mapping[bytes, str]) -> Mapping[str, str]:
        return _nearest(headers) if self._is_trusted(scope) else {}

    def _is_trusted(self, scope: Scope) -> bool:
        client = scope.get("client")
        return client is not None and _is_in(client[0], self.networks)


@lru_cache(maxsize=1_000)
def _is_in(peer: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _without_port(text: str) -> str:
    """An address as some proxies write it: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    text = text.strip()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise UserError(
            f"trusted_proxies must be addresses and networks (10.0.0.0/8), separated by commas, not {text!r}: {error}"
        ) from error


def _headers(scope: Scope) -> dict[bytes, str]:
    return {name: value.decode("latin-1") for name, value in scope["headers"]}


def _nearest(headers: Mapping[bytes, str]) -> dict[str, str]:
    """What the nearest proxy wrote of a request: the right-most values. Those before it may be anybody's."""
    return {
        name: headers[header].rpartition(",")[2].strip()
        for name in ("proto", "host", "prefix")
        if (header := b"x-forwarded-" + name.encode()) in headers
    }
