"""Entity tags: by them a client that has kept an answer learns that it still holds (RFC 9110, §8.8.3 and §13.1.2)."""

from xxhash import xxh3_128


def tag_of(*parts: bytes) -> bytes:
    """The tag of an answer, a strong one: a hash of its bytes, or of all that it is made from.

    It tells answers apart and guards nothing, so that it need not withstand attacks: SHA-256 takes 30 times as long.
    """
    digest = xxh3_128()
    for part in parts:
        digest.update(part)
    return b'"%s"' % digest.hexdigest().encode()


def is_known(if_none_match: bytes, tag: bytes) -> bool:
    """Whether a client has the answer with this tag already: it names it, in a list or as W/, or says *."""
    return tag in if_none_match or if_none_match.strip() == b"*"
