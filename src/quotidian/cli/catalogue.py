"""`quotidian catalogue`: what events do not say of campaigns and apps, and currency rates."""

from pathlib import Path

from cyclopts import App

from quotidian.catalogue import import_catalogue, read_catalogue
from quotidian.cli.context import Given
from quotidian.cli.tasks import run_task
from quotidian.engine.tasks import RollUp
from quotidian.store.series import writing

catalogue = App(name="catalogue", help="Names, tags, conversion behaviours and currency rates that events do not tell.")


@catalogue.command(name="import")
def import_(file: Path, /, *, context: Given) -> int:
    """Import a catalogue file, TOML or JSON. Its entries replace those of the same ids; others stay.

    Revenue is computed again where a rate or a conversion window changes. docs/loading.md shows a file.

    Parameters
    ----------
    file
        The file.
    """
    engine = context.series()
    workspace = context.workspace(engine)
    found = read_catalogue(file)
    with writing(engine) as connection:
        import_catalogue(connection, workspace, found)
    print(f"Imported {len(found.campaigns)} campaigns, {len(found.apps)} apps, {len(found.rates)} currency rates.")
    return 1 if run_task(context, RollUp()).uncomputed else 0
