"""Functions that each database has under a name of its own: its module says which."""

from sqlalchemy import Column, ColumnElement, Float, Integer, func
from sqlalchemy.sql.functions import FunctionElement


class Position(FunctionElement[int]):
    """Where in its first text its second one begins, from 1; 0 where it is not in it."""

    type = Integer()
    inherit_cache = True


class DecimalSum(FunctionElement[float]):
    """The sum, to a millionth, of dollars that are kept as floats: of 0.1 and 0.2 it is 0.3."""

    type = Float()
    inherit_cache = True


def sum_of(column: Column[int] | Column[float]) -> ColumnElement[float]:
    """The sum of a column, exact also if its numbers are no integers; NULL without rows."""
    return DecimalSum(column) if isinstance(column.type, Float) else func.sum(column)
