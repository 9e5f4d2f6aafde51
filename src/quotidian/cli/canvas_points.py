"""The points of a canvas as rows: of the canvas, its variants, its steps and their messages by channel."""

from collections.abc import Iterator
from typing import Any

from quotidian.cli.rows import number_text
from quotidian.telemetry.visible import visible

Point = dict[str, Any]

CANVAS_HEADER = ("time", "variant_id", "variant_name", "step_id", "step_name", "channel", "statistic", "value")


def canvas_lines(point: Point) -> Iterator[tuple[object, ...]]:
    """A line a number, as CANVAS_HEADER names them: of all, then of each variant, each step and its channels."""
    time, nothing = point["time"], ("", "")
    for statistic, value in point["total_stats"].items():
        yield time, *nothing, *nothing, "", statistic, value
    for variant, stats in point["variant_stats"].items():
        for statistic, value in _own(stats):
            yield time, variant, stats["name"], *nothing, "", statistic, value
    for step, stats in point["step_stats"].items():
        for statistic, value in _own(stats):
            yield time, *nothing, step, stats["name"], "", statistic, value
        for channel, elements in stats["messages"].items():
            for element in elements:
                for statistic, value in element.items():
                    yield time, *nothing, step, stats["name"], channel, statistic, value


def _own(stats: Point) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in stats.items() if name not in ("name", "messages"))


def canvas_sums(points: list[Point]) -> Iterator[str]:
    """Sums over all points, a line a variant, step and channel; unique numbers do not add up over days."""
    sums: dict[tuple[object, ...], dict[str, float]] = {}
    for point in points:
        for _, variant, variant_name, step, step_name, channel, statistic, value in canvas_lines(point):
            counts = sums.setdefault((variant, variant_name, step, step_name, channel), {})
            if not str(statistic).startswith("unique_") and isinstance(value, int | float):
                counts[str(statistic)] = counts.get(str(statistic), 0) + value
    for (variant, variant_name, step, step_name, channel), counts in sums.items():
        if variant or step:
            what = f"variant {variant_name or variant}" if variant else f"step {step_name or step}"
            yield f"  {visible(what)}{channel and f', {channel}'}: " + ", ".join(
                f"{name} {number_text(value)}" for name, value in counts.items()
            )
