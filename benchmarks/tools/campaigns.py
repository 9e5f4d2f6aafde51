"""Campaigns of 100 days with 3 channels × 3 variations, whose every number follows from a formula."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from benchmarks.tools.outcome import check
from benchmarks.tools.quotidian import Quotidian, Server
from benchmarks.tools.world import World

SERIES_DAYS = 100
LAST_DAY = date(2026, 6, 30)
KPIS = ("dau", "mau", "new_users", "uninstalls")
_CHANNELS = {"email": "email", "ios_push": "pushnotification", "sms": "sms"}
_VARIATIONS = 3
_USERS = 50  # of sessions
_FIRST_NOON = int(datetime.combine(LAST_DAY, datetime.min.time(), UTC).timestamp()) - 99 * 86_400 + 43_200


def campaign_id(number: int) -> str:
    """The id of a campaign; wrk/campaigns.lua makes the same."""
    return f"campaign-{number:05}"


def served(world: World) -> Quotidian:
    """A data folder with the campaigns and some sessions; made once."""
    folder = world.folder / f"campaigns-{world.sizes.campaigns}"
    key = folder.with_suffix(".key")
    if not key.exists():
        quotidian = world.new(folder.name)
        file = world.folder / "campaigns.jsonl"
        with file.open("w") as opened:
            opened.writelines(_lines(world.sizes.campaigns))
        quotidian.ingest(file)
        file.unlink()
        key.write_text(quotidian.key)
    return Quotidian(folder, key.read_text())


def _lines(campaigns: int) -> Iterator[str]:
    """The first nine days a message of each element; then one message a day, of one element after the other."""
    for day in range(SERIES_DAYS):
        time = _FIRST_NOON + day * 86_400
        for user in range(_users_on(day)):
            yield _line("behaviors.app.SessionStart", f"s{day}-{user}", time, f"user-{user}", "")
        for kind, name in (("FirstSession", "n"), ("Uninstall", "u")):
            yield _line(f"behaviors.{'app.' * (name == 'n')}{kind}", f"{name}{day}", time, f"user-{day}", "")
        for number in range(campaigns):
            element = (day + number) % 9
            family, variation = list(_CHANNELS.values())[element // 3], element % 3
            properties = (
                f'"campaign_id":"{campaign_id(number)}","campaign_name":"Campaign {number}","platform":"ios",'
                f'"message_variation_id":"{_variation_id(number, variation)}",'
                f'"message_variation_name":"Variation {variation}"'
            )
            yield _line(f"messages.{family}.Send", f"c{day}-{number}", time, f"user-{number}", properties)


def _line(kind: str, event_id: str, time: int, user: str, properties: str) -> str:
    return (
        f'{{"event_type":"users.{kind}","id":"{event_id}","time":{time},'
        f'"user":{{"user_id":"{user}"}},"properties":{{{properties}}}}}\n'
    )


def _variation_id(campaign: int, variation: int) -> str:
    return f"{campaign:08x}-0000-4000-8000-00000000000{variation}"


def _users_on(day: int) -> int:
    return day * 17 % _USERS + 1


def check_kpis(server: Server) -> None:
    """Raise Wrong unless the KPI series are what the formula says."""
    active = [_users_on(day) for day in range(SERIES_DAYS)]
    expected = {
        "dau": active,
        # Users are numbered, so a month has as many as its day with most.
        "mau": [max(active[max(0, day - 29) : day + 1]) for day in range(SERIES_DAYS)],
        "new_users": [1] * SERIES_DAYS,
        "uninstalls": [1] * SERIES_DAYS,
    }
    for name in KPIS:
        status, body = server.get(f"/kpi/{name}/data_series", length=SERIES_DAYS, ending_at=LAST_DAY)
        points = [{"time": str(_date(day)), name: number} for day, number in enumerate(expected[name])]
        check(name, (status, json.loads(body)["data"]), (200, points))


def check_campaign(server: Server, number: int) -> None:
    """Raise Wrong unless a campaign's series is what the formula says."""
    asked = {"campaign_id": campaign_id(number), "length": SERIES_DAYS, "ending_at": LAST_DAY}
    status, body = server.get("/campaigns/data_series", **asked)
    found = [
        (point["time"], point["unique_recipients"], {key: _sent(of) for key, of in point["messages"].items()})
        for point in json.loads(body)["data"]
    ]
    expected = [(str(_date(day)), 1, _expected(number, (day + number) % 9)) for day in range(SERIES_DAYS)]
    check(f"campaign {number}", (status, found), (200, expected))


def _sent(elements: list[dict[str, object]]) -> dict[object, object]:
    return {element["variation_api_id"]: element["sent"] for element in elements}


def _expected(number: int, element: int) -> dict[str, dict[object, object]]:
    return {
        channel: {
            _variation_id(number, variation): int((position, variation) == divmod(element, _VARIATIONS))
            for variation in range(_VARIATIONS)
        }
        for position, channel in enumerate(_CHANNELS)
    }


def _date(day: int) -> date:
    return LAST_DAY - timedelta(days=SERIES_DAYS - 1 - day)
