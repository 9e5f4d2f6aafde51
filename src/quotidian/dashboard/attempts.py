"""Attempts to sign in, which are limited by address and in all.

Secrets are too long to be guessed: the limits keep those who try it from using up the server.
"""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from starlette.requests import Request as HttpRequest

from quotidian.api.forwarded import Proxies
from quotidian.api.limits import Allowance, Limit
from quotidian.api.services import Services
from quotidian.dashboard.errors import PageError
from quotidian.dashboard.words import N_

# So many addresses may be busy with it at once. It also bounds how many counters there are.
_ADDRESSES: Final = 20
_WINDOW_SECONDS: Final = 60
_EVERYBODY: Final = "all"

# Whoever has one address of IPv6 has all of its network.
_NETWORK_BITS: Final = 64


class Attempts:
    """Counts attempts for all workers together."""

    def __init__(self, services: Services) -> None:
        most = services.settings.sign_in_minute_limit
        self._limiter = services.limiter
        self._proxies = Proxies.of(services.settings)
        self._by_address = Limit("sign-in", most, _WINDOW_SECONDS)
        self._of_all = Limit("sign-in-of-all", most * _ADDRESSES, _WINDOW_SECONDS)

    async def count(self, http: HttpRequest) -> None:
        """Count an attempt. Raises PageError 429 for one too many."""
        left = await self._limiter.look_at(self._of_all, _EVERYBODY)
        if left.limit.requests and left.used >= left.limit.requests:
            raise _too_many(left)
        # Whoever has used up the limit of their address uses up nothing of the others'.
        for limit, owner in ((self._by_address, _owner(self._proxies.client(http.scope))), (self._of_all, _EVERYBODY)):
            allowance = await self._limiter.count_of(limit, owner)
            if allowance.is_exceeded:
                raise _too_many(allowance)


def _too_many(allowance: Allowance) -> PageError:
    text = N_("Too many attempts to sign in; try again in %(seconds)s seconds.")
    seconds = max(1, allowance.seconds_left)
    return PageError(429, text, seconds=seconds).after(seconds)


def _owner(address: str) -> str:
    """Who an attempt counts for: an address of IPv4, or a network of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found), _NETWORK_BITS), strict=False).network_address)
