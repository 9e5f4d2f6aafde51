"""What is raised for a posted event that cannot be used."""


class Unusable(Exception):  # noqa: N818 - the event's error, and told to the client
    """The reason why an event cannot be used; `kind` is the same without what the client wrote."""

    def __init__(self, reason: str, kind: str = "") -> None:
        super().__init__(reason)
        self.kind = kind or reason
