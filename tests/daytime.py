"""A time zone in which it is far from midnight: for tests that speak of today, which a midnight would part."""

from datetime import UTC, datetime


def zone_by_day() -> str:
    """Its name. It is between 6 and 18 o'clock there, and a day's morning and noon in Paris are of the same day."""
    return "Etc/GMT" if 6 <= datetime.now(UTC).hour < 18 else "Etc/GMT-12"
