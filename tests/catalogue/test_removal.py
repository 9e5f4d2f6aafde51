"""The catalogue from the command line: what an import says, warnings of unseen ids, listing, and taking back."""

import json
from pathlib import Path
from typing import Any

import pytest
from commands import Command, event, made_once, message, session
from conftest import Quotidian
from currents import write_jsonl
from load import DAY
from sqlalchemy import select

from quotidian.catalogue import read_catalogue, remove_entry
from quotidian.catalogue.removal import Kind
from quotidian.store.series import writing
from quotidian.store.tables import series

CATALOGUE = """
[campaigns.c]
name = "Told"
tags = ["told"]
[campaigns.c.variations]
v = { name = "Told variation" }
[campaigns.cc-typo]
name = "Typed wrong"
[segments.lively]
name = "Lively"
filters = [ { type = "active" } ]
[events.searched]
description = "Told"
[events.serched]
description = "Typed wrong"
[rates]
EUR = 2
"""


def load(folder: Path) -> None:
    command = Command(folder / "data")
    command.init()
    bought = event("behaviors.Purchase", "ana", f"{DAY}T10:00", price=3.0, currency="EUR", product_id="tea")
    events = [session("ana", DAY), message("email.Send", "ana", f"{DAY}T09:00"), bought]
    searched = event("behaviors.CustomEvent", "ana", DAY, name="searched")
    command.here("ingest", write_jsonl(folder / "e.jsonl", [*events, searched]))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """A data folder with events of campaign `c`, a custom event `searched`, and 3 euros of revenue."""
    return made_once(tmp_path, load)


def imported(command: Command, text: str = CATALOGUE) -> Any:
    (command.data.parent / "c.toml").write_text(text)
    return command.here("catalogue", "import", "c.toml")


def listed(command: Command, *words: str) -> dict[tuple[str, str], Any]:
    lines = command.here("catalogue", "list", *words, "--format", "json").stdout.splitlines()
    return {(entry["kind"], entry["id"]): entry for entry in map(json.loads, lines)}


def revenue(command: Command, campaign: str = "c") -> float:
    words = ("series", "campaign", campaign, "--days", 1, "--ending-at", DAY, "--format", "json")
    number: float = json.loads(command.here(*words).stdout)[0]["revenue"]
    return number


def test_an_import_says_each_kind_that_it_has_imported_and_no_other(command: Command) -> None:
    out = imported(command).stdout
    assert out == "Imported 2 campaigns, 1 segment, 2 custom events and 1 currency rate.\n"
    assert (
        imported(command, '[segments.a]\nname = "A"\nfilters = [{ type = "active" }]').stdout == "Imported 1 segment.\n"
    )
    assert "nothing" in imported(command, "").stdout


def test_an_import_warns_of_ids_that_no_event_has_and_names_the_nearest(command: Command) -> None:
    err = imported(command, CATALOGUE.replace("cc-typo", '"c "').replace("v = {", "v2 = {")).stderr
    assert "Warning: campaign 'c ' is not seen in any event so far" in err
    assert "Warning: event 'serched' is not seen in any event so far; did you mean 'searched'?\n" in err
    assert "Warning: campaign 'c', variation 'v2' is not seen in any event so far" in err
    assert err.count("Warning") == 3


def test_an_import_warns_of_what_segments_name(command: Command) -> None:
    filters = '[{ type = "event", event = "searchd" }, { type = "purchase", product = "tea" }]'
    err = imported(command, f'[segments.s]\nname = "S"\nfilters = {filters}').stderr
    assert err.count("Warning") == 1
    assert "segment 's', event 'searchd' is not seen in any event so far; did you mean 'searched'?" in err


