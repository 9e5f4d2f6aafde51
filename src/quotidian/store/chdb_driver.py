"""What runs statements and what escapes their values, of two packages that take half a second to load as a whole.

So this module is loaded when an event store is opened, most commands do without it, and it loads what is needed only:
half of that. Every load of files waits for it twice, in the command and in the process that reads.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Final


@contextmanager
def _without(name: str) -> Iterator[None]:
    """Within the block a package that is not loaded yet is not to be had, as if it were not installed."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def _escaping() -> Callable[..., dict[str, Any]]:
    """The driver's function, of its own module alone: the package makes tables of all dates from 1900 to 2299."""
    package: Any = find_spec("clickhouse_driver")
    module = ModuleType("clickhouse_driver_escape")
    SourceFileLoader(module.__name__, str(Path(package.origin).with_name("util") / "escape.py")).exec_module(module)
    escape: Callable[..., dict[str, Any]] = module.escape_params
    return escape


# For its Arrow results, which nothing here asks for.
with _without("pyarrow"):
    from chdb.session import Session

escape_params: Final = _escaping()

__all__ = ["Session", "escape_params"]
