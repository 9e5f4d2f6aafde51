"""`quotidian dead-letters`: what could not be used."""

from typing import Annotated, Literal

import msgspec

from quotidian.cli.context import Given
from quotidian.cli.ranges import between
from quotidian.cli.terminal import flowed
from quotidian.control.dead_letters import list_dead_letters
from quotidian.telemetry.visible import visible, visible_json

_SHOWN_RECORD = 160
_MOST_LISTED = 1_000_000_000


def dead_letters(
    *, limit: Annotated[int, between(1, _MOST_LISTED)] = 100, format: Literal["text", "json"] = "text", context: Given
) -> None:
    """List records that could not be used, newest first, with the reason and the file they came from.

    Parameters
    ----------
    limit
        How many to list at the most.
    format
        text, or json: one object a line, with the whole record.
    """
    engine = context.series()
    workspace = context.workspace(engine)
    with engine.connect() as connection:
        for letter in list_dead_letters(connection, workspace, limit):
            if format == "json":
                fields = letter.stored()
                print(visible_json(msgspec.json.encode({"workspace": workspace.name, **fields}).decode()))
            else:
                named = f"{letter.reason}: {letter.event_type} {letter.event_id or '(no id)'} in {letter.origin}"
                print(flowed(visible(named), indent=4))
                print(flowed(f"    {visible(letter.record[:_SHOWN_RECORD])}", indent=4))
