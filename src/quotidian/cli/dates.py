"""Days that commands are given as --from and --to."""

from datetime import date

from quotidian.api.v1.days import read_date
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, Slice, day_of
from quotidian.domain.errors import UserError


def days_given(first: str | None, last: str | None, workspace: Workspace, default: int) -> Slice:
    """The days from a first to a last, by default today; without a first, so many that end with the last.

    Raises UserError for what is no date, and for a first day after the last.
    """
    end = _date("--to", last, workspace) if last else workspace.today
    begin = _date("--from", first, workspace) if first else None
    if begin and begin > end:
        raise UserError(f"--from must not be after {end}, the last day, not {begin}")
    return Slice(day_of(begin) if begin else Day(day_of(end) - default + 1), day_of(end))


def _date(option: str, text: str, workspace: Workspace) -> date:
    try:
        return read_date(text, workspace)
    except ValueError as error:
        raise UserError(f"{option} must be {error}, not {text!r}") from None
