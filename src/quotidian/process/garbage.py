"""Python's search for garbage: how often, and not at the end."""

import atexit
import gc
from typing import Final

_OBJECTS: Final = 50_000


def search_seldom() -> None:
    """Have Python search after this many new objects instead of 700.

    For who makes hundreds of thousands and keeps them: with these searches loading the modules of a command took up to
    a tenth longer, and a rollup half as long again. Not for workers, whose garbage may hold large answers.
    """
    gc.set_threshold(_OBJECTS)


def leave_at_exit() -> None:
    """Leave what there is when this process exits to the kernel. Call it once, and close files and stores.

    Python searches all objects several times as it exits, and takes them apart: a tenth of a second.
    """
    atexit.register(gc.freeze)
