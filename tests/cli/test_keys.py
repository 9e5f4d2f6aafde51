"""`quotidian keys`: what a key may, when it was used, and until when it is."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from commands import PARIS, Command, key_in
from servers import serving, wait_until
from sqlalchemy import select

from quotidian.api.endpoints import PERMISSIONS
from quotidian.control.sessions import use_link
from quotidian.store.folder import DataFolder
from quotidian.store.series import open_series, writing
from quotidian.store.tables import sign_in_links

Json = dict[str, Any]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Commands on a new data folder, with days in Paris."""
    made = Command(tmp_path / "data")
    made.init()
    return made


def listed(command: Command) -> list[Json]:
    """The keys that a command lists, as JSON."""
    return [json.loads(line) for line in command.here("keys", "list", "--format", "json").stdout.splitlines()]


def create(command: Command, *words: object) -> Json:
    """A new key with all permissions, as it is listed."""
    command.here("keys", "create", "--name", "k", "--all", *words)
    return listed(command)[-1]


def shown(command: Command, columns: int) -> str:
    """The list in a terminal of this width."""
    return command.here("keys", "list", COLUMNS=str(columns)).stdout


def test_a_key_with_every_permission_says_all(command: Command) -> None:
    assert f"all {len(PERMISSIONS)} permissions" in shown(command, 80)
    assert PERMISSIONS[0] not in shown(command, 80)


@pytest.mark.parametrize("columns", [40, 60, 100])
def test_a_long_list_of_permissions_is_wrapped_within_the_terminal(command: Command, columns: int) -> None:
    some = sorted(PERMISSIONS)[1:]
    command.here("keys", "create", "--name", "most", "--permission", *some)
    text = shown(command, columns)
    assert max(map(len, text.splitlines())) <= columns
    assert f"{len(some)} of {len(PERMISSIONS)} permissions:" in " ".join(text.split())
    assert [name for name in some if name not in text] == []


def test_json_says_all_of_a_key(command: Command) -> None:
    [key] = listed(command)
    assert key.pop("hint").startswith("qk_")
    assert datetime.now(UTC) - datetime.fromisoformat(key.pop("created_at")) < timedelta(minutes=1)
    unused = {"last_used_at": None, "expires_at": None, "revoked_at": None}
    assert key == {"id": 1, "name": "first key", "state": "in use", **unused, "permissions": sorted(PERMISSIONS)}


def test_a_revoked_key_is_listed_as_such(command: Command) -> None:
    command.here("keys", "revoke", 1)
    assert listed(command)[0]["state"] == "revoked"
    assert "revoked 20" in shown(command, 80)


# Expiry


def test_a_key_expires_at_the_beginning_of_a_day_in_the_time_zone_of_the_workspace(command: Command) -> None:
    assert create(command, "--expires", "2099-07-01")["expires_at"] == "2099-06-30T22:00:00+00:00"
    assert "expires 2099-07-01 00:00" in shown(command, 80)


