"""The demo's files: what `quotidian demo` writes is a Currents export that exercises every number."""

import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import fastavro
import pytest

from quotidian.demo import DemoSummary, demo_catalogue, write_demo
from quotidian.demo.avro import encode
from quotidian.demo.fields import schema_fields

DAYS, UNTIL, EVENTS = 14, date(2026, 6, 30), 50_000

MESSAGES = {
    "email": "Send Delivery Open Click Unsubscribe Bounce SoftBounce MarkAsSpam",
    "pushnotification": "Send Open Bounce",
    "inappmessage": "Impression Click",
    "contentcard": "Send Impression Click Dismiss",
    "webhook": "Send Failure",
    "sms": "Send CarrierSend Delivery Rejection DeliveryFailure ShortLinkClick InboundReceive",
    "whatsapp": "Send Delivery Failure Read",
}
BEHAVIORS = "app.SessionStart app.SessionEnd app.FirstSession Uninstall Purchase CustomEvent"
COUNTED = [
    *(f"users.messages.{family}.{event}" for family, events in MESSAGES.items() for event in events.split()),
    *(f"users.behaviors.{event}" for event in BEHAVIORS.split()),
    "users.campaigns.Conversion",
    "users.campaigns.EnrollInControl",
]


@dataclass(frozen=True)
class File:
    event_type: str  # as the folder says
    day: date  # as the folder says
    schema: dict[str, Any]
    codec: str
    records: list[dict[str, Any]]


@dataclass(frozen=True)
class Demo:
    summary: DemoSummary
    files: list[File]

    def events(self, event_type: str = "") -> list[dict[str, Any]]:
        """The records of a type, or of all; duplicates too."""
        return [record for file in self.files if event_type in ("", file.event_type) for record in file.records]

    def values(self, event_type: str, field: str) -> set[Any]:
        return {event[field] for event in self.events("users." + event_type)}


def read(path: Path) -> File:
    folders = dict(part.split("=", 1) for part in path.parts if "=" in part)
    with path.open("rb") as file:
        reader = fastavro.reader(file)
        records: list[dict[str, Any]] = list(reader)  # type: ignore[arg-type]
        schema: dict[str, Any] = reader.writer_schema  # type: ignore[assignment]
    day = date.fromisoformat(folders["date"][:10])
    return File(folders["event_type"], day, schema, reader.codec, records)


def make(folder: Path, **options: Any) -> Demo:
    summary = write_demo(folder, **{"events": EVENTS, "days": DAYS, "until": UNTIL, **options})
    return Demo(summary, [read(path) for path in sorted(folder.rglob("*.avro"))])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return make(tmp_path_factory.mktemp("demo"))


def day_of(event: dict[str, Any]) -> date:
    return datetime.fromtimestamp(event["time"], UTC).date()


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.avro")}


def test_the_same_seed_writes_the_same_files(tmp_path: Path) -> None:
    for name in ("once", "again"):
        write_demo(tmp_path / name, until=UNTIL, events=5_000, days=7, seed=3)
    assert contents(tmp_path / "once") == contents(tmp_path / "again")


def test_another_seed_gives_other_events_and_other_users(tmp_path: Path) -> None:
    one, two = (make(tmp_path / str(seed), events=3_000, days=3, seed=seed) for seed in (1, 2))
    for field in ("id", "user_id"):
        assert not {event[field] for event in one.events()} & {event[field] for event in two.events()}


def test_every_file_names_its_event_type_in_its_schema(demo: Demo) -> None:
    for file in demo.files:
        assert file.schema["name"] == f"dataexport.S3.inner.{file.event_type}"


def test_a_newer_schema_is_complete_and_an_older_one_lacks_only_fields_that_may_be_null(demo: Demo) -> None:
    shapes: Counter[bool] = Counter()
    for file in demo.files:
        complete = schema_fields(file.event_type, older=False)
        present = {field["name"] for field in file.schema["fields"]}
        missing = complete.keys() - present
        assert present <= complete.keys()
        assert all(complete[field].endswith("?") for field in missing)
        shapes[bool(missing)] += 1
    assert shapes[True] > 0
    assert shapes[False] > 0


