"""Options that are numbers: each says which are right when it is given another."""

from collections.abc import Sequence

from cyclopts import Parameter, Token

from quotidian.settings import SETTINGS


def between(least: float, most: float) -> Parameter:
    """An option that takes numbers from `least` to `most`, and refuses others before anything is done.

    Only whole ones if `least` is: of itself Cyclopts would take 1.5 for 2.
    """
    number = int if isinstance(least, int) else float
    right = f"{'whole number' if number is int else 'number'} from {least} to {most}"

    def read(_: object, tokens: Sequence[Token]) -> float:
        try:
            found = number(tokens[0].value)
        except ValueError:
            raise ValueError(f"{tokens[0].value!r} is no {right}") from None
        # Not the other way around: nan compares with nothing.
        if not least <= found <= most:
            raise ValueError(f"{tokens[0].value!r} is no {right}")
        return found

    return Parameter(converter=read)


def as_setting(name: str) -> Parameter:
    """An option that takes what its setting takes."""
    setting = next(each for each in SETTINGS if each.name == name)
    return between(setting.least, setting.most)
