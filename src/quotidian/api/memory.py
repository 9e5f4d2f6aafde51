"""The memory that requests with bodies hold in a worker: counted until they are answered, and bounded."""

from threading import Lock
from typing import Final, Self

from quotidian.domain.errors import Unavailable
from quotidian.settings import Settings

_LEAST: Final = 256 << 20
_BODIES: Final = 8


class Memory:
    """Counts the bytes that all requests of a worker hold. Any thread may use it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._lock = Lock()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Room for several of the largest bodies that are accepted."""
        return cls(max(_LEAST, _BODIES * settings.body_limit_bytes))

    def take(self, size: int) -> None:
        """Count more bytes. Raises Unavailable, and counts nothing, if they would be too many."""
        with self._lock:
            if self._held + size > self._most:
                raise Unavailable("Too many large requests at once; send it again")
            self._held += size

    def give(self, size: int) -> None:
        """Release bytes that were counted."""
        with self._lock:
            self._held -= size

    def held(self) -> "Held":
        """Bytes of one request, none at first; a `with` block releases them at its end."""
        return Held(self)


class Held:
    """The bytes that one request holds."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._size = 0

    def add(self, size: int) -> None:
        """Hold more. Raises Unavailable if all requests together would hold too much."""
        self._memory.take(size)
        self._size += size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.give(self._size)
        self._size = 0
