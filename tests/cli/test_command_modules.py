"""Commands load what they need, and not what others do: each is waited for."""

import subprocess
import sys

CODE = """
import sys
from quotidian.cli.program import app
app["{command}"]
print(*sys.modules, sep='\\n')
"""
EVENTS = {"quotidian.engine.opening", "quotidian.ingest.reader", "quotidian.series.rollup", "fastavro", "chdb"}


def loaded(command: str) -> set[str]:
    """The modules that are loaded when a command begins."""
    code = CODE.replace("{command}", command)
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_a_command_that_only_looks_does_not_load_what_opens_the_event_store() -> None:
    modules = loaded("status")
    assert "quotidian.inbox.backlog" in modules
    assert modules.isdisjoint(EVENTS | {"prometheus_client", "rich.console"})


def test_a_command_that_loads_events_does_not_load_what_explains_numbers() -> None:
    modules = loaded("ingest")
    assert "quotidian.engine.protocol" in modules
    assert modules.isdisjoint({"quotidian.series.explain.explaining", "quotidian.series.experiments.reporting", "chdb"})
