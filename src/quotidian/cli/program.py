"""The program: global options, commands, and how errors are shown."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Group, Parameter
from sqlalchemy.exc import DatabaseError

from quotidian import __version__
from quotidian.cli.context import Context
from quotidian.cli.errors import print_error, print_warning, usage
from quotidian.cli.terminal import prepare_streams
from quotidian.domain.errors import Deposed, FolderGone, TaskFailed, UserError
from quotidian.settings import unknown_variables
from quotidian.store.events import StatementFailed
from quotidian.store.passing import one_line

_COMMANDS = {
    "demo": "demo:demo",
    "init": "setup:init",
    "ingest": "load:ingest",
    "serve": "serve:serve",
    "status": "status:status",
    "series": "series:series",
    "explain": "explain:explain",
    "experiment": "experiment:experiment",
    "campaigns": "lists:campaigns",
    "canvases": "lists:canvases",
    "segments": "lists:segments",
    "sends": "lists:sends",
    "events": "lists:events",
    "products": "lists:products",
    "rebuild": "load:rebuild",
    "recover": "recover:recover",
    "move": "move:move",
    "data": "data:data",
    "dead-letters": "dead_letters:dead_letters",
    "keys": "keys:keys",
    "catalogue": "catalogue:catalogue",
    "completion": "completion:completion",
}
"""Modules by name, so that a command imports its own module and not those of the others."""

_EVERYWHERE = Group("Global options", sort_key=1)
_EPILOGUE = "Global options (--data DIR, --workspace NAME) go with every command: see quotidian --help."


app = App(
    name="quotidian",
    help="Engagement analytics from your own events, in the shape of the Braze Export API.",
    version=f"quotidian {__version__}",
    help_epilogue=_EPILOGUE,
    suppress_keyboard_interrupt=False,
    # Lists begin empty: without this every option that takes several has an --empty-… beside it.
    default_parameter=Parameter(negative_iterable=()),
    exit_on_error=False,
    print_error=False,
)
for command in _COMMANDS.values():
    app.command(f"quotidian.cli.{command}")
app.meta.help = app.help
app.meta.group_parameters = _EVERYWHERE
app.meta.suppress_keyboard_interrupt = False
app.meta.exit_on_error = app.meta.print_error = False


@app.meta.default
def launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    data: Annotated[Path, Parameter(env_var="QUOTIDIAN_DATA")] = Path("quotidian-data"),
    workspace: Annotated[str, Parameter(env_var="QUOTIDIAN_WORKSPACE")] = "default",
) -> int:
    """Run a command.

    Parameters
    ----------
    data
        Data folder: everything Quotidian keeps.
    workspace
        Workspace to work in.
    """
    _warn_of_variables()
    command, bound, ignored = app.parse_args(tokens)
    context = Context(data, workspace)
    given = {"context": context} if "context" in ignored else {}
    with context.opened:
        return command(*bound.args, **bound.kwargs, **given) or 0


def _warn_of_variables() -> None:
    """Say which variables of the environment are no settings: a typo is ignored, and nothing else would tell."""
    for name, nearest in unknown_variables():
        meant = f"did you mean {nearest}?" if nearest else "docs/operations.md lists the settings"
        print_warning(f"the variable {name} is no setting, and is ignored; {meant}")


def _load_command() -> None:
    """Load the command that was given; without one load all, since the list of commands shows what each does.

    To say which version it is takes none.
    """
    given = _COMMANDS.keys() & sys.argv[1:]
    for name in given or (() if sys.argv[1:] == ["--version"] else _COMMANDS):
        app[name]


def all_commands() -> App:
    """The program with every command loaded, for what is about all of them."""
    for name in _COMMANDS:
        app[name]
    return app


def main() -> None:
    """Run the program, and exit: 0 when all that was asked for was done."""
    prepare_streams()
    try:
        _load_command()
        ended = app.meta(result_action="return_value")
    except CycloptsError as error:
        print_error(usage(error))
        ended = UserError.status
    except UserError as error:
        print_error(str(error))
        ended = error.status
    except (TaskFailed, FolderGone, Deposed) as error:
        print_error(str(error))
        ended = 1
    except (StatementFailed, DatabaseError) as error:
        store = "event store" if isinstance(error, StatementFailed) else "series store"
        done = "what was done before is kept; mend the cause, and give the command again"
        print_error(f"the {store} failed: {one_line(error)}; {done}")
        ended = 1
    except KeyboardInterrupt:
        print_error("interrupted; what was done is kept, and the same command goes on from there")
        ended = 130
    except BrokenPipeError:
        # The reader of a pipe has seen enough. Nothing may be flushed into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        ended = 0
    sys.exit(ended if isinstance(ended, int) else 0)
