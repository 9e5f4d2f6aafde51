"""An event has the same fate whether it is posted or loaded from a file: inbox/checking.py against ingest/sql.

Left out is what docs/architecture.md names under "Known limits": integers of more than 64 bits, numbers beyond all
bounds, and halves of surrogate pairs, which ClickHouse reads otherwise or not at all.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Quotidian
from hypothesis import given, settings
from hypothesis import strategies as st

from quotidian.inbox.checking import PROPERTIES
from quotidian.inbox.drain import drain
from quotidian.ingest.find import Finder
from quotidian.ingest.load import ingest
from quotidian.ingest.report import LoadReport
from quotidian.ingest.staging import TIME_PATTERN
from quotidian.store.series import writing
from quotidian.store.tables import dead_letters

SESSION = "users.behaviors.app.SessionStart"
TYPES = (
    *(
        SESSION,
        "users.messages.email.Send",
        "users.messages.pushnotification.Open",
        "users.messages.sms.InboundReceive",
    ),
    *("users.behaviors.Purchase", "users.campaigns.Conversion", "users.campaigns.EnrollInControl", "users.not.known"),
)
NUMBERS = (
    *("0", "-0", "1", "3", "4", "-1", "1.0", "3.0", "-0.0", "0.5", "1e0", "1E+2", "1.5e-7", "2.5e-13", "1e12", "1e300"),
    *("49.99", "0.1", "0.30000000000000004", "123456789.123456789", "255", "256", "9223372036854775807"),
    *("9223372036854775808", "18446744073709551615", "-9223372036854775808"),
)
TEXTS = (
    *('""', '"a"', '"0"', '"1"', '" "', '"é"', '"\\u00e9"', '"😀"', '"\\ud83d\\ude00"', '"a\\u0000b"', '"\\u0000"'),
    *('"\\"\\\\\\/\\n"', '"USD"', '"EUR"', '"ios"', '"Help"', '"\\u00a0info\\n"', '"Unsubscribed"', '"2024-03-30"'),
    *('"2024-03-30T12:00:00Z"', '"null"', '"true"', '"{}"', '"a\\tb"', '"\\u2028"', '"\\ufeff"', '"\\ufffe"', '"12"'),
)
OTHERS = (
    "null",
    "true",
    "false",
    "[]",
    '["a"]',
    "{}",
    '{"user_id": "a"}',
    "[[[]]]",
    "[null]",
    '[{"a": 1}]',
    '["a", 1]',
)
values = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(NUMBERS),
    st.sampled_from(OTHERS),
    st.floats(allow_nan=False, allow_infinity=False).map(json.dumps),
    st.integers(-(1 << 63), (1 << 64) - 1).map(str),
    st.text(st.characters(codec="utf-8"), max_size=5).map(json.dumps),
    st.text(st.characters(codec="utf-8"), max_size=5).map(lambda text: json.dumps(text, ensure_ascii=False)),
)
iso_texts = st.one_of(
    st.from_regex(TIME_PATTERN),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(("1970-01-01", "2024-02-29", "2023-02-29", "2106-02-07", "0001-01-01", "9999-12-31")),
        st.sampled_from(
            ("", "T00:00", " 23:59:59", "T06:28:15.999999", "T23:59:60", "T24:00", "T12", "t12:00", "T1:00")
        ),
        st.sampled_from(("", "Z", "z", "+00:00", "-05:00", "+0530", "+14", "-5:00", "+23:59", "+24:00", " ", " Z")),
    ),
)
times = st.one_of(
    st.sampled_from((1_711_753_200, 1_711_843_199, 4_294_967_295)).map(str),
    st.integers(-10, (1 << 32) + 10).map(str),
    st.floats(-10, (1 << 32) + 10).map(json.dumps),
    st.sampled_from(
        ("4294967295.9999995", "4294967295.99999999999", "1711843199.9999999", "0.0000005", "1.5e9", "1e-9")
    ),
    iso_texts.map(json.dumps),
    values,
)
users = st.one_of(
    st.builds(lambda one, two: object_of([("user_id", one), ("external_user_id", two)]), values, values),
    st.builds(lambda one: object_of([("external_user_id", one)]), values),
    st.just('{"user_id": "ana"}'),
    values,
)
properties = st.one_of(
    st.lists(st.tuples(st.sampled_from((*PROPERTIES, "app_group_id", "else")), values), max_size=6).map(
        lambda pairs: object_of(dict(pairs).items())
    ),
    values,
)


def object_of(pairs: Any) -> str:
    """A JSON object of names and the JSON of their values."""
    members = ", ".join(f"{json.dumps(name)}: {value}" for name, value in pairs)
    return f"{{{members}}}"


@st.composite
def records(draw: st.DrawFn) -> str:
    """The JSON of a record: mostly an event, of which mostly one thing or none is odd."""
    fields = {
        "event_type": json.dumps(draw(st.sampled_from(TYPES))),
        "id": '"%"',
        "time": draw(times),
        "user": draw(users),
        "properties": draw(properties),
    }
    odd = draw(st.sampled_from((None, None, None, *fields)))
    if odd:
        fields[odd] = draw(values)
    for left_out in draw(
        st.sampled_from(((), (), (), ("user",), ("properties",), ("id",), ("time",), ("event_type",)))
    ):
        del fields[left_out]
    names = draw(st.permutations(list(fields)))
    return object_of((name, fields[name]) for name in names)


def event_of(**fields: str) -> str:
    """The JSON of an event, with these values instead of the usual ones."""
    usual = {"event_type": '"TYPE"', "id": '"%"', "time": "1711753200", "user": '{"user_id": "ana"}'}
    return object_of({**usual, "properties": '{"price": 1, "currency": "USD"}', **fields}.items())


def event_with(name: str, value: str) -> str:
    """The JSON of an event whose field has this value."""
    if name in PROPERTIES:
        return event_of(properties=object_of({"price": "1", "currency": '"USD"', name: value}.items()))
    if name in ("user_id", "external_user_id"):
        return event_of(user=object_of([(name, value)]))
    return event_of(**{name: value})


class Both(Quotidian):
    """Two workspaces: files are loaded into one, and events posted to the other with its key."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.posted_key = self.add_workspace("posted", "Europe/Paris")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    opened = Both(tmp_path_factory.mktemp("both") / "data")
    yield opened
    opened.close()


