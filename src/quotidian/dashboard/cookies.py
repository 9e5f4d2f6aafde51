"""Cookies: what a browser keeps for us. Nothing in them can be read by scripts, or is sent from other sites' pages."""

from typing import Final

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from quotidian.api.forwarded import Proxies
from quotidian.api.services import Services

SESSION: Final = "session"
FORM: Final = "form"
LANGUAGE: Final = "language"

_YEAR_SECONDS: Final = 31_536_000


class Cookies:
    """The cookies of a server: named after its data, so that two servers of one host do not share them."""

    def __init__(self, services: Services) -> None:
        self._proxies = Proxies.of(services.settings)
        self._prefix = f"quotidian-{services.fingerprint[:8]}-"

    def get(self, http: HttpRequest, name: str) -> str:
        """The value of a cookie, '' if the browser has none."""
        return http.cookies.get(self._prefix + name, "")

    def set(self, http: HttpRequest, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        """Have the browser keep a value, for so long or until it is closed."""
        response.set_cookie(
            self._prefix + name,
            value,
            max_age=seconds,
            path=self._proxies.prefix(http.scope) or "/",
            secure=self._proxies.scheme(http.scope) == "https",
            httponly=True,
            samesite="strict",
        )

    def set_language(self, http: HttpRequest, response: Response, code: str) -> None:
        """Have the browser keep the language."""
        self.set(http, response, LANGUAGE, code, _YEAR_SECONDS)

    def delete(self, http: HttpRequest, response: Response, name: str) -> None:
        """Have the browser forget a value."""
        self.set(http, response, name, "", 0)
