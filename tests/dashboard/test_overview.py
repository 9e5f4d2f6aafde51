"""The overview: its numbers are those of the API, of all apps and of each, over the change of the clocks."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec
import pytest
from conftest import Quotidian, days_between
from events import Json, event, purchase, session
from pages_of import Pages, parse, problems

from quotidian.catalogue import App, CatalogueFile
from quotidian.control.dirty_days import ACTIVITY, mark_days
from quotidian.domain.days import day_of
from quotidian.engine.tasks import COMPUTING, LOADING
from quotidian.store.series import writing
from quotidian.telemetry.heartbeat import Heartbeat

FIRST, LAST = "2024-03-20", "2024-04-08"  # the clocks of Paris are changed between
DAYS = {"from": FIRST, "to": LAST}
LONG = {"from": "2024-02-20", "to": "2024-04-08"}
EVIL = "<script>alert(1)</script> & \"Co\" 'x' %(day)s \u202e"
APPS = ("shop", 'we"b/ <b>', "Sessions")


def world() -> Iterator[Json]:
    """Twelve users of three apps and of none, some of whom come seldom, or stop, or use several apps on a day."""
    for n in range(12):
        user = f"user-{n}"
        first = date(2024, 2, 25) + timedelta(days=3 * n)
        yield event("users.behaviors.app.FirstSession", user, first.isoformat(), app_id=APPS[n % 3])
        for m in range(0, 45 - n, 1 + n % 5):
            day = first + timedelta(days=m)
            # Just after midnight in Paris it is the day before in UTC; after the change it is two hours.
            when = f"{day}T22:30:00Z" if m % 2 else f"{day}T09:00:00Z"
            yield session(user, when, **({"app_id": APPS[(n + m) % 3]} if m % 4 else {}))
            if m % 3 == 0:
                yield session(user, f"{day}T12:00:00Z", app_id=APPS[n % 3])
                yield purchase(user, f"{day}T12:00:01Z", 0.1 + n, app_id=APPS[n % 3], product_id="tea")
        if n % 4 == 0:
            yield event("users.behaviors.Uninstall", user, "2024-04-01T12:00:00Z", app_id=APPS[n % 3])


@pytest.fixture(scope="module")
def quotidian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("overview") / "data")
    opened.deliver(*world())
    opened.import_catalogue(CatalogueFile(apps={APPS[1]: App(EVIL), "never seen": App("Never")}))
    opened.empty_key = opened.add_workspace("empty", "UTC")  # type: ignore[attr-defined]
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pages(quotidian: Quotidian) -> Pages:
    return Pages(quotidian)


def api(quotidian: Quotidian, path: str, key: str, days: dict[str, str] = DAYS, **given: Any) -> list[Any]:
    """The numbers that a series of the API has on each of some days."""
    length = len(days_between(date.fromisoformat(days["from"]), date.fromisoformat(days["to"])))
    points = quotidian.data(path, length=length, ending_at=days["to"], **given)
    return [point[key] for point in points]


class Served(NamedTuple):
    """A chart, its column, and the path and key of its numbers in the API."""

    chart: str
    title: str
    path: str
    key: str


MEASURES = [
    Served("active-users", "Active users", "/kpi/dau/data_series", "dau"),
    Served("active-users-over-30-days", "Active users over 30 days", "/kpi/mau/data_series", "mau"),
    Served("new-users", "New users", "/kpi/new_users/data_series", "new_users"),
    Served("uninstalls", "Uninstalls", "/kpi/uninstalls/data_series", "uninstalls"),
    Served("sessions", "Sessions", "/sessions/data_series", "sessions"),
    Served("revenue", "Revenue", "/purchases/revenue_series", "revenue"),
]


@pytest.mark.parametrize("app", ["", *APPS])
@pytest.mark.parametrize("served", MEASURES, ids=lambda served: served.chart)
def test_the_numbers_of_a_chart_are_those_of_the_api(
    quotidian: Quotidian, pages: Pages, served: Served, app: str
) -> None:
    of_app: dict[str, Any] = {"app_id": app} if app else {}
    rows = pages.csv("overview", served.chart, **DAYS, **of_app)
    expected = api(quotidian, served.path, served.key, **of_app)
    assert [float(row[served.title]) for row in rows] == expected
    assert [row["Day"] for row in rows][:: len(rows) - 1] == [FIRST, LAST]
    assert any(expected) or served.key == "uninstalls"


@pytest.mark.parametrize("window", [None, 1, 14, 45])
@pytest.mark.parametrize("app", ["", "shop"])
def test_growth_is_that_of_the_api(quotidian: Quotidian, pages: Pages, window: int | None, app: str) -> None:
    given = {name: value for name, value in (("window", window), ("app_id", app)) if value}
    rows = pages.csv("overview", "growth", **DAYS, **given)
    points = quotidian.data("/v1/growth", **DAYS, **given)
    for title in ("New", "Retained", "Resurrected", "Lost"):
        assert [int(row[title]) for row in rows] == [point[title.lower()] for point in points]
    sticky = pages.csv("overview", "stickiness", **DAYS, **given)
    assert [float(row["Stickiness"]) for row in sticky] == [point["stickiness"] for point in points]


def of_retention(quotidian: Quotidian, days: dict[str, str], **given: str) -> list[Any]:
    return [point["retained"] for point in quotidian.data("/v1/retention", **days, days=30, **given)]


@pytest.mark.parametrize("app", ["", "shop"])
def test_retention_of_few_days_is_that_of_the_api_by_day(quotidian: Quotidian, pages: Pages, app: str) -> None:
    of_app = {"app_id": app} if app else {}
    rows = pages.csv("overview", "retention", **DAYS, **of_app)
    found = [[int(row["Users"]), *(int(row[f"+{n}"]) for n in range(1, 31))] for row in rows]
    assert found == of_retention(quotidian, DAYS, **of_app)
    assert sum(cohort[0] for cohort in found) > 1


def test_retention_of_many_days_is_that_of_the_api_added_up_by_week(quotidian: Quotidian, pages: Pages) -> None:
    by_day = of_retention(quotidian, LONG)
    rows = pages.csv("overview", "retention", **LONG)
    weeks = [by_day[end - 7 : end] for end in range(len(by_day), 0, -7)][::-1]
    assert len(by_day) % 7 == 0
    expected = [[sum(numbers) for numbers in zip(*week, strict=True)] for week in weeks]
    assert [[int(row["Users"]), *(int(row[f"+{n}"]) for n in range(1, 31))] for row in rows] == expected
    assert [(row["First session from"], row["to"]) for row in rows][-1] == ("2024-04-02", "2024-04-08")
    shares = pages.csv("overview", "retention-shares", **LONG)
    assert [row["+3"] for row in shares] == [str(week[3] / week[0]) if week[0] else "" for week in expected]


def test_the_first_cohort_is_shorter_where_days_do_not_come_out_even(pages: Pages) -> None:
    rows = pages.csv("overview", "retention", **{"from": "2024-02-29", "to": LAST})
    spans = [(row["First session from"], row["to"]) for row in rows]
    assert spans[:2] == [("2024-02-29", "2024-03-04"), ("2024-03-05", "2024-03-11")]
    assert spans[-1][1] == LAST


def test_days_that_have_not_come_are_empty_in_the_matrix(quotidian: Quotidian, pages: Pages) -> None:
    rows = pages.csv("overview", "retention", days="5")
    known = [sum(row[f"+{n}"] != "" for n in range(1, 31)) for row in rows]
    assert known == [4, 3, 2, 1, 0]


def test_apps_have_the_numbers_of_the_api(quotidian: Quotidian, pages: Pages) -> None:
    rows = {row["App"]: row for row in pages.csv("overview", "apps", **DAYS)}
    assert set(rows) == {"shop", EVIL, "Sessions"}
    for app, name in zip(APPS, ("shop", EVIL, "Sessions"), strict=True):
        row = rows[name]
        active = api(quotidian, "/kpi/dau/data_series", "dau", app_id=app)
        assert float(row["Active users a day"]) == sum(active) / len(active)
        monthly = api(quotidian, "/kpi/mau/data_series", "mau", app_id=app)
        assert int(row["Active users over 30 days"]) == monthly[-1]
        for _, title, path, key in MEASURES[2:]:
            assert float(row[title]) == pytest.approx(sum(api(quotidian, path, key, app_id=app)))
        by_day = [int(each[name]) for each in pages.csv("overview", "by-app", **DAYS)]
        assert by_day == active


def test_figures_are_against_as_many_days_before(quotidian: Quotidian, pages: Pages) -> None:
    page = pages.page("overview", **DAYS)
    before = {"from": "2024-02-29", "to": "2024-03-19"}
    sessions, sessions_before = (sum(api(quotidian, *MEASURES[4][2:], days)) for days in (DAYS, before))
    assert f"Sessions {sessions} {sessions / sessions_before - 1:+.1%}" in page.text.replace("−", "-")
    active = api(quotidian, "/kpi/dau/data_series", "dau")
    assert f"Active users a day {sum(active) / len(active):.2f}".rstrip("0") in page.text
    assert "mean of 20 days" in page.text
    monthly = api(quotidian, "/kpi/mau/data_series", "mau")[-1]
    assert f"Active users over 30 days {monthly}" in page.text
    assert "on Apr 8" in page.text


def test_figures_and_days_lead_to_what_they_mean(pages: Pages) -> None:
    page = pages.page("overview", **DAYS, app_id="shop")
    table = page.tables["Active users a day"]
    link = table.links[0][table.columns.index("Active users")]
    for part in ("number?", "series=%2Fkpi%2Fdau%2Fdata_series", "metric=dau", "app_id=shop", f"day={FIRST}"):
        assert part in link
    growth = page.tables["Growth: new, retained, resurrected and lost users"]
    assert f"series=%2Fv1%2Fgrowth&metric=lost&app_id=shop&window=7&day={LAST}" in growth.links[-1][-1]


def test_the_page_is_in_order_for_who_hears_it_and_not_large(pages: Pages) -> None:
    answer = pages.get(pages.path("overview"), **DAYS)
    assert list(problems(parse(answer.text))) == []
    assert len(answer.content) < 200_000


def test_the_matrix_says_shares_or_users(quotidian: Quotidian, pages: Pages) -> None:
    of_users = pages.page("overview", **DAYS, retention="users").tables["Retention"]
    cohorts = of_retention(quotidian, DAYS)
    assert of_users.rows[1][1:] == [str(users) for users in cohorts[0]]
    whole = [sum(users) for users in zip(*cohorts, strict=True)]
    assert of_users.rows[0][1:] == [str(users) for users in whole]
    shares = pages.page("overview", **DAYS).tables["Retention"]
    assert shares.rows[0][2:] == [f"{users / whole[0]:.0%}" for users in whole[1:]]


def test_charts_of_many_days_have_their_numbers_on_a_page_of_their_own(quotidian: Quotidian, pages: Pages) -> None:
    page = pages.page("overview", **LONG)
    assert "Active users a day" not in page.tables
    alone = pages.page("overview", **LONG, chart="active-users")
    assert page.addresses("Numbers: Active users a day") == [alone.url]
    shown = [int(number) for number in alone.tables["Active users a day"].column("Active users")]
    assert shown == api(quotidian, "/kpi/dau/data_series", "dau", LONG)
    assert list(problems(alone)) == []


def test_names_of_apps_are_text_and_are_not_translated(quotidian: Quotidian) -> None:
    pages = Pages(quotidian, language="fr")
    html = pages.get(pages.path("overview"), **DAYS).text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;Co&#34;" in html
    apps = parse(html).tables["Par app"]
    assert "Sessions" in apps.column("App")
    assert "shop" in apps.column("App")
    rows = pages.csv("overview", "by-app", **DAYS)
    assert {"Jour", "Sessions", EVIL} <= rows[0].keys()


def test_an_app_leads_to_its_own_overview(pages: Pages) -> None:
    page = pages.page("overview", **DAYS)
    of_app = pages.follow(page, EVIL)
    assert "By app" not in of_app.tables
    assert "%22b%2F" in of_app.url


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"window": "0"}, 400),
        ({"window": "46"}, 400),
        ({"window": "²"}, 400),
        ({"window": "9" * 5000}, 400),
        ({"retention": "both"}, 400),
        ({"chart": "nothing<b>"}, 404),
        ({"app_id": "never seen"}, 404),
        ({"app_id": "x" * 5000}, 404),
        ({"csv": "nothing"}, 404),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(pages: Pages, given: dict[str, str], status: int) -> None:
    answer = pages.get(pages.path("overview"), **DAYS, **given)
    assert (answer.status_code, parse(answer.text).headings) == (status, [(1, "This page cannot be shown")])


def test_a_key_sees_the_parts_that_it_may_see(quotidian: Quotidian) -> None:
    pages = Pages(quotidian, quotidian.new_key("dashboard", "sessions.data_series", "growth"))
    page = pages.page("overview", **DAYS)
    assert {"Sessions a day", "Stickiness"} <= page.tables.keys()
    assert page.tables["By app"].columns == ["App", "Sessions"]
    assert page.tables.keys().isdisjoint({"Retention", "Revenue a day", "Active users a day"})
    for permission in ("kpi.dau.data_series", "kpi.mau.data_series", "purchases.revenue_series", "retention"):
        assert permission in page.text
    assert "The last events came" not in page.text
    for table in ("active-users", "retention", "revenue", "by-app"):
        assert pages.get(pages.path("overview"), csv=table).status_code == 404


def test_a_key_that_may_see_nothing_is_told_what_it_lacks(quotidian: Quotidian) -> None:
    page = Pages(quotidian, quotidian.new_key("dashboard")).page("overview", **DAYS)
    assert list(page.tables) == []
    assert "Growth and stickiness ( growth )" in page.text


@pytest.fixture(scope="module")
def empty(quotidian: Quotidian) -> Pages:
    return Pages(quotidian, quotidian.empty_key, workspace="empty")  # type: ignore[attr-defined]


def test_an_empty_workspace_says_what_to_do_next(empty: Pages) -> None:
    page = empty.page("overview")
    assert list(problems(page)) == []
    for way in ("quotidian ingest", "--workspace empty", "POST /events", "quotidian demo"):
        assert way in page.text


def test_today_is_said_to_be_so_far(pages: Pages) -> None:
    assert "Today is not over" in pages.page("overview", days="7").text
    assert "mean of 6 days" in pages.page("overview", days="7").text
    assert "Today is not over" not in pages.page("overview", **DAYS).text
    assert list(problems(pages.page("overview", days="1"))) == []


class _Engine:
    """Says of an engine what it would say of itself."""

    def __init__(self, quotidian: Quotidian) -> None:
        self.path = quotidian.folder.engine_state
        self.path.parent.mkdir(exist_ok=True)
        self.state = Heartbeat(self.path).state
        self.state.beat_clock = time.monotonic()

    def say(self, task: str, workspace: str = "", step: str = "", done: int = 0, total: int = 0) -> None:
        self.state.begin(task, workspace)
        self.state.step, self.state.done, self.state.total = step, done, total
        self.path.write_bytes(msgspec.json.encode(self.state))


@pytest.fixture
def engine(quotidian: Quotidian) -> Iterator[_Engine]:
    said = _Engine(quotidian)
    yield said
    said.path.unlink()


def test_a_load_says_how_far_it_is_and_to_nobody_else(engine: _Engine, pages: Pages, empty: Pages) -> None:
    engine.say("Ingest", "default", LOADING, 43, 100)
    assert "Events are being loaded: 43.0% so far" in pages.page("overview").text
    assert "being loaded" not in empty.page("overview").text
    engine.say("Ingest", "default", COMPUTING, 1, 2)
    assert "are being computed: 50.0% so far" in pages.page("overview").text
    engine.say("Ingest", "empty")
    assert "Events are being loaded: 0.0% so far" in empty.page("overview").text
    engine.say("")
    assert "being loaded" not in empty.page("overview").text


def test_what_an_engine_left_behind_says_nothing(engine: _Engine, pages: Pages) -> None:
    engine.state.boot = "another"
    engine.say("Ingest", "default", LOADING, 43, 100)
    assert "being loaded" not in pages.page("overview").text


def test_days_that_are_still_to_be_computed_are_counted(quotidian: Quotidian, pages: Pages, empty: Pages) -> None:
    days = [day_of(date(2024, 3, day)) for day in (21, 22, 23)]
    with writing(quotidian.engine) as connection:
        mark_days(connection, quotidian.workspace().id, ACTIVITY, days)
    assert "The numbers of 3 days are still being computed." in pages.page("overview").text
    assert "being computed" not in empty.page("overview").text
    quotidian.roll_up()
    assert "being computed" not in pages.page("overview").text


def test_when_events_came_last_is_said_in_the_time_of_the_workspace(quotidian: Quotidian, pages: Pages) -> None:
    now = quotidian.workspace().today
    assert f"The last events came on {now.day} {now:%b} {now.year}" in pages.page("overview").text
