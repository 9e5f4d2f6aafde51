"""Events on their way to a file: one small fixed-size record each, with codes in place of values."""

from collections.abc import Iterator
from typing import NewType

import numpy as np
from numpy.typing import NDArray

from quotidian.demo.avro import Bytes

Events = NDArray[np.void]
"""Events, with the fields of EVENT."""

Salt = NewType("Salt", int)  # tells apart the ids of different kinds and seeds

EVENT = np.dtype(
    [
        ("type", np.uint8),  # position in funnels.TYPES
        ("detail", np.uint8),  # position in the type's details.DETAILS
        ("message", np.int16),  # position in campaigns.MESSAGES; no meaning for types without a campaign
        ("user", np.int32),  # row of the people.People: a person on a device
        ("time", np.int64),  # UNIX seconds
        ("delay", np.int32),  # seconds since the event that led to this one
        ("serial", np.uint64),  # unique; becomes the id
        ("thread", np.uint64),  # the same for all that follows from one send or session; becomes their common id
    ]
)

_HEX = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint16)
_GROUPS = ((0, 8), (9, 13), (14, 18), (19, 23), (24, 36))  # where a UUID's text has hexadecimal digits


def no_events() -> Events:
    """An empty batch."""
    return np.empty(0, EVENT)


def grouped(events: Events, keys: NDArray[np.integer]) -> Iterator[tuple[int, Events]]:
    """The events by key, in ascending order of the keys; events of one key stay in order."""
    order = np.argsort(keys, kind="stable")
    found, first = np.unique(keys[order], return_index=True)
    ends = [*first[1:], len(events)]
    for key, start, end in zip(found, first, ends, strict=False):  # no events: no keys, and an end too many
        yield int(key), events[order[start:end]]


def uuids(numbers: NDArray[np.integer], salt: Salt) -> Bytes:
    """A random-looking UUID for each number, as text, uint8 [n, 36]: the same for the same number and salt."""
    keys = np.stack([_mix(numbers.astype(np.uint64) * np.uint64(2) + np.uint64(half), salt) for half in (0, 1)], axis=1)
    octets = keys.view(np.uint8)
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40  # version 4
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    digits, at = _HEX[octets].view(np.uint8), 0
    text = np.full((len(numbers), 36), ord("-"), np.uint8)
    for start, end in _GROUPS:
        text[:, start:end] = digits[:, at : at + end - start]
        at += end - start
    return text


def _mix(numbers: NDArray[np.uint64], salt: Salt) -> NDArray[np.uint64]:
    """SplitMix64's output function: spreads neighbouring numbers over all 64 bits, and never maps two to one."""
    mixed = numbers + np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return mixed ^ mixed >> np.uint64(31)
