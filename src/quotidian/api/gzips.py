"""Gzip bodies, of one or many members, unpacked in one pass; the work and the memory are linear in what is accepted."""

import zlib
from typing import Final

from quotidian.api.memory import Held
from quotidian.domain.errors import BadRequest, BodyTooLarge

MOST_MEMBERS: Final = 100_000
"""Members of a body: a writer may make one of each event."""

_GZIP: Final = 16 + zlib.MAX_WBITS
# What is left of a piece behind a member's end is copied, so pieces are short.
_PIECE: Final = 16 << 10
_UNPACKED_PIECE: Final = 1 << 20


class _Unpacker:
    def __init__(self, most: int, held: Held) -> None:
        self._most = most
        self._held = held
        self._member = zlib.decompressobj(_GZIP)
        self._members = 0
        self._begun = False
        self._size = 0
        self._pieces: list[bytes] = []

    def feed(self, piece: bytes) -> None:
        """Unpack what follows."""
        while piece:
            self._begin()
            self._keep(self._member.decompress(piece, _UNPACKED_PIECE))
            piece = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            self._begun = not self._member.eof

    def end(self) -> bytes:
        """All that was packed. Raises BadRequest if the last member is not whole, or there is none."""
        if self._begun or not self._members:
            raise BadRequest("The body's gzip ends before it is whole")
        return b"".join(self._pieces)

    def _begin(self) -> None:
        if self._begun:
            return
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise BadRequest(f"The body's gzip has more than {MOST_MEMBERS} members")
        self._member = zlib.decompressobj(_GZIP)
        self._begun = True

    def _keep(self, unpacked: bytes) -> None:
        self._size += len(unpacked)
        if self._size > self._most:
            raise too_large(self._size, self._most)
        if unpacked:
            # Twice: the pieces are there until they are joined.
            self._held.add(2 * len(unpacked))
            self._pieces.append(unpacked)


def unpack(packed: bytes, most: int, held: Held) -> bytes:
    """What is packed, which `held` then holds too. No more is unpacked than is accepted: 10 KB may hold gigabytes.

    Raises BodyTooLarge for more than `most` bytes, BadRequest for what is no gzip or has too many members.
    """
    unpacker = _Unpacker(most, held)
    try:
        for start in range(0, len(packed), _PIECE):
            unpacker.feed(packed[start : start + _PIECE])
        return unpacker.end()
    except zlib.error as error:
        raise BadRequest(f"The body is not gzip, as Content-Encoding says: {error}") from error


def too_large(size: int, most: int) -> BodyTooLarge:
    """The error for a body of so many bytes or more."""
    return BodyTooLarge(f"The body has {size} bytes or more; at most {most} are accepted")
