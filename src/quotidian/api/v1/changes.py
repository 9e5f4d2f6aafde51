"""`/v1/changes`: the points that have changed since a version (semantics.md §9 and §11)."""

import re
from collections.abc import Iterator
from typing import Annotated, Final

import msgspec

from quotidian.api.parameters import Text
from quotidian.api.request import Request
from quotidian.api.v1.formats import TableQuery
from quotidian.api.v1.table import BATCH, CHANNEL, DAY, METRIC, VALUE, VARIATION, Column, Row, Table
from quotidian.api.v1.texts import number_up_to
from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.errors import BadRequest
from quotidian.domain.kinds import CAMPAIGN, CANVAS, COUNT, KINDS, KPIS, PATHS, QUANTITY, REVENUE, SEND, SESSIONS, SIZE
from quotidian.series.changes import Change, find_page, newest_version, read_page
from quotidian.series.points import whole
from quotidian.series.values import values

_MOST: Final = 100_000
_USUAL: Final = 1_000
_LONGEST_WAIT: Final = 60
_KINDS: Final = {path: kind for kind, path in PATHS.items()}

_SUBJECTS: Final = {
    CAMPAIGN: "campaign_id",
    SEND: "campaign_id",
    CANVAS: "canvas_id",
    SIZE: "segment_id",
    COUNT: "event",
    QUANTITY: "product",
    REVENUE: "product",
    SESSIONS: "",
    **dict.fromkeys(KPIS, "app_id"),
}
"""The parameter that names the subject of a series, by kind."""

_PARAMETERS: Final = ("campaign_id", "send_id", "canvas_id", "event", "product", "app_id", "segment_id")


def _read_since(text: str, _: Workspace) -> int:
    if not re.fullmatch("[0-9]{1,18}", text, re.ASCII):
        raise ValueError("a version: a whole number, 0 for the beginning")
    return int(text)


def _read_series(text: str, _: Workspace) -> str:
    if text not in _KINDS:
        raise ValueError(f"the path of a series, one of {', '.join(_KINDS)}")
    return _KINDS[text]


def _read_wait(text: str, _: Workspace) -> int:
    if not re.fullmatch("[0-9]|[1-5][0-9]|60", text, re.ASCII):
        raise ValueError(f"a whole number of seconds from 0 to {_LONGEST_WAIT}")
    return int(text)


class Changes(TableQuery, kw_only=True):
    """After which version, and how many."""

    since: Annotated[
        int,
        Text(
            _read_since,
            "Only what has changed after this version, which an answer before has named; 0 for all points",
            {"type": "integer", "minimum": 0, "default": 0},
        ),
    ] = 0
    limit: Annotated[
        int,
        number_up_to(
            _MOST,
            f"How many points, up to {_MOST}; all that one version has changed come together, be they more",
            _USUAL,
        ),
    ] = _USUAL
    series: Annotated[
        str | None,
        Text(_read_series, "Only series of this path", {"type": "string", "enum": list(_KINDS)}),
    ] = None
    wait: Annotated[
        int,
        Text(
            _read_wait,
            f"For how many seconds, up to {_LONGEST_WAIT}, the answer may wait until there is something to tell",
            {"type": "integer", "minimum": 0, "maximum": _LONGEST_WAIT, "default": 0},
        ),
    ] = 0

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the series that are asked for."""
        return (self.series,) if self.series else KINDS


def changes(request: Request[Changes]) -> Table:
    """What has changed, in whole versions."""
    asked, connection = request.parameters, request.connection
    newest = newest_version(connection, request.workspace)
    if asked.since > newest:
        raise BadRequest(f"since must be at most {newest}, which is the newest version, not {asked.since}")
    page = find_page(connection, request.workspace, asked.since, asked.limit, asked.kinds)
    found = read_page(connection, request.workspace, page)
    columns = (
        Column("series", "text"),
        *(Column(name, "text") for name in _PARAMETERS),
        Column("version", "integer"),
        DAY,
        CHANNEL,
        VARIATION,
        METRIC,
        VALUE,
    )
    return Table(
        columns,
        lambda: chunks(map(_shown, found), BATCH),
        lambda: chunks((row for change in found for row in _rows(change)), BATCH),
        lambda: {"version": page.version},
    )


def has_changes(request: Request[Changes]) -> bool:
    """Whether there is anything to tell, be it that there is no such version."""
    asked = request.parameters
    if asked.since > newest_version(request.connection, request.workspace):
        return True
    return bool(find_page(request.connection, request.workspace, asked.since, 1, asked.kinds).parts)


def _named(change: Change) -> dict[str, str]:
    """The parameters that name a series: those that it has."""
    name = change.name
    given = {"send_id": name.send_id, "app_id": name.app_id, "segment_id": name.segment_id}
    if subject := _SUBJECTS[change.kind]:
        given[subject] = name.subject
    return {parameter: given[parameter] for parameter in _PARAMETERS if given.get(parameter)}


def _shown(change: Change) -> bytes:
    point = None if change.point is None else msgspec.Raw(whole(change.kind, change.point))
    named = {"series": PATHS[change.kind], **_named(change)}
    return msgspec.json.encode({**named, "version": change.version, "point": point})


def _rows(change: Change) -> Iterator[Row]:
    """A row a number; one without day and number says that the series is gone."""
    named = _named(change)
    subject = (PATHS[change.kind], *(named.get(parameter) for parameter in _PARAMETERS), change.version, change.day)
    if change.point is None:
        yield (*subject, None, None, None, None)
        return
    for metric, number in values(change.kind, change.point).items():
        yield (*subject, metric.channel or None, metric.variation, metric.name, number)
