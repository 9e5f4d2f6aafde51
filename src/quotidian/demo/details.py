"""What an event type's own fields say: for each type, the combinations that occur and how often."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from quotidian.demo.avro import Value

Row = Mapping[str, Value]


def _readers() -> list[tuple[float, Row]]:
    """Where e-mails are opened and links clicked."""
    agents = (
        (0.45, "phone", "iOS", "Mobile Safari", "Apple"),
        (0.3, "phone", "Android", "Chrome Mobile", "Google"),
        (0.25, "desktop", "Windows", "Chrome", "Microsoft"),
    )
    keys = ("device_class", "device_os", "browser", "mailbox_provider")
    return [(share, dict(zip(keys, values, strict=True))) for share, *values in agents]


def _links(host: str, *paths: str) -> list[tuple[float, Row]]:
    """Links of a message, each in its short form at `host`."""
    return [
        (1.0, {"url": f"https://shop.example.com/{path}", "short_url": f"https://{host}/{path[:2]}"}) for path in paths
    ]


def _read_links(*paths: str) -> list[tuple[float, Row]]:
    """Links clicked in an e-mail, each with where it was read."""
    return [
        (share, {**reader, "url": f"https://shop.example.com/{path}", "link_alias": path})
        for share, reader in _readers()
        for path in paths
    ]


def _products() -> list[tuple[float, Row]]:
    """Mostly dollars; some euros; some yen, for which the demo's catalogue has no rate."""
    prices = (
        (16.0, "socks", 9.99, "USD"),
        (14.0, "cap", 19.5, "USD"),
        (14.0, "t-shirt", 24.9, "USD"),
        (10.0, "water-bottle", 17.25, "USD"),
        (9.0, "day-pack", 49.99, "USD"),
        (8.0, "trail-shoes", 89.95, "USD"),
        (5.0, "rain-jacket", 129.0, "USD"),
        (2.0, "tent", 219.99, "USD"),
        (1.0, "gift-card", 100.0, "USD"),
        (6.0, "t-shirt", 22.9, "EUR"),
        (4.0, "trail-shoes", 84.95, "EUR"),
        (3.0, "cap", 2480.0, "JPY"),
        (2.0, "day-pack", 6980.0, "JPY"),
    )
    return [
        (share, {"product_id": product, "price": price, "currency": currency, "properties": "{}"})
        for share, product, price, currency in prices
    ]


def _custom_events() -> list[tuple[float, Row]]:
    names = (
        (50.0, "viewed_product", '{"list": "new"}'),
        (24.0, "searched", '{"filters": 2}'),
        (14.0, "added_to_basket", '{"items": 1}'),
        (7.0, "saved_favourite", "{}"),
        (3.0, "shared_product", '{"by": "link"}'),
        (2.0, "finished_tutorial", "{}"),
    )
    return [(share, {"name": name, "properties": properties}) for share, name, properties in names]


def _conversions() -> list[tuple[float, Row]]:
    behaviors = ((7.0, 0, "Makes Purchase"), (3.0, 1, "Starts Session"))
    return [(n, {"conversion_behavior_index": i, "conversion_behavior": f'{{"type": "{b}"}}'}) for n, i, b in behaviors]


def _choices(field: str, *choices: tuple[float, Value]) -> list[tuple[float, Row]]:
    return [(share, {field: value}) for share, value in choices]


def _replies(*replies: tuple[float, str, str]) -> list[tuple[float, Row]]:
    return [(share, {"action": action, "message_body": body}) for share, action, body in replies]


DETAILS: Mapping[str, Sequence[tuple[float, Row]]] = {
    "users.canvas.Conversion": _conversions()[:1],
    "users.behaviors.CustomEvent": _custom_events(),
    "users.behaviors.Purchase": _products(),
    "users.campaigns.Conversion": _conversions(),
    "users.messages.email.Bounce": _choices("bounce_reason", (3.0, "550 No such user"), (1.0, "554 Message refused")),
    "users.messages.email.Click": _read_links("new", "sale", "terms"),
    "users.messages.email.Open": _readers(),
    "users.messages.email.SoftBounce": _choices("bounce_reason", (3.0, "452 Mailbox full"), (1.0, "421 Try later")),
    "users.messages.inappmessage.Click": _choices("button_id", (55.0, "0"), (30.0, "1"), (15.0, None)),
    "users.messages.pushnotification.Open": _choices("button_string", (7.0, None), (2.0, "Shop now"), (1.0, "Later")),
    "users.messages.sms.DeliveryFailure": [(1.0, {"error": "Unreachable handset", "provider_error_code": "30003"})],
    "users.messages.sms.InboundReceive": _replies(
        (50.0, "Unsubscribed", "STOP"), (25.0, "None", "HELP"), (5.0, "None", " info "), (20.0, "None", "Thank you!")
    ),
    "users.messages.sms.Rejection": [(1.0, {"error": "Landline", "provider_error_code": "30006"})],
    "users.messages.sms.ShortLinkClick": _links("s.example.com", "new", "sale"),
    "users.messages.webhook.Failure": [
        (3.0, {"http_status_code": 503, "host": "points.example.com", "url_path": "/earn", "is_terminal": False}),
        (1.0, {"http_status_code": 404, "host": "points.example.com", "url_path": "/earn", "is_terminal": True}),
    ],
    "users.messages.whatsapp.Click": _links("w.example.com", "parcel", "store"),
    "users.messages.whatsapp.Failure": [
        (1.0, {"provider_error_code": "131026", "provider_error_title": "Message undeliverable"})
    ],
    "users.messages.whatsapp.InboundReceive": _replies((1.0, "None", "Where is my parcel?"), (1.0, "None", "Thanks")),
}

_LIMITS = {name: np.cumsum([share for share, _ in rows]) for name, rows in DETAILS.items()}


def draw_details(event_type: str, count: int, random: np.random.Generator) -> NDArray[np.intp] | int:
    """For `count` events of a type, which of its rows each has; 0 where the type has none."""
    if event_type not in _LIMITS:
        return 0
    limits = _LIMITS[event_type]
    rows: NDArray[np.intp] = np.searchsorted(limits, random.random(count) * limits[-1], side="right")
    return rows
