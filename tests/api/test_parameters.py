"""Parameters: which texts are accepted, what each of them asks for, and that no text whatever crashes an endpoint."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from asking import READING, RETIRED, assert_error, parameters_of
from conftest import Point, Quotidian
from events import email, event, purchase, session
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quotidian.api.endpoint import AnyEndpoint, Work
from quotidian.api.endpoints import PERMISSIONS
from quotidian.api.parameters import Parameter
from quotidian.catalogue import CatalogueFile, Filter, Segment

EACH_ENDPOINT = pytest.mark.parametrize("endpoint", READING, ids=lambda endpoint: endpoint.path)
EACH_PARAMETER = pytest.mark.parametrize(
    ("endpoint", "parameter"),
    [
        pytest.param(endpoint, parameter, id=f"{endpoint.path}-{parameter.name}")
        for endpoint in READING
        for parameter in endpoint.query
    ],
)
DAU = "/kpi/dau/data_series"
ZONES = ("Europe/Paris", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC")
ODD_IDS = ("a b", "a+b", "a&b=c", "é", "100%", "a/b", "%41", "#", "?", "😀", " ", "a;b", '"', "1")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    """One workspace a time zone; that of Paris has events."""
    opened = Quotidian(tmp_path_factory.mktemp("parameters") / "data")
    opened.deliver(
        session("ana", "2024-03-30", app_id="shop"),
        session("ana", "2024-04-02", app_id="shop"),
        email("Send", "ana", "2024-03-30", "spring", send_id="spring-1"),
        email("Send", "ana", "2024-04-02", "spring", send_id="spring-1"),
        *(email("Send", "ana", "2024-03-30", odd, send_id=odd) for odd in ODD_IDS),
        event("users.behaviors.CustomEvent", "ana", "2024-03-30", name="tea drunk", app_id="shop"),
        purchase("ana", "2024-03-30", 4.99, product_id="tea"),
        event("users.canvas.Entry", "ana", "2024-03-30", canvas_id="journey", canvas_variation_id="v1"),
    )
    opened.import_catalogue(CatalogueFile(segments={"lively": Segment("Lively", [Filter("active", within_days=7)])}))
    opened.events.close()  # the API reads series only, and a process can have one event store open
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def keys(api: Quotidian) -> dict[str, str]:
    """A key for each time zone."""
    return {zone: api.key if zone == ZONES[0] else api.add_workspace(zone, zone) for zone in ZONES}


def raw(api: Quotidian, query: str, path: str = DAU, key: str | None = None) -> Any:
    """The answer to a query that is sent as it is written."""
    return api.client.get(f"{path}?{query}", headers={"Authorization": f"Bearer {key or api.key}"})


def days(points: list[Point]) -> list[date]:
    return [date.fromisoformat(point["time"]) for point in points]


def last_day(api: Quotidian, ending_at: str, key: str | None = None) -> str:
    points = api.data(DAU, key=key, length=1, ending_at=ending_at)
    return str(points[-1]["time"])


# length


@pytest.mark.parametrize("length", range(1, 101))
def test_a_series_has_as_many_days_as_length_says(api: Quotidian, length: int) -> None:
    ending = date(2024, 4, 20)
    found = days(api.data(DAU, length=length, ending_at=ending))
    assert found == [ending - timedelta(days=ago) for ago in reversed(range(length))]


@pytest.mark.parametrize(
    "length",
    [
        *("0", "101", "-1", "+1", "07", "00", "1e1", "1.0", "0x1", "1_0", "ten", "nan", "true", "null", "99999999999"),
        *("١", "１", "²", "100\n", "\n1", " 5", "5 ", "5\t", "5\0", "1,5", "[1]", "1 1", "9" * 10_000),
    ],
    ids=lambda length: repr(length[:12]),
)
def test_a_length_that_is_no_integer_from_1_to_100_is_refused(api: Quotidian, length: str) -> None:
    assert_error(api.get(DAU, length=length), 400, "length", "1 to 100", repr(length[:50])[:-1])


def test_a_plus_before_a_length_is_a_space_and_refused(api: Quotidian) -> None:
    assert_error(raw(api, "length=+5"), 400, "length", "' 5'")


# ending_at


@pytest.mark.parametrize(
    ("ending_at", "day"),
    [
        ("2024-03-30", "2024-03-30"),
        ("2024-03-30T00:00:00", "2024-03-30"),
        ("2024-03-30T23:59:59", "2024-03-30"),
        ("2024-03-30T22:59:59Z", "2024-03-30"),
        ("2024-03-30T23:00:00Z", "2024-03-31"),
        ("2024-03-31T21:59:59Z", "2024-03-31"),  # clocks were put forward that night
        ("2024-03-31T22:00:00Z", "2024-04-01"),
        ("2024-03-31T02:30:00", "2024-03-31"),  # a time that Paris did not have
        ("2024-03-31T00:59:59+02:00", "2024-03-30"),
        ("2024-03-31T01:00:00+02:00", "2024-03-31"),
        ("2024-03-31T00:59:59+0200", "2024-03-30"),
        ("2024-03-30T18:00:00-05:00", "2024-03-31"),
        ("2024-03-30T17:59:59-05:00", "2024-03-30"),
        ("2024-03-30T18:00:00-0500", "2024-03-31"),
        ("2024-03-30T18:00:00-5:00", "2024-03-31"),
        ("2024-03-30T17:59:59-5:00", "2024-03-30"),
        ("2024-03-31T02:00:00+3:00", "2024-03-31"),
        ("2024-03-31T01:59:59+3:00", "2024-03-30"),
        ("2024-03-31T04:29:59+05:30", "2024-03-30"),
        ("2024-03-31T04:30:00+05:30", "2024-03-31"),
        ("2024-03-31T00:00:00+00:00", "2024-03-31"),
        ("2024-03-31T00:00:00-00:00", "2024-03-31"),
        ("2024-03-31T22:58:59+23:59", "2024-03-30"),
        ("2024-03-30T00:00:00-23:59", "2024-03-31"),
        ("2024-03-30T22:59:59.999999Z", "2024-03-30"),
        ("2024-03-30T23:00:00.0Z", "2024-03-31"),
        ("2024-03-30T23:59:59.5", "2024-03-30"),
        ("2024-03-30T23:59:59.123456789012345+01:00", "2024-03-30"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_a_series_ends_with_the_date_of_ending_at_in_the_workspaces_zone(
    api: Quotidian, ending_at: str, day: str
) -> None:
    assert last_day(api, ending_at) == day


@pytest.mark.parametrize("offset", ["02:00", "0200", "2:00"])
def test_a_plus_that_arrives_as_a_space_is_a_plus(api: Quotidian, offset: str) -> None:
    for plus in ("+", "%20", "%2B"):
        answer = raw(api, f"length=1&ending_at=2024-03-31T00:30:00{plus}{offset}").json()
        assert [point["time"] for point in answer["data"]] == ["2024-03-30"]


def test_an_escaped_ending_at_is_the_same_as_one_that_is_not(api: Quotidian) -> None:
    text = "2024-03-30T23:59:59+01:00"
    asked = {raw(api, f"length=1&ending_at={each}").text for each in (text, quote(text), quote(text, safe=""))}
    assert len(asked) == 1


@pytest.mark.parametrize(
    "ending_at",
    [
        *("yesterday", "now", "0", "1711843200", "2024", "2024-03", "20240330", "2024-W13-6", "2024-090", "24-03-30"),
        *(
            "2024-3-30",
            "2024-03-32",
            "2024-13-01",
            "2024-00-01",
            "2024-03-00",
            "2023-02-29",
            "0000-01-01",
            "10000-01-01",
        ),
        *("2024/03/30", "30.03.2024", " 2024-03-30", "2024-03-30 ", "2024-03-30\n", "2024-03-30T", "2024-03-30Z"),
        *("2024-03-30T12", "2024-03-30T12:00", "2024-03-30T12:00Z", "2024-03-30T1:00:00", "2024-03-30T25:00:00"),
        *("2024-03-30T12:60:00", "2024-03-30T12:00:60", "2024-03-30T12:00:00.", "2024-03-30T12:00:00,5"),
        *("2024-03-30T12:00:00+", "2024-03-30T12:00:00+02", "2024-03-30T12:00:00+24:00", "2024-03-30T12:00:00+01:60"),
        *(
            "2024-03-30T12:00:00+99:99",
            "2024-03-30T12:00:00+9999",
            "2024-03-30T12:00:00ZZ",
            "2024-03-30T12:00:00Z+01:00",
        ),
        *("2024-03-30T12:00:00+1:0", "2024-03-30T12:00:00+010:00", "2024-03-30T12:00:00  02:00", "+2024-03-30"),
        *(
            "2024-03-30T12:00:00 PM",
            "2024-03-30T12:00:00[Europe/Paris]",
            "２０２４-０３-３０",
            "2024-03-30T12:00:00.１Z",
            "2024-03-30T12:00:00+０２:００",
            "2024-03-30T１２:00:00",
            "٢٠٢٤-٠٣-٣٠",
            "2024−03−30",
        ),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "-0001-01-01", "2024-03-30\0", "9" * 10_000),
    ],
    ids=lambda text: repr(text[:40]),
)
def test_an_ending_at_of_another_form_is_refused_with_those_that_are_right(api: Quotidian, ending_at: str) -> None:
    assert_error(api.get(DAU, length=1, ending_at=ending_at), 400, "ending_at", "ISO 8601", "2026-03-29")


@pytest.mark.parametrize(
    ("zone", "ending_at", "day"),
    [
        ("America/New_York", "2024-03-31T03:59:59Z", "2024-03-30"),
        ("America/New_York", "2024-03-31T04:00:00Z", "2024-03-31"),
        ("America/New_York", "2024-03-31", "2024-03-31"),
        ("Asia/Kolkata", "2024-03-30T18:29:59Z", "2024-03-30"),
        ("Asia/Kolkata", "2024-03-30T18:30:00Z", "2024-03-31"),
        ("Pacific/Kiritimati", "2024-03-30T10:00:00Z", "2024-03-31"),
        ("Pacific/Kiritimati", "2024-03-30T09:59:59Z", "2024-03-30"),
        ("Pacific/Pago_Pago", "2024-03-31T10:59:59Z", "2024-03-30"),
        ("Pacific/Pago_Pago", "2024-03-31T11:00:00Z", "2024-03-31"),
        ("UTC", "2024-03-31T01:59:59+02:00", "2024-03-30"),
        ("UTC", "2024-03-31T23:59:59", "2024-03-31"),
    ],
)
def test_the_date_of_ending_at_is_the_workspaces_own(
    api: Quotidian, keys: dict[str, str], zone: str, ending_at: str, day: str
) -> None:
    assert last_day(api, ending_at, keys[zone]) == day


def forms(instant: datetime) -> Iterator[str]:
    """An instant in every form that has an offset."""
    text, (hours, minutes) = instant.strftime("%4Y-%m-%dT%H:%M:%S"), divmod(abs(offset_minutes(instant)), 60)
    sign = "-" if offset_minutes(instant) < 0 else "+"
    for fraction in ("", ".5", ".000000001"):
        yield f"{text}{fraction}{sign}{hours:02}:{minutes:02}"
        yield f"{text}{fraction}{sign}{hours:02}{minutes:02}"
        if hours < 10:
            yield f"{text}{fraction}{sign}{hours}:{minutes:02}"
        if not hours and not minutes:
            yield f"{text}{fraction}Z"


def offset_minutes(instant: datetime) -> int:
    return int((instant.utcoffset() or timedelta()).total_seconds()) // 60


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(datetime(1971, 1, 1), datetime(2026, 1, 1), timezones=st.one_of(offsets, st.just(UTC)))


@settings(max_examples=40, deadline=None)
@given(zone=st.sampled_from(ZONES), instant=instants.map(lambda instant: instant.replace(microsecond=0)))
def test_any_instant_in_any_form_ends_the_series_with_its_date(
    api: Quotidian, keys: dict[str, str], zone: str, instant: datetime
) -> None:
    wanted = instant.astimezone(ZoneInfo(zone)).date().isoformat()
    assert {last_day(api, text, keys[zone]) for text in forms(instant)} == {wanted}


@pytest.mark.parametrize("zone", ZONES)
def test_without_ending_at_a_series_ends_with_today_in_the_workspaces_zone(
    api: Quotidian, keys: dict[str, str], zone: str
) -> None:
    before = datetime.now(ZoneInfo(zone)).date()
    found = days(api.data(DAU, key=keys[zone], length=2))
    after = datetime.now(ZoneInfo(zone)).date()
    assert found in [[today - timedelta(days=1), today] for today in (before, after)]


@pytest.mark.parametrize("zone", ZONES)
def test_days_after_today_are_left_out(api: Quotidian, keys: dict[str, str], zone: str) -> None:
    today = datetime.now(ZoneInfo(zone)).date()
    found = days(api.data(DAU, key=keys[zone], length=10, ending_at=today + timedelta(days=4)))
    assert found == [today - timedelta(days=ago) for ago in reversed(range(6))]


@pytest.mark.parametrize("ending_at", ["2500-01-01", "9999-12-31", "9999-12-31T23:59:59", "9999-12-31T00:00:00Z"])
def test_a_series_wholly_after_today_is_empty(api: Quotidian, ending_at: str) -> None:
    assert api.data(DAU, length=100, ending_at=ending_at) == []


def test_a_series_may_begin_with_the_first_day_that_has_a_name(api: Quotidian) -> None:
    assert days(api.data(DAU, length=2, ending_at="0001-01-02"))[0] == date.min
    assert_error(api.get(DAU, length=3, ending_at="0001-01-02"), 400, "ending_at", "0001-01-02", "3")


# Any parameter


@EACH_PARAMETER
def test_a_required_parameter_that_is_missing_is_named(
    api: Quotidian, endpoint: AnyEndpoint, parameter: Parameter
) -> None:
    given_ones = parameters_of(endpoint)
    response = api.get(endpoint.path, **{name: text for name, text in given_ones.items() if name != parameter.name})
    if parameter.required or parameter.name == "length":  # for which a canvas may have starting_at
        assert_error(response, 400, parameter.name, "missing")
    else:
        assert response.status_code == (400 if endpoint.path in RETIRED else 200)


@EACH_PARAMETER
def test_an_empty_parameter_is_refused_and_named(api: Quotidian, endpoint: AnyEndpoint, parameter: Parameter) -> None:
    response = api.get(endpoint.path, **{**parameters_of(endpoint), parameter.name: ""})
    assert_error(response, 400, parameter.name)
    bare = "&".join([*(f"{name}={text}" for name, text in parameters_of(endpoint).items() if name != parameter.name)])
    assert_error(raw(api, f"{bare}&{parameter.name}", endpoint.path), 400, parameter.name)


@EACH_PARAMETER
def test_a_repeated_parameter_is_refused_and_named(api: Quotidian, endpoint: AnyEndpoint, parameter: Parameter) -> None:
    value = GOOD[parameter.name]
    left_out = {parameter.name, "length"} if parameter.name == "starting_at" else {parameter.name}
    others = "".join(f"{name}={text}&" for name, text in parameters_of(endpoint).items() if name not in left_out)
    once = raw(api, f"{others}{parameter.name}={value}", endpoint.path).status_code
    # With a series goes what names it, and no other id.
    assert once == (400 if endpoint.path in RETIRED else 200) or endpoint.work is Work.ASK
    twice = raw(api, f"{others}{parameter.name}={value}&{parameter.name}={value}", endpoint.path)
    if parameter.text.repeatable:
        assert twice.status_code == 200
    else:
        assert_error(twice, 400, parameter.name, "2 times")


GOOD = {
    "format": "json",
    "from": "2024-03-01",
    "to": "2024-03-30",
    "window": "7",
    "days": "7",
    "since": "0",
    "limit": "10",
    "wait": "0",
    "length": "3",
    "ending_at": "2024-03-30",
    "app_id": "shop",
    "conversion": "0",
    "baseline": "v1",
    "campaign_id": "spring",
    "send_id": "spring-1",
    "page": "0",
    "include_archived": "true",
    "sort_direction": "desc",
    "last_edit.time[gt]": "2024-03-30",
    "unit": "hour",
    "event": "tea drunk",
    "product": "tea",
    "cursor": "dGVh",
    "card_id": "card",
    "canvas_id": "journey",
    "segment_id": "lively",
    "series": "/kpi/dau/data_series",
    "day": "2024-03-30",
    "metric": "dau",
    "channel": "email",
    "variation_api_id": "v1",
    "starting_at": (datetime.now(UTC) - timedelta(days=3)).date().isoformat(),
    "include_variant_breakdown": "1",
    "include_step_breakdown": "true",
    "include_deleted_step_data": "0",
}


@pytest.mark.parametrize("name", ["Length", "LENGTH", "length ", "length[]", "$length", "lengths"])
def test_a_parameter_of_almost_the_right_name_is_another_one(api: Quotidian, name: str) -> None:
    assert_error(api.get(DAU, **{name: "1"}), 400, "length is missing")


@EACH_ENDPOINT
def test_what_an_endpoint_does_not_know_is_ignored(api: Quotidian, endpoint: AnyEndpoint) -> None:
    known = {parameter.name for parameter in endpoint.query}
    given_ones = parameters_of(endpoint)
    unknown = {name: "x" for name in (*GOOD, "$campaign_id", "ending_date", "") if name not in known}
    wanted = api.get(endpoint.path, **given_ones).json()
    assert api.get(endpoint.path, **given_ones, **unknown).json() == wanted


def test_an_unknown_parameter_may_be_repeated(api: Quotidian) -> None:
    assert raw(api, "length=1&tag=a&tag=b").status_code == 200


def test_posthogs_ending_date_is_ignored_and_the_series_ends_now(api: Quotidian) -> None:
    words = "Sun%20Nov%2022%202020%2000:00:00%20GMT+0000%20(Coordinated%20Universal%20Time)"
    assert raw(api, f"length=1&ending_date={words}").json() == raw(api, "length=1").json()


@pytest.mark.parametrize("odd", ODD_IDS)
def test_an_id_is_found_however_it_is_escaped(api: Quotidian, odd: str) -> None:
    fully = "".join(f"%{byte:02x}" for byte in odd.encode())
    for escaped in {quote(odd, safe=""), fully, fully.upper(), quote(odd, safe="").replace("%20", "+")}:
        query = f"campaign_id={escaped}&send_id={escaped}&length=1&ending_at=2024-03-30"
        [point] = raw(api, query, "/sends/data_series").json()["data"]
        assert point["unique_recipients"] == 1


@pytest.mark.parametrize("name", ["campaign_id", "send_id", "app_id"])
@pytest.mark.parametrize("text", ["nobody", "SPRING", "spring ", "spring%", "shop ", "*", "0", "null", "''"])
def test_an_id_that_names_nothing_is_invalid(api: Quotidian, name: str, text: str) -> None:
    wanted = {"campaign_id": "Invalid Campaign ID", "send_id": "Invalid Send ID", "app_id": "Invalid App ID"}[name]
    for endpoint in READING:
        if name in [parameter.name for parameter in endpoint.query] and endpoint.work is not Work.ASK:
            assert_error(api.get(endpoint.path, **{**parameters_of(endpoint), name: text}), 400, wanted)


def test_a_send_belongs_to_its_campaign(api: Quotidian) -> None:
    response = api.get("/sends/data_series", campaign_id="é", send_id="spring-1", length=1)
    assert_error(response, 400, "Invalid Send ID")


def test_an_app_without_sessions_has_zeros(quotidian: Quotidian) -> None:
    quotidian.deliver(event("users.messages.inappmessage.Impression", "ana", "2024-03-30", app_id="mail"))
    for name in ("dau", "mau", "new_users", "uninstalls"):
        assert quotidian.kpi(name, "2024-03-30", app_id="mail") == [0]


# Slices

SERIES = [
    pytest.param(f"/kpi/{name}/data_series", {}, id=name) for name in ("dau", "mau", "new_users", "uninstalls")
] + [
    pytest.param(DAU, {"app_id": "shop"}, id="dau-of-an-app"),
    pytest.param("/campaigns/data_series", {"campaign_id": "spring"}, id="campaign"),
    pytest.param("/sends/data_series", {"campaign_id": "spring", "send_id": "spring-1"}, id="send"),
]


@pytest.mark.parametrize(("path", "subject"), SERIES)
def test_every_day_has_a_point_of_the_same_keys(api: Quotidian, path: str, subject: dict[str, str]) -> None:
    points = api.data(path, **subject, length=100, ending_at="2024-06-01")
    assert days(points) == [date(2024, 6, 1) - timedelta(days=ago) for ago in reversed(range(100))]
    assert len({str(keys_of(point)) for point in points}) == 1


def keys_of(value: object) -> object:
    """A point without its numbers and its date."""
    if isinstance(value, dict):
        return {key: keys_of(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [keys_of(inner) for inner in value]
    return value if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value) else None


@pytest.mark.parametrize(("path", "subject"), SERIES)
def test_counts_are_json_integers(api: Quotidian, path: str, subject: dict[str, str]) -> None:
    points = api.data(path, **subject, length=5, ending_at="2024-04-03")
    assert {type(value) for point in points for key, value in point.items() if key not in ("revenue",)} <= {
        *(int, str, dict)
    }


@pytest.mark.parametrize(("path", "subject"), SERIES)
def test_slices_that_meet_have_every_day_once(api: Quotidian, path: str, subject: dict[str, str]) -> None:
    whole = api.data(path, **subject, length=10, ending_at="2024-04-05")
    parts = [api.data(path, **subject, length=5, ending_at=ending) for ending in ("2024-03-31", "2024-04-05")]
    assert [*parts[0], *parts[1]] == whole


# No text crashes anything

almost_instants = st.from_regex(
    r"\A[0-9]{3,5}-[0-9]{1,2}-[0-9]{1,2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(\.[0-9]*)?(Z|[-+ ][0-9]{0,2}:?[0-9]{0,2})?)?\Z"
)
texts = st.one_of(
    st.text(), st.text("0123456789-:TZ+ .", max_size=30), almost_instants, st.sampled_from(list(GOOD.values()))
)
names = sorted(GOOD)
DAU_ENDPOINT, LIST = (READING[PERMISSIONS.index(name)] for name in ("kpi.dau.data_series", "campaigns.list"))


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(names), texts, max_size=4), st.sampled_from(READING), st.booleans())
@example({"ending_at": "0001-01-01"}, DAU_ENDPOINT, True)
@example({"last_edit.time[gt]": "0001-01-01"}, LIST, True)
@example({"last_edit.time[gt]": "9999-12-31T23:59:59"}, LIST, True)
@example({"page": "9" * 4_400}, LIST, True)
def test_any_text_in_any_parameter_is_a_success_or_a_bad_request(
    api: Quotidian, values: dict[str, str], endpoint: AnyEndpoint, complete: bool
) -> None:
    response = api.get(endpoint.path, **{**(parameters_of(endpoint) if complete else {}), **values})
    if response.status_code != 200:
        assert_error(response, 400)


@settings(max_examples=300, deadline=None)
@given(st.one_of(texts, almost_instants))
def test_any_text_as_ending_at_is_a_success_or_a_bad_request(api: Quotidian, text: str) -> None:
    response = api.get(DAU, length=1, ending_at=text)
    if response.status_code != 200:
        assert_error(response, 400, "ending_at")
