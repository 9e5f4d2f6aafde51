"""Settings: each declared once, here.

A setting comes from the environment (`QUOTIDIAN_` and its name in capitals), else from `quotidian.toml` in the data
folder (or the file that `QUOTIDIAN_CONFIG` names), else it is the default. docs/operations.md lists them; a test
compares.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from quotidian.domain.errors import UserError
from quotidian.domain.nearest import nearest

SETTINGS_FILE: Final = "quotidian.toml"

_PREFIX: Final = "QUOTIDIAN_"
_LIKENESS: Final = 0.85

# What is chosen before settings are read; the last is what a server tells its processes.
_OTHER_VARIABLES: Final = (
    "QUOTIDIAN_DATA",
    "QUOTIDIAN_WORKSPACE",
    "QUOTIDIAN_CONFIG",
    "QUOTIDIAN_MOVE_TO",
    "QUOTIDIAN_MOVE_DATABASE",
    "QUOTIDIAN_SERVER",
)


@dataclass(frozen=True)
class Setting:
    """One setting: its name with the unit in it, its default (whose type is the setting's type), and what it does."""

    name: str
    default: int | str
    help: str
    least: int = 0
    most: int = 1 << 62
    choices: tuple[str, ...] = ()


SETTINGS = (
    Setting("host", "127.0.0.1", "Address that `serve` listens on; 0.0.0.0 for every network"),
    Setting("port", 8000, "Port that `serve` listens on", least=1, most=65_535),
    Setting(
        "database_url",
        "",
        "PostgreSQL that has the series: a URL with user and password; empty: a file in the data folder",
    ),
    Setting("node", "", "Name of this server among those of one database; empty: the host's name"),
    Setting(
        "role",
        "all",
        "What `serve` runs: `api` answers and takes events in, `engine` may lead and computes, `all` does both",
        choices=("all", "api", "engine"),
    ),
    Setting(
        "inbox",
        "disk",
        "Where posted events wait for the engine: `disk` is this node's, `database` the one of `database_url`",
        choices=("disk", "database"),
    ),
    Setting("workers", 1, "API worker processes of `serve`", least=1, most=256),
    Setting("send_window_days", 14, "Days after its first day that belong to a send; 0 is no end. Then `rebuild`"),
    Setting("send_keep_days", 0, "Days after its first day that a send's series is kept; 0 keeps all"),
    Setting("hourly_limit", 250_000, "Requests an hour and workspace, /campaigns/data_series apart; 0 is no limit"),
    Setting(
        "campaigns_minute_limit", 50_000, "Requests of /campaigns/data_series a minute and workspace; 0 is no limit"
    ),
    Setting("ingest_minute_limit", 0, "Requests of /events and /users/track a minute and workspace; 0 is no limit"),
    Setting(
        "rate_limit_url",
        "",
        "Where limits are counted: `redis://…` or `rediss://…` for all nodes together; empty: files in the data folder",
    ),
    Setting(
        "rate_limit_outage",
        "open",
        "While limits cannot be counted: `open` answers without limits, `closed` answers 503",
        choices=("open", "closed"),
    ),
    Setting("body_limit_bytes", 10_485_760, "Largest request body that is accepted, packed or not"),
    Setting("events_limit", 100_000, "Most events in one body of /events; more is refused with 413", least=1),
    Setting("strict_events", 0, "Posted events of unknown types or with unknown fields are refused; 0 is no"),
    Setting("body_seconds", 30, "Seconds in which a request's body must arrive", least=1),
    Setting("answer_bytes", 67_108_864, "Answers that a worker keeps until something changes; 0 is none"),
    Setting(
        "streams", 4, "Long answers under /v1 that a worker sends at once; more are refused with 503", least=1, most=64
    ),
    Setting("stall_seconds", 30, "Seconds in which a client must take a piece of a long answer, or it is cut", least=1),
    Setting("inbox_bytes", 1_073_741_824, "Events that wait for the engine; what comes beyond is refused with 503"),
    Setting(
        "trusted_proxies",
        "127.0.0.1,::1",
        "Addresses and networks of proxies whose `X-Forwarded-Proto`, `-Host`, `-Prefix`, `-For` are believed",
    ),
    Setting(
        "metrics",
        "open",
        "Who may ask for /metrics: `open` is anybody, `key` a key with the permission `metrics`, `off` nobody",
        choices=("open", "key", "off"),
    ),
    Setting("session_hours", 12, "Hours after which who has signed in to the dashboard must do so again", least=1),
    Setting(
        "sign_in_minute_limit",
        10,
        "Attempts to sign in to the dashboard a minute and address; 20 times as many of all; 0 is no limit",
    ),
    Setting("log_requests", 1, "Whether each request is logged; 0 is no"),
    Setting("worker_stuck_seconds", 30, "A worker without a sign of life for so long is killed", least=2),
    Setting("engine_stuck_seconds", 600, "An engine without a sign of life for so long is killed", least=2),
    Setting("load_bytes", 33_554_432, "Input read in one batch of a load; more takes more memory", least=1_000),
    Setting("record_limit_bytes", 16_777_216, "Largest record in a file; a larger one is a dead letter", least=1_000),
    Setting("read_seconds", 120, "A reader of files that does not get on for so long is killed", least=1),
    Setting(
        "read_memory_bytes", 1_073_741_824, "A reader of files that takes more memory is killed", least=300_000_000
    ),
    Setting("events_url", "", "ClickHouse cluster that has the events; empty: the data folder"),
    Setting(
        "two_replicas",
        "wait",
        "What to do when one of two replicas of a shard is away: `wait` for it, or `go on` and store on one",
        choices=("wait", "go on"),
    ),
    Setting(
        "event_memory_bytes", 1_610_612_736, "Memory that the event store's statements may take", least=100_000_000
    ),
)


@dataclass(frozen=True)
class Settings:
    """The values in force."""

    host: str
    port: int
    database_url: str = field(repr=False)
    node: str
    role: str
    inbox: str
    workers: int
    send_window_days: int
    send_keep_days: int
    hourly_limit: int
    campaigns_minute_limit: int
    ingest_minute_limit: int
    rate_limit_url: str
    rate_limit_outage: str
    body_limit_bytes: int
    events_limit: int
    strict_events: int
    body_seconds: int
    answer_bytes: int
    streams: int
    stall_seconds: int
    inbox_bytes: int
    trusted_proxies: str
    metrics: str
    session_hours: int
    sign_in_minute_limit: int
    log_requests: int
    worker_stuck_seconds: int
    engine_stuck_seconds: int
    load_bytes: int
    record_limit_bytes: int
    read_seconds: int
    read_memory_bytes: int
    events_url: str
    two_replicas: str
    event_memory_bytes: int


def load_settings(folder: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings for a data folder.

    Raises UserError naming the setting, the value and what would be right.
    """
    path = Path(environment.get("QUOTIDIAN_CONFIG") or folder / SETTINGS_FILE)
    in_file = _read_file(path, required="QUOTIDIAN_CONFIG" in environment)
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        variable = f"{_PREFIX}{setting.name.upper()}"
        if variable in environment:
            values[setting.name] = _checked(setting, environment[variable], variable)
        elif setting.name in in_file:
            values[setting.name] = _checked(setting, in_file[setting.name], f"{setting.name} in {path}")
        else:
            values[setting.name] = setting.default
    return Settings(**values)


def unknown_variables(environment: Mapping[str, str] = os.environ) -> Iterator[tuple[str, str]]:
    """Variables that look like settings and are none, each with the known one whose name is nearest, or ''.

    No error: others may set such variables for a reason of their own, as Kubernetes does for a service of this name.
    """
    known = [*(f"{_PREFIX}{setting.name.upper()}" for setting in SETTINGS), *_OTHER_VARIABLES]
    for name in sorted(environment):
        if name.upper().startswith(_PREFIX) and name not in known:
            yield name, nearest(name, known, _LIKENESS)


def _read_file(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        if required:
            raise UserError(f"Settings file {path} is not there; QUOTIDIAN_CONFIG must name one that is") from error
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"Settings file {path} cannot be read: {error}") from error
    unknown = sorted(set(found) - {setting.name for setting in SETTINGS})
    if unknown:
        known = ", ".join(setting.name for setting in SETTINGS)
        raise UserError(f"{path} sets {', '.join(unknown)}, which is no setting; the settings are {known}")
    return found


def _checked(setting: Setting, value: object, where: str) -> int | str:
    if isinstance(setting.default, str):
        return _checked_text(setting, value, where)
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if not isinstance(number, int) or isinstance(number, bool) or not setting.least <= number <= setting.most:
        raise UserError(f"{where} must be a whole number from {setting.least} to {setting.most}, not {value!r}")
    return number


def _checked_text(setting: Setting, value: object, where: str) -> str:
    if not isinstance(value, str):
        raise UserError(f"{where} must be text, not {value!r}")
    if setting.choices and value not in setting.choices:
        raise UserError(f"{where} must be {' or '.join(setting.choices)}, not {value!r}")
    return value