def test_fields_have_the_types_of_the_vocabulary(demo: Demo) -> None:
    for file in demo.files:
        kinds = schema_fields(file.event_type, older=False)
        for record in file.records[:20]:
            for field, value in record.items():
                encode(value, kinds[field])  # raises ValueError for a value of another type


def test_files_come_compressed_and_not(demo: Demo) -> None:
    assert {file.codec for file in demo.files} == {"deflate", "null"}


def test_the_paths_are_those_of_currents(tmp_path: Path) -> None:
    write_demo(tmp_path, until=UNTIL, events=500, days=1)
    for path in tmp_path.rglob("*.avro"):
        connector, event_type, day, _schema_id, _zone, name = path.relative_to(tmp_path).parts
        assert connector.startswith("dataexport.")
        assert ".S3.integration." in connector
        assert event_type.startswith("event_type=users.")
        assert day in ("date=2026-06-30-00", "date=2026-06-30-12")
        assert name.startswith(connector + "+0+")


def test_ids_repeat_only_as_counted_duplicates(demo: Demo) -> None:
    copies = Counter(event["id"] for event in demo.events())
    assert len(copies) == demo.summary.events
    assert copies.total() == demo.summary.records == demo.summary.events + demo.summary.duplicates
    assert sum(n - 1 for n in copies.values()) == demo.summary.duplicates
    assert demo.summary.duplicates == pytest.approx(0.005 * demo.summary.events, rel=0.3)


def test_a_duplicate_is_an_equal_event_in_another_file(demo: Demo) -> None:
    seen: dict[str, dict[str, Any]] = {}
    for file in demo.files:
        assert len({record["id"] for record in file.records}) == len(file.records)
        for record in file.records:
            first = seen.setdefault(record["id"], record)
            assert all(first[field] == record[field] for field in first.keys() & record.keys())


def test_late_events_come_one_to_five_days_after_they_happened(demo: Demo) -> None:
    first_seen: dict[str, int] = {}
    for file in demo.files:
        for record in file.records:
            delay = (file.day - day_of(record)).days
            first_seen[record["id"]] = min(delay, first_seen.get(record["id"], delay))
    delays = Counter(first_seen.values())
    assert set(delays) == set(range(6))
    assert delays.total() - delays[0] == demo.summary.late
    assert demo.summary.late == pytest.approx(0.01 * demo.summary.events, rel=0.3)


def test_all_events_fall_within_the_days_asked_for(demo: Demo) -> None:
    days = {day_of(event) for event in demo.events()}
    assert days == {UNTIL - timedelta(days=n) for n in range(DAYS)}
    assert (demo.summary.first_day, demo.summary.last_day) == (min(days), max(days))


@pytest.mark.parametrize(("events", "days"), [(100_000, 60), (40_000, 14), (20_000, 2), (20_000, 1)])
def test_there_are_about_as_many_events_as_asked_for(tmp_path: Path, events: int, days: int) -> None:
    written = write_demo(tmp_path, until=UNTIL, events=events, days=days).events
    assert written == pytest.approx(events, rel=0.05)


@pytest.mark.parametrize("event_type", COUNTED)
def test_every_counted_event_type_occurs(demo: Demo, event_type: str) -> None:
    assert demo.events(event_type)


def test_the_particulars_that_have_their_own_counts_occur(demo: Demo) -> None:
    assert {"ios", "android", "kindle", "web"} <= demo.values("messages.pushnotification.Send", "platform")
    assert demo.values("messages.pushnotification.Open", "button_string") == {None, "Shop now", "Later"}
    assert demo.values("messages.inappmessage.Click", "button_id") == {None, "0", "1"}
    assert {"Unsubscribed", "None"} == demo.values("messages.sms.InboundReceive", "action")
    assert {"STOP", "HELP"} <= demo.values("messages.sms.InboundReceive", "message_body")
    assert demo.values("campaigns.Conversion", "conversion_behavior_index") == {0, 1}
    assert demo.values("behaviors.Purchase", "currency") == {"USD", "EUR", "JPY"}
    assert len(demo.values("behaviors.app.SessionStart", "app_id")) == len(demo.summary.apps) == 3


