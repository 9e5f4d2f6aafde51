"""Functions that each database has under a name of its own: its module says which."""

from sqlalchemy import Integer
from sqlalchemy.sql.functions import FunctionElement


class Position(FunctionElement[int]):
    """Where in its first text its second one begins, from 1; 0 where it is not in it."""

    type = Integer()
    inherit_cache = True
