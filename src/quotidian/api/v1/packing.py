"""Compresses what is sent, piece by piece: gzip and zstd, as clients ask for with Accept-Encoding."""

import zlib
from collections.abc import Iterator
from typing import Final

from quotidian.api.v1.formats import Format
from quotidian.api.v1.preferences import preferred_encoding

_GZIP: Final = 16 + zlib.MAX_WBITS
# JSON of points becomes little smaller beyond it, and takes much longer.
_GZIP_LEVEL: Final = 4

ENCODINGS: Final = ("zstd", "gzip")
"""The better one first."""


def chosen_encoding(header: str, form: Format) -> str:
    """The content encoding for a client with this Accept-Encoding header; '' is none."""
    return "" if form.is_packed else preferred_encoding(header, ENCODINGS)


def packed(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The pieces in a content encoding, in other pieces."""
    if encoding == "gzip":
        return _gzip(pieces)
    return _zstd(pieces) if encoding == "zstd" else pieces


def _gzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def _zstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    from quotidian.api.v1 import columnar  # noqa: PLC0415 - as in writing.py

    return columnar.zstd(pieces)
