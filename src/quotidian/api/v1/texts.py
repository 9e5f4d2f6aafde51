"""What the text of a parameter of `/v1` says, as `api/texts.py` for the others."""

import re

from quotidian.api.parameters import Text
from quotidian.control.workspaces import Workspace


def number_up_to(most: int, description: str, default: int) -> Text:
    """A whole number from 1 to `most`."""

    def read(text: str, _: Workspace) -> int:
        if not re.fullmatch("[1-9][0-9]*", text) or len(text) > len(str(most)) or int(text) > most:
            raise ValueError(f"an integer from 1 to {most}")
        return int(text)

    return Text(read, description, {"type": "integer", "minimum": 1, "maximum": most, "default": default})