Fate = tuple[list[Any], dict[Any, Any], list[Any], list[Any]]


def fate_in(quotidian: Quotidian, workspace: str, report: LoadReport) -> Fate:
    """What has become of events: rows of the store, and why the others are none."""
    rows = quotidian.events.rows(
        "SELECT tuple(* EXCEPT (workspace, user), hex(user)) FROM quotidian.events "
        "WHERE workspace = %(workspace)s ORDER BY ALL",
        {"workspace": workspace},
        tuple[Any],
    )
    columns = dead_letters.c
    with quotidian.engine.connect() as connection:
        query = dead_letters.select().where(columns.workspace_id == quotidian.workspace(workspace).id)
        buried = sorted({(row.event_type, row.event_id, row.reason) for row in connection.execute(query)})
    types = {name: (counts.read, counts.new, counts.skipped, counts.dead) for name, counts in report.types.items()}
    return rows, types, sorted(report.doubts.items()), buried


def forget_all(quotidian: Quotidian) -> None:
    quotidian.events.run("TRUNCATE TABLE quotidian.events")
    with writing(quotidian.engine) as connection:
        connection.execute(dead_letters.delete())


def fates(quotidian: Both, lines: list[str]) -> tuple[Fate, Fate]:
    """What becomes of records in a file, and of the same records posted."""
    forget_all(quotidian)
    file = quotidian.folder.path.parent / "lines.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    loaded, posted = LoadReport(), LoadReport()
    for _ in ingest(quotidian.stores, quotidian.workspace(), Finder([str(file)]).find(), loaded):
        pass
    body = b'{"events": [%s]}' % ",".join(lines).encode()
    response = quotidian.post("/events", body, key=quotidian.posted_key)
    assert response.status_code == 200, response.text
    while drain(quotidian.stores, quotidian.staging, quotidian.services.inboxes.posted, posted):
        pass
    return fate_in(quotidian, "default", loaded), fate_in(quotidian, "posted", posted)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(drawn=st.lists(records(), min_size=1, max_size=12))
def test_an_event_has_the_same_fate_posted_and_in_a_file(both: Both, drawn: list[str]) -> None:
    in_a_file, posted = fates(both, [line.replace("%", f"e{number}") for number, line in enumerate(drawn)])
    assert posted == in_a_file


def test_an_integer_beyond_63_bits_spoils_no_record_behind_it(both: Both) -> None:
    line = (
        '{"event_type": "users.campaigns.Conversion", "id": "%s", "time": %s, "user": {"user_id": "ana"}, '
        '"properties": {"campaign_id": "c", "conversion_behavior_index": %s}}'
    )
    lines = [line % ("huge", 1 << 63, 1 << 63), line % ("good", 1_711_753_200, 2), line % ("last", 1_711_753_201, 3)]
    in_a_file, posted = fates(both, lines)
    assert posted == in_a_file
    assert len(in_a_file[0]) == 2


@pytest.mark.parametrize(
    "name", ["event_type", "id", "time", "user", "properties", "user_id", "external_user_id", *PROPERTIES]
)
def test_whatever_a_field_holds_the_fate_of_an_event_is_the_same(both: Both, name: str) -> None:
    lines = []
    for event_type in TYPES:
        for number, value in enumerate((*TEXTS, *NUMBERS, *OTHERS)):
            lines.append(
                event_with(name, value).replace("%", f"{name} {number} of {event_type}").replace("TYPE", event_type)
            )
    in_a_file, posted = fates(both, lines)
    assert posted == in_a_file
