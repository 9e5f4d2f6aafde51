"""Whether this process may use a data folder, and whose it is if not."""

import os
import pwd
import shlex
from collections.abc import Collection, Iterator
from pathlib import Path
from stat import S_ISDIR

from quotidian.domain.errors import UserError
from quotidian.settings import SETTINGS_FILE


def check_access(folder: Path, files: Collection[str] = ()) -> None:
    """Raise UserError if this process cannot read and write a folder and these files in it, or cannot reach it.

    The error names the path, its owner, and what would be right. What is not there is no error. Folders among the
    files are not looked into: each of them is made by one process, with all below it.
    """
    try:
        for path, wanted in _used(folder, files):
            if not os.access(path, wanted, effective_ids=True):
                raise UserError(refusal(path))
    except (FileNotFoundError, NotADirectoryError):
        return


def refusal(path: Path) -> str:
    """What to say of a path that this process cannot use: whose it is, and what would be right."""
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return f"{path} is on a disk that is read-only; make that writable, or name another folder"
    found = path.stat()
    told = f"{path} belongs to {_named(found.st_uid)} and has mode {found.st_mode & 0o7777:04o}"
    if found.st_uid == os.geteuid():
        remedy = f"let yourself in with: chmod u+rwX {shlex.quote(str(path))}"
    else:
        remedy = f"run the command as {_named(found.st_uid)}, or name a folder of your own"
    return f"{told}, so that the user {_named(os.geteuid())} cannot read and write it; {remedy}"


def nearest(path: Path) -> Path:
    """The path itself, or the nearest of its parents that there is and that can be seen."""
    return next((each for each in (path, *path.parents) if _is_seen(each)), Path("/"))


def _used(folder: Path, files: Collection[str]) -> Iterator[tuple[Path, int]]:
    """What is used, from the root of the file system on, and how. Raises OSError at the first that is not there."""
    for parent in reversed(folder.parents):
        parent.stat()
        yield parent, os.X_OK
    if not S_ISDIR(folder.stat().st_mode):
        return
    yield folder, os.R_OK | os.W_OK | os.X_OK
    for path in sorted(each for each in folder.iterdir() if each.name in files):
        # Whoever runs the server need not be who writes its settings.
        writes = 0 if path.name == SETTINGS_FILE else os.W_OK
        yield path, os.R_OK | writes | (os.X_OK if path.is_dir() else 0)


def _is_seen(path: Path) -> bool:
    try:
        path.stat()
    except OSError:
        return False
    return True


def _named(user: int) -> str:
    """A user's name; the number of one without a name, as in containers."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
