"""/campaigns/list and /campaigns/details: paging, order, what is left out, and what each field is made from."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from asking import assert_error, fill
from conftest import Json, Quotidian, filled
from events import email, enrolment, event

from quotidian.catalogue import Behavior, Campaign, Canvas, CatalogueFile, Step, Variation, entries
from quotidian.domain.days import micros_of

LIST, DETAILS = "/campaigns/list", "/campaigns/details"
CREATED = datetime(2024, 1, 1, tzinfo=UTC)
MANY = [f"campaign-{number:03}" for number in range(205)]


def imported(quotidian: Quotidian, **campaigns: Campaign) -> None:
    quotidian.import_catalogue(CatalogueFile(campaigns=campaigns))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    """205 campaigns; five of them are archived. Their ids are in the order of their creation, but for the first two."""
    opened = Quotidian(tmp_path_factory.mktemp("lists") / "data")
    catalogue = {
        name: Campaign(created_at=CREATED + timedelta(minutes=number), archived=number % 41 == 40)
        for number, name in enumerate(MANY)
    }
    first, second = catalogue[MANY[0]], catalogue[MANY[1]]
    first.created_at, second.created_at = second.created_at, first.created_at
    # Not in the order of anything, lest the order of insertion be the one that is served.
    shuffled = sorted(catalogue.items(), key=lambda entry: entry[0][::-1])
    opened.import_catalogue(CatalogueFile(campaigns=dict(shuffled)))
    opened.events.close()  # the API reads series only, and a process can have one event store open
    yield opened
    opened.close()


BY_CREATION = [MANY[1], MANY[0], *MANY[2:]]
IN_USE = [name for number, name in enumerate(BY_CREATION) if number % 41 != 40]


def campaigns(quotidian: Quotidian, **parameters: Any) -> list[Json]:
    response = quotidian.get(LIST, **parameters)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    assert list(answer) == ["message", "campaigns"]
    listed: list[Json] = answer["campaigns"]
    return listed


def ids(quotidian: Quotidian, **parameters: Any) -> list[str]:
    return [campaign["id"] for campaign in campaigns(quotidian, **parameters)]


def details(quotidian: Quotidian, campaign_id: str) -> dict[str, Any]:
    response = quotidian.get(DETAILS, campaign_id=campaign_id)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


# Paging


def test_a_page_has_a_hundred_campaigns_by_creation_and_the_last_has_the_rest(many: Quotidian) -> None:
    pages = [ids(many, page=page) for page in range(3)]
    assert [len(page) for page in pages] == [100, 100, 0]
    assert list(chain(*pages)) == IN_USE
    pages = [ids(many, page=page, include_archived="true") for page in range(3)]
    assert [len(page) for page in pages] == [100, 100, 5]
    assert list(chain(*pages)) == BY_CREATION


def test_without_a_page_the_first_is_served(many: Quotidian) -> None:
    assert ids(many) == ids(many, page=0) == IN_USE[:100]


@pytest.mark.parametrize("page", ["3", "4", "1000000", "9" * 18, str(2**63), "9" * 20])
def test_a_page_past_the_end_is_empty(many: Quotidian, page: str) -> None:
    assert ids(many, page=page, include_archived="true") == []


def test_a_page_however_far_past_the_end_is_empty(many: Quotidian) -> None:
    assert ids(many, page="1" + "0" * 20) == []


@pytest.mark.parametrize("page", ["0", "00", "000"])
def test_a_page_may_have_zeros_in_front(many: Quotidian, page: str) -> None:
    assert ids(many, page=page) == IN_USE[:100]


@pytest.mark.parametrize("page", ["-1", "-0", "+1", "1.0", "1e1", "one", " 1", "1\n", "١", "²", "0x1", "null", "1,2"])
def test_a_page_that_is_no_whole_number_is_refused(many: Quotidian, page: str) -> None:
    assert_error(many.get(LIST, page=page), 400, "page", "whole number", "from 0")


# Order


def test_desc_is_the_reverse_of_asc_and_asc_is_the_default(many: Quotidian) -> None:
    assert ids(many, sort_direction="asc") == ids(many)
    backwards = list(chain(*(ids(many, page=page, sort_direction="desc") for page in range(2))))
    assert backwards == IN_USE[::-1]


@pytest.mark.parametrize("direction", ["ASC", "Desc", "descending", "-1", "true", "asc "])
def test_another_sort_direction_is_refused(many: Quotidian, direction: str) -> None:
    assert_error(many.get(LIST, sort_direction=direction), 400, "sort_direction", "asc or desc")


def test_campaigns_created_at_one_instant_are_in_the_order_of_their_ids(quotidian: Quotidian) -> None:
    imported(quotidian, **{name: Campaign(created_at=CREATED) for name in ("b", "a", "B", "é", "😀", "ｚ")})
    assert ids(quotidian) == ["B", "a", "b", "é", "ｚ", "😀"]
    assert ids(quotidian, sort_direction="desc") == ["😀", "ｚ", "é", "b", "a", "B"]


def test_creation_is_compared_as_an_instant_not_as_text(quotidian: Quotidian) -> None:
    eastern = datetime.fromisoformat("2024-01-01T05:00:00+05:30")
    imported(quotidian, later=Campaign(created_at=CREATED), earlier=Campaign(created_at=eastern))
    assert ids(quotidian) == ["earlier", "later"]


def test_without_a_catalogue_creation_is_the_first_event(quotidian: Quotidian) -> None:
    quotidian.deliver(email("Send", "ana", "2024-03-30", "b"), email("Send", "ana", "2024-03-31", "a"))
    assert ids(quotidian) == ["b", "a"]
    quotidian.deliver(email("Send", "ana", "2024-03-29", "a"))
    assert ids(quotidian) == ["a", "b"]


# Archived campaigns


@pytest.mark.parametrize(
    ("text", "number"), [("true", 5), ("1", 5), ("True", 5), ("TRUE", 5), ("false", 0), ("0", 0), ("False", 0)]
)
def test_archived_campaigns_are_listed_when_asked_for(many: Quotidian, text: str, number: int) -> None:
    listed = [name for page in range(3) for name in ids(many, page=page, include_archived=text)]
    assert len(listed) == 200 + number


def test_archived_campaigns_are_left_out_unless_asked_for(many: Quotidian) -> None:
    assert set(ids(many)) & (set(BY_CREATION) - set(IN_USE)) == set()


@pytest.mark.parametrize("text", ["yes", "T", "ｔｒｕｅ", "True ", "falſe", "2", "on", "null", "01"])
def test_a_boolean_of_another_form_is_refused(many: Quotidian, text: str) -> None:
    assert_error(many.get(LIST, include_archived=text), 400, "include_archived", "true, false, 1 or 0")


def test_an_archived_campaign_keeps_its_details_and_its_series(quotidian: Quotidian) -> None:
    quotidian.deliver(email("Send", "ana", "2024-03-30", "spring"))
    imported(quotidian, spring=Campaign(archived=True))
    assert ids(quotidian) == []
    assert details(quotidian, "spring")["archived"] is True
    assert quotidian.campaign("spring", "2024-03-30")[0]["unique_recipients"] == 1


# Edited after


def edit(quotidian: Quotidian) -> None:
    quotidian.deliver(
        email("Send", "ana", "2024-03-30T10:00:00Z", "early"),
        email("Send", "ana", "2024-03-31T10:00:00Z", "late"),
    )


@pytest.fixture
def edited(folder: Path) -> Iterator[Quotidian]:
    """Campaigns whose last event is when they count as edited: the thirtieth at eleven in Paris, and the day after."""
    with filled(folder, edit) as opened:
        yield opened


def test_what_was_edited_after_an_instant_is_listed(edited: Quotidian) -> None:
    for text, wanted in {
        "2024-03-30": ["early", "late"],
        "2024-03-31": ["late"],
        "2024-04-01": [],
        "2024-03-30T10:59:59": ["early", "late"],  # eleven o'clock in Paris
        "2024-03-30T11:00:00": ["late"],  # after, not at
        "2024-03-30T10:00:00Z": ["late"],
        "2024-03-30T09:59:59Z": ["early", "late"],
        "2024-03-30T09:59:59+00:00": ["early", "late"],
        "2024-03-30T09:59:59.999999Z": ["early", "late"],
        "2024-03-30T15:30:00+05:30": ["late"],
        "2000-01-01T00:00:00": ["early", "late"],
        "0001-01-01": ["early", "late"],
        "9999-12-31": [],
    }.items():
        assert ids(edited, **{"last_edit.time[gt]": text}) == wanted, text


@pytest.mark.parametrize("name", ["last_edit.time[gt]", "last_edit.time%5Bgt%5D", "last_edit.time%5bgt%5d"])
@pytest.mark.parametrize("text", ["2024-03-31T00:00:00%2B00:00", "2024-03-31T00:00:00+00:00", "2024-03-31"])
def test_brackets_may_be_escaped_or_not(edited: Quotidian, name: str, text: str) -> None:
    headers = {"Authorization": f"Bearer {edited.key}"}
    answer = edited.client.get(f"{LIST}?{name}={text}", headers=headers).json()
    assert [campaign["id"] for campaign in answer["campaigns"]] == ["late"]


def test_a_reader_that_goes_on_from_the_last_edit_it_saw_does_not_get_the_entry_again(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotidian.deliver(email("Send", "ana", "2024-03-30T10:00:00.75Z", "by-events"))
    monkeypatch.setattr(entries, "now_micros", lambda: micros_of(datetime(2024, 5, 1, 0, 0, 0, 250_000, tzinfo=UTC)))
    imported(quotidian, planned=Campaign(created_at=CREATED))
    seen = {campaign["id"]: campaign["last_edited"] for campaign in campaigns(quotidian)}
    assert seen == {"by-events": "2024-03-30T10:00:00+00:00", "planned": "2024-05-01T00:00:00+00:00"}
    assert ids(quotidian, **{"last_edit.time[gt]": seen["by-events"]}) == ["planned"]
    assert ids(quotidian, **{"last_edit.time[gt]": seen["planned"]}) == []
    assert ids(quotidian, **{"last_edit.time[gt]": "2024-03-30T09:59:59.999Z"}) == ["planned", "by-events"]


def test_a_reader_of_what_was_edited_since_its_start_gets_an_old_campaign_that_still_runs(
    quotidian: Quotidian,
) -> None:
    quotidian.deliver(email("Send", "ana", "2024-01-30", "old"), email("Send", "ana", "2024-01-30", "over"))
    assert ids(quotidian, **{"last_edit.time[gt]": "2024-03-01"}) == []
    quotidian.deliver(email("Open", "ana", "2024-03-30", "old"))
    quotidian.deliver(email("Open", "bo", "2024-02-10", "old"))  # late: the last event is the other one
    assert ids(quotidian, **{"last_edit.time[gt]": "2024-03-01"}) == ["old"]
    assert campaigns(quotidian)[0]["last_edited"] == "2024-03-30T12:00:00+00:00"


def test_what_was_created_in_the_same_second_goes_by_id(quotidian: Quotidian) -> None:
    for name, fraction in (("b", 1), ("a", 9), ("c", 5)):
        quotidian.deliver(email("Send", "ana", f"2024-03-30T10:00:00.{fraction}Z", name))
    assert ids(quotidian) == ["a", "b", "c"]
    assert ids(quotidian, sort_direction="desc") == ["c", "b", "a"]


def test_pages_are_made_of_what_is_left(many: Quotidian) -> None:
    assert ids(many, **{"last_edit.time[gt]": "9999-12-31"}) == []
    assert ids(many, page=1, **{"last_edit.time[gt]": "2024-01-01"}) == IN_USE[100:]


@pytest.mark.parametrize("text", ["yesterday", "2024-3-31", "1711843200", "2024-03-31T12", "2024-02-30"])
def test_a_last_edit_that_is_no_instant_is_refused(many: Quotidian, text: str) -> None:
    assert_error(many.get(LIST, **{"last_edit.time[gt]": text}), 400, "last_edit.time[gt]", "ISO 8601")


# Fields


def test_a_campaign_that_only_events_name_has_what_they_say(quotidian: Quotidian) -> None:
    quotidian.deliver(
        email("Send", "ana", "2024-03-30T10:00:00Z", "spring", campaign_name="Spring", message_variation_name="One"),
        email("Open", "ana", "2024-04-02T11:00:00Z", "spring", campaign_name="Spring again"),
        enrolment("bo", "2024-03-31T11:00:00Z", "spring"),
    )
    assert campaigns(quotidian) == [
        {
            "id": "spring",
            "last_edited": "2024-04-02T11:00:00+00:00",
            "name": "Spring again",
            "is_api_campaign": False,
            "tags": [],
        }
    ]
    assert details(quotidian, "spring") == {
        "message": "success",
        "created_at": "2024-03-30T10:00:00+00:00",
        "updated_at": "2024-04-02T11:00:00+00:00",
        "archived": False,
        "draft": False,
        "enabled": True,
        "has_post_launch_draft": False,
        "name": "Spring again",
        "description": "",
        "schedule_type": None,
        "channels": ["email"],
        "first_sent": "2024-03-30T10:00:00+00:00",
        "last_sent": "2024-04-02T11:00:00+00:00",
        "tags": [],
        "teams": [],
        "messages": {"v1": {"channel": "email", "name": "One"}, "control": {"channel": "control", "name": None}},
        "conversion_behaviors": [],
    }


def test_the_catalogue_comes_before_the_events(quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch) -> None:
    quotidian.deliver(email("Send", "ana", "2024-03-30", "spring", campaign_name="By events"))
    entry = Campaign(
        name="By hand",
        description="What it is for",
        tags=["one", "two"],
        is_api_campaign=True,
        archived=True,
        draft=True,
        enabled=False,
        schedule_type="action_based",
        created_at=datetime(2024, 1, 1, 12),
        first_sent=datetime.fromisoformat("2024-02-01T12:00:00+02:00"),
        last_sent=datetime(2024, 3, 1),
        conversion_behaviors=[Behavior("Makes Purchase", 86_400), Behavior("Custom", 60, custom_event_name="tea")],
        variations={"v1": Variation("First", "webhook"), "v2": Variation(channel="email")},
    )
    monkeypatch.setattr(entries, "now_micros", lambda: micros_of(datetime(2024, 5, 1, tzinfo=UTC)))
    imported(quotidian, spring=entry)
    found = {
        "name": "By hand",
        "tags": ["one", "two"],
    }
    assert campaigns(quotidian, include_archived=1) == [
        {"id": "spring", "last_edited": "2024-05-01T00:00:00+00:00", "is_api_campaign": True, **found}
    ]
    assert details(quotidian, "spring") == {
        "message": "success",
        "created_at": "2024-01-01T12:00:00+00:00",
        "updated_at": "2024-05-01T00:00:00+00:00",
        "archived": True,
        "draft": True,
        "enabled": False,
        "has_post_launch_draft": False,
        **found,
        "teams": [],
        "description": "What it is for",
        "schedule_type": "action_based",
        "channels": ["email", "webhook"],
        "first_sent": "2024-02-01T10:00:00+00:00",
        "last_sent": "2024-03-01T00:00:00+00:00",
        "messages": {"v1": {"channel": "webhook", "name": "First"}, "v2": {"channel": "email", "name": None}},
        "conversion_behaviors": [
            {"type": "Makes Purchase", "window": 86_400},
            {"type": "Custom", "window": 60, "custom_event_name": "tea"},
        ],
    }


def test_canvases_and_segments_have_the_fields_that_strict_clients_ask_for(quotidian: Quotidian) -> None:
    fill(quotidian)
    step = {"canvas_id": "journey", "canvas_step_id": "mail"}
    quotidian.deliver(event("users.messages.email.Send", "ana", "2024-03-30", **step))
    quotidian.import_catalogue(CatalogueFile(canvases={"journey": Canvas(steps={"wait": Step("Wait")})}))
    canvas = quotidian.get("/canvas/details", canvas_id="journey").json()
    assert (canvas["teams"], canvas["has_post_launch_draft"], canvas["enabled"]) == ([], False, True)
    assert [variant["first_step_ids"] for variant in canvas["variants"]] == [[]]
    nothing: Json = {"next_step_ids": [], "next_paths": [], "messages": {}}
    assert canvas["steps"] == [
        {"id": "mail", "name": None, "type": "message", "channels": ["email"], **nothing},
        {"id": "wait", "name": "Wait", "type": "", "channels": [], **nothing},
    ]
    assert quotidian.get("/segments/details", segment_id="lively").json()["teams"] == []


def test_a_planned_campaign_is_listed_before_it_has_events(quotidian: Quotidian) -> None:
    imported(quotidian, planned=Campaign(name="Planned"))
    assert ids(quotidian) == ["planned"]
    found = details(quotidian, "planned")
    assert [found["channels"], found["first_sent"], found["last_sent"]] == [[], None, None]
    [point] = quotidian.campaign("planned", "2024-03-30")
    assert point == {
        "time": "2024-03-30",
        "messages": {},
        "unique_recipients": 0,
        "revenue": 0,
        "conversions": 0,
        "conversions_by_send_time": 0,
    }


def test_a_campaign_without_a_name_is_called_by_its_id(quotidian: Quotidian) -> None:
    imported(quotidian, planned=Campaign())
    quotidian.deliver(email("Send", "ana", "2024-03-30", "spring"))
    assert sorted(campaign["name"] for campaign in campaigns(quotidian)) == ["planned", "spring"]


def test_a_campaign_of_channels_that_are_not_served_has_details(quotidian: Quotidian) -> None:
    quotidian.deliver(event("users.messages.banner.Impression", "ana", "2024-03-30", campaign_id="spring"))
    found = details(quotidian, "spring")
    assert [found["channels"], found["messages"]] == [[], {}]
    assert quotidian.campaign("spring", "2024-03-30")[0]["messages"] == {}


def test_times_carry_an_offset_and_no_fraction(quotidian: Quotidian) -> None:
    quotidian.deliver(email("Send", "ana", "2024-03-30T10:00:00.999999Z", "spring"))
    found = details(quotidian, "spring")
    times = {found[name] for name in ("created_at", "updated_at", "first_sent", "last_sent")}
    assert times == {"2024-03-30T10:00:00+00:00"}


def test_an_edit_changes_last_edited_and_the_same_entry_again_does_not(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edit(day: int, **entry: Any) -> tuple[str, str]:
        monkeypatch.setattr(entries, "now_micros", lambda: micros_of(datetime(2024, 5, day, tzinfo=UTC)))
        imported(quotidian, spring=Campaign(created_at=CREATED, **entry))
        return campaigns(quotidian)[0]["last_edited"][:10], details(quotidian, "spring")["updated_at"][:10]

    assert edit(1, name="One") == ("2024-05-01", "2024-05-01")
    assert edit(2, name="One") == ("2024-05-01", "2024-05-01")
    assert edit(3, name="Two") == ("2024-05-03", "2024-05-03")


def test_an_edit_does_not_change_when_a_planned_campaign_was_created(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day, name in ((1, "One"), (3, "Two")):
        monkeypatch.setattr(entries, "now_micros", lambda day=day: micros_of(datetime(2024, 5, day, tzinfo=UTC)))
        imported(quotidian, planned=Campaign(name=name))
    assert details(quotidian, "planned")["created_at"][:10] == "2024-05-01"


def test_an_event_does_not_change_last_edited_of_what_the_catalogue_has(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "now_micros", lambda: micros_of(datetime(2024, 5, 1, tzinfo=UTC)))
    imported(quotidian, spring=Campaign(name="Spring"))
    quotidian.deliver(email("Send", "ana", "2024-06-30", "spring"))
    assert campaigns(quotidian)[0]["last_edited"] == "2024-05-01T00:00:00+00:00"
    assert details(quotidian, "spring")["first_sent"] == "2024-06-30T12:00:00+00:00"


def test_a_canvas_was_entered_when_its_first_and_last_entry_say(quotidian: Quotidian) -> None:
    def canvas_event(name: str, when: str, **properties: object) -> Json:
        return event(f"users.{name}", "ana", when, canvas_id="welcome", **properties)

    def found() -> list[str | None]:
        answer = quotidian.get("/canvas/details", canvas_id="welcome").json()
        return [answer[name] for name in ("created_at", "first_entry", "last_entry", "updated_at")]

    quotidian.deliver(canvas_event("messages.email.Open", "2024-03-02"))
    noon = "T12:00:00+00:00"
    assert found() == [f"2024-03-02{noon}", None, None, f"2024-03-02{noon}"]
    quotidian.deliver(canvas_event("canvas.Entry", "2024-03-05", canvas_variation_id="v"))
    quotidian.deliver(canvas_event("canvas.Entry", "2024-03-04"), canvas_event("messages.email.Open", "2024-03-09"))
    assert found() == [f"2024-03-02{noon}", f"2024-03-04{noon}", f"2024-03-05{noon}", f"2024-03-09{noon}"]
    quotidian.import_catalogue(CatalogueFile(canvases={"welcome": Canvas(first_entry=datetime(2024, 2, 1))}))
    assert found()[1:3] == ["2024-02-01T00:00:00+00:00", f"2024-03-05{noon}"]


def test_a_planned_canvas_has_no_entry(quotidian: Quotidian) -> None:
    quotidian.import_catalogue(CatalogueFile(canvases={"planned": Canvas()}))
    found = quotidian.get("/canvas/details", canvas_id="planned").json()
    assert [found["first_entry"], found["last_entry"]] == [None, None]


def test_lists_and_details_are_the_same_after_a_rebuild(edited: Quotidian) -> None:
    imported(edited, late=Campaign(name="Late", tags=["x"]), planned=Campaign(created_at=CREATED))
    before = [campaigns(edited), *(details(edited, name) for name in ids(edited))]
    edited.rebuild()
    assert [campaigns(edited), *(details(edited, name) for name in ids(edited))] == before
    assert len(before) == 4
