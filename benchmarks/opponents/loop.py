"""A loop over fastavro's records, with sets and dictionaries: the program that one would write first.

It computes the KPI series and the series of campaigns, in UTC and US dollars; no sends, names or buttons, so it does
less than Quotidian. It needs all ids, users and receipts in memory. `python -m … FILES` prints the series as JSON.
"""

import json
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import fastavro
import numpy as np

_DAY = 86_400
_MONTH = 30
_CONVERSION_SECONDS = 30 * _DAY
_REVENUE_SECONDS = 3 * _DAY
_RECEIPTS = {"email.Send", "pushnotification.Send", "webhook.Send", "sms.Send", "whatsapp.Send"}
_RECEIPTS |= {"inappmessage.Impression", "contentcard.Impression"}
_UNIQUES = {"email.Open": 7, "email.Click": 7, "contentcard.Impression": 30, "contentcard.Click": 30}
_UNIQUES |= {"contentcard.Dismiss": 30}
_PUSH = {"ios": "ios_push", "android": "android_push", "kindle": "kindle_push", "web": "web_push"}
_PUSH |= dict.fromkeys(("chrome", "firefox", "safari", "edge", "opera"), "web_push")
_CHANNELS = {"inappmessage": "trigger_in_app_message", "contentcard": "content_cards", "whatsapp": "whats_app"}

Record = dict[str, Any]
Receipt = tuple[int, str, str, str]  # time, id, channel, variation


class Loop:
    """What the loop keeps: users by day, counts by campaign, day and element, and what attribution needs."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.active: dict[int, set[str]] = defaultdict(set)
        self.new: dict[int, set[str]] = defaultdict(set)
        self.uninstalls: dict[int, int] = defaultdict(int)
        self.counts: dict[str, int] = defaultdict(int)
        self.users: dict[tuple[str, str, str, str], dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self.recipients: dict[tuple[str, int], set[str]] = defaultdict(set)
        self.receipts: dict[tuple[str, str], list[Receipt]] = defaultdict(list)
        self.received: dict[str, set[str]] = defaultdict(set)
        self.conversions: list[Record] = []
        self.purchases: list[Record] = []

    def add(self, event_type: str, record: Record) -> None:
        """Take in a record, unless its id was seen before."""
        if record["id"] in self.seen:
            return
        self.seen.add(record["id"])
        day = record["time"] // _DAY
        if event_type.startswith("messages."):
            self._add_message(event_type.removeprefix("messages."), record, day)
        elif event_type == "behaviors.app.SessionStart":
            self.active[day].add(record["user_id"])
        elif event_type == "behaviors.app.FirstSession":
            self.new[day].add(record["user_id"])
        elif event_type == "behaviors.Uninstall":
            self.uninstalls[day] += 1
        elif event_type == "behaviors.Purchase":
            self.purchases.append(record)
        elif event_type == "campaigns.Conversion":
            self.conversions.append(record)
        elif event_type == "campaigns.EnrollInControl":
            self._receive(record, "control", day)

    def _add_message(self, kind: str, record: Record, day: int) -> None:
        campaign = record.get("campaign_id")
        family = kind.partition(".")[0]
        channel = _PUSH.get(record.get("platform") or "", "") if family == "pushnotification" else ""
        channel = channel or _CHANNELS.get(family, family)
        if not campaign:
            return
        variation = record.get("message_variation_id") or ""
        self.counts[f"{campaign}/{day}/{channel}/{variation}/{kind}"] += 1
        if kind in _UNIQUES:
            self.users[campaign, channel, variation, kind][record["user_id"]].add(day)
        if kind in _RECEIPTS:
            self._receive(record, channel, day)

    def _receive(self, record: Record, channel: str, day: int) -> None:
        campaign, user = record["campaign_id"], record["user_id"]
        variation = record.get("message_variation_id") or ""
        self.users[campaign, channel, variation, "recipients"][user].add(day)
        self.recipients[campaign, day].add(user)
        self.receipts[campaign, user].append((record["time"], record["id"], channel, variation))
        self.received[user].add(campaign)

    def finish(self) -> dict[str, dict[str, Any]]:
        """The series: name → key of the point → value."""
        for receipts in self.receipts.values():
            receipts.sort()
        days = range(min(self.active), max(self.active) + 1)
        unions = {day: set().union(*(self.active.get(day - back, ()) for back in range(_MONTH))) for day in days}
        return {
            "dau": {str(day): len(users) for day, users in self.active.items()},
            "mau": {str(day): len(users) for day, users in unions.items()},
            "new_users": {str(day): len(users) for day, users in self.new.items()},
            "uninstalls": {str(day): number for day, number in self.uninstalls.items()},
            "counts": self.counts,
            "uniques": self._uniques(),
            "recipients": {f"{campaign}/{day}": len(users) for (campaign, day), users in self.recipients.items()},
            **self._attributed(),
        }

    def _uniques(self) -> dict[str, int]:
        uniques: dict[str, int] = defaultdict(int)
        for (campaign, channel, variation, kind), users in self.users.items():
            lookback = _UNIQUES.get(kind, 1)
            for days in users.values():
                ordered = sorted(days)
                first = [ordered[0], *(day for before, day in pairwise(ordered) if day - before >= lookback)]
                for day in first if kind in _UNIQUES else ordered:
                    uniques[f"{campaign}/{day}/{channel}/{variation}/{kind}"] += 1
        return uniques

    def _attributed(self) -> dict[str, dict[str, int]]:
        converted: dict[str, int] = defaultdict(int)
        by_send_time: dict[str, int] = defaultdict(int)
        revenue: dict[str, int] = defaultdict(int)
        for record in self.conversions:
            campaign, time, index = record["campaign_id"], record["time"], record["conversion_behavior_index"] or 0
            receipt = self._latest(campaign, record["user_id"], time, record.get("message_variation_id"))
            sent = receipt[0] if receipt and time - receipt[0] <= _CONVERSION_SECONDS else time
            converted[f"{campaign}/{time // _DAY}/{index}"] += 1
            by_send_time[f"{campaign}/{sent // _DAY}/{index}"] += 1
        for record in self.purchases:
            if record["currency"] == "USD":
                time = record["time"]
                for campaign in self.received.get(record["user_id"], ()):
                    receipt = self._latest(campaign, record["user_id"], time - 1, None)
                    if receipt and time - receipt[0] <= _REVENUE_SECONDS:
                        revenue[f"{campaign}/{time // _DAY}"] += _micros(record["price"])
        return {"conversions": converted, "by_send_time": by_send_time, "revenue": revenue}

    def _latest(self, campaign: str, user: str, time: int, variation: str | None) -> Receipt | None:
        receipts = self.receipts.get((campaign, user), [])
        if variation:
            receipts = [receipt for receipt in receipts if receipt[3] == variation]
        at = bisect_right(receipts, time, key=lambda receipt: receipt[0])
        return receipts[at - 1] if at else None


def _micros(price: float) -> int:
    """The shortest decimal that reads back as the same 32-bit float, in micro-dollars."""
    return round(Decimal(str(np.float32(price))) * 1_000_000)


def _records(folder: Path) -> Iterator[tuple[str, Record]]:
    for path in sorted(folder.rglob("*.avro")):
        folders = (part for part in path.parts if part.startswith("event_type=users."))
        event_type = next(folders).removeprefix("event_type=users.")
        with path.open("rb") as file:
            for record in fastavro.reader(file):
                yield event_type, record  # type: ignore[misc]


def main(folder: str) -> None:
    loop = Loop()
    for event_type, record in _records(Path(folder)):
        loop.add(event_type, record)
    json.dump(loop.finish(), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