def test_a_new_user_has_one_first_session_which_is_a_session_too(demo: Demo) -> None:
    first = {event["id"]: event for event in demo.events("users.behaviors.app.FirstSession")}
    assert len({event["user_id"] for event in first.values()}) == len(first)
    sessions = {(s["user_id"], s["session_id"], s["time"]) for s in demo.events("users.behaviors.app.SessionStart")}
    assert {(f["user_id"], f["session_id"], f["time"]) for f in first.values()} <= sessions


def test_a_session_lasts_as_long_as_its_end_says(demo: Demo) -> None:
    starts = {s["session_id"]: s["time"] for s in demo.events("users.behaviors.app.SessionStart")}
    for end in demo.events("users.behaviors.app.SessionEnd"):
        assert end["time"] - starts[end["session_id"]] == end["duration"] > 0


def test_some_people_use_two_apps(demo: Demo) -> None:
    apps: dict[str, set[str]] = {}
    for session in demo.events("users.behaviors.app.SessionStart"):
        apps.setdefault(session["user_id"], set()).add(session["app_id"])
    assert max(map(len, apps.values())) == 2


def test_nobody_acts_on_a_message_before_it_is_sent(demo: Demo) -> None:
    for family in ("email", "pushnotification"):
        sent = {event["dispatch_id"]: event["time"] for event in demo.events(f"users.messages.{family}.Send")}
        opens = demo.events(f"users.messages.{family}.Open")
        assert opens
        assert all(sent[event["dispatch_id"]] < event["time"] for event in opens)


def test_the_control_group_gets_no_messages(demo: Demo) -> None:
    enrolled = {(e["campaign_id"], e["user_id"]) for e in demo.events("users.campaigns.EnrollInControl")}
    sent = [event for file in demo.files if file.event_type.startswith("users.messages.") for event in file.records]
    assert not enrolled & {(event["campaign_id"], event["user_id"]) for event in sent}


def test_a_variation_is_renamed_and_keeps_its_id(demo: Demo) -> None:
    names: dict[str, set[str]] = {}
    for event in demo.events("users.messages.email.Send"):
        names.setdefault(event["message_variation_id"], set()).add(event["message_variation_name"])
    assert sorted(map(len, names.values()))[-2:] == [1, 2]


def test_the_summary_names_the_campaigns_and_sends_of_the_events(demo: Demo) -> None:
    written = {(event.get("campaign_id"), event.get("send_id")) for event in demo.events()}
    campaigns = demo.summary.campaigns
    assert {campaign for campaign, _ in written} - {None} == {campaign.id for campaign in campaigns}
    assert {send for _, send in written} - {None} == {send for campaign in campaigns for send in campaign.sends}
    assert sum(bool(campaign.sends) for campaign in campaigns) == 2


def test_the_catalogue_describes_every_app_and_campaign_and_leaves_one_currency_without_a_rate(demo: Demo) -> None:
    catalogue = tomllib.loads(demo_catalogue())
    assert catalogue["rates"] == {"EUR": 1.08}
    assert catalogue["apps"] == {app.id: {"name": app.name} for app in demo.summary.apps}
    shown = {key: (entry["name"], entry["is_api_campaign"]) for key, entry in catalogue["campaigns"].items()}
    assert shown == {c.id: (c.name, bool(c.sends)) for c in demo.summary.campaigns}
    assert all(entry["conversion_behaviors"][0]["window"] > 0 for entry in catalogue["campaigns"].values())


def test_progress_ends_when_all_is_written(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    write_demo(tmp_path, until=UNTIL, events=500, days=5, progress=lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls)
    assert calls[-1] == (5, 5)


REFUSED: list[dict[str, Any]] = [{"events": 0}, {"days": 0}, {"until": date(2040, 1, 1)}, {"until": date(1974, 1, 1)}]


@pytest.mark.parametrize("options", REFUSED)
def test_what_cannot_be_written_is_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        write_demo(tmp_path, **{"until": UNTIL, **options})
    assert not list(tmp_path.iterdir())
