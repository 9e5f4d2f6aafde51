"""The newest names of subjects and of their elements, by (time, id), as the counts of their events tell them.

Counts say when a subject or element last had a name. Ids decide only where it had two names at the last moment.
"""

from collections.abc import Iterator

from quotidian.series.messages.shape import Name


class Naming:
    """Collects names of subjects by key, which is None for the subject's own."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str | None], Name] = {}
        self._tied: set[int] = set()

    def add(self, subject: str, key: str | None, name: Name) -> None:
        """A name, and the last time at which some events had it."""
        known = self._newest.setdefault((subject, key), name)
        if known[0] == name[0] and known != name:
            self._tied.add(name[0])
        self._newest[subject, key] = max(known, name)

    @property
    def tied(self) -> tuple[int, ...]:
        """The times at which there are several names to choose from."""
        return tuple(sorted(self._tied))

    def choose(self, subject: str, key: str | None, name: Name) -> None:
        """A name at a time, of an event whose id is larger than those of the names that were chosen before."""
        if self._newest[subject, key][0] == name[0]:
            self._newest[subject, key] = name

    def __iter__(self) -> Iterator[tuple[str, str | None, Name]]:
        for (subject, key), name in self._newest.items():
            yield subject, key, name
