"""Every number that is served, as its definition is asked for."""

from collections.abc import Iterator

from quotidian.domain.channels import CHANNELS, CONTROL, STEP, VARIANT
from quotidian.domain.definitions import Meant
from quotidian.domain.kinds import CAMPAIGN, CANVAS, COUNT, KPIS, QUANTITY, REVENUE, SEND, SESSIONS, SIZE

CONVERSIONS = [f"conversions{index}{by}" for index in ("", 1, 2, 3) for by in ("", "_by_send_time")]
COMMON = [*CONVERSIONS, "unique_recipients", "revenue"]
OF_STEPS = ["revenue", "unique_recipients", "conversions", "conversions_by_entry_time"]


def served() -> Iterator[Meant]:
    for kind in (*KPIS, SESSIONS, COUNT, QUANTITY, REVENUE, SIZE):
        yield Meant(kind, kind)
    for kind in (CAMPAIGN, SEND):
        yield from (Meant(kind, name) for name in COMMON)
        yield from (Meant(kind, name, CONTROL) for name in (*COMMON, "enrolled"))
        for channel in CHANNELS:
            yield from (Meant(kind, name, channel.key, send_days=14) for name in (*COMMON, *channel.statistics))
    yield from (Meant(SEND, name, "ios_push") for name in ("delivered", "undelivered", "delivery_failed"))
    yield from (Meant(CAMPAIGN, "notif_button_1_Yes_click", "ios_push"), Meant(SEND, "undelivered", "sms"))
    yield from (Meant(CANVAS, name, VARIANT) for name in ("entries", "revenue", "conversions_by_entry_time"))
    yield from (Meant(CANVAS, name, STEP) for name in OF_STEPS)
    for channel in CHANNELS:
        yield from (Meant(CANVAS, name, channel.key) for name in channel.statistics)
