"""What `quotidian status` says of event types and fields that came and are not known."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection

from quotidian.cli.terminal import drawn, folded, words
from quotidian.control.unknown import SeenUnknown, all_unknown
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.telemetry.visible import visible

_SHOWN: Final = 20
_INDENT: Final = 15
_MICROS: Final = 1_000_000


def told_of_unknown(connection: Connection) -> list[dict[str, Any]]:
    """What is unknown in all workspaces, as JSON has it."""
    return [
        _told(workspace, each)
        for workspace in all_workspaces(connection)
        for each in all_unknown(connection, workspace)
    ]


def _told(workspace: Workspace, unknown: SeenUnknown) -> dict[str, Any]:
    last_seen = datetime.fromtimestamp(unknown.last_seen // _MICROS, UTC).isoformat()
    return {"workspace": workspace.name, **unknown._asdict(), "last_seen": last_seen}


def print_unknown(told: Sequence[dict[str, Any]]) -> None:
    """A line for each name, of the first few; nothing if all is known."""
    if not told:
        return
    _print_folded("\nUnknown in what came (events, name, last seen; the nearest known name):")
    for each in told[:_SHOWN]:
        nearest = f"; the nearest known is {each['nearest']}" if each["nearest"] else ""
        name = visible(f"{each['kind']} {each['name']}")
        of = visible(each["workspace"])
        _print_folded(f"  {each['events']:>11,}  {name} of {of}, {each['last_seen'][:10]}{nearest}")
    if len(told) > _SHOWN:
        _print_folded(drawn(f"  … and {len(told) - _SHOWN:,} more: quotidian status --format json"))


def _print_folded(text: str) -> None:
    print(folded(words(text), indent=_INDENT, between=""))
