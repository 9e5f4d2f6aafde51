"""What numbers are called that no channel and no campaign has, in English, by the key of the number."""

from collections.abc import Callable, Mapping
from typing import Final

from quotidian.dashboard.naming import NUMBER_NAMES, statistic_name
from quotidian.dashboard.words import N_

_OTHER_NAMES: Final[Mapping[str, str]] = {
    "dau": N_("Active users a day"),
    "mau": N_("Active users over 30 days"),
    "new_users": N_("New users"),
    "uninstalls": N_("Uninstalls"),
    "sessions": N_("Sessions"),
    "count": N_("Custom events"),
    "purchase_quantity": N_("Purchases"),
    "size": N_("Users in the segment"),
    "enrolled": N_("Enrolled in the control group"),
    "recipients": N_("Recipients"),
    "conversions_by_send_time": N_("Conversions by day of sending"),
    "conversions1_by_send_time": N_("Conversions B by day of sending"),
    "conversions2_by_send_time": N_("Conversions C by day of sending"),
    "conversions3_by_send_time": N_("Conversions D by day of sending"),
}


def name_of(key: str, translated: Callable[[str], str]) -> str:
    """A number in the reader's language; one whose key has no name is called by its key."""
    if named := _OTHER_NAMES.get(key) or NUMBER_NAMES.get(key):
        return translated(named)
    return statistic_name(key, translated)
