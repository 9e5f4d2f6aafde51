"""What opens an event store loads no more of other packages than it needs, and they stay whole for others."""

import subprocess
import sys

import pytest
from clickhouse_driver.util import escape

from quotidian.store.chdb_driver import escape_params

CODE = """
import sys, quotidian.store.chdb_driver
print(*sys.modules)
import pyarrow, clickhouse_driver.client
print(pyarrow.array([1]).to_pylist())
"""


def test_it_is_loaded_without_what_takes_longest_which_can_be_loaded_afterwards() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    modules, used = done.stdout.splitlines()
    assert "chdb" in modules.split()
    assert {"pyarrow", "numpy", "clickhouse_driver"}.isdisjoint(modules.split())
    assert used == "[1]"


@pytest.mark.parametrize("value", ["it's", "\\", "\0\n\t\b", "ü👋", 7, 1.5, None, ("a'", 1), ["b", ["c"]]])
def test_values_are_escaped_as_the_driver_does(value: object) -> None:
    assert escape_params({"value": value}, None) == escape.escape_params({"value": value}, None)
