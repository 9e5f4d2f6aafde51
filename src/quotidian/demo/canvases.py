"""The demo's canvas, and every message that it sends."""

from collections.abc import Iterator
from dataclasses import dataclass

from quotidian.demo.avro import Value
from quotidian.demo.campaigns import Variation, fixed_id

CANVAS = "Welcome journey"
CANVAS_ID = fixed_id("canvas", CANVAS)
VARIANTS = (Variation("Discount first", 1.2), Variation("Tour first"))


@dataclass(frozen=True)
class Step:
    """A step: a message by a channel (a key of funnels.CHANNELS), some days after the entry."""

    name: str
    channel: str
    after_days: int


STEPS = (Step("Welcome mail", "email", 0), Step("First push", "push", 2), Step("Card for later", "content_card", 5))


def canvas_messages() -> Iterator[tuple[dict[str, Value], float]]:
    """What events say of each variant's steps, variants before steps, and how likely people are to act on it."""
    for variant in VARIANTS:
        for step in STEPS:
            card = fixed_id("card", CANVAS, step.name)
            yield (
                {
                    "canvas_id": CANVAS_ID,
                    "canvas_name": CANVAS,
                    "canvas_variation_id": fixed_id("variant", CANVAS, variant.name),
                    "canvas_variation_name": variant.name,
                    "canvas_step_id": fixed_id("step", CANVAS, step.name),
                    "canvas_step_name": step.name,
                    "in_control_group": False,
                    "content_card_id": card,
                    "card_id": card,
                },
                variant.lift,
            )
