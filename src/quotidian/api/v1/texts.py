"""What the text of a parameter of `/v1` says, as `api/texts.py` for the others."""

import re
from collections.abc import Callable

from quotidian.control.workspaces import Workspace


def read_window(most: int) -> Callable[[str, Workspace], int]:
    """A number of days from 1 to `most`, which has two digits."""

    def read(text: str, _: Workspace) -> int:
        if not re.fullmatch("[1-9][0-9]?", text) or int(text) > most:
            raise ValueError(f"an integer from 1 to {most}")
        return int(text)

    return read
