"""Catalogue files: what may be in them, errors that name the entry, and revenue that follows rates and windows."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import Quotidian
from events import email, purchase, session

from quotidian.catalogue import App, Behavior, Campaign, CatalogueFile, Variation, import_catalogue, read_catalogue
from quotidian.domain.errors import UserError
from quotidian.series.campaigns.compute import campaign_facts
from quotidian.store.series import writing

DAY = "2024-03-30"

TOML = """
[rates]
EUR = 1.08331
JPY = "0.0067"
CHF = 1

[campaigns.spring]
name = "Spring"
description = "What it is for"
tags = ["one", "two"]
is_api_campaign = true
archived = true
draft = true
schedule_type = "action_based"
created_at = 2024-01-01T12:00:00
first_sent = 2024-02-01T12:00:00+02:00
last_sent = "2024-03-01T00:00:00Z"
conversion_behaviors = [
    { type = "Makes Purchase", window = 86400, product = "tea" },
    { type = "Custom", window = 60, custom_event_name = "drunk" },
]
variations.v1 = { name = "First", channel = "email", weight = 42.5 }
control_weight = 15

[campaigns."dots.and spaces"]

[apps.shop]
name = "Shop"
"""

WHOLE = CatalogueFile(
    rates={"EUR": Decimal("1.08331"), "JPY": Decimal("0.0067"), "CHF": Decimal(1)},
    campaigns={
        "spring": Campaign(
            name="Spring",
            description="What it is for",
            tags=["one", "two"],
            is_api_campaign=True,
            archived=True,
            draft=True,
            schedule_type="action_based",
            created_at=datetime(2024, 1, 1, 12),
            first_sent=datetime.fromisoformat("2024-02-01T12:00:00+02:00"),
            last_sent=datetime(2024, 3, 1, tzinfo=UTC),
            conversion_behaviors=[
                Behavior("Makes Purchase", 86_400, product="tea"),
                Behavior("Custom", 60, custom_event_name="drunk"),
            ],
            variations={"v1": Variation("First", "email", 42.5)},
            control_weight=15.0,
        ),
        "dots.and spaces": Campaign(),
    },
    apps={"shop": App("Shop")},
)


def written(folder: Path, text: str | bytes, name: str = "catalogue.toml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as refused:
        read_catalogue(path)
    return str(refused.value)


# Files


def test_a_toml_file_says_everything(tmp_path: Path) -> None:
    assert read_catalogue(written(tmp_path, TOML)) == WHOLE


@pytest.mark.parametrize("name", ["catalogue.json", "CATALOGUE.JSON"])
def test_a_json_file_says_the_same(tmp_path: Path, name: str) -> None:
    entries = {
        "rates": {"EUR": "1.08331", "JPY": "0.0067", "CHF": 1},
        "campaigns": {
            "spring": {
                "name": "Spring",
                "description": "What it is for",
                "tags": ["one", "two"],
                "is_api_campaign": True,
                "archived": True,
                "draft": True,
                "schedule_type": "action_based",
                "created_at": "2024-01-01T12:00:00",
                "first_sent": "2024-02-01T12:00:00+02:00",
                "last_sent": "2024-03-01T00:00:00Z",
                "conversion_behaviors": [
                    {"type": "Makes Purchase", "window": 86400, "product": "tea"},
                    {"type": "Custom", "window": 60, "custom_event_name": "drunk"},
                ],
                "variations": {"v1": {"name": "First", "channel": "email", "weight": 42.5}},
                "control_weight": 15,
            },
            "dots.and spaces": {},
        },
        "apps": {"shop": {"name": "Shop"}},
    }
    assert read_catalogue(written(tmp_path, json.dumps(entries), name)) == WHOLE


def test_a_rate_is_the_decimal_that_is_written(tmp_path: Path) -> None:
    toml = read_catalogue(written(tmp_path, "[rates]\nEUR = 1.083310000001\n"))
    in_json = read_catalogue(written(tmp_path, '{"rates": {"EUR": 1.083310000001}}', "catalogue.json"))
    assert toml.rates == in_json.rates == {"EUR": Decimal("1.083310000001")}


@pytest.mark.parametrize(("name", "text"), [("empty.toml", ""), ("empty.json", "{}")])
def test_an_empty_file_adds_nothing(tmp_path: Path, name: str, text: str) -> None:
    assert read_catalogue(written(tmp_path, text, name)) == CatalogueFile()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[campaigns.spring]\nname = 1", "campaigns.spring"),
        ("[campaigns.spring]\nnmae = 'x'", "nmae"),
        ("[campaign.spring]\nname = 'x'", "campaign"),
        ("[campaigns]\nspring = 'x'", "campaigns.spring"),
        ("[campaigns.spring]\ntags = 'one'", "tags"),
        ("[campaigns.spring]\ntags = [1]", "tags[0]"),
        ("[campaigns.spring]\narchived = 1", "archived"),
        ("[campaigns.spring]\ncreated_at = 'yesterday'", "created_at"),
        ("[campaigns.spring]\nconversion_behaviors = [{ type = 'x' }]", "window"),
        ("[campaigns.spring]\nconversion_behaviors = [{ type = 'x', window = 0 }]", "window"),
        ("[campaigns.spring]\nconversion_behaviors = [{ type = 'x', window = 31622401 }]", "window"),
        ("[campaigns.spring]\nconversion_behaviors = [{ type = 'x', window = '3 days' }]", "window"),
        ("[campaigns.spring]\nconversion_behaviors = [{ type = 'x', window = 1.5 }]", "window"),
        ("[campaigns.spring]\nvariations = ['v1']", "variations"),
        ("[campaigns.spring]\nvariations.v1 = { weight = -1 }", "variations"),
        ("[campaigns.spring]\nvariations.v1 = { weight = '1' }", "weight"),
        ("[campaigns.spring]\ncontrol_weight = nan", "control_weight"),
        ("[campaigns.spring]\ncontrol_weight = inf", "control_weight"),
        ("[campaigns.spring]\ncontrol_weight = true", "control_weight"),
        ("[apps.shop]", "name"),
        ("[rates]\nEUR = 'dear'", "rates"),
        ("[rates]\nEUR = true", "rates"),
        ("[rates]\nEUR = 0", "EUR"),
        ("[rates]\nEUR = -1.08", "EUR"),
        ("[rates]\nEUR = nan", "EUR"),
        ("[rates]\nEUR = inf", "EUR"),
        ("[rates]\nEUR = 1000000", "EUR"),
        ("[rates]\nEUR = 0.0000000000001", "EUR"),
        ("[rates]\nUSD = 1.01", "USD"),
        ("rates = [1]", "rates"),
    ],
    ids=lambda text: text.replace("\n", " ")[:60],
)
def test_an_entry_that_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    message = refusal(written(tmp_path, text))
    assert "catalogue.toml" in message
    assert named in message


def test_the_campaign_that_is_wrong_is_named(tmp_path: Path) -> None:
    good = "\n".join(f"[campaigns.good-{number}]" for number in range(100))
    assert "summer" in refusal(written(tmp_path, f"{good}\n[campaigns.summer]\nname = 1"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.toml", b"[rates"),
        ("twice.toml", b"[rates]\nEUR = 1\nEUR = 2"),
        ("latin1.toml", "name = 'é'".encode("latin-1")),
        ("broken.json", b'{"rates": {'),
        ("list.json", b"[]"),
        ("null.json", b"null"),
        ("empty.json", b""),
        ("nan.json", b'{"rates": {"EUR": NaN}}'),
        ("infinite.json", b'{"rates": {"EUR": Infinity}}'),
        ("huge.json", b'{"rates": {"EUR": ' + b"9" * 5_000 + b"}}"),
        ("huge.toml", b"[rates]\nEUR = " + b"9" * 5_000),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    assert name in refusal(written(tmp_path, content, name))


def test_a_file_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    assert "deep.json" in refusal(written(tmp_path, "[" * 100_000, "deep.json"))


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    assert "absent.toml" in refusal(tmp_path / "absent.toml")
    assert str(tmp_path) in refusal(tmp_path)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_beyond_the_calendar_is_refused(quotidian: Quotidian, tmp_path: Path, moment: str) -> None:
    text = f'{{"campaigns": {{"spring": {{"created_at": "{moment}"}}}}}}'
    with pytest.raises(UserError, match="created_at"):
        quotidian.import_catalogue(read_catalogue(written(tmp_path, text, "catalogue.json")))


def test_a_name_that_is_no_text_is_refused(quotidian: Quotidian, tmp_path: Path) -> None:
    text = r'{"campaigns": {"spring": {"name": "\ud800"}}}'
    with pytest.raises(UserError):
        quotidian.import_catalogue(read_catalogue(written(tmp_path, text, "catalogue.json")))


@pytest.mark.parametrize("text", ['[campaigns.""]', "[apps.'']\nname = 'x'", "[rates]\n'' = 1"])
def test_an_entry_without_an_id_is_refused(tmp_path: Path, text: str) -> None:
    refusal(written(tmp_path, text))


# Import


def names(quotidian: Quotidian) -> dict[str, Any]:
    listed = quotidian.get("/campaigns/list").json()["campaigns"]
    return {campaign["id"]: campaign["name"] for campaign in listed}


def test_an_import_replaces_the_entries_it_has_and_keeps_the_others(quotidian: Quotidian) -> None:
    quotidian.import_catalogue(CatalogueFile(campaigns={"a": Campaign(name="A", tags=["x"]), "b": Campaign(name="B")}))
    quotidian.import_catalogue(CatalogueFile(campaigns={"a": Campaign(name="New")}))
    assert names(quotidian) == {"a": "New", "b": "B"}
    assert quotidian.get("/campaigns/details", campaign_id="a").json()["tags"] == []


def test_an_app_in_the_catalogue_only_is_not_known(quotidian: Quotidian) -> None:
    quotidian.import_catalogue(CatalogueFile(apps={"shop": App("Shop")}))
    assert quotidian.get("/kpi/dau/data_series", app_id="shop", length=1).status_code == 400
    quotidian.deliver(session("ana", DAY, app_id="shop"))
    assert quotidian.kpi("dau", DAY, app_id="shop") == [1]


def test_a_campaign_and_an_app_may_have_one_id(quotidian: Quotidian) -> None:
    quotidian.import_catalogue(CatalogueFile(campaigns={"one": Campaign(name="Campaign")}, apps={"one": App("App")}))
    quotidian.import_catalogue(CatalogueFile(apps={"one": App("Renamed")}))
    assert names(quotidian) == {"one": "Campaign"}


# Revenue


def bought(quotidian: Quotidian, *campaigns: str) -> None:
    """Ana gets each campaign's e-mail at ten and pays ten euros at eleven."""
    quotidian.deliver(
        *(email("Send", "ana", f"{DAY}T10:00:00Z", campaign) for campaign in campaigns),
        purchase("ana", f"{DAY}T11:00:00Z", 10, "EUR"),
    )


