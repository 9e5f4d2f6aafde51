"""Monthly active users of 100 days: exact windows, bitmaps and sketches beside gap histograms."""

import json
import shutil
from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.tools.outcome import Outcome, check
from benchmarks.tools.processes import in_turns, python
from benchmarks.tools.world import World

_WAYS = {
    "exact": "`uniqExact` for each window",
    "bitmaps": "roaring bitmaps",
    "sketches hll": "HLL sketches",
    "sketches theta": "theta sketches",
}
_EXACT = ("exact", "bitmaps")


def measure(world: World) -> Iterator[Outcome]:
    """Recomputed from the table; and from what each way keeps, which is what serving costs."""
    folder = world.folder / "sessions"
    shutil.rmtree(folder, ignore_errors=True)
    sessions = int(python("benchmarks.monthly.sessions", folder, world.sizes.users).out)

    def compute(way: str) -> dict[str, Any]:
        module, *words = way.split()
        told: dict[str, Any] = json.loads(python(f"benchmarks.monthly.{module}", folder, *words).out)
        return told

    ours = in_turns(world.sizes.runs, lambda: compute("gaps"))[0]
    seconds, serve = (median(run[name] for run in ours) for name in ("seconds", "serve_seconds"))
    for way, name in _WAYS.items():
        theirs = compute(way)
        error = _error(theirs["series"], ours[0]["series"])
        if way in _EXACT:
            check(f"monthly users by {way}", theirs["series"], ours[0]["series"])
        yield Outcome(
            f"MAU of 100 days, {world.sizes.users:,} users, {sessions:,} sessions: recompute",
            f"{seconds:.2f} s, exact",
            name,
            f"{theirs['seconds']:.2f} s, {'exact' if way in _EXACT else f'off by up to {error:.1%}'}",
            f"{theirs['seconds'] / seconds:.1f} ×",
            "≥ 40 ×, exact" if way == "exact" else "",
            theirs["seconds"] / seconds >= 40 if way == "exact" and world.is_full else None,
        )
        if way != "exact":
            yield Outcome(
                "the same from what is kept",
                f"{serve * 1000:.1f} ms",
                name,
                f"{theirs['serve_seconds'] * 1000:.1f} ms",
                f"{theirs['serve_seconds'] / serve:.1f} ×",
                "> 1 ×",
                theirs["serve_seconds"] > serve if world.is_full else None,
            )


def _error(found: list[float], exact: list[int]) -> float:
    """The largest relative error of the series."""
    return max(abs(one - other) / other for one, other in zip(found, exact, strict=True) if other)
