"""Every message that the demo's campaigns and canvas send."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from quotidian.demo.avro import Value
from quotidian.demo.campaigns import CAMPAIGNS, CONTROL, CONTROL_LIFT, Campaign, fixed_id
from quotidian.demo.canvases import canvas_messages


@dataclass(frozen=True)
class Message:
    """What the events about one variation of one campaign say of it: field -> value."""

    fields: dict[str, Value]
    lift: float


def _messages(campaign: Campaign, send: str | None, renamed: bool) -> Iterator[Message]:
    """One message a variation, then the control group's."""
    name = campaign.old_name if campaign.old_name and not renamed else campaign.name
    names = campaign.renamed if campaign.renamed and renamed else [variation.name for variation in campaign.variations]
    shown = [(v.name, name, v.lift) for v, name in zip(campaign.variations, names, strict=True)]
    for key, variation_name, lift in [*shown, (CONTROL, CONTROL, CONTROL_LIFT)]:
        variation_id = fixed_id("variation", campaign.name, key)
        fields: dict[str, Value] = {
            "campaign_id": campaign.id,
            "campaign_name": name,
            "message_variation_id": variation_id,
            "message_variation_name": variation_name,
            "send_id": send,
            "content_card_id": fixed_id("card", variation_id),
            "card_id": fixed_id("card", variation_id),
            "subscription_group_id": fixed_id("subscription group", campaign.name),
        }
        yield Message(fields, lift)


def _number_messages() -> tuple[list[Message], dict[tuple[Campaign, str | None, bool], int]]:
    messages: list[Message] = []
    first: dict[tuple[Campaign, str | None, bool], int] = {}
    for campaign in CAMPAIGNS:
        for send in campaign.sends or (None,):
            for renamed in (False, True):
                first[campaign, send, renamed] = len(messages)
                messages += _messages(campaign, send, renamed)
    return messages, first


MESSAGES, FIRST_MESSAGE = _number_messages()
"""Every message; and where those of a (campaign, send, after renaming) begin: variations in order, then the control."""

FIRST_OF_CANVAS = len(MESSAGES)
"""Where the messages of the canvas begin: each variant's steps in order."""

MESSAGES += [Message(fields, lift) for fields, lift in canvas_messages()]

LIFTS = np.array([message.lift for message in MESSAGES])
