"""What goes wrong on a page."""

from typing import Any

from quotidian.domain.errors import QuotidianError


class PageError(QuotidianError):
    """A page that cannot be shown, with its HTTP status. `text` is English with %(name)s for each of `values`."""

    def __init__(self, status: int, text: str, /, **values: Any) -> None:
        super().__init__(text % values if values else text)
        self.status = status
        self.text = text
        self.values = values


class NotSignedIn(PageError):  # noqa: N818 - named for what is so
    """Nobody has signed in, or the session is over: leads to the sign-in page."""

    def __init__(self) -> None:
        super().__init__(401, "Sign in first.")
