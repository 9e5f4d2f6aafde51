"""Marks texts that are translated where they are shown, and names that are not."""


class Name(str):
    """A name from events or the catalogue: it stays as it is, though it may be an English word of ours."""

    __slots__ = ()


def N_(text: str) -> str:  # noqa: N802 - as gettext's users call it
    """The English text itself: it is translated when it is shown."""
    return text


def sentence(text: str) -> str:
    """The text with a capital at its beginning: French texts have none that may also stand within a sentence."""
    return text[:1].upper() + text[1:]
