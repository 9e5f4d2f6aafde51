"""Whether two tables have the same rows: their number, and a sum of their hashes, in whatever order they come."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import msgspec

_BYTES = 16
_ALL = 1 << 8 * _BYTES


class Fingerprint(msgspec.Struct, frozen=True):
    """Of rows. A sum, not an exclusive or: a row that is there twice must not vanish."""

    rows: int = 0
    checksum: int = 0

    def of_more(self, rows: Iterable[Sequence[object]]) -> "Fingerprint":
        """That of these rows and some more."""
        number, checksum = self.rows, self.checksum
        for row in rows:
            number += 1
            digest = blake2b(msgspec.msgpack.encode(tuple(row)), digest_size=_BYTES).digest()
            checksum += int.from_bytes(digest)
        return Fingerprint(number, checksum % _ALL)