def revenue(quotidian: Quotidian, campaign: str = "spring") -> list[float]:
    """Of the day, and of its one element."""
    [point] = quotidian.campaign(campaign, DAY)
    return [point["revenue"], point["messages"]["email"][0]["revenue"]]


def rates(quotidian: Quotidian, **of: str) -> None:
    quotidian.import_catalogue(CatalogueFile(rates={currency: Decimal(rate) for currency, rate in of.items()}))


def window(quotidian: Quotidian, *seconds: int, campaign: str = "spring") -> None:
    entry = Campaign(conversion_behaviors=[Behavior("Makes Purchase", each) for each in seconds])
    quotidian.import_catalogue(CatalogueFile(campaigns={campaign: entry}))


def test_a_purchase_without_a_rate_counts_once_its_currency_has_one(quotidian: Quotidian) -> None:
    bought(quotidian, "spring")
    assert revenue(quotidian) == [0, 0]
    rates(quotidian, EUR="1.08")
    assert revenue(quotidian) == [10.8, 10.8]


def test_a_new_rate_changes_what_is_published(quotidian: Quotidian) -> None:
    rates(quotidian, EUR="1.08")
    bought(quotidian, "spring")
    rates(quotidian, EUR="1.1")
    assert revenue(quotidian) == [11, 11]


