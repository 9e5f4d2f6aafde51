"""`quotidian move`: the stores to servers, or back into the data folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated, Final

from cyclopts import Parameter

from quotidian.cli.context import Context, Given
from quotidian.cli.output import progress_bar
from quotidian.domain.errors import UserError
from quotidian.engine.opening import open_stores
from quotidian.ingest.stores import IngestStores
from quotidian.move.moving import Step
from quotidian.move.moving import move as move_stores
from quotidian.store.place import SeriesPlace, read_url

EMBEDDED: Final = "embedded"

# The command as others are told of it: its words may have passwords in them.
_COMMAND: Final = "move"


def move(
    *,
    database: Annotated[str | None, Parameter(env_var="QUOTIDIAN_MOVE_DATABASE")] = None,
    context: Given,
) -> None:
    """Copy the stores to servers, or back into the data folder, and compare what has arrived.

    Stop all servers first. What is moved from stays as it was, and the settings too: at the end the command says which
    to change. If it is interrupted, give it again, and it goes on. A URL has a password in it, which others can see in
    the words of a command: so give it as a variable.

    Parameters
    ----------
    database
        Where the series go: postgresql://user:password@host/database, or `embedded` for the data folder.
    """
    place = _place(context, database)
    if place is None:
        raise UserError("Nothing to move was named; give --database, with a URL or the word embedded")
    with _alone(context) as stores:
        before = SeriesPlace.of(context.folder)
        _copy(move_stores(stores, None, place))
    print(f"Moved: {place.name} has the series, compared row by row. {before.name} has them, too, as they were.")
    print(_to_set("QUOTIDIAN_DATABASE_URL", database))
    print("A server with the old settings would go on from what was moved, and the two would differ from then on.")


def _copy(steps: Iterator[Step]) -> None:
    """Copy, with a progress bar for each store."""
    shown = ""
    advance: Callable[[int, int], None]
    with ExitStack() as bars:
        for what, progress in steps:
            if what != shown:
                bars.close()
                shown = what
                advance = bars.enter_context(progress_bar(f"Copying {what}", "percent"))
            advance(*progress)


def _to_set(variable: str, given: str | None) -> str:
    """What to do with a setting, without its value: that has a password in it."""
    setting = variable.removeprefix("QUOTIDIAN_").lower()
    if given == EMBEDDED:
        return f"Now unset {variable}, or remove {setting} from quotidian.toml."
    return f"Now set {variable}, or {setting} in quotidian.toml, to the URL that you gave."


def _place(context: Context, database: str | None) -> SeriesPlace | None:
    """Where the series go; None is where they are."""
    if database is None:
        return None
    place = SeriesPlace(context.folder, None if database == EMBEDDED else read_url(database))
    now = SeriesPlace.of(context.folder)
    if place.url == now.url:
        raise UserError(f"{now.name} has the series already")
    return place


@contextmanager
def _alone(context: Context) -> Iterator[IngestStores]:
    """The stores of a data folder that no other process uses."""
    with (
        context.folder.hold("serve", _COMMAND),
        context.folder.hold("init", _COMMAND),
        open_stores(context.folder, _COMMAND) as stores,
    ):
        yield stores
