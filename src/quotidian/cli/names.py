"""Names where ids are asked for: what a word on the command line means."""

from collections.abc import Sequence

from sqlalchemy import Connection

from quotidian.catalogue import app_names
from quotidian.control.workspaces import Workspace
from quotidian.domain.errors import UserError
from quotidian.domain.kinds import APP, EVENT, PRODUCT
from quotidian.series.listing.names import ALL, is_known, list_names
from quotidian.series.listing.read import item_name, item_names
from quotidian.series.listing.seen import seen_ids

_COMMANDS = {"canvas": "canvases", APP: ""}
"""The commands that list a kind, where they are not called by its plural; of apps there is none."""
_SHOWN = 5

Named = tuple[str, str]
"""An id, and its name."""


def meant(connection: Connection, workspace: Workspace, kind: str, given: str) -> str:
    """The id of what is meant: what has this id, else the one thing that has this name, in upper or lower case.

    Raises UserError, with some candidates, if nothing or more than one has the name.
    """
    if _has_id(connection, workspace, kind, given):
        return given
    there = _named(connection, workspace, kind)
    folded = given.strip().casefold()
    same = [each for each in there if each[1] == given] or [each for each in there if each[1].casefold() == folded]
    if len(same) == 1:
        return same[0][0]
    if same:
        raise UserError(f"{len(same):,} are called {given!r}: {_shown(same)}; give the id of the {kind} that is meant")
    missing = f"Workspace {workspace.name!r} has no {kind} {given!r}"
    command = _COMMANDS.get(kind, f"{kind}s")
    alike = [each for each in there if folded and folded in each[1].casefold()] or ([] if command else there)
    if alike:
        raise UserError(f"{missing}; there is {_shown(alike)}")
    raise UserError(f"{missing}; `quotidian {command}` lists what there is" if command else missing)


def _has_id(connection: Connection, workspace: Workspace, kind: str, given: str) -> bool:
    if kind in (EVENT, PRODUCT):
        return is_known(connection, workspace, kind, given)
    if kind == APP:
        return given in seen_ids(connection, workspace, APP, [given])
    return item_name(connection, workspace, kind, given) is not None


def _named(connection: Connection, workspace: Workspace, kind: str) -> list[Named]:
    if kind in (EVENT, PRODUCT):
        return [(name, name) for name in list_names(connection, workspace, kind, 0, ALL)]
    if kind == APP:
        names = app_names(connection, workspace)
        return [(app, names.get(app, app)) for app in sorted(seen_ids(connection, workspace, APP))]
    return item_names(connection, workspace, kind)


def _shown(candidates: Sequence[Named]) -> str:
    """Some of them, each with its id where it has a name of its own."""
    texts = [name if name == each_id else f"{name} ({each_id})" for each_id, name in candidates[:_SHOWN]]
    more = len(candidates) - _SHOWN
    return ", ".join(texts) + (f" and {more:,} more" if more > 0 else "")
