"""The examples of the documentation: fenced blocks of a page, and a shell in which they do what they show.

`sh` has commands that must succeed. `console` has commands behind `$`, each with what it prints: `…` stands for any
text, and spaces and line breaks do not matter. Commands are those of a user, run by bash; `quotidian` is this
package's, and `curl` reaches the server of the shell, with its key, where an example says `http://127.0.0.1:8000` and
`qk_…`.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from commands import QUOTIDIAN

_FENCED = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CURL = """#!/bin/bash
exec {curl} -sS $EXAMPLE_CURL "${{@//qk_…/$KEY}}"
"""
_URL = "http://127.0.0.1:8000"
_SECONDS = 120


class Example(NamedTuple):
    """A block: its page and line, its language, and its text without the page's indent."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


class Step(NamedTuple):
    """A command, and what it prints if that is told."""

    command: str
    prints: str | None


def examples_in(page: Path) -> list[Example]:
    """The blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Example(page.name, text[: found.start()].count("\n") + 1, found[2], textwrap.dedent(found[3]))
        for found in _FENCED.finditer(text)
    ]


def steps_in(example: Example) -> list[Step]:
    """The commands of a block. Of `sh` each line is one, unless it goes on in the next; `python` is one as a whole."""
    if example.language == "python":
        return [Step(f"{sys.executable} -c {shlex.quote(example.text)}", None)]
    if example.language == "sh":
        return [Step(command, None) for command in _commands(example.text.splitlines())]
    parts = re.split(r"^\$ ", example.text, flags=re.MULTILINE)[1:]
    return [_step(part.splitlines()) for part in parts]


def _step(lines: list[str]) -> Step:
    command = next(_commands(lines))
    return Step(command, "\n".join(lines[command.count("\n") + 1 :]))


def _commands(lines: list[str]) -> Iterator[str]:
    """Commands, each with the lines in which it goes on: while a quotation is open, or behind a backslash."""
    command = ""
    for line in lines:
        command += line
        if _is_whole(command):
            if command.strip():
                yield command
            command = ""
        else:
            command += "\n"


def _is_whole(command: str) -> bool:
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return False
    return not command.endswith("\\")


@dataclass(frozen=True)
class Shell:
    """A folder in which examples run; `url` and `key` are those of its server, if it has one."""

    folder: Path
    url: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        tools, local = self.folder / ".tools", self.folder / ".venv" / "bin"
        tools.mkdir()
        local.mkdir(parents=True)
        for link in (tools / "quotidian", local / "quotidian"):
            link.symlink_to(QUOTIDIAN)
        (tools / "curl").write_text(_CURL.format(curl=shutil.which("curl")), encoding="utf-8")
        (tools / "curl").chmod(0o755)

    def run(self, command: str, *, must_succeed: bool) -> str:
        """What a command prints, errors too. With `must_succeed` its exit status, and the answers', must be good."""
        environment = {
            **os.environ,
            "PATH": f"{self.folder / '.tools'}:{os.environ['PATH']}",
            "KEY": self.key,
            "EXAMPLE_CURL": "--fail-with-body" if must_succeed else "",
            "COLUMNS": "80",
            "PYTHONUNBUFFERED": "1",  # so that warnings stand where a terminal shows them
        }
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command.replace(_URL, self.url)],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0 or not must_succeed, f"{command}\n{done.stdout}"
        return done.stdout


def is_as_shown(printed: str, shown: str) -> bool:
    """Whether a command prints what an example shows; bars of progress are not shown."""
    printed = re.sub(r"^.*━.*\n", "", printed, flags=re.MULTILINE)
    parts = ("".join(part.split()) for part in shown.split("…"))
    return re.fullmatch(".*".join(map(re.escape, parts)), "".join(printed.split()), re.DOTALL) is not None
