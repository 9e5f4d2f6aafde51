"""Signing in: with a key that may see pages, or with a link that works once."""

from collections.abc import Iterator

import pytest
from asking import fill
from conftest import Quotidian
from pages_of import Pages, problems


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("signing") / "data")
    fill(opened)
    yield opened
    opened.close()


def test_who_signs_in_sees_the_overview(world: Quotidian) -> None:
    pages = Pages(world)
    page = pages.page("overview", **{"from": "2024-03-29", "to": "2024-03-30"})
    assert list(problems(page)) == []
    table = page.tables["Active users a day"]
    assert (table.columns[:2], [row[:2] for row in table.rows]) == (
        ["Day", "Active users"],
        [["Mar 29, 2024", "0"], ["Mar 30, 2024", "1"]],
    )
    assert pages.csv("overview", "active-users", **{"from": "2024-03-30", "to": "2024-03-30"})[0]["Day"] == "2024-03-30"
