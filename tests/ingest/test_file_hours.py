"""Hours of a Currents prefix without a file: as plain Python finds them, over made-up prefixes."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import Quotidian
from currents import write_avro
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import nested

from quotidian.control.file_hours import EVERY_TYPE, FileHour, Gap, file_hour, note_files, read_gaps
from quotidian.store.series import writing

START = 473_000  # an hour of 2023
SEND, OPEN = "users.messages.email.Send", "users.messages.email.Open"
ALL_TIME = (-10_000_000, 100_000_000)


def path(prefix: str, event_type: str, hour: int, file: int = 0) -> str:
    date = datetime.fromtimestamp(hour * 3600, UTC).strftime("%Y-%m-%d-%H")
    return f"{prefix}/event_type={event_type}/date={date}/411/prod-05/dataexport+0+{file:010}.avro"


def gaps_of(hours: Iterable[int], prefix: str) -> list[Gap]:
    """The runs of hours that are missing between the first and the last."""
    found = sorted(set(hours))
    missing = [hour for hour in range(found[0], found[-1]) if hour not in found] if found else []
    begins = [hour for hour in missing if hour - 1 not in missing]
    ends = [hour + 1 for hour in missing if hour + 1 not in missing]
    return [Gap(prefix, begin, end) for begin, end in zip(begins, ends, strict=True)]


prefixes = st.sampled_from(["s3://bucket/a/dataexport.prod-05.S3.integration.1", "/srv/b", "/srv/b/event_type=c", ""])
files = st.tuples(prefixes, st.sampled_from([SEND, OPEN]), st.integers(START - 60, START + 60), st.integers(0, 3))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(loads=st.lists(st.lists(files, max_size=12), max_size=6), begin=st.integers(START - 70, START + 70))
def test_hours_without_a_file_are_those_between_hours_with_one(
    quotidian: Quotidian, loads: list[list[tuple[str, str, int, int]]], begin: int
) -> None:
    everything = [file for load in loads for file in load]
    with quotidian.engine.connect() as connection:
        transaction = connection.begin()
        for load in loads:
            note_files(connection, 1, [path(*file) for file in load])
        for event_type in (EVERY_TYPE, SEND, OPEN):
            of_type = [each for each in everything if event_type in (EVERY_TYPE, each[1])]
            expected = [
                gap
                for prefix in sorted({each[0] for each in of_type})
                for gap in gaps_of((hour for at, _, hour, _ in of_type if at == prefix), prefix)
            ]
            assert list(read_gaps(connection, 1, *ALL_TIME, event_type)) == expected
            in_range = [gap for gap in expected if gap.end > begin and gap.begin < begin + 24]
            assert list(read_gaps(connection, 1, begin, begin + 24, event_type)) == in_range
            assert list(read_gaps(connection, 2, *ALL_TIME, event_type)) == []
        transaction.rollback()


@pytest.mark.parametrize(
    "origin",
    [
        "/srv/events.jsonl",
        f"/srv/event_type={SEND}/events.avro",
        f"/srv/event_type={SEND}/date=2023-12-16/x.avro",
        f"/srv/event_type={SEND}/date=2023-13-16-08/x.avro",
        f"/srv/event_type={SEND}/date=0000-12-16-08/x.avro",
        f"/srv/event_type={SEND}/date=2023-12-16-24/x.avro",
        "/srv/event_type=/date=2023-12-16-08/x.avro",
        f"/srv/event_type={SEND}/date=2023-12-16-08",
    ],
)
def test_a_path_that_names_no_hour_counts_for_none(origin: str) -> None:
    assert file_hour(origin) is None


def test_a_path_of_currents_names_its_prefix_type_and_hour() -> None:
    assert file_hour(path("s3://bucket/currents", SEND, START)) == FileHour("s3://bucket/currents", SEND, START)


def test_gaps_of_files_that_were_loaded_are_told_and_closed_by_later_files(quotidian: Quotidian, files: Path) -> None:
    for hour in (0, 1, 4):
        time = (START + hour) * 3600
        write_avro(files, [nested(SEND, f"e{hour}", time, {"user_id": "ana"}, {"campaign_id": "c"})])
    quotidian.load(files)
    parameters = {"from": "2023-12-01", "to": "2023-12-31"}
    (gap,) = quotidian.get("/v1/data", **parameters).json()["gaps"]
    assert (gap["from"], gap["to"], gap["hours"]) == ("2023-12-17T10:00:00+00:00", "2023-12-17T11:00:00+00:00", 2)
    assert gap["prefix"] == str(next(each.parent for each in files.rglob("event_type=*")))
    assert quotidian.get("/v1/data", **{**parameters, "to": "2023-12-16"}).json()["gaps"] == []
    other = quotidian.add_workspace("other")
    assert quotidian.get("/v1/data", key=other, **parameters).json()["gaps"] == []
    for hour in (2, 3):
        write_avro(files, [nested(OPEN, f"e{hour}", (START + hour) * 3600, {"user_id": "ana"}, {"campaign_id": "c"})])
    quotidian.load(files)
    assert quotidian.get("/v1/data", **parameters).json()["gaps"] == []


def test_a_file_of_which_nothing_can_be_read_has_no_hour(quotidian: Quotidian, files: Path) -> None:
    for hour in (0, 2):
        write_avro(files, [nested(SEND, f"e{hour}", (START + hour) * 3600, {"user_id": "ana"}, {"campaign_id": "c"})])
    broken = Path(path(str(next(each.parent for each in files.rglob("event_type=*"))), SEND, START + 1))
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"Obj\x01 and no more")
    assert len(quotidian.load(files).failed) == 1
    (gap,) = quotidian.get("/v1/data", **{"from": "2023-12-01", "to": "2023-12-31"}).json()["gaps"]
    assert gap["hours"] == 1


def test_every_hour_of_a_long_time_is_kept_in_few_rows(quotidian: Quotidian) -> None:
    with writing(quotidian.engine) as connection:
        note_files(connection, 1, (path("/srv", SEND, START + hour) for hour in range(24 * 400) if hour % 100))
        gaps = list(read_gaps(connection, 1, *ALL_TIME))
    assert [gap.end - gap.begin for gap in gaps] == [1] * 95
