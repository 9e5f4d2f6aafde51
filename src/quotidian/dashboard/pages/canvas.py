"""A canvas: how many entered it, which of its steps reached how many, and what its variants achieved."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from quotidian.dashboard.canvas_messages import messages_of, statistics_table, totals_table
from quotidian.dashboard.canvas_numbers import LONGEST_UNIQUE, CanvasNumbers, Stats, read_canvas
from quotidian.dashboard.charts.daily import DailyChart, Line
from quotidian.dashboard.messaging import needed
from quotidian.dashboard.naming import NUMBER_NAMES
from quotidian.dashboard.page import Shown
from quotidian.dashboard.ranges import days_of
from quotidian.dashboard.tables import Column, Linked, Numbers
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.channels import STEP, VARIANT
from quotidian.domain.kinds import CANVAS, PATHS
from quotidian.domain.ratios import change, share

_SERIES = PATHS[CANVAS]


class Stage(NamedTuple):
    """A stage of the funnel: the entries, or a step. `share` is of the entries, and `width` how long its bar is."""

    name: str
    is_deleted: bool
    users: Linked
    share: float | None
    width: float
    numbers: list[Linked]


async def canvas(visit: Visit) -> Shown:
    """The canvas that the parameter `canvas_id` names."""
    canvas_id, days = needed(visit, "canvas_id"), visit.range
    read = partial(read_canvas, once=visit.may("canvas.data_summary"))
    numbers = await visit.read(read, visit.workspace, canvas_id, days.days, days.before)
    return _Canvas(visit, canvas_id, numbers).shown()


class _Canvas:
    def __init__(self, visit: Visit, canvas_id: str, numbers: CanvasNumbers) -> None:
        self._visit = visit
        self._id = canvas_id
        self._numbers = numbers
        self._totals: Stats = numbers.whole["total_stats"]
        self._conversions = [name for name in self._totals if name.startswith("conversions")]

    def shown(self) -> Shown:
        stages, variants, charts = list(self._stages()), self._variants(), self._charts()
        sent, translated = messages_of(self._numbers.whole["step_stats"]), self._visit.language.gettext
        messages = totals_table(sent, translated, self._number)
        statistics = statistics_table(sent, translated, self._number)
        values = {
            "details": self._numbers.details,
            "knows_details": self._visit.may("canvas.details"),
            "figures": list(self._figures()),
            "stage_columns": [Column(NUMBER_NAMES[name], _form(name)) for name in self._of_steps],
            "stages": stages,
            "counts_users_once": self._numbers.counts_users_once,
            "longest_unique": LONGEST_UNIQUE,
            "variants": variants,
            "messages": messages,
            "statistics": statistics,
            "charts": charts,
        }
        tables = {"steps": self._as_table(stages), "variants": variants, "messages": messages}
        of_charts = {chart.name: chart.numbers for chart in charts}
        return Shown(values, {**tables, "statistics": statistics, **of_charts})

    def _number(self, metric: str, value: Any, place: str = "", place_id: str = "") -> Linked:
        named = {"canvas_id": self._id, "channel": place, "variation_api_id": place_id}
        return Linked(value, self._visit.number(_SERIES, metric, **named))

    def _figures(self) -> Iterator[Mapping[str, Any]]:
        for name in ("entries", *self._conversions, "revenue"):
            daily, before = ([day[name] for day in days] for days in (self._numbers.daily, self._numbers.before))
            yield {
                "title": NUMBER_NAMES[name],
                "form": _form(name),
                "number": self._number(name, self._totals[name]),
                "change": change(sum(daily), sum(before)),
                "rate": self._of_entries(self._totals[name]) if name in self._conversions else None,
            }

    def _of_entries(self, number: int) -> float | None:
        return share(number, self._totals["entries"])

    @property
    def _of_steps(self) -> list[str]:
        return [*self._conversions, "revenue"]

    def _stages(self) -> Iterator[Stage]:
        """The entries, then the steps in the order of /canvas/details, then the deleted ones that did anything."""
        entries, steps = self._totals["entries"], self._numbers.whole["step_stats"]
        most = max([entries, *(step["unique_recipients"] for step in steps.values())]) or 1
        entered = self._number("entries", entries)
        of_canvas = [self._number(name, self._totals[name]) for name in self._of_steps]
        yield Stage("", False, entered, self._of_entries(entries), _width(entries, most), of_canvas)
        known = {step["id"] for step in self._numbers.details["steps"]}
        for step, stats in steps.items():
            users = stats["unique_recipients"]
            numbers = [self._number(name, stats[name], STEP, step) for name in self._of_steps]
            if step not in known and not users and not any(number.value for number in numbers):
                continue
            number = self._number("unique_recipients", users, STEP, step)
            share, width = self._of_entries(users), _width(users, most)
            yield Stage(stats["name"] or step, step not in known, number, share, width, numbers)

    def _as_table(self, stages: list[Stage]) -> Numbers:
        entries = self._visit.language.gettext(N_("Entered the canvas"))
        columns = [Column(N_("Step"), "text"), Column(N_("Recipients")), Column(N_("Share of the entries"), "percent")]
        columns += [Column(NUMBER_NAMES[name], _form(name)) for name in self._of_steps]
        rows = [(stage.name or entries, stage.users, stage.share, *stage.numbers) for stage in stages]
        return Numbers(columns, rows)

    def _variants(self) -> Numbers:
        columns = [
            Column(N_("Variant"), "text"),
            Column(NUMBER_NAMES["entries"]),
            Column(N_("Share of the entries"), "percent"),
            *(Column(NUMBER_NAMES[name]) for name in self._conversions),
            Column(N_("Conversion rate"), "percent"),
            Column(NUMBER_NAMES["revenue"], "money"),
            Column(N_("Revenue an entry"), "money"),
        ]
        return Numbers(columns, [self._variant(*each) for each in self._numbers.whole["variant_stats"].items()])

    def _variant(self, variant: str, stats: Stats) -> list[Any]:
        entries = stats["entries"]
        rate = share(stats["conversions"], entries)
        return [
            stats["name"] or variant,
            self._number("entries", entries, VARIANT, variant),
            self._of_entries(entries),
            *(self._number(name, stats[name], VARIANT, variant) for name in self._conversions),
            None if rate is None else self._number("conversion_rate", rate, VARIANT, variant),
            self._number("revenue", stats["revenue"], VARIANT, variant),
            share(stats["revenue"], entries),
        ]

    def _charts(self) -> list[DailyChart]:
        days = days_of(self._visit.range.days)
        before = [day["entries"] for day in self._numbers.before]
        both = [self._line("entries"), self._line("conversions")]
        title, revenue = N_("Entries and conversions a day"), N_("Revenue a day")
        return [
            DailyChart("entries", title, days, both, before=before),
            DailyChart("revenue", revenue, days, [self._line("revenue")], kind="bars", form="money"),
        ]

    def _line(self, name: str) -> Line:
        visit, named = self._visit, {"canvas_id": self._id}
        return Line(
            NUMBER_NAMES[name],
            [day[name] for day in self._numbers.daily],
            lambda day: visit.number(_SERIES, name, **named, day=day.isoformat()),
        )


def _form(name: str) -> Any:
    return "money" if name == "revenue" else "number"


def _width(number: int, most: int) -> float:
    """How long a bar is, of 100."""
    return round(100 * number / most, 2)