def test_another_currencys_rate_leaves_a_rate_as_it_is(quotidian: Quotidian) -> None:
    rates(quotidian, EUR="1.08")
    bought(quotidian, "spring")
    rates(quotidian, GBP="1.25")
    assert revenue(quotidian) == [10.8, 10.8]


def test_a_rate_of_dollars_is_1_said_or_not(quotidian: Quotidian) -> None:
    quotidian.deliver(email("Send", "ana", f"{DAY}T10:00:00Z", "spring"), purchase("ana", f"{DAY}T11:00:00Z", 49.99))
    assert revenue(quotidian) == [49.99, 49.99]
    rates(quotidian, USD="1")
    assert revenue(quotidian) == [49.99, 49.99]


def test_the_smallest_and_largest_rates_are_exact(quotidian: Quotidian) -> None:
    quotidian.deliver(
        email("Send", "ana", f"{DAY}T10:00:00Z", "spring"),
        purchase("ana", f"{DAY}T11:00:00Z", 1, "BIG"),
        purchase("ana", f"{DAY}T11:00:00Z", 1_000_000, "TINY"),
    )
    rates(quotidian, BIG="999999.999999", TINY="0.000000000001")
    assert revenue(quotidian) == [1_000_000, 1_000_000]


def test_a_shorter_window_takes_revenue_away_and_a_longer_one_gives_it_back(quotidian: Quotidian) -> None:
    rates(quotidian, EUR="1")
    bought(quotidian, "spring")
    for seconds, wanted in ((3_599, 0), (3_600, 10), (1, 0), (86_400, 10)):
        window(quotidian, seconds)
        assert revenue(quotidian) == [wanted, wanted], seconds


