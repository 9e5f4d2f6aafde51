"""The commands, as a user runs them: processes of their own on a data folder; and a few events to load."""

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from currents import write_jsonl
from elsewhere import is_elsewhere, url_of
from readers import reader_of
from temporary import folder_of_process

from quotidian.cli import main

Json = dict[str, Any]

QUOTIDIAN = Path(sys.executable).with_name("quotidian")
PARIS = ZoneInfo("Europe/Paris")
SESSION = "users.behaviors.app.SessionStart"


def seconds(moment: str) -> int:
    """The UNIX time of a moment in Paris; of a date alone its noon."""
    return int(datetime.fromisoformat(moment if "T" in moment else f"{moment}T12:00").replace(tzinfo=PARIS).timestamp())


def event(event_type: str, user: str, moment: str, **properties: object) -> Json:
    """An event of a type of `users.…`; its id follows from what it says, so the same said twice is one event."""
    named = f"users.{event_type}"
    told = json.dumps([named, user, moment, properties], sort_keys=True)
    return {
        "event_type": named,
        "id": sha256(told.encode()).hexdigest()[:16],
        "time": seconds(moment),
        "user": {"user_id": user},
        "properties": properties,
    }


def session(user: str, moment: str, **properties: object) -> Json:
    """The start of a session."""
    return event("behaviors.app.SessionStart", user, moment, **properties)


def message(kind: str, user: str, moment: str, **properties: object) -> Json:
    """A message event (`email.Send`, …) of campaign `c` and variation `v`, if nothing else is said."""
    return event(f"messages.{kind}", user, moment, **{"campaign_id": "c", "message_variation_id": "v", **properties})


@dataclass(frozen=True)
class Command:
    """`quotidian --data FOLDER …`."""

    data: Path

    def start(self, *words: object, **environment: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own."""
        return subprocess.Popen(
            [QUOTIDIAN, "--data", self.data, *map(str, words)],
            cwd=self.data.parent,
            env={**os.environ, **series_url(self.data), "COLUMNS": "200", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: object, status: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, which must have this exit status, and never a traceback."""
        with self.start(*words, **environment) as process:
            try:
                out, err = process.communicate(timeout=180)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert "Traceback" not in err, err
        assert process.returncode == status, (words, process.returncode, out, err)
        return subprocess.CompletedProcess([*map(str, words)], process.returncode, out, err)

    def here(self, *words: object, status: int | None = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in this process: ten times faster, for what has nothing to do with processes.

        Files are read by a process that all these commands share.

        It must end with this exit status; None: with any.
        """
        out, err, ended = StringIO(), StringIO(), 0
        typed = ["quotidian", "--data", str(self.data), *map(str, words)]
        with (
            patch.object(sys, "argv", typed),
            patch.dict(os.environ, {**series_url(self.data), "COLUMNS": "200", **environment}),
            redirect_stdout(out),
            redirect_stderr(err),
            chdir(self.data.parent),
            patch("quotidian.engine.opening.FileReader", reader_of),
            warnings.catch_warnings(),
        ):
            warnings.filterwarnings("ignore", "Cyclopts application invoked", UserWarning)  # sys.argv is ours here
            try:
                main()
            except SystemExit as end:
                ended = int(end.code or 0)
        assert status in (None, ended), (words, ended, out.getvalue(), err.getvalue())
        return subprocess.CompletedProcess([*map(str, words)], ended, out.getvalue(), err.getvalue())

    def init(self, timezone: str = "Europe/Paris") -> str:
        """Make the folder; returns its first key."""
        return key_in(self.here("init", "--timezone", timezone).stdout)

    def kpi(self, name: str, ending: str, days: int = 1) -> list[int]:
        """The numbers of a KPI series."""
        out = self.here("series", name, "--days", days, "--ending-at", ending, "--format", "json").stdout
        return [point[name] for point in json.loads(out)]


@cache
def _made(make: Callable[[Path], object]) -> Path:
    folder = folder_of_process()
    make(folder)
    return folder


def made_once(folder: Path, make: Callable[[Path], object]) -> Command:
    """Commands on `data` of a folder that something has made: once for all tests that ask for it, each has a copy."""
    if is_elsewhere():
        make(folder)
    else:
        shutil.copytree(_made(make), folder, symlinks=True, dirs_exist_ok=True)
    return Command(folder / "data")


def series_url(folder: Path) -> dict[str, str]:
    """The variable that tells a process where the series are, if they are not in the folder."""
    return {"QUOTIDIAN_DATABASE_URL": url_of(folder)} if is_elsewhere() else {}


def key_in(text: str) -> str:
    """The API key that a command showed."""
    return next(word for word in text.split() if word.startswith("qk_"))


def some_sessions(path: Path, users: Iterable[str], day: str = "2024-03-30") -> Path:
    """A file with a session of each user."""
    return write_jsonl(path, [session(user, day) for user in users])
