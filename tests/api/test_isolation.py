"""Workspaces: what belongs to one is neither seen, counted nor changed with the key of another."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from asking import assert_error
from conftest import Quotidian
from events import email, enrolment, event, purchase, session

from quotidian.catalogue import App, Behavior, Campaign, CatalogueFile, import_catalogue
from quotidian.control.keys import list_keys, revoke_key
from quotidian.domain.errors import UserError
from quotidian.store.series import writing

DAY = "2024-03-30"
SUBJECTS = [
    pytest.param("/kpi/dau/data_series", {"app_id": "shop"}, "Invalid App ID", id="app"),
    pytest.param("/campaigns/data_series", {"campaign_id": "spring"}, "Invalid Campaign ID", id="campaign"),
    pytest.param("/campaigns/details", {"campaign_id": "spring"}, "Invalid Campaign ID", id="details"),
    pytest.param(
        "/sends/data_series", {"campaign_id": "spring", "send_id": "spring-1"}, "Invalid Campaign ID", id="send"
    ),
    pytest.param("/campaigns/details", {"campaign_id": "planned"}, "Invalid Campaign ID", id="planned"),
]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Quotidian, str]]:
    """A workspace with an app, a campaign, a send and a planned campaign; and the key of one that has nothing."""
    opened = Quotidian(tmp_path_factory.mktemp("two") / "data")
    other = opened.add_workspace("other")
    opened.import_catalogue(CatalogueFile(campaigns={"planned": Campaign(name="Planned")}, apps={"shop": App("Shop")}))
    opened.deliver(session("ana", DAY, app_id="shop"), email("Send", "ana", DAY, "spring", send_id="spring-1"))
    opened.events.close()  # the API reads series only, and a process can have one event store open
    yield opened, other
    opened.close()


@pytest.mark.parametrize(("path", "subject", "message"), SUBJECTS)
def test_what_a_workspace_has_is_unknown_to_another(
    two: tuple[Quotidian, str], path: str, subject: dict[str, str], message: str
) -> None:
    quotidian, other = two
    assert quotidian.get(path, **subject, length=1).status_code == 200
    assert_error(quotidian.get(path, key=other, **subject, length=1), 400, message)


@pytest.mark.parametrize(("path", "subject", "message"), SUBJECTS)
def test_what_another_workspace_has_is_as_unknown_as_what_nobody_has(
    two: tuple[Quotidian, str], path: str, subject: dict[str, str], message: str
) -> None:
    quotidian, other = two
    there = quotidian.get(path, key=other, **subject, length=1)
    nowhere = quotidian.get(path, key=other, **dict.fromkeys(subject, "nowhere"), length=1)
    assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content)


def test_a_workspace_lists_its_own_campaigns_only(two: tuple[Quotidian, str]) -> None:
    quotidian, other = two
    assert sorted(listed(quotidian)) == ["planned", "spring"]
    assert listed(quotidian, other) == []


@pytest.mark.parametrize("name", ["dau", "mau", "new_users", "uninstalls"])
def test_a_workspace_without_events_has_zeros(two: tuple[Quotidian, str], name: str) -> None:
    quotidian, other = two
    assert quotidian.kpi(name, DAY, key=other, length=3) == [0, 0, 0]


def listed(quotidian: Quotidian, key: str | None = None) -> list[str]:
    answer: dict[str, Any] = quotidian.get("/campaigns/list", key=key, include_archived="true").json()
    return [campaign["id"] for campaign in answer["campaigns"]]


def recipients(quotidian: Quotidian, key: str, campaign: str = "spring") -> int:
    asked = {"campaign_id": campaign, "length": 1, "ending_at": DAY}
    return int(quotidian.data("/campaigns/data_series", key=key, **asked)[0]["unique_recipients"])


def revenue(quotidian: Quotidian, key: str) -> float:
    asked = {"campaign_id": "spring", "length": 1, "ending_at": DAY}
    return float(quotidian.data("/campaigns/data_series", key=key, **asked)[0]["revenue"])


def test_an_event_belongs_to_the_workspace_that_its_app_group_id_names(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other", app_group_id="group-2")
    quotidian.deliver(
        session("ana", DAY, app_group_id="group-2", app_id="shop"),
        email("Send", "bo", DAY, "spring", app_group_id="group-2"),
    )
    assert [quotidian.kpi("dau", DAY), quotidian.kpi("dau", DAY, key=other, app_id="shop")] == [[0], [1]]
    assert [listed(quotidian), listed(quotidian, other)] == [[], ["spring"]]
    assert_error(quotidian.get("/kpi/dau/data_series", app_id="shop", length=1), 400, "Invalid App ID")


@pytest.mark.parametrize("app_group_id", ["nobodys", "", None, "OTHER", "other "])
def test_an_event_of_no_known_app_group_id_belongs_to_the_workspace_it_is_loaded_into(
    quotidian: Quotidian, app_group_id: str | None
) -> None:
    other = quotidian.add_workspace("other")
    third = quotidian.add_workspace("third")
    quotidian.deliver(session("ana", DAY, app_group_id=app_group_id), workspace="third")
    assert [quotidian.kpi("dau", DAY, key=key) for key in (quotidian.key, other, third)] == [[0], [0], [1]]


def test_one_user_of_two_workspaces_is_counted_in_each(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other")
    quotidian.deliver(session("ana", DAY), session("ana", DAY, app_group_id="other"))
    assert [quotidian.kpi("mau", DAY), quotidian.kpi("mau", DAY, key=other)] == [[1], [1]]


def test_campaigns_of_one_id_in_two_workspaces_are_two(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other")
    quotidian.deliver(
        email("Send", "ana", DAY, "spring", message_variation_name="Ours"),
        email("Send", "bo", DAY, "spring", message_variation_name="Theirs", app_group_id="other"),
        email("Send", "cy", DAY, "spring", message_variation_name="Theirs", app_group_id="other"),
    )
    assert [recipients(quotidian, quotidian.key), recipients(quotidian, other)] == [1, 2]
    names = [
        quotidian.get("/campaigns/details", key=key, campaign_id="spring").json()["messages"]["v1"]["name"]
        for key in (quotidian.key, other)
    ]
    assert names == ["Ours", "Theirs"]


def test_a_purchase_in_one_workspace_is_no_revenue_of_a_receipt_in_another(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other")
    quotidian.deliver(
        email("Send", "ana", f"{DAY}T10:00:00Z", "spring"),
        enrolment("ana", f"{DAY}T10:00:00Z", "spring", app_group_id="other"),
        purchase("ana", f"{DAY}T11:00:00Z", 5.0, app_group_id="other"),
    )
    assert [revenue(quotidian, quotidian.key), revenue(quotidian, other)] == [0, 5]


def test_a_conversion_in_one_workspace_is_none_of_a_receipt_in_another(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other")
    conversion = "users.campaigns.Conversion"
    quotidian.deliver(
        email("Send", "ana", f"{DAY}T10:00:00Z", "spring"),
        event(conversion, "ana", f"{DAY}T11:00:00Z", campaign_id="spring", app_group_id="other"),
    )
    assert [quotidian.campaign("spring", DAY)[0]["conversions"], listed(quotidian, other)] == [0, ["spring"]]


def test_rates_and_windows_are_those_of_the_events_workspace(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other")
    spring = Campaign(conversion_behaviors=[Behavior("Makes Purchase", 60)])
    file = CatalogueFile(rates={"EUR": Decimal(2)}, campaigns={"spring": spring})
    with writing(quotidian.engine) as connection:
        import_catalogue(connection, quotidian.workspace("other"), file)
    for group in ({}, {"app_group_id": "other"}):
        quotidian.deliver(
            email("Send", "ana", f"{DAY}T10:00:00Z", "spring", **group),
            purchase("ana", f"{DAY}T10:00:30Z", 1.0, **group),
            purchase("ana", f"{DAY}T10:00:30Z", 4.0, "EUR", **group),
            purchase("ana", f"{DAY}T11:00:00Z", 2.0, **group),
        )
    assert [revenue(quotidian, quotidian.key), revenue(quotidian, other)] == [1 + 2, 1 + 2 * 4]


def test_a_day_is_that_of_the_workspace_that_the_event_belongs_to(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other", timezone="America/New_York")
    when = "2024-03-31T02:00:00Z"
    quotidian.deliver(session("ana", when), session("ana", when, app_group_id="other"))
    ours, theirs = (quotidian.kpi("dau", "2024-03-31", length=2, key=key) for key in (None, other))
    assert [ours, theirs] == [[0, 1], [1, 0]]


def test_a_rebuild_keeps_workspaces_apart(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other")
    quotidian.deliver(email("Send", "ana", DAY, "spring"), email("Send", "bo", DAY, "autumn", app_group_id="other"))
    quotidian.rebuild()
    assert [listed(quotidian), listed(quotidian, other)] == [["spring"], ["autumn"]]
    assert_error(quotidian.get("/campaigns/data_series", campaign_id="autumn", length=1), 400, "Invalid Campaign ID")


def test_a_key_of_another_workspace_is_neither_listed_nor_revoked(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other")
    with writing(quotidian.engine) as connection:
        [theirs] = list_keys(connection, quotidian.workspace("other"))
        [ours] = list_keys(connection, quotidian.workspace())
        with pytest.raises(UserError, match="There is no key"):
            revoke_key(connection, quotidian.workspace(), theirs.id)
    assert ours.id != theirs.id
    assert quotidian.get("/campaigns/list", key=other).status_code == 200


@pytest.mark.parametrize(("name", "app_group_id"), [("default", "new"), ("new", "default")])
def test_no_two_workspaces_have_one_name_or_app_group_id(quotidian: Quotidian, name: str, app_group_id: str) -> None:
    with pytest.raises(UserError, match="default"):
        quotidian.add_workspace(name, app_group_id=app_group_id)
