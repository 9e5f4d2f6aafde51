"""Every number that is served has a definition: of every channel, kind of series, element and conversion."""

import pytest
from served import served

from quotidian.domain.channels import VARIANT
from quotidian.domain.definitions import Meant, definition
from quotidian.domain.kinds import CAMPAIGN, CANVAS, PATHS, SEND, SIZE
from quotidian.domain.segments import Filter, Segment


@pytest.mark.parametrize("meant", list(served()), ids=lambda meant: f"{meant.kind}-{meant.channel}-{meant.name}")
def test_every_number_has_a_definition_of_one_sentence(meant: Meant) -> None:
    said = definition(meant)
    assert said[0].isupper()
    assert said.endswith(".")
    assert ". " not in said
    assert "users." in said or meant.name in ("unique_recipients", SIZE, "delivery_failed")


def test_every_kind_of_series_is_tried() -> None:
    assert {meant.kind for meant in served()} == PATHS.keys()


@pytest.mark.parametrize(
    ("meant", "rules"),
    [
        (Meant(CAMPAIGN, "unique_opens", "email"), ("none on the 6 days before", "that variation of the campaign")),
        (Meant(CAMPAIGN, "unique_clicks", "content_cards"), ("none on the 29 days before",)),
        (Meant(CAMPAIGN, "direct_opens", "ios_push"), ("with the platform ios",)),
        (Meant(CAMPAIGN, "body_clicks", "web_push"), ("chrome", "without a button_string")),
        (Meant(CAMPAIGN, "conversions2"), ("conversion C (index 2)", "users.campaigns.Conversion")),
        (Meant(CAMPAIGN, "conversions_by_send_time"), ("2,592,000 seconds (30 days)", "on the day of their receipt")),
        (Meant(CAMPAIGN, "revenue", revenue_window=3_600), ("at most 3,600 seconds later", "US dollars")),
        (Meant(SEND, "opens", "email", send_days=14), ("of the send, from its first day to 14 days after it",)),
        (Meant(SEND, "revenue", send_days=0), ("is of the send", "from its first day on")),
        (
            Meant(CANVAS, "conversions", VARIANT),
            ("users.canvas.Conversion", "whose entry", "that variant"),
        ),
        (Meant(SIZE, SIZE, segment=Segment("Lively", [Filter("active")])), ("at least 1 session ever",)),
        (Meant("dau", "dau", narrowed=(("app_id", "shop"),)), ("only of the app shop",)),
        (Meant("mau", "mau"), ("the 30 days that end with the day",)),
    ],
)
def test_a_definition_says_the_rules_that_apply(meant: Meant, rules: tuple[str, ...]) -> None:
    assert [rule for rule in rules if rule not in definition(meant)] == []