def test_without_behaviours_the_window_is_three_days_again(quotidian: Quotidian) -> None:
    rates(quotidian, EUR="1")
    bought(quotidian, "spring")
    window(quotidian, 60)
    assert revenue(quotidian) == [0, 0]
    window(quotidian)
    assert revenue(quotidian) == [10, 10]


def test_the_window_is_that_of_the_first_behaviour(quotidian: Quotidian) -> None:
    rates(quotidian, EUR="1")
    bought(quotidian, "spring")
    window(quotidian, 60, 86_400)
    assert revenue(quotidian) == [0, 0]
    window(quotidian, 86_400, 60)
    assert revenue(quotidian) == [10, 10]


def test_a_window_is_its_own_campaigns(quotidian: Quotidian) -> None:
    rates(quotidian, EUR="1")
    bought(quotidian, "spring", "autumn")
    window(quotidian, 60, campaign="autumn")
    assert [revenue(quotidian), revenue(quotidian, "autumn")] == [[10, 10], [0, 0]]


def test_a_window_that_is_set_before_any_event_counts(quotidian: Quotidian) -> None:
    window(quotidian, 60)
    rates(quotidian, EUR="1")
    bought(quotidian, "spring")
    assert revenue(quotidian) == [0, 0]


def test_a_window_of_many_days_reaches_back_that_far(quotidian: Quotidian) -> None:
    quotidian.deliver(email("Send", "ana", "2023-06-01", "spring"), purchase("ana", DAY, 5))
    assert revenue(quotidian) == [0, 0]
    window(quotidian, 366 * 86_400)
    assert revenue(quotidian) == [5, 5]
    quotidian.deliver(email("Send", "bo", "2023-06-01", "spring"), purchase("bo", DAY, 7))
    assert revenue(quotidian) == [12, 12]


def test_a_late_receipt_within_a_long_window_changes_a_published_day(quotidian: Quotidian) -> None:
    window(quotidian, 366 * 86_400)
    quotidian.deliver(email("Send", "bo", DAY, "spring"), purchase("ana", DAY, 5))
    assert revenue(quotidian) == [0, 0]
    quotidian.deliver(email("Send", "ana", "2023-06-01", "spring"))
    assert revenue(quotidian) == [5, 5]


def test_a_send_follows_a_new_rate_too(quotidian: Quotidian) -> None:
    quotidian.deliver(
        email("Send", "ana", f"{DAY}T10:00:00Z", "spring", send_id="spring-1"),
        purchase("ana", f"{DAY}T11:00:00Z", 10, "EUR"),
    )
    rates(quotidian, EUR="2")
    assert quotidian.send("spring", "spring-1", DAY)[0]["revenue"] == 20


def test_rates_and_windows_outlive_a_rebuild(quotidian: Quotidian) -> None:
    rates(quotidian, EUR="2")
    window(quotidian, 60, campaign="autumn")
    bought(quotidian, "spring", "autumn")
    quotidian.rebuild()
    assert [revenue(quotidian), revenue(quotidian, "autumn")] == [[20, 20], [0, 0]]


def test_a_rate_that_comes_while_days_are_computed_is_not_overlooked(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotidian.deliver(
        email("Send", "ana", f"{DAY}T10:00:00Z", "spring"), purchase("ana", f"{DAY}T11:00:00Z", 10, "EUR")
    )
    imported: list[bool] = []

    def import_meanwhile(*given: Any) -> Any:
        found = campaign_facts(*given)
        if not imported:
            imported.append(True)
            with writing(quotidian.engine) as connection:
                import_catalogue(connection, quotidian.workspace(), CatalogueFile({"EUR": Decimal(2)}))
        return found

    monkeypatch.setattr("quotidian.series.rollup.campaign_facts", import_meanwhile)
    quotidian.deliver(email("Send", "bo", f"{DAY}T10:00:00Z", "spring"))
    quotidian.roll_up()
    assert revenue(quotidian) == [20, 20]
