"""SQL in files: one statement a file, beside the module that runs it, values bound as `%(name)s`."""

from functools import cache
from importlib.resources import files


@cache
def statement(package: str, name: str) -> str:
    """The text of `sql/<name>.sql` in a package of ours."""
    return files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
