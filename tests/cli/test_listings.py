"""`quotidian campaigns`, `canvases`, `segments`, `sends`, `events`, `products`, and names where ids are asked for."""

import csv
from pathlib import Path

import pytest
from commands import Command
from everything import DAY, listed, points, some_of_everything


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Commands on a data folder with some of everything, for what only reads."""
    return some_of_everything(Command(tmp_path_factory.mktemp("lists") / "data"))


# Lists


def test_campaigns_are_a_table_of_ids_and_names_by_name(loaded: Command) -> None:
    lines = loaded.here("campaigns").stdout.splitlines()
    assert lines[0].split() == ["id", "name", "last", "edited", "tags"]
    assert [line.split("  ")[0].strip() for line in lines[1:]] == ["c2", "c3", "c1", "twin-1", "twin-2"]
    assert lines[3].startswith("c1      Spring sale    20")
    assert lines[3].endswith("Sale, Spring")


def test_a_list_in_json_has_the_items_of_the_api(loaded: Command) -> None:
    [found] = listed(loaded, "campaigns", "sale")
    assert {**found, "last_edited": ""} == {
        "id": "c1",
        "last_edited": "",
        "name": "Spring sale",
        "is_api_campaign": False,
        "tags": ["Sale", "Spring"],
    }


def test_what_is_archived_is_listed_when_it_is_asked_for(loaded: Command) -> None:
    assert listed(loaded, "campaigns", "old") == []
    assert [item["id"] for item in listed(loaded, "campaigns", "OLD", "--include-archived")] == ["c4"]


def test_a_list_is_of_what_has_a_text_in_its_id_or_name(loaded: Command) -> None:
    assert [item["id"] for item in listed(loaded, "campaigns", "SPRING")] == ["c3", "c1"]
    assert [item["id"] for item in listed(loaded, "campaigns", "win-")] == ["twin-1", "twin-2"]
    assert "no campaign with 'summer'" in loaded.here("campaigns", "summer").stdout


def test_canvases_segments_events_and_products_are_listed(loaded: Command) -> None:
    assert [item["name"] for item in listed(loaded, "canvases")] == ["Welcome journey"]
    assert [item["name"] for item in listed(loaded, "segments", "tea")] == ["Tea drinkers"]
    assert [item["description"] for item in listed(loaded, "events")] == ["A cup of it"]
    assert loaded.here("products").stdout.splitlines() == ["id", "Pot"]


def test_sends_are_csv_with_their_campaigns(loaded: Command) -> None:
    rows = list(csv.reader(loaded.here("sends", "--format", "csv").stdout.splitlines()))
    assert rows == [
        ["send_id", "first_day", "campaign_id", "campaign"],
        ["other", DAY, "c2", "By events"],
        ["april", "2024-03-20", "c1", "Spring sale"],
        ["may", DAY, "c1", "Spring sale"],
    ]


def test_sends_that_are_no_longer_kept_are_left_out(loaded: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTIDIAN_SEND_KEEP_DAYS", "30")
    assert listed(loaded, "sends") == []


# Names


def test_a_name_stands_for_an_id_if_one_thing_has_it(loaded: Command) -> None:
    by_id = points(loaded, "campaign", "c1")
    assert by_id[0]["messages"]["email"][0]["sent"] == 1
    assert points(loaded, "campaign", "Spring sale") == by_id
    assert points(loaded, "campaign", "SPRING SALE") == by_id
    assert points(loaded, "send", "spring sale", "may")[0]["unique_recipients"] == 1
    assert points(loaded, "segment", "tea drinkers") == [{"time": DAY, "size": 1}]
    assert points(loaded, "event", "tea DRUNK", "--app-id", "shop for ios") == [{"time": DAY, "count": 1}]
    assert points(loaded, "sessions", "--segment-id", "Tea drinkers") == [{"time": DAY, "sessions": 1}]
    assert points(loaded, "purchases", "--product", "pot") == [{"time": DAY, "purchase_quantity": 1}]


@pytest.mark.parametrize(
    ("words", "said"),
    {
        "two of the name": (["campaign", "twin"], "2 are called 'twin': Twin (twin-1), Twin (twin-2); give the id"),
        "a piece of a name": (["campaign", "spring"], "no campaign 'spring'; there is Spring sale (c1), spring letter"),
        "nothing like it": (["canvas", "autumn"], "no canvas 'autumn'; `quotidian canvases` lists what there is"),
        "no text": (["campaign", ""], "no campaign ''; `quotidian campaigns`"),
        "an event": (["event", "coffee"], "no event 'coffee'; `quotidian events`"),
        "a product": (["revenue", "--product", "po"], "no product 'po'; there is Pot"),
        "an app": (["sessions", "--app-id", "android"], "no app 'android'; there is Shop for iOS (ios)"),
    }.values(),
)
def test_a_name_that_means_nothing_or_too_much_is_refused_with_candidates(
    loaded: Command, words: list[str], said: str
) -> None:
    done = loaded.here("series", *words, status=2)
    assert said in done.stderr
    assert done.stdout == ""


def test_candidates_are_a_few_however_many_there_are(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    entries = "\n".join(f'[campaigns.c{number:03}]\nname = "Same"' for number in range(300))
    (tmp_path / "catalogue.toml").write_text(entries)
    command.here("catalogue", "import", tmp_path / "catalogue.toml")
    said = command.here("series", "campaign", "same", status=2).stderr
    assert "300 are called 'same': Same (c000), " in said
    assert "Same (c004) and 295 more; give the id" in said
