"""What is asked of events while somebody waits, on a cluster of real servers: explanations and reports."""

from contextlib import closing
from pathlib import Path

import pytest
from conftest import Quotidian
from test_experiments import assert_reports
from test_shards import assert_equal_growth, assert_explained, tell
from worlds import make_world

pytestmark = pytest.mark.slow


def test_explanations_reports_and_growth_of_a_world_on_a_cluster_are_the_oracles(
    tmp_path: Path, events_url: str
) -> None:
    with closing(Quotidian(tmp_path / "data", events_url=events_url)) as quotidian:
        told = tell(quotidian, make_world(12, users=8, days=12, campaigns=2))
        for path in ("/kpi/mau/data_series", "/segments/data_series", "/campaigns/data_series"):
            assert_explained(told, path)
        assert_reports(quotidian, told.oracle, [(told.days[3], told.days[-1])])
        assert_equal_growth(told)
