"""Events in a line, for tests that say which ones happen. Their ids are new every time."""

from itertools import count
from typing import Any

from worlds import nested

Json = dict[str, Any]

_NUMBERS = count(1)


def event(event_type: str, user: str, when: str, **properties: object) -> Json:
    """An event of a user at an instant in ISO 8601, or of a date at noon UTC."""
    time = when if "T" in when else f"{when}T12:00:00Z"
    return nested(event_type, f"event-{next(_NUMBERS):06}", time, {"user_id": user}, properties)


def session(user: str, when: str, **properties: object) -> Json:
    return event("users.behaviors.app.SessionStart", user, when, **properties)


def email(name: str, user: str, when: str, campaign: str, **properties: object) -> Json:
    """A message event such as "Send" or "Open", of variation v1 if no other is given."""
    given = {"message_variation_id": "v1", **properties}
    return event(f"users.messages.email.{name}", user, when, campaign_id=campaign, **given)


def enrolment(user: str, when: str, campaign: str, **properties: object) -> Json:
    """A user gets into the campaign's control group."""
    given = {"message_variation_id": "control", **properties}
    return event("users.campaigns.EnrollInControl", user, when, campaign_id=campaign, **given)


def purchase(user: str, when: str, price: float, currency: str = "USD", **properties: object) -> Json:
    return event("users.behaviors.Purchase", user, when, price=price, currency=currency, **properties)
