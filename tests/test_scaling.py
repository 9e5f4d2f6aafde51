"""The calculation in docs/scaling.md is the one that its command prints."""

from pathlib import Path

from benchmarks.scaling import MEASURED, Plan, table
from benchmarks.tools.table import line


def test_the_documented_calculation_is_the_one_that_the_command_makes() -> None:
    documented = Path("docs/scaling.md").read_text(encoding="utf-8")
    assert [row for row in map(line, table(MEASURED, Plan())) if row not in documented] == []


def test_the_disk_of_a_server_halves_when_shards_double() -> None:
    one, two = list(table(MEASURED, Plan()))[2:4]
    assert (one[0], two[0]) == ("1", "2")
    assert (one[-1], two[-1]) == ("3.70 TB", "1.85 TB")