def test_a_key_expires_after_days(command: Command) -> None:
    left = datetime.fromisoformat(create(command, "--expires", "90d")["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=89, hours=23) < left <= timedelta(days=90)


def test_an_expired_key_is_listed_as_such(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    create(command, "--expires", "1d")
    later = datetime.now(UTC).timestamp() + 86_401
    monkeypatch.setattr("quotidian.control.keys.time.time", lambda: later)
    assert [key["state"] for key in listed(command)] == ["in use", "expired"]
    assert "expired 20" in command.here("keys", "list").stdout


WRONG = (
    "",
    "tomorrow",
    "90",
    "0d",
    "-1d",
    "1.5d",
    "9999999d",
    "99999999999d",
    "2020-01-01",
    "2027-02-30",
    "0001-01-01",
)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_expiry_is_refused_with_what_would_be_right(command: Command, wrong: str) -> None:
    err = command.here("keys", "create", "--name", "k", "--all", f"--expires={wrong}", status=2).stderr
    assert "--expires must be" in err
    assert f"not {wrong}" in err.replace("'", "")
    assert len(listed(command)) == 1


def test_a_day_that_has_begun_is_no_expiry(command: Command) -> None:
    today = datetime.now(PARIS).date()
    for day in (today, today - timedelta(days=1)):
        err = command.here("keys", "create", "--name", "k", "--all", "--expires", day, status=2).stderr
        assert "a day after today" in err


# Last use


def test_the_first_use_of_a_key_is_listed_within_seconds_and_the_last_when_the_server_ends(command: Command) -> None:
    key = key_in(command.here("keys", "create", "--name", "k", "--all").stdout)
    began = datetime.now(UTC).replace(microsecond=0)
    with serving(command, key) as server:
        assert "never used" in command.here("keys", "list").stdout
        server.client.get("/campaigns/list")
        wait_until(lambda: listed(command)[1]["last_used_at"])
        assert began <= datetime.fromisoformat(listed(command)[1]["last_used_at"]) <= datetime.now(UTC)
        wait_until(lambda: datetime.now(UTC) - began > timedelta(seconds=8))
        server.client.get("/campaigns/list")
        last = datetime.now(UTC)
        server.stop()
    assert abs(datetime.fromisoformat(listed(command)[1]["last_used_at"]) - last) < timedelta(seconds=2)
    assert listed(command)[0]["last_used_at"] is None


def test_a_key_has_not_the_use_of_one_that_had_its_number_before(command: Command) -> None:
    key = create(command)
    with serving(command, key_in(command.here("keys", "create", "--name", "k", "--all").stdout)) as server:
        server.client.get("/campaigns/list")
    assert listed(command)[2]["last_used_at"]
    for each in command.data.glob("series.sqlite*"):
        each.unlink()
    command.init()
    assert [create(command)["id"], key["id"]] == [2, 2]
    assert create(command)["last_used_at"] is None


# Links


def link(command: Command, *words: object) -> str:
    [line] = command.here("keys", "link", *words).stdout.splitlines()
    return line


def test_a_link_signs_in_with_its_key_once(command: Command) -> None:
    address, secret = link(command, 1).split("?link=")
    assert address == "http://127.0.0.1:8000/sign-in"
    with writing(open_series(DataFolder(command.data))) as connection:
        key = use_link(connection, secret)
        assert key is not None
        assert (key.id, use_link(connection, secret)) == (1, None)


def test_a_link_is_for_where_its_reader_has_the_dashboard(command: Command) -> None:
    wanted = "https://numbers.example/analytics/sign-in?link="
    assert link(command, 1, "--at", "https://numbers.example/analytics/").startswith(wanted)


def test_each_link_is_another_and_lasts_as_long_as_was_said(command: Command) -> None:
    assert link(command, 1, "--hours", 1) != link(command, 1)
    with open_series(DataFolder(command.data)).connect() as connection:
        ends = connection.execute(select(sign_in_links.c.expires_at)).scalars().all()
    left = sorted(end / 3_600_000_000 - datetime.now(UTC).timestamp() / 3_600 for end in ends)
    assert left == [pytest.approx(1, abs=0.1), pytest.approx(24, abs=0.1)]


def test_a_key_that_may_not_see_the_dashboard_has_no_link(command: Command) -> None:
    command.here("keys", "create", "--name", "robot", "--permission", "kpi.dau.data_series")
    err = command.here("keys", "link", 2, status=2).stderr
    assert "Key 2 (robot) lacks the permission 'dashboard'" in err
    assert "keys create --permission dashboard" in err


def test_a_key_that_is_not_in_use_has_no_link(command: Command) -> None:
    command.here("keys", "create", "--name", "seer", "--permission", "dashboard", "campaigns.list")
    assert link(command, 2)
    command.here("keys", "revoke", 2)
    for key in (2, 7):
        err = command.here("keys", "link", key, status=2).stderr
        assert f"There is no key {key} in use in workspace 'default'; in use: 1 (first key)" in err
