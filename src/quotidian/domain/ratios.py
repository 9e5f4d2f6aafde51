"""Ratios, of which there is none where there is nothing to divide by."""


def share(number: float | None, of: float | None) -> float | None:
    """The share that a number is of another."""
    return None if number is None or not of else number / of


def change(now: float | None, before: float | None) -> float | None:
    """How much larger a number is than the one before: the ratio less 1."""
    return None if now is None or not before else now / before - 1
