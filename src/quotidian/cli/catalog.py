"""`quotidian catalog`: what events do not say of campaigns and apps, and currency rates."""

from pathlib import Path

from cyclopts import App

from quotidian.catalogue import import_catalogue, read_catalogue
from quotidian.cli.context import Given
from quotidian.cli.output import progress_bar
from quotidian.rollups.engine import roll_up
from quotidian.series.store import writing
from quotidian.stores import Stores
from quotidian.workspaces import Workspace

catalog = App(name="catalog", help="Names, tags, conversion behaviours and currency rates that events do not tell.")


@catalog.command(name="import")
def import_(file: Path, /, *, context: Given) -> None:
    """Import a catalogue file, TOML or JSON. Its entries replace those of the same ids; others stay.

    Revenue is computed again where a rate or a conversion window changes. docs/loading.md shows a file.

    Parameters
    ----------
    file
        The file.
    """
    with context.stores() as stores:
        entries = import_into(stores, context.workspace(stores.series), file)
    print(f"Imported {entries}.")


def import_into(stores: Stores, workspace: Workspace, file: Path) -> str:
    """Import a catalogue and compute what it changes; returns what was imported, in words."""
    found = read_catalogue(file)
    with writing(stores.series) as connection:
        import_catalogue(connection, workspace, found)
    with progress_bar("Computing days") as progress:
        roll_up(stores, progress)
    return f"{len(found.campaigns)} campaigns, {len(found.apps)} apps, {len(found.rates)} currency rates"
