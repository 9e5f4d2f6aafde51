"""A data folder with some of everything that lists name, and what commands say of it in JSON."""

import json
from typing import Any

from commands import Command, event, message, session
from currents import write_jsonl

DAY = "2024-03-30"
ON_THE_DAY = ("--days", 1, "--ending-at", DAY)
CATALOGUE = """
[campaigns.c1]
name = "Spring sale"
tags = ["Sale", "Spring"]
[campaigns.c3]
name = "spring letter"
[campaigns.c4]
name = "Old"
archived = true
[campaigns.twin-1]
name = "Twin"
[campaigns.twin-2]
name = "Twin"
[canvases.welcome]
name = "Welcome journey"
[segments.tea]
name = "Tea drinkers"
filters = [{ type = "event", event = "Tea drunk" }]
[apps.ios]
name = "Shop for iOS"
[events."Tea drunk"]
description = "A cup of it"
"""


def some_of_everything(command: Command) -> Command:
    """Make the folder, and load it."""
    command.init()
    canvas = {"canvas_id": "welcome", "canvas_variation_id": "va", "canvas_variation_name": "Tour"}
    step = {"canvas_step_id": "s1", "canvas_step_name": "First mail", "campaign_id": None}
    write_jsonl(
        command.data.parent / "events.jsonl",
        [
            session("ana", f"{DAY}T10:30", app_id="ios"),
            session("bo", f"{DAY}T12:30", app_id="ios"),
            message("email.Send", "ana", DAY, campaign_id="c1", send_id="may"),
            message("email.Send", "ana", "2024-03-20", campaign_id="c1", send_id="april"),
            message("email.Send", "bo", DAY, campaign_id="c2", campaign_name="By events", send_id="other"),
            event("behaviors.CustomEvent", "ana", f"{DAY}T10:40", name="Tea drunk", app_id="ios"),
            event("behaviors.Purchase", "ana", f"{DAY}T13:00", price=2.5, currency="USD", product_id="Pot"),
            event("canvas.Entry", "ana", DAY, **canvas),
            message("email.Send", "ana", f"{DAY}T12:10", **canvas, **step),
        ],
    )
    (command.data.parent / "catalogue.toml").write_text(CATALOGUE)
    command.here("ingest", command.data.parent / "events.jsonl")
    command.here("catalogue", "import", command.data.parent / "catalogue.toml")
    return command


def listed(command: Command, *words: object) -> list[Any]:
    found: list[Any] = json.loads(command.here(*words, "--format", "json").stdout)
    return found


def points(command: Command, *words: object) -> list[dict[str, Any]]:
    return listed(command, "series", *words, *ON_THE_DAY)
