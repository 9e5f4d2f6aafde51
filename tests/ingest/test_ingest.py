"""Loading files: damaged ones, schemas of any age, copies, files of many steps, and what the report says."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import pytest
from commands import SESSION, Command, Json, event, message, session
from conftest import Quotidian, days_between
from currents import write_avro, write_body, write_jsonl
from oracle import Oracle
from test_whole_path import assert_equal_to_oracle
from worlds import make_world

from quotidian.control.dead_letters import list_dead_letters
from quotidian.domain.errors import UserError
from quotidian.ingest.columns import EVENTS, FIELDS
from quotidian.ingest.load import ingest
from quotidian.ingest.report import LoadReport
from quotidian.ingest.sniff import look_at
from quotidian.ingest.sources import Source
from quotidian.ingest.store_dead_letters import MOST_OF_FILE

DAY = "2024-03-30"
MARCH = days_between(date(2024, 2, 20), date(2024, 5, 20))
ANA, BO, CY = (session(user, DAY) for user in ("ana", "bo", "cy"))


def sessions(number: int, day: str = DAY) -> list[Json]:
    return [session(f"user {n}", day) for n in range(number)]


def names(report: LoadReport) -> set[str]:
    return {Path(file.origin).name for file in report.failed}


def assert_adds_up(report: LoadReport) -> None:
    for counts in [*report.types.values(), report.total]:
        assert counts.read == counts.new + counts.duplicate + counts.skipped + counts.dead
    assert sum(report.reasons.values()) == report.total.dead


# Damaged Avro


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy"])
def test_avro_cut_anywhere_is_reported_by_name_and_the_rest_is_loaded(
    quotidian: Quotidian, files: Path, codec: Any
) -> None:
    (whole,) = write_avro(files / "whole", sessions(60), codec=codec)
    content = whole.read_bytes()
    cuts = [*range(1, 40), *range(40, len(content), 131), *range(len(content) - 20, len(content))]
    folder = files / "cut"
    folder.mkdir()
    for cut in cuts:
        (folder / f"{cut:06}.avro").write_bytes(content[:cut])
    write_avro(folder / "zz", [ANA, BO])
    report = quotidian.load(folder)
    end_of_header = content.index(content[-16:]) + 16  # a cut there leaves a whole file without records
    assert names(report) == {f"{cut:06}.avro" for cut in cuts if cut != end_of_header}
    assert report.total.new == 2
    assert quotidian.kpi("dau", DAY) == [2]


def test_avro_cut_between_blocks_is_told_or_loads_what_is_whole(quotidian: Quotidian, files: Path) -> None:
    file = files / "blocks.avro"
    with file.open("wb") as out:
        fastavro.writer(out, schema(PURCHASE), [purchase(f"p{n}") for n in range(100)], sync_interval=500)
    content = file.read_bytes()
    first_block_ends = content.index(content[-16:], content.index(content[-16:]) + 16) + 16
    file.write_bytes(content[:first_block_ends])
    report = quotidian.load(file)
    assert names(report) == {"blocks.avro"} or 0 < report.total.new < 100


def test_a_file_that_breaks_late_leaves_nothing_behind(quotidian: Quotidian, files: Path) -> None:
    """What of a broken file was read before it broke must not count with the next file."""
    (written,) = write_avro(files / "a", sessions(50_000), codec="null", records_per_file=50_000)
    written.write_bytes(written.read_bytes()[:-10])
    write_avro(files / "b", [ANA])
    report = quotidian.load(files)
    assert names(report) == {written.name}
    assert report.total.read == 1
    assert quotidian.kpi("dau", DAY) == [1]


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy"])
def test_avro_with_damaged_bytes_never_ends_a_load(quotidian: Quotidian, files: Path, codec: Any) -> None:
    (whole,) = write_avro(files / "whole", sessions(40), codec=codec)
    content = whole.read_bytes()
    folder = files / "damaged"
    folder.mkdir()
    for position in range(content.index(content[-16:]), len(content), 97):
        damaged = content[:position] + b"\xff\xff\xff\x7f" + content[position + 4 :]
        (folder / f"{position:06}.avro").write_bytes(damaged)
    write_jsonl(folder / "good.jsonl", [ANA])
    report = quotidian.load(folder)
    assert report.failed
    assert report.types[SESSION].new >= 1


def test_many_foreign_files_among_many_good_ones_are_each_named(quotidian: Quotidian, files: Path) -> None:
    for n in range(30):
        write_avro(files / f"good {n}", [session(f"user {n}", DAY)])
        (files / f"bad {n}.avro").write_bytes(b"Obj\x01 but nothing more")
        (files / f"bad {n}.json").write_bytes(b"{" * n)
    report = quotidian.load(files)
    assert len(report.failed) == 60
    assert report.total.new == report.files == 30


def test_more_files_than_a_step_takes_are_all_loaded(quotidian: Quotidian, files: Path) -> None:
    for n in range(1_050):
        write_jsonl(files / f"{n}.jsonl", [session(f"user {n}", DAY)])
    assert quotidian.load(files).files == 1_050
    assert quotidian.kpi("dau", DAY) == [1_050]


def test_a_file_that_goes_away_is_reported(quotidian: Quotidian, files: Path) -> None:
    kept = write_jsonl(files / "kept.jsonl", [ANA])
    report = LoadReport()
    sources = [Source.of(files / "gone.jsonl"), Source.of(kept)]
    list(ingest(quotidian.stores, quotidian.workspace(), sources, report))
    assert names(report) == {"gone.jsonl"}
    assert report.total.new == 1


def test_a_file_that_goes_away_while_it_waits_its_turn_is_reported(
    quotidian: Quotidian, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = write_jsonl(files / "gone.jsonl", [ANA])
    write_jsonl(files / "kept.jsonl", [BO])

    def look_and_lose(source: Source, path: Path) -> object:
        seen = look_at(source, path)
        gone.unlink(missing_ok=True)
        return seen

    monkeypatch.setattr("quotidian.ingest.fetch.look_at", look_and_lose)
    assert names(quotidian.load(files)) == {"gone.jsonl"}


@pytest.mark.parametrize("name", ["{a,b}*.avro", 'it\'s "x"?.avro', "naïve\n👋.avro", "%s %(files)s.avro", "[1].avro"])
def test_a_file_of_any_name_is_loaded(quotidian: Quotidian, files: Path, name: str) -> None:
    (written,) = write_avro(files / "w", [ANA])
    assert quotidian.load(written.rename(files / name)).total.new == 1
    (files / f"lines{name}.jsonl").write_text("nonsense\n")
    assert quotidian.load(files / f"lines{name}.jsonl").total.dead == 1


def test_a_file_whose_name_is_not_utf_8_is_loaded(quotidian: Quotidian, files: Path) -> None:
    file = files / b"caf\xe9.jsonl".decode(errors="surrogateescape")
    file.write_text("nonsense\n")
    assert quotidian.load(file).total.dead == 1


def test_a_data_folder_of_any_name_works(files: Path) -> None:
    quotidian = Quotidian(files / "a {b,c} [d]* 'e' \"f\" ü;g=h#\\")
    try:
        quotidian.deliver(ANA)
        assert quotidian.kpi("dau", DAY) == [1]
    finally:
        quotidian.close()


@pytest.mark.parametrize("name", ["a?b", "a%20b"])
def test_a_data_folder_named_like_a_url_is_refused(files: Path, name: str) -> None:
    # chDB takes its path for a URL, and would put the events elsewhere.
    with pytest.raises(UserError, match="may have no"):
        Quotidian(files / name)


@pytest.mark.parametrize(
    "field", ["campaign_id", "message_variation_id", "message_variation_name", "send_id", "app_id"]
)
def test_avro_that_is_not_utf_8_does_not_stop_this_load_or_the_next(
    quotidian: Quotidian, files: Path, field: str
) -> None:
    told = (
        session("ana", DAY, app_id="@@@@")
        if field == "app_id"
        else message("email.Send", "ana", DAY, **{field: "@@@@"})
    )
    (written,) = write_avro(files, [told], codec="null")
    written.write_bytes(written.read_bytes().replace(b"@@@@", b"\xff\xfe\xff\xfe"))
    quotidian.load(files)
    assert quotidian.deliver(BO).total.new == 1
    assert quotidian.kpi("dau", DAY)[0] in (1, 2)


# Schemas of other ages

PURCHASE = (
    ("id", "string"),
    ("time", "long"),
    ("user_id", "string"),
    ("price", "float"),
    ("currency", "string"),
    ("product_id", "string"),
)
TEXT = ["null", "string"]
TREE = {"type": "record", "name": "Tree", "fields": [{"name": "left", "type": ["null", "Tree"]}]}
NESTED = {
    "type": "record",
    "name": "Nested",
    "fields": [
        {"name": "list", "type": {"type": "array", "items": "string"}},
        {"name": "map", "type": {"type": "map", "values": "long"}},
    ],
}


def schema(fields: Sequence[tuple[str, object]], event_type: str = "users.behaviors.Purchase") -> dict[str, object]:
    named = [{"name": name, "type": kind} for name, kind in fields]
    return {"type": "record", "name": f"dataexport.S3.inner.{event_type}", "fields": named}


def purchase(event_id: object = "p1", **fields: object) -> Json:
    told = {"id": event_id, "time": 1_711_800_000, "user_id": "ana", "price": 49.99, "currency": "USD"}
    return {**told, "product_id": "tea", **fields}


def with_field(name: str, kind: object) -> list[tuple[str, object]]:
    """The fields of a purchase, one of them of another type, or one more."""
    fields: dict[str, object] = {**dict(PURCHASE), name: kind}
    return list(fields.items())


def write_record(path: Path, fields: Sequence[tuple[str, object]], event_type: str, **record: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        fastavro.writer(out, schema(fields, event_type), [{"time": 1_711_800_000, "user_id": "ana", **record}])


def write_purchase(path: Path, fields: Sequence[tuple[str, object]], **record: object) -> Path:
    write_record(path, fields, "users.behaviors.Purchase", **purchase(**record))
    return path


def revenue_of(quotidian: Quotidian, files: Path, fields: Sequence[tuple[str, object]], **record: object) -> object:
    """What the purchase adds to the campaign that its user had received."""
    quotidian.deliver(message("email.Send", "ana", DAY))
    report = quotidian.load(write_purchase(files / "p.avro", fields, **record))
    assert report.failed == []
    assert_adds_up(report)
    return quotidian.campaign("c", DAY)[0]["revenue"]


READABLE: Mapping[str, tuple[Sequence[tuple[str, object]], Json]] = {
    "the schema of today": (PURCHASE, {}),
    "another order of fields": (PURCHASE[::-1], {}),
    "an int time": (with_field("time", "int"), {}),
    "a nullable time": (with_field("time", ["null", "long"]), {}),
    "a time of doubles": (with_field("time", "double"), {}),
    "a price of doubles": (with_field("price", "double"), {}),
    "a nullable price": (with_field("price", ["null", "float"]), {}),
    "nullable ids": ([*with_field("id", TEXT)], {}),
    "an id of logical type uuid": (with_field("id", {"type": "string", "logicalType": "uuid"}), {}),
    "an enum for a text": (
        with_field("currency", {"type": "enum", "name": "Currency", "symbols": ["EUR", "USD"]}),
        {},
    ),
    "a nested record": (with_field("extra", NESTED), {"extra": {"list": ["x"], "map": {"k": 1}}}),
    "an array of records": (with_field("extra", {"type": "array", "items": NESTED}), {"extra": []}),
    "a map": (with_field("extra", {"type": "map", "values": TEXT}), {"extra": {"a": None, "b": "c"}}),
    "an enum": (with_field("extra", {"type": "enum", "name": "E", "symbols": ["A"]}), {"extra": "A"}),
    "a fixed": (with_field("extra", {"type": "fixed", "name": "F", "size": 2}), {"extra": b"xy"}),
    "bytes": (with_field("extra", "bytes"), {"extra": b"\xff\x00"}),
    "a logical time": (with_field("extra", {"type": "long", "logicalType": "timestamp-micros"}), {"extra": 1}),
    "a logical date": (with_field("extra", {"type": "int", "logicalType": "date"}), {"extra": 1}),
    "a union of many": (with_field("extra", ["null", "int", "string", {"type": "map", "values": "int"}]), {"extra": 1}),
    "a recursive record": (with_field("extra", ["null", TREE]), {"extra": {"left": {"left": None}}}),
}


@pytest.mark.parametrize(("fields", "more"), READABLE.values(), ids=READABLE)
def test_avro_is_read_with(quotidian: Quotidian, files: Path, fields: Sequence[tuple[str, object]], more: Json) -> None:
    assert revenue_of(quotidian, files, fields, **more) == 49.99


def test_fields_that_a_schema_lacks_are_null(quotidian: Quotidian, files: Path) -> None:
    assert revenue_of(quotidian, files, PURCHASE[:3]) == 0
    assert quotidian.events.rows("SELECT currency FROM quotidian.events WHERE price = 0 AND id = 'p1'", {}, tuple[str])


FILLED: Mapping[str, object] = {
    "user_id": "",
    "external_user_id": "bo",
    "app_group_id": "group of another",
    "app_id": "app",
    "campaign_id": "c",
    "campaign_name": "C",
    "message_variation_id": "v",
    "message_variation_name": "V",
    "send_id": "s",
    "platform": "ios",
    "button_string": "yes",
    "button_id": "0",
    "action": "Unsubscribed",
    "message_body": " Help ",
    "conversion_behavior_index": 2,
    "price": 49.99,
    "currency": "USD",
    "name": "read",
    "product_id": "tea",
    "canvas_id": "can",
    "canvas_name": "Can",
    "canvas_variation_id": "cv",
    "canvas_variation_name": "CV",
    "canvas_step_id": "st",
    "canvas_step_name": "ST",
}
OF_NUMBERS = {"conversion_behavior_index": "int", "price": "float"}
BARE = PURCHASE[:3]
WIDE = [*BARE[:2], *((name, OF_NUMBERS.get(name, "string")) for name in FILLED)]
FILLED_TYPES = (
    "users.behaviors.Purchase",
    "users.behaviors.CustomEvent",
    "users.campaigns.Conversion",
    "users.messages.pushnotification.Open",
    "users.messages.inappmessage.Click",
    "users.messages.sms.InboundReceive",
)


@pytest.mark.parametrize("bare_first", [True, False])
def test_of_a_batch_each_field_is_read_of_the_files_that_have_it(
    quotidian: Quotidian, files: Path, *, bare_first: bool
) -> None:
    """Each file is also loaded again under another id, with none beside it that has more fields, or fewer."""
    assert {name for name, _ in WIDE} == {field.name for field in FIELDS}
    bare, wide = ("1", "2") if bare_first else ("2", "1")
    for event_type in FILLED_TYPES:
        write_record(files / "mixed" / bare / event_type, BARE, event_type, id=f"mixed bare {event_type}")
        write_record(files / "mixed" / wide / event_type, WIDE, event_type, id=f"mixed wide {event_type}", **FILLED)
        write_record(files / "bare" / event_type, BARE, event_type, id=f"alone bare {event_type}")
        write_record(files / "wide" / event_type, WIDE, event_type, id=f"alone wide {event_type}", **FILLED)
    for folder in ("mixed", "bare", "wide"):
        assert quotidian.load(files / folder).total.new == len(FILLED_TYPES) * (2 if folder == "mixed" else 1)
    columns = [column.name for column in EVENTS if column.made_of not in ((), ("id",), ("time",), ("type",))]
    told = quotidian.events.rows(
        f"SELECT id, {', '.join(f'toString({name})' for name in columns)} FROM quotidian.events",
        {},
        tuple[str, ...],
    )
    stored = {event_id: dict(zip(columns, values, strict=True)) for event_id, *values in told}
    differ = set()
    for event_type in FILLED_TYPES:
        of_bare, of_wide = stored[f"mixed bare {event_type}"], stored[f"mixed wide {event_type}"]
        assert of_bare == stored[f"alone bare {event_type}"]
        assert of_wide == stored[f"alone wide {event_type}"]
        differ |= {name for name in columns if of_bare[name] != of_wide[name]}
    assert set(columns) - differ == {"workspace"}


def test_a_schema_without_an_id_makes_dead_letters(quotidian: Quotidian, files: Path) -> None:
    report = quotidian.load(write_purchase(files / "p.avro", PURCHASE[1:]))
    assert dict(report.reasons) == {("users.behaviors.Purchase", "no id"): 1}


UNREADABLE: Mapping[str, tuple[str, object, object]] = {
    "a text for a time": ("time", "string", "1711800000"),
    "a union for a time": ("time", ["long", "double"], 1_711_800_000),
    "a number for an id": ("id", "long", 7),
    "a text for a price": ("price", "string", "49.99"),
    "a record for a text": ("currency", {**NESTED, "fields": []}, {}),
    "an array for a text": ("campaign_id", {"type": "array", "items": "string"}, ["c"]),
    "a time in milliseconds": (
        "time",
        {"type": "long", "logicalType": "timestamp-millis"},
        1_711_800_000_000,
    ),
    "a time that is null": ("time", ["null", "long"], None),
}


@pytest.mark.parametrize(("name", "kind", "value"), UNREADABLE.values(), ids=UNREADABLE)
def test_avro_is_told_and_the_rest_loaded_with(
    quotidian: Quotidian, files: Path, name: str, kind: object, value: object
) -> None:
    write_purchase(files / "in" / "bad.avro", with_field(name, kind), **{"event_id": "p2", name: value})
    write_purchase(files / "in" / "good.avro", PURCHASE)
    report = quotidian.load(files / "in")
    assert names(report) == {"bad.avro"} or report.total.dead == 1
    assert report.total.new == 1


def test_files_of_every_known_type_are_read_together(quotidian: Quotidian, files: Path) -> None:
    world = make_world(11, users=4, days=10, campaigns=4)
    write_avro(files / "all", world.events, records_per_file=10_000)
    report = quotidian.load(files / "all")
    assert report.total.new == len(world.events)
    assert len(report.types) > 40


# Copies


def test_an_event_twice_in_one_file_counts_once(quotidian: Quotidian, files: Path) -> None:
    write_avro(files, [ANA, BO, ANA, ANA])
    report = quotidian.load(files)
    assert (report.total.read, report.total.new, report.total.duplicate) == (4, 2, 2)


def test_an_event_in_two_files_of_one_load_counts_once(quotidian: Quotidian, files: Path) -> None:
    write_avro(files / "a", [ANA, BO])
    write_avro(files / "b", [BO, CY])
    assert quotidian.load(files).total.new == 3
    assert quotidian.kpi("dau", DAY) == [3]


def test_an_event_through_every_shape_counts_once(quotidian: Quotidian, files: Path) -> None:
    sent = message("email.Send", "ana", DAY)
    for codec in ("null", "deflate", "snappy"):
        write_avro(files / codec, [sent], codec=codec)
    write_jsonl(files / "e.jsonl", [sent])
    write_jsonl(files / "e.ndjson.gz", [sent, sent], gzip=True)
    write_body(files / "e.json", [sent])
    report = quotidian.load(files)
    assert (report.total.read, report.total.new) == (7, 1)
    assert quotidian.campaign("c", DAY)[0]["messages"]["email"][0]["sent"] == 1


def test_of_copies_that_differ_one_counts(quotidian: Quotidian) -> None:
    copies = [{**session("ana", DAY, app_id=f"app {n}"), "id": "same"} for n in range(30)]
    assert quotidian.deliver(*copies).total.new == 1
    quotidian.deliver(*copies[::-1])
    assert quotidian.kpi("dau", DAY) == [1]


def test_the_same_id_at_another_second_or_of_another_user_is_another_event(quotidian: Quotidian) -> None:
    uninstall = {**event("behaviors.Uninstall", "ana", DAY), "id": "same"}
    noon = uninstall["time"]
    namesakes = [
        *({**uninstall, "time": time} for time in (noon, noon - 1, noon + 1, noon + 0.5, noon - 0.5)),
        *({**uninstall, "user": user} for user in ({"user_id": "bo"}, {"external_user_id": "ana"})),
    ]
    for new in (5, 0):  # half a second later is the same second, half a second earlier is the second before
        assert quotidian.deliver(*namesakes).total.new == new
    assert quotidian.kpi("uninstalls", DAY) == [5]


def test_copies_are_found_on_their_day_wherever_its_partition_begins(quotidian: Quotidian) -> None:
    days = [f"2024-03-{n:02}" for n in range(1, 32)]
    sessions = [{**session("ana", day), "id": "same"} for day in days]
    assert quotidian.deliver(*sessions[::2]).total.new == 16
    assert quotidian.deliver(*sessions).total.new == 15
    for each in sessions:
        assert quotidian.deliver(each).total.duplicate == 1


def test_copies_of_two_types_are_one_event(quotidian: Quotidian) -> None:
    quotidian.deliver({**ANA, "id": "same"}, {**event("behaviors.Uninstall", "ana", DAY), "id": "same"})
    assert quotidian.kpi("dau", DAY)[0] + quotidian.kpi("uninstalls", DAY)[0] == 1


def test_ids_that_differ_in_case_or_space_are_two_events(quotidian: Quotidian) -> None:
    uninstalls = [{**event("behaviors.Uninstall", "ana", DAY), "id": one} for one in ("a", "A", "a ", "ä", "a\0")]
    assert quotidian.deliver(*uninstalls).total.new == 5
    assert quotidian.kpi("uninstalls", DAY) == [5]


def test_an_event_that_names_another_workspace_counts_there(quotidian: Quotidian) -> None:
    key = quotidian.add_workspace("other", "UTC", app_group_id="group")
    quotidian.deliver(session("ana", DAY, app_group_id="group"), session("bo", DAY, app_group_id="unheard of"))
    assert quotidian.kpi("dau", DAY) == [1]
    assert quotidian.kpi("dau", DAY, key=key) == [1]


def test_an_event_that_names_no_workspace_counts_where_it_is_loaded(folder: Path) -> None:
    Command(folder).init()
    Command(folder).here("--workspace", "other", "init", "--app-group-id", "")
    Command(folder).here("ingest", write_jsonl(folder / "e.jsonl", [ANA]))
    assert Command(folder).kpi("dau", DAY) == [1]


def test_an_event_loaded_into_two_workspaces_counts_once_in_each(quotidian: Quotidian) -> None:
    """One folder may feed two workspaces that differ in time zone: an id is looked for in its own workspace."""
    key = quotidian.add_workspace("other")
    for _ in range(2):
        quotidian.deliver(ANA)
        quotidian.deliver(ANA, workspace="other")
    assert quotidian.kpi("dau", DAY) == quotidian.kpi("dau", DAY, key=key) == [1]


def test_an_event_of_another_workspace_is_known_there_however_it_is_loaded(quotidian: Quotidian) -> None:
    key = quotidian.add_workspace("other", app_group_id="group")
    named = session("ana", DAY, app_group_id="group")
    quotidian.deliver(named, workspace="other")
    assert quotidian.deliver(named).total.duplicate == 1
    assert quotidian.kpi("dau", DAY, key=key) == [1]
    assert quotidian.kpi("dau", DAY) == [0]


# Files larger than a step


@pytest.fixture
def small_steps(folder: Path) -> Any:
    opened = Quotidian(folder, load_bytes="4000")
    yield opened
    opened.close()


@pytest.mark.parametrize("shape", ["avro", "jsonl", "jsonl.gz", "json"])
def test_a_file_of_many_steps_gives_the_oracles_numbers(small_steps: Quotidian, files: Path, shape: str) -> None:
    events = many_kinds(150)
    copies = [*events, *events[::7]]
    if shape == "avro":
        write_avro(files / "in", copies, codec="null", records_per_file=10_000)
    elif shape == "json":
        write_body(files / "in" / "e.json", copies)
    else:
        write_jsonl(files / "in" / f"e.{shape}", copies, gzip=shape.endswith("gz"))
    for new in (len(events), 0):
        report = small_steps.load(files / "in")
        assert_adds_up(report)
        assert (report.total.read, report.total.new) == (len(copies), new)
    oracle = Oracle(timezone="Europe/Paris")
    oracle.deliver(events)
    assert_equal_to_oracle(small_steps, oracle, MARCH)


def many_kinds(users: int) -> list[Json]:
    told: list[Json] = []
    for n in range(users):
        user, day = f"user {n}", f"2024-03-{1 + n % 28:02}"
        told += [session(user, day, app_id=f"app {n % 2}"), message("email.Send", user, day, send_id="s")]
        told += [message("email.Open", user, f"{day}T13:00"), message("sms.Send", user, day)]
        told.append(event("behaviors.Purchase", user, f"{day}T14:00", price=1.25, currency="USD"))
    return told


def test_a_large_file_with_dead_and_unknown_records_adds_up(small_steps: Quotidian, files: Path) -> None:
    unknown = [{**one, "event_type": "users.unheard.Of"} for one in sessions(200)]
    write_jsonl(files / "e.jsonl", [*sessions(200), *unknown, *({**one, "id": ""} for one in sessions(200))])
    report = small_steps.load(files / "e.jsonl")
    assert_adds_up(report)
    total = report.total
    assert (total.read, total.new, total.skipped, total.dead) == (600, 200, 200, 200)


def test_of_a_file_a_bounded_number_of_dead_letters_is_kept_and_one_that_counts_all(
    quotidian: Quotidian, files: Path
) -> None:
    (files / "ones.jsonl").write_text("".join(f"{n}\n" for n in range(MOST_OF_FILE + 2_000)))
    write_jsonl(files / "few.jsonl", [{**one, "id": ""} for one in sessions(5)])
    report = quotidian.load(files)
    assert_adds_up(report)
    assert report.total.dead == MOST_OF_FILE + 2_005
    with quotidian.engine.connect() as connection:
        letters = [*list_dead_letters(connection, quotidian.workspace(), 2 * MOST_OF_FILE)]
    assert Counter(Path(each.origin).name for each in letters) == {"ones.jsonl": MOST_OF_FILE + 1, "few.jsonl": 5}
    (several,) = (each for each in letters if each.event_type == "(several)")
    assert json.loads(several.record) == {"rejected": {"not a JSON object": 12_000}}
    assert "of 12000 records" in several.reason


# The report


def test_the_report_tells_each_fate_by_type(quotidian: Quotidian, files: Path) -> None:
    quotidian.deliver(ANA)
    report = quotidian.deliver(ANA, BO, {**CY, "id": None}, {**CY, "event_type": "users.unheard.Of"})
    assert_adds_up(report)
    counts = report.types[SESSION]
    assert (counts.read, counts.new, counts.duplicate, counts.dead) == (3, 1, 1, 1)
    assert report.types["users.unheard.Of"].skipped == 1


@pytest.mark.parametrize("shape", ["avro", "json"])
def test_events_of_unknown_types_are_counted_by_type_and_skipped(quotidian: Quotidian, files: Path, shape: str) -> None:
    unknown = [{**one, "event_type": "users.unheard.Of"} for one in (ANA, BO)]
    if shape == "avro":
        write_avro(files, [*unknown, CY])
    else:
        write_body(files / "e.json", [*unknown, CY])
    report = quotidian.load(files)
    assert_adds_up(report)
    assert report.failed == []
    assert report.types["users.unheard.Of"].skipped == 2
    assert report.total.new == 1


@pytest.mark.parametrize(
    ("kept", "doubt"),
    [
        (message("pushnotification.Send", "ana", DAY, platform="windows"), "push platform not known"),
        (event("campaigns.Conversion", "ana", DAY, campaign_id="c", conversion_behavior_index=7), "conversion index"),
        (event("behaviors.Purchase", "ana", DAY, price=1.0, currency="XTS"), "currency without a rate: XTS"),
        (event("behaviors.Purchase", "ana", DAY, price=1.0, currency="no"), "rate: not a code of three letters"),
        (event("behaviors.Purchase", "ana", DAY, price=1.0), "purchase without a currency"),
        (event("behaviors.Purchase", "ana", DAY, price="1", currency="USD"), "price not usable"),
    ],
)
def test_what_some_number_leaves_out_is_counted_with_its_reason(quotidian: Quotidian, kept: Json, doubt: str) -> None:
    report = quotidian.deliver(kept)
    assert report.total.new == 1
    ((_, reason),) = report.doubts
    assert doubt in reason


def test_a_price_of_avro_is_the_shortest_decimal_of_its_float(quotidian: Quotidian, files: Path) -> None:
    prices = [3.14, 49.99, 0.1, 16_777.21]
    quotidian.deliver(message("email.Send", "ana", DAY))
    buys = [event("behaviors.Purchase", "ana", f"{DAY}T13:00", price=one, currency="USD") for one in prices]
    write_avro(files, buys)
    quotidian.load(files)
    assert quotidian.campaign("c", DAY)[0]["revenue"] == float(sum(Decimal(str(one)) for one in prices))
