"""The context of a command: the data folder and workspace of the global options, and their stores."""

import shlex
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from sqlalchemy import Engine

from quotidian.control.workspaces import Workspace, find_workspace
from quotidian.settings import Settings, load_settings
from quotidian.store.folder import DataFolder
from quotidian.store.series import open_series


@dataclass(frozen=True)
class Context:
    """The global options."""

    data: Path
    workspace_name: str
    opened: ExitStack = field(default_factory=ExitStack, compare=False)
    """What is closed when the command ends."""

    @property
    def folder(self) -> DataFolder:
        """The data folder that was named; it may not be there yet."""
        return DataFolder(self.data)

    @property
    def settings(self) -> Settings:
        """The settings in force. Raises UserError for a wrong one, or if the folder is not for this user."""
        self.folder.check_access()
        return load_settings(self.folder.path)

    def series(self) -> Engine:
        """The series store. Raises UserError before `quotidian init`."""
        engine = open_series(self.folder)
        self.opened.callback(engine.dispose)
        return engine

    def workspace(self, engine: Engine) -> Workspace:
        """The workspace that was named. Raises UserError if there is none of that name."""
        with engine.connect() as connection:
            return find_workspace(connection, self.workspace_name)

    @property
    def command(self) -> str:
        """What was typed after the program's name: what others are told who has the event store."""
        return shlex.join(sys.argv[1:])


Given = Annotated[Context, Parameter(parse=False)]
"""A command's context: passed by the program, not parsed."""
