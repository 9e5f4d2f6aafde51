"""What `quotidian status` says of event types and fields that came and are not known."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection

from quotidian.cli.terminal import drawn, flowed
from quotidian.control.unknown import SeenUnknown, all_unknown
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.domain.days import iso_of
from quotidian.telemetry.visible import visible

_SHOWN: Final = 20
_INDENT: Final = 15


def told_of_unknown(connection: Connection) -> list[dict[str, Any]]:
    """What is unknown in all workspaces, as JSON has it."""
    return [
        _told(workspace, each)
        for workspace in all_workspaces(connection)
        for each in all_unknown(connection, workspace)
    ]


def _told(workspace: Workspace, unknown: SeenUnknown) -> dict[str, Any]:
    return {"workspace": workspace.name, **unknown._asdict(), "last_seen": iso_of(unknown.last_seen)}


def print_unknown(told: Sequence[dict[str, Any]]) -> None:
    """A line for each name, of the first few; nothing if all is known."""
    if not told:
        return
    print(flowed("\nUnknown in what came (events, name, last seen; the nearest known name):", _INDENT))
    for each in told[:_SHOWN]:
        nearest = f"; the nearest known is {each['nearest']}" if each["nearest"] else ""
        name = visible(f"{each['kind']} {each['name']}")
        of = visible(each["workspace"])
        print(flowed(f"  {each['events']:>11,}  {name} of {of}, {each['last_seen']}{nearest}", _INDENT))
    if len(told) > _SHOWN:
        print(flowed(drawn(f"  … and {len(told) - _SHOWN:,} more: quotidian status --format json"), _INDENT))
