"""Entity tags: by them a client that has kept an answer learns that it still holds (RFC 9110, §8.8.3 and §13.1.2)."""

from hashlib import sha256

_DIGITS = 32


def tag_of(*parts: bytes) -> bytes:
    """The tag of an answer, a strong one: a hash of its bytes, or of all that it is made from."""
    digest = sha256()
    for part in parts:
        digest.update(part)
    return b'"%s"' % digest.hexdigest()[:_DIGITS].encode()


def is_known(if_none_match: bytes, tag: bytes) -> bool:
    """Whether a client has the answer with this tag already: it names it, in a list or as W/, or says *."""
    return tag in if_none_match or if_none_match.strip() == b"*"
