"""`quotidian catalogue`: what events do not say of campaigns and apps, and currency rates."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec
from cyclopts import App
from sqlalchemy import Connection

from quotidian.catalogue import CatalogueFile, import_catalogue, read_catalogue, remove_entry
from quotidian.catalogue.entries import read_entries
from quotidian.catalogue.removal import RATE, Kind, kept_rates
from quotidian.cli.context import Context, Given
from quotidian.cli.errors import print_warning
from quotidian.cli.tasks import run_task
from quotidian.cli.terminal import folded
from quotidian.control.dirty_days import has_events
from quotidian.control.workspaces import Workspace
from quotidian.domain.counts import counted, in_words
from quotidian.domain.kinds import APP, CAMPAIGN, CANVAS, EVENT, SEGMENT
from quotidian.engine.tasks import RollUp
from quotidian.series.listing.seen import Unseen, seen_ids, unseen
from quotidian.store.series import writing
from quotidian.telemetry.visible import visible, visible_json

catalogue = App(name="catalogue", help="Names, tags, conversion behaviours and currency rates that events do not tell.")

_KINDS: Final[tuple[Kind, ...]] = ("campaign", "canvas", "segment", "app", "event", "rate")
_NAMED_BY_EVENTS: Final = (CAMPAIGN, CANVAS, APP, EVENT)
_SHOWN_UNSEEN: Final = 20
UNSEEN: Final = "not seen in any event so far"


@catalogue.command(name="import")
def import_(file: Path, /, *, context: Given) -> int:
    """Import a catalogue file, TOML or JSON. Its entries replace those of the same ids; others stay.

    Revenue is computed again where a rate or a conversion window changes. Ids that no event has named so far are said,
    with the nearest that events have. docs/loading.md shows a file.

    Parameters
    ----------
    file
        The file.
    """
    found = read_catalogue(file)
    status = import_file(context, found)
    _warn_of_unseen(context, found)
    return status


def import_file(context: Context, found: CatalogueFile) -> int:
    """Import what a file says, say what that was, and compute what it changes; returns the exit status."""
    engine = context.series()
    workspace = context.workspace(engine)
    with writing(engine) as connection:
        import_catalogue(connection, workspace, found)
    print(f"Imported {_imported(found)}.")
    return 1 if run_task(context, RollUp()).uncomputed else 0


def _imported(found: CatalogueFile) -> str:
    kinds = (
        (len(found.campaigns), "campaign", ""),
        (len(found.canvases), "canvas", "canvases"),
        (len(found.segments), "segment", ""),
        (len(found.events), "custom event", ""),
        (len(found.apps), "app", ""),
        (len(found.rates), "currency rate", ""),
    )
    told = [counted(number, noun, plural) for number, noun, plural in kinds if number]
    return in_words(told) if told else "nothing: the file has no entries"


def _warn_of_unseen(context: Context, found: CatalogueFile) -> None:
    engine = context.series()
    workspace = context.workspace(engine)
    with engine.connect() as connection:
        if not has_events(connection, workspace.id):
            print_warning("there are no events yet, so that no id could be compared with theirs")
            return
        told = unseen(connection, workspace, found)
        for each in islice(told, _SHOWN_UNSEEN):
            print_warning(_of_unseen(each))
        if more := sum(1 for _ in told):
            print_warning(f"{counted(more, 'more id')} {UNSEEN}")


def _of_unseen(found: Unseen) -> str:
    near = f"; did you mean {found.nearest!r}?" if found.nearest else ""
    return f"{found.where} {found.id!r} is {UNSEEN}{near}"


class _Listed(NamedTuple):
    kind: Kind
    id: str
    is_seen: bool | None
    """Whether events name it; None for what is in the catalogue alone: segments and rates."""
    entry: Mapping[str, Any]


@catalogue.command(name="list")
def list_all(kind: Kind | None = None, /, *, format: Literal["text", "json"] = "text", context: Given) -> None:
    """List what the catalogue says: kind, id, name, and whether any event has named it so far.

    Parameters
    ----------
    kind
        Only this kind of entry.
    format
        text, or json: one object a line, with the whole entry.
    """
    engine = context.series()
    workspace = context.workspace(engine)
    with engine.connect() as connection:
        for each in _entries(connection, workspace, (kind,) if kind else _KINDS):
            if format == "json":
                fields = {"kind": each.kind, "id": each.id, "seen": each.is_seen, "entry": each.entry}
                print(visible_json(msgspec.json.encode(fields).decode()))
            else:
                print(folded(_line(each), indent=10))


def _entries(connection: Connection, workspace: Workspace, kinds: tuple[Kind, ...]) -> Iterator[_Listed]:
    for kind in kinds:
        if kind == RATE:
            for currency, usd in kept_rates(connection, workspace).items():
                yield _Listed(kind, currency, None, {"usd": usd})
            continue
        entries = read_entries(connection, workspace, kind)
        seen = seen_ids(connection, workspace, kind, entries) if kind in _NAMED_BY_EVENTS else None
        for entry_id, kept in sorted(entries.items()):
            yield _Listed(kind, entry_id, None if seen is None else entry_id in seen, msgspec.json.decode(kept.entry))


def _line(listed: _Listed) -> list[str]:
    says = listed.entry.get("name") or listed.entry.get("usd") or ""
    seen = UNSEEN if listed.is_seen is False else ""
    return [f"{listed.kind:8}", *filter(None, (visible(listed.id), visible(says), seen))]


@catalogue.command
def remove(kind: Kind, id: str, /, *, context: Given) -> int:
    """Remove what the catalogue says of an id. What events say of it stays; what no event names leaves the lists.

    A segment is gone with its series. Revenue is computed again where a rate or a conversion window goes.

    Parameters
    ----------
    kind
        The kind of entry.
    id
        Its id; the name of a custom event, the code of a currency.
    """
    engine = context.series()
    workspace = context.workspace(engine)
    with writing(engine) as connection:
        remove_entry(connection, workspace, kind, id)
        stays = kind in _NAMED_BY_EVENTS and seen_ids(connection, workspace, kind, [id])
    what = {SEGMENT: "; it and its series are gone", RATE: "; purchases in it are no revenue now"}.get(
        kind, "; events name it, so that it stays in the lists as they say" if stays else "; no event names it"
    )
    print(f"Removed {kind} {visible(repr(id))} from the catalogue{what}.")
    return 1 if run_task(context, RollUp()).uncomputed else 0
