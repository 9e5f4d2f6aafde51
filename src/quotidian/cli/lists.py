"""What there is to ask for, with ids and names: campaigns, canvases, segments, sends, custom events and products."""

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from cyclopts import Parameter
from sqlalchemy import Connection

from quotidian.cli.context import Context, Given
from quotidian.cli.rows import print_csv, print_json, print_table
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import date_of
from quotidian.domain.kinds import CAMPAIGN, CANVAS, PRODUCT, SEGMENT, SEND
from quotidian.series.campaigns.send_list import list_sends
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.listing.names import ALL, list_events, list_names
from quotidian.series.listing.read import all_items
from quotidian.telemetry.visible import visible

Format = Literal["table", "json", "csv"]
Archived = Annotated[bool, Parameter(negative=())]
Item = dict[str, Any]
Read = Callable[[Connection, Workspace], Iterable[Item]]


class _Listed(NamedTuple):
    """What is listed: what one of it is called, the columns of a table, and those in which text is looked for."""

    name: str
    columns: tuple[str, ...]
    searched: tuple[str, ...]

    def has(self, item: Item, text: str) -> bool:
        """Whether the item is one that is asked for."""
        wanted = text.casefold()
        return any(wanted in item[name].casefold() for name in self.searched)


_EDITED = ("id", "name", "last_edited", "tags")
_CAMPAIGNS = _Listed(CAMPAIGN, _EDITED, ("id", "name"))
_CANVASES = _Listed(CANVAS, _EDITED, ("id", "name"))
_SEGMENTS = _Listed(SEGMENT, ("id", "name", "tags"), ("id", "name"))
_SENDS = _Listed(SEND, ("send_id", "first_day", "campaign_id", "campaign"), ("send_id", "campaign_id", "campaign"))
_EVENTS = _Listed("custom event", ("name", "status", "description", "tag_names"), ("name",))
_PRODUCTS = _Listed(PRODUCT, ("id",), ("id",))


def campaigns(
    text: str = "", /, *, include_archived: Archived = False, format: Format = "table", context: Given
) -> None:
    """List the campaigns of the workspace by name, with the ids by which to ask for them.

    Parameters
    ----------
    text
        Only those with this text in their id or name, in upper or lower case.
    include_archived
        Also what is archived.
    format
        table, json (items as the API lists them) or csv.
    """
    read = _items(CAMPAIGN, include_archived=include_archived)
    _list(context, _CAMPAIGNS, read, text, format)


def canvases(
    text: str = "", /, *, include_archived: Archived = False, format: Format = "table", context: Given
) -> None:
    """List the canvases of the workspace by name, with the ids by which to ask for them.

    Parameters
    ----------
    text
        Only those with this text in their id or name, in upper or lower case.
    include_archived
        Also what is archived.
    format
        table, json (items as the API lists them) or csv.
    """
    read = _items(CANVAS, include_archived=include_archived)
    _list(context, _CANVASES, read, text, format)


def segments(text: str = "", /, *, format: Format = "table", context: Given) -> None:
    """List the segments of the workspace by name, with the ids by which to ask for them.

    Parameters
    ----------
    text
        Only those with this text in their id or name, in upper or lower case.
    format
        table, json (items as the API lists them) or csv.
    """
    read = _items(SEGMENT, include_archived=True)
    _list(context, _SEGMENTS, read, text, format)


def sends(text: str = "", /, *, format: Format = "table", context: Given) -> None:
    """List the sends of the workspace's campaigns, with the ids by which to ask for them.

    They are in the order of their campaigns' names, then of their first days. What is no longer kept is left out.

    Parameters
    ----------
    text
        Only those with this text in their id, or in their campaign's id or name, in upper or lower case.
    format
        table, json or csv.
    """
    rules = SendRules.of(context.settings)

    def read(connection: Connection, workspace: Workspace) -> Iterator[Item]:
        for send in list_sends(connection, workspace, rules):
            first_day = None if send.first_day is None else date_of(send.first_day).isoformat()
            yield {**send._asdict(), "first_day": first_day}

    _list(context, _SENDS, read, text, format)


def events(text: str = "", /, *, format: Format = "table", context: Given) -> None:
    """List the names of the workspace's custom events.

    Parameters
    ----------
    text
        Only those with this text in their name, in upper or lower case.
    format
        table, json (items as the API lists them) or csv.
    """

    def read(connection: Connection, workspace: Workspace) -> Iterator[Item]:
        for _, item in list_events(connection, workspace, "", ALL):
            yield msgspec.json.decode(item)

    _list(context, _EVENTS, read, text, format)


def products(text: str = "", /, *, format: Format = "table", context: Given) -> None:
    """List the products that users of the workspace bought.

    Parameters
    ----------
    text
        Only those with this text in their id, in upper or lower case.
    format
        table, json or csv.
    """

    def read(connection: Connection, workspace: Workspace) -> Iterator[Item]:
        for product in list_names(connection, workspace, PRODUCT, 0, ALL):
            yield {"id": product}

    _list(context, _PRODUCTS, read, text, format)


def _items(kind: str, *, include_archived: bool) -> Read:
    def read(connection: Connection, workspace: Workspace) -> Iterator[Item]:
        for item in all_items(connection, workspace, kind, include_archived=include_archived):
            yield msgspec.json.decode(item)

    return read


def _list(context: Context, kind: _Listed, read: Read, text: str, output: Format) -> None:
    engine = context.series()
    workspace = context.workspace(engine)
    with engine.connect() as connection:
        items = [item for item in read(connection, workspace) if kind.has(item, text)]
    rows = ([_cell(item[name]) for name in kind.columns] for item in items)
    if output == "json":
        print_json(items)
    elif output == "csv":
        print_csv(kind.columns, rows)
    elif items:
        print_table([name.replace("_", " ") for name in kind.columns], rows)
    else:
        print(visible(f"Workspace {workspace.name!r} has no {kind.name}" + (f" with {text!r}." if text else ".")))


def _cell(value: object) -> object:
    """A list of tags as one text."""
    return ", ".join(map(str, value)) if isinstance(value, list) else value