def test_an_import_before_all_events_says_so_once(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    assert imported(command).stderr.count("Warning") == 1


def test_the_catalogue_is_listed_with_what_events_have_not_named(command: Command) -> None:
    imported(command)
    found = listed(command)
    assert list(found) == [
        ("campaign", "c"),
        ("campaign", "cc-typo"),
        ("segment", "lively"),
        ("event", "searched"),
        ("event", "serched"),
        ("rate", "EUR"),
    ]
    assert [entry["seen"] for entry in found.values()] == [True, False, None, True, False, None]
    assert list(listed(command, "rate")) == [("rate", "EUR")]
    assert "cc-typo  Typed wrong  not seen in any event so far" in command.here("catalogue", "list").stdout


def test_a_removed_campaign_that_no_event_names_is_none_any_more(command: Command) -> None:
    imported(command)
    assert revenue(command, "cc-typo") == 0
    assert "no event names it" in command.here("catalogue", "remove", "campaign", "cc-typo").stdout
    assert "no campaign 'cc-typo'" in command.here("series", "campaign", "cc-typo", status=2).stderr
    assert ("campaign", "cc-typo") not in listed(command)


def test_what_events_say_of_a_removed_campaign_stays(command: Command) -> None:
    imported(command)
    assert "events name it" in command.here("catalogue", "remove", "campaign", "c").stdout
    assert revenue(command) == 6
    assert ("campaign", "c") not in listed(command)


def test_a_removed_rate_takes_its_revenue_back(command: Command) -> None:
    imported(command)
    assert revenue(command) == 6
    command.here("catalogue", "remove", "rate", "EUR")
    assert revenue(command) == 0


def test_a_removed_window_is_the_usual_one_again(command: Command) -> None:
    short = 'conversion_behaviors = [ { type = "Makes Purchase", window = 60 } ]'
    imported(command, CATALOGUE.replace('name = "Told"\n', f'name = "Told"\n{short}\n', 1))
    assert revenue(command) == 0
    command.here("catalogue", "remove", "campaign", "c")
    assert revenue(command) == 6


def test_what_is_not_in_the_catalogue_cannot_be_removed_and_the_nearest_is_named(command: Command) -> None:
    imported(command)
    err = command.here("catalogue", "remove", "campaign", "cc-tipo", status=2).stderr
    assert err.startswith("Error: The catalogue has no campaign 'cc-tipo'; the nearest is 'cc-typo'")
    assert "none of that kind" in command.here("catalogue", "remove", "app", "x", status=2).stderr
    assert "no segment" in command.here("catalogue", "remove", "segment", "c", status=2).stderr


def named(quotidian: Quotidian, path: str, key: str) -> set[str]:
    return {each["name"] for each in quotidian.get(path).json()[key]}


def remove(quotidian: Quotidian, kind: Kind, entry_id: str) -> None:
    with writing(quotidian.engine) as connection:
        remove_entry(connection, quotidian.workspace(), kind, entry_id)
    quotidian.roll_up()


def test_lists_and_series_follow_what_is_removed(quotidian: Quotidian, tmp_path: Path) -> None:
    quotidian.deliver(session("ana", DAY), message("email.Send", "ana", DAY, campaign_name="From events"))
    quotidian.deliver(event("behaviors.CustomEvent", "ana", DAY, name="searched"))
    (tmp_path / "c.toml").write_text(CATALOGUE)
    quotidian.import_catalogue(read_catalogue(tmp_path / "c.toml"))
    assert named(quotidian, "/campaigns/list", "campaigns") == {"Told", "Typed wrong"}
    assert named(quotidian, "/segments/list", "segments") == {"Lively"}
    assert named(quotidian, "/events", "events") == {"searched", "serched"}
    removed: tuple[tuple[Kind, str], ...] = (
        ("campaign", "c"),
        ("campaign", "cc-typo"),
        ("segment", "lively"),
        ("event", "searched"),
        ("event", "serched"),
    )
    for kind, entry_id in removed:
        remove(quotidian, kind, entry_id)
    assert named(quotidian, "/campaigns/list", "campaigns") == {"From events"}
    assert named(quotidian, "/segments/list", "segments") == set()
    assert [each["description"] for each in quotidian.get("/events").json()["events"]] == [""]
    with quotidian.engine.connect() as connection:
        of_segments = select(series.c.id).where((series.c.kind == "size") | (series.c.segment_id != ""))
        assert connection.execute(of_segments).first() is None
