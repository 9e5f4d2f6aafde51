"""Marks texts that are translated where they are shown."""


def N_(text: str) -> str:  # noqa: N802 - as gettext's users call it
    """The English text itself: it is translated when it is shown."""
    return text
