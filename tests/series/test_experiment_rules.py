"""Reports of experiments: who counts at every edge, and what is kept."""

from datetime import date
from decimal import Decimal

import pytest
from conftest import Json, Quotidian
from events import email, enrolment, event, purchase
from experimenting import asked

from quotidian.catalogue import Campaign, CatalogueFile, Variation
from quotidian.series.experiments.facts import Asking, Facts
from quotidian.store.events import EventStore

SPRING = (date(2024, 3, 10), date(2024, 3, 20))


def conversion(user: str, when: str, **properties: object) -> Json:
    return event("users.campaigns.Conversion", user, when, campaign_id="spring", **properties)


def row(report: Json, variation: str | None) -> Json:
    (found,) = [each for each in report["data"] if each["variation_api_id"] == variation]
    return dict(found)


def test_what_belongs_to_a_receipt_before_or_after_the_range_does_not_count(quotidian: Quotidian) -> None:
    quotidian.deliver(
        email("Send", "ana", "2024-03-09", "spring"),
        email("Send", "ana", "2024-03-12", "spring"),
        conversion("ana", "2024-03-11"),  # of the first receipt
        email("Send", "bo", "2024-03-12", "spring"),
        email("Send", "bo", "2024-03-25", "spring"),
        conversion("bo", "2024-03-26"),  # of the second
        email("Send", "cy", "2024-03-20", "spring"),
        conversion("cy", "2024-04-19"),  # 30 days later
        conversion("di", "2024-03-15"),  # of none
    )
    found = row(asked(quotidian, "spring", *SPRING), "v1")
    assert (found["recipients"], found["converters"]) == (3, 1)


def test_a_user_of_several_rows_counts_in_each_and_as_crossed_over(quotidian: Quotidian) -> None:
    quotidian.deliver(
        email("Send", "ana", "2024-03-12", "spring"),
        email("Send", "ana", "2024-03-13", "spring", message_variation_id="v2"),
        enrolment("ana", "2024-03-14", "spring", message_variation_id=None),
        email("Send", "bo", "2024-03-12", "spring"),
        email("Send", "bo", "2024-03-13", "spring"),
        conversion("ana", "2024-03-15", message_variation_id="v2"),
        conversion("ana", "2024-03-16"),
    )
    report = asked(quotidian, "spring", *SPRING)
    assert [(each["variation_api_id"], each["control"]) for each in report["data"]] == [
        ("v1", False),
        ("v2", False),
        (None, True),
    ]
    assert [each["recipients"] for each in report["data"]] == [2, 1, 1]
    assert [each["converters"] for each in report["data"]] == [0, 1, 1]
    assert (report["crossed_over"], report["baseline"]) == (1, None)


def test_a_purchase_of_nothing_makes_a_converter_and_no_revenue(quotidian: Quotidian) -> None:
    quotidian.deliver(
        email("Send", "ana", "2024-03-12T10:00:00Z", "spring"),
        email("Send", "bo", "2024-03-12T10:00:00Z", "spring"),
        purchase("ana", "2024-03-12T11:00:00Z", 0.0),
        purchase("bo", "2024-03-12T11:00:00Z", 5.0, "JPY"),
    )
    found = row(asked(quotidian, "spring", *SPRING, "revenue"), "v1")
    assert (found["recipients"], found["converters"], found["revenue"], found["mean"]) == (2, 1, 0, 0)
    assert "rate" not in found


def test_a_campaign_that_only_the_catalogue_has_has_no_rows(quotidian: Quotidian) -> None:
    quotidian.import_catalogue(CatalogueFile(campaigns={"planned": Campaign("Planned", control_weight=1)}))
    report = asked(quotidian, "planned", *SPRING)
    assert (report["data"], report["baseline"], report["sample_ratio"]) == ([], None, None)


def test_a_split_that_users_do_not_have_is_a_mismatch(quotidian: Quotidian) -> None:
    entry = Campaign(variations={"v1": Variation(weight=1)}, control_weight=1)
    quotidian.import_catalogue(CatalogueFile(campaigns={"spring": entry}))
    quotidian.deliver(
        *(email("Send", f"u{n}", "2024-03-12", "spring") for n in range(80)),
        *(enrolment(f"c{n}", "2024-03-12", "spring", message_variation_id=None) for n in range(40)),
    )
    ratio = asked(quotidian, "spring", *SPRING)["sample_ratio"]
    assert ratio["p_value"] == pytest.approx(0.00026, abs=0.00001)
    assert ratio["mismatch"] is True


# What is kept


def test_what_was_counted_is_kept_until_events_of_the_campaign_come(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    count = Asking.facts

    def noted(asking: Asking, events: EventStore) -> Facts:
        counted.append(asking.campaign)
        return count(asking, events)

    monkeypatch.setattr(Asking, "facts", noted)
    quotidian.deliver(email("Send", "ana", "2024-03-12", "spring"), email("Send", "ana", "2024-03-12", "autumn"))
    for _ in range(2):
        assert row(asked(quotidian, "spring", *SPRING), "v1")["recipients"] == 1
    quotidian.store_only(email("Send", "bo", "2024-03-12", "autumn"), purchase("cy", "2024-03-13", 1))
    assert row(asked(quotidian, "spring", *SPRING), "v1")["recipients"] == 1
    assert len(counted) == 1
    quotidian.store_only(email("Send", "bo", "2024-03-13", "spring"))
    assert row(asked(quotidian, "spring", *SPRING), "v1")["recipients"] == 2
    assert len(counted) == 2


def test_a_purchase_and_a_rate_change_what_was_kept(quotidian: Quotidian) -> None:
    quotidian.deliver(email("Send", "ana", "2024-03-12T10:00:00Z", "spring"))
    assert row(asked(quotidian, "spring", *SPRING, "revenue"), "v1")["revenue"] == 0
    quotidian.store_only(purchase("ana", "2024-03-13T10:00:00Z", 2, "EUR"))
    assert row(asked(quotidian, "spring", *SPRING, "revenue"), "v1")["revenue"] == 0
    quotidian.import_catalogue(CatalogueFile(rates={"EUR": Decimal("1.25")}))
    assert row(asked(quotidian, "spring", *SPRING, "revenue"), "v1")["revenue"] == 2.5


def test_a_variation_that_is_stored_and_not_yet_published_has_a_row(quotidian: Quotidian) -> None:
    quotidian.deliver(email("Send", "ana", "2024-03-12", "spring"))
    quotidian.store_only(email("Send", "bo", "2024-03-11", "spring", message_variation_id="v0"))
    assert [each["variation_api_id"] for each in asked(quotidian, "spring", *SPRING)["data"]] == ["v0", "v1"]
