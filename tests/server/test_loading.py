"""A worker that answers programs only does not have what makes pages, nor what only some need."""

import subprocess
import sys

import pytest

HEAVY = ("babel", "jinja2", "scipy", "numpy", "quotidian.dashboard.app")


@pytest.fixture(scope="module")
def loaded() -> list[str]:
    """The modules of a worker that has not been asked for anything."""
    code = "import sys, quotidian.server.api_worker; print(*sys.modules, sep='\\n')"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("module", HEAVY)
def test_what_makes_pages_is_loaded_with_the_first_one_that_is_asked_for(loaded: list[str], module: str) -> None:
    assert "quotidian.dashboard.routes" in loaded
    assert module not in loaded


def test_what_counts_in_redis_is_loaded_only_where_it_is_set(loaded: list[str]) -> None:
    assert "quotidian.api.limits" in loaded
    assert {"quotidian.api.redis_counters", "redis", "limits"}.isdisjoint(loaded)


@pytest.mark.parametrize("module", ["quotidian.ingest.load", "quotidian.series.rollup", "fastavro", "chdb"])
def test_what_only_the_engine_does_is_loaded_by_the_engine_only(loaded: list[str], module: str) -> None:
    assert "quotidian.engine.protocol" in loaded
    assert module not in loaded
