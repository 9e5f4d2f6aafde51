"""Every SQL file that names the columns of events agrees with the one table of them (ingest/columns.py).

A column that a file lacks is told by its name and the file's. A materialized view gives a column that it does not name
its default, without a word, and a SELECT by position fills the wrong one: nothing but this test sees that early.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Final

import pytest
from conftest import Quotidian

from quotidian.domain.vocabulary import SCHEMAS
from quotidian.ingest.columns import EVENT_TYPE, EVENTS, FIELDS, RAW, Kind
from quotidian.ingest.rules import IngestRules
from quotidian.ingest.staging import Staging
from quotidian.store.sql import statement

CREATE_EVENTS = ("quotidian.store", "create_events")
TUNE_EVENTS = ("quotidian.store", "tune_events")
CREATE_RAW = ("quotidian.ingest", "create_raw")
READ_AVRO = ("quotidian.ingest", "read_avro")
READ_JSON = ("quotidian.ingest", "read_json")
NORMALISE = ("quotidian.ingest", "normalise")
SELECT_NEW = ("quotidian.ingest", "select_new")
INSERT_NEW = ("quotidian.ingest", "insert_new")
CREATE_BATCH = ("quotidian.ingest", "create_batch")
CREATE_NEW_EVENTS = ("quotidian.ingest", "create_new_events")
NEW_TABLE = "new_events"

File = tuple[str, str]

Place = tuple[str, set[str]]
"""A column, and the names and texts that an expression for it has."""
NOTHING: Final = ("a column too many", set[str]())

RAW_NAMES = [column.name for column in RAW]
STORED = [column for column in EVENTS if column.stored]
UNDATED = [column for column in STORED if column.name != "day"]
"""The day needs the workspace's time zone; it is made when new events are selected."""
BATCH_ONLY = ("file", "reason", "doubt", "record", "id")
"""What the batch has beside an event's columns (create_batch.sql); it has no day."""

AVRO_TYPES: Final = {
    Kind.TEXT: {"string"},
    Kind.WHOLE: {"int"},
    Kind.SECONDS: {"int", "long"},
    Kind.MONEY: {"float"},
}


# Reading SQL

CREATED: Final = re.compile(r"CREATE TABLE [^(]*\((.*)\)\s*ENGINE", re.DOTALL)
SELECTED: Final = re.compile(r"^SELECT\b(.*?)^FROM\b", re.DOTALL | re.MULTILINE)
WITH: Final = re.compile(r"^WITH\b(.*?)^SELECT\b", re.DOTALL | re.MULTILINE)
_TEXT: Final = re.compile(r"'(?:\\.|[^'\\])*'")
_OF_RAW: Final = re.compile(r"\braw\.(\w+)")


def items(text: str) -> list[str]:
    """What commas separate, outside brackets and texts."""
    found, depth, quoted = [""], 0, False
    for sign in re.findall(r"\\.|.", text, re.DOTALL):
        quoted ^= sign == "'"
        depth += 0 if quoted else (sign in "([") - (sign in ")]")
        if sign == "," and not depth and not quoted:
            found.append("")
        else:
            found[-1] += sign
    return [" ".join(item.split()) for item in found]


def uncommented(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def listed(text: str, span: re.Pattern[str]) -> list[str]:
    """The items of the list that `span` finds, none if it finds none."""
    found = span.search(uncommented(text))
    return items(found.group(1)) if found else []


def named(aliased: Sequence[str]) -> dict[str, str]:
    """Expressions by the names that they get; an expression without one has its own text."""
    parts = [item.rpartition(" AS ") for item in aliased]
    return {name: expression or name for expression, _, name in parts}


def words(expression: str, aliases: dict[str, str]) -> set[str]:
    """The names and texts in an expression, and in the aliases that it uses; `raw.id` is no alias."""
    found: set[str] = set()
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        found |= set(_TEXT.findall(current))
        rest = _TEXT.sub("", current)
        names = set(re.findall(r"\w+", _OF_RAW.sub("", rest)))
        waiting += [aliases[name] for name in names - found if name in aliases]
        found |= names | set(_OF_RAW.findall(rest))
    return found


def created(text: str) -> list[str]:
    """The columns that a CREATE TABLE lists, each with its type; of aliases only that they are."""
    return [re.sub(r" ALIAS .*", " ALIAS", item) for item in listed(text, CREATED)]


# What a file has to say


def lacks(wanted: Sequence[str], found: Sequence[str], file: File) -> Iterator[str]:
    """What is missing, is too much, or is elsewhere."""
    name = f"{file[1]}.sql"
    yield from (f"{name} lacks {each}" for each in wanted if each not in found)
    yield from (f"{name} has {each}, and ingest/columns.py does not" for each in found if each not in wanted)
    if sorted(wanted) == sorted(found):
        for expected, there in zip(wanted, found, strict=True):
            if expected != there:
                yield f"{name} has {there} where {expected} should be"
                return


def in_place(wanted: Sequence[Place], found: Sequence[str], aliases: dict[str, str], file: File) -> Iterator[str]:
    """The first expression that is not of what its column is made of: a SELECT fills columns by their position."""
    known = set().union(*(made_of for _, made_of in wanted))
    for (column, made_of), expression in zip_longest(wanted, found, fillvalue=NOTHING):
        if not isinstance(expression, str) or words(expression, aliases) & known != made_of:
            yield f"{file[1]}.sql lacks {column}: in its place is {expression}"
            return


def of_create_events(text: str) -> Iterator[str]:
    wanted = [f"{column.name} {column.type}{'' if column.stored else ' ALIAS'}" for column in EVENTS]
    yield from lacks(wanted, created(text), CREATE_EVENTS)


def of_create_raw(text: str) -> Iterator[str]:
    yield from lacks([f"{column.name} {column.type}" for column in RAW], created(text), CREATE_RAW)


def of_tune_events(text: str) -> Iterator[str]:
    """It may name any columns, by their types."""
    known = {f"{column.name} {column.type}" for column in STORED}
    for found in re.findall(r"MODIFY COLUMN (.*) CODEC", uncommented(text)):
        if found not in known:
            yield f"tune_events.sql has {found}, and ingest/columns.py does not"


def of_read_avro(text: str) -> Iterator[str]:
    always = ("id", "time")
    fields = [{field.name} if field.name in always else {field.name, f"'{field.name}'"} for field in FIELDS]
    wanted = zip(RAW_NAMES, [{"_file"}, set(), {"_file"}, set(), {"time"}, *fields, set()], strict=True)
    yield from in_place(list(wanted), listed(text, SELECTED), named(listed(text, WITH)), READ_AVRO)


def of_read_json(text: str) -> Iterator[str]:
    fields = [{f"'{field.name}'"} for field in FIELDS]
    wanted = zip(RAW_NAMES, [{"file"}, set(), {f"'{EVENT_TYPE}'"}, {"is_cut"}, {"'time'"}, *fields, set()], strict=True)
    yield from in_place(list(wanted), listed(text, SELECTED), named(listed(text, WITH)), READ_JSON)


def of_normalise(text: str) -> Iterator[str]:
    """By name: each column is there, and made of those columns of raw that the table says."""
    selected = named(listed(text, SELECTED))
    yield from lacks(sorted([*BATCH_ONLY, *(column.name for column in UNDATED)]), sorted(selected), NORMALISE)
    aliases = {**selected, **named(listed(text, WITH))}
    for column in UNDATED:
        made_of = words(selected.get(column.name, ""), aliases) & set(RAW_NAMES)
        if made_of != set(column.made_of):
            yield f"normalise.sql makes {column.name} of {sorted(made_of)}, and ingest/columns.py of {column.made_of}"


def of_select_new(text: str) -> Iterator[str]:
    """The day is made here."""
    columns = [(column.name, {"time", "timezone"} if column.name == "day" else {column.name}) for column in STORED]
    unbound = re.sub(r"%\((\w+)\)s", r"\1", text)
    yield from in_place(
        [("doubt", {"doubt"}), ("arrived", {"arrived"}), *columns], listed(unbound, SELECTED), {}, SELECT_NEW
    )


def of_insert_new(text: str) -> Iterator[str]:
    yield from lacks([column.name for column in STORED], listed(text, SELECTED), INSERT_NEW)


def of_create_batch(text: str) -> Iterator[str]:
    """Beside an event's columns it has some of its own, and no day."""
    wanted = [f"{column.name} {column.type}" for column in UNDATED]
    yield from lacks(wanted, created(text)[len(BATCH_ONLY) :], CREATE_BATCH)


def of_create_new_events(text: str) -> Iterator[str]:
    """Two of its own come first."""
    yield from lacks([f"{column.name} {column.type}" for column in STORED], created(text)[2:], CREATE_NEW_EVENTS)


CHECKS: Final[dict[File, Callable[[str], Iterator[str]]]] = {
    CREATE_EVENTS: of_create_events,
    TUNE_EVENTS: of_tune_events,
    CREATE_RAW: of_create_raw,
    READ_AVRO: of_read_avro,
    READ_JSON: of_read_json,
    NORMALISE: of_normalise,
    SELECT_NEW: of_select_new,
    INSERT_NEW: of_insert_new,
    CREATE_BATCH: of_create_batch,
    CREATE_NEW_EVENTS: of_create_new_events,
}


@pytest.mark.parametrize("file", CHECKS, ids=lambda file: file[1])
def test_a_file_names_the_columns_of_the_one_table(file: File) -> None:
    assert list(CHECKS[file](statement(*file))) == []


# The tables themselves


def test_the_tables_of_an_open_store_have_the_columns_of_the_one_table(quotidian: Quotidian) -> None:
    with quotidian.engine.connect() as connection:
        Staging(quotidian.events).empty_to_read(IngestRules.read(connection).bindings)
    events = [(column.name, column.type) for column in STORED]
    aliases = [(column.name, column.type) for column in EVENTS if not column.stored]
    assert columns_of(quotidian, "events") == events
    assert columns_of(quotidian, "events", "ALIAS") == aliases
    assert columns_of(quotidian, "raw") == [(column.name, column.type) for column in RAW]
    assert columns_of(quotidian, NEW_TABLE) == [("doubt", "LowCardinality(String)"), ("arrived", "Int64"), *events]
    batch = columns_of(quotidian, "batch")
    assert [name for name, _ in batch[: len(BATCH_ONLY)]] == list(BATCH_ONLY)
    assert batch[len(BATCH_ONLY) :] == [(column.name, column.type) for column in UNDATED]


def columns_of(quotidian: Quotidian, table: str, kind: str = "") -> list[tuple[str, str]]:
    query = """SELECT name, type FROM system.columns WHERE database = 'quotidian' AND table = %(table)s
               AND default_kind = %(kind)s ORDER BY position"""
    return quotidian.events.rows(query, {"table": table, "kind": kind}, tuple[str, str])


def test_every_field_that_is_read_is_in_some_column_of_events() -> None:
    used = {name for column in EVENTS for name in column.made_of}
    assert [field.name for field in FIELDS if field.column not in used] == []


def test_every_field_is_one_of_currents_and_holds_what_currents_says() -> None:
    for field in FIELDS:
        types = {schema[field.name].rstrip("?") for schema in SCHEMAS.values() if field.name in schema}
        assert types, field.name
        assert types <= AVRO_TYPES[field.kind], field.name


# The checks see what they are for


@pytest.mark.parametrize(
    ("file", "span", "columns"),
    [
        (CREATE_EVENTS, CREATED, [column.name for column in EVENTS]),
        (CREATE_RAW, CREATED, RAW_NAMES),
        (READ_AVRO, SELECTED, RAW_NAMES),
        (READ_JSON, SELECTED, RAW_NAMES),
        (NORMALISE, SELECTED, list(named(listed(statement(*NORMALISE), SELECTED)))),
        (SELECT_NEW, SELECTED, ["doubt", "arrived", *(column.name for column in STORED)]),
    ],
    ids=lambda given: given[1] if isinstance(given, tuple) else "",
)
def test_a_file_that_lacks_a_column_is_named_with_it(file: File, span: re.Pattern[str], columns: list[str]) -> None:
    for place, column in enumerate(columns):
        told = list(CHECKS[file](without(place, statement(*file), span)))
        assert told, column
        assert re.match(rf"{file[1]}\.sql lacks {column}\b", told[0])


def without(place: int, text: str, span: re.Pattern[str]) -> str:
    """A file's text, of whose list one item is left out."""
    bare = uncommented(text)
    found = span.search(bare)
    assert found
    start, end = found.span(1)
    left = items(found.group(1))
    del left[place]
    return f"{bare[:start]} {', '.join(left)}\n{bare[end:]}"


def test_a_codec_for_a_column_of_another_type_is_named() -> None:
    changed = statement(*TUNE_EVENTS).replace("time Int64", "time Int32")
    assert list(of_tune_events(changed)) == ["tune_events.sql has time Int32, and ingest/columns.py does not"]


def test_two_columns_that_change_places_are_named() -> None:
    avro = statement(*READ_AVRO).replace("'canvas_id'), canvas_id,", "'canvas_name'), canvas_name,")
    assert list(of_read_avro(avro)) == [
        "read_avro.sql lacks canvas_id: in its place is if(has(fields, 'canvas_name'), canvas_name, NULL)"
    ]
    other = statement(*READ_AVRO).replace("'canvas_id'), canvas_id,", "'canvas_name'), canvas_id,")
    assert list(of_read_avro(other)) == [
        "read_avro.sql lacks canvas_id: in its place is if(has(fields, 'canvas_name'), canvas_id, NULL)"
    ]
    raw = statement(*NORMALISE).replace("raw.step_id", "raw.step_name")
    assert "normalise.sql makes step_id of ['step_name'], and ingest/columns.py of ('step_id',)" in [*of_normalise(raw)]
