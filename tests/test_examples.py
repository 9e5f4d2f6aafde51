"""The examples of README.md and docs/ do what they show."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Command, key_in, message, session
from currents import write_jsonl
from examples import Example, Shell, examples_in, is_as_shown, steps_in
from servers import Server

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = [example for page in PAGES for example in examples_in(page)]

NOT_RUN = {
    "make ": "sets up an environment of its own; CI does it",
    "quotidian serve": "runs until Ctrl-C",
    "quotidian ingest --watch": "runs until Ctrl-C",
    "quotidian ingest PATH": "says how the command is written; PATH is no path",
    "export AWS_PROFILE": "needs an account of AWS",
    "quotidian ingest s3://": "needs an account of AWS",
    'eval "$(quotidian completion zsh)"': "needs zsh",
    "quotidian completion fish": "needs fish",
    "export QUOTIDIAN_MOVE_": "needs servers",
    "quotidian move": "needs servers",
}
"""Commands that no test runs, by how they begin, each with why not."""

SHELLS = {
    ("README.md", "quotidian init"): "new",
    ("loading.md", "$ quotidian catalogue import"): "catalogue",
    ("operations.md", ""): "small",
}
"""Where blocks run, by page and how they begin, that do not run beside the server of the demo's data."""

JSON = {
    ("api.md", '{"message": "success", "accepted": 3'): """
        curl -H "Authorization: Bearer $KEY" http://127.0.0.1:8000/events -d '{"events": [
          {"event_type": "users.messages.email.send", "id": "u1", "time": 1782800000, "user": {"user_id": "ana"}},
          {"event_type": "users.messages.email.Send", "id": "u2", "time": 1782800000, "user": {"user_id": "ana"},
           "campaign_id": "c-1"},
          {"event_type": "users.messages.email.Send", "id": "u3", "time": 1782800000, "user": {"user_id": "ana"},
           "properties": {"campain_id": "c-1"}}]}'""",
    ("api.md", '{"message": "length must be'): """
        curl -H "Authorization: Bearer $KEY" 'http://127.0.0.1:8000/kpi/dau/data_series?length=0'""",
}
"""Requests whose answers are shown without them, by page and how the answer begins."""

COMMANDS = ("sh", "console", "python")
URL = "http://127.0.0.1:8000"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """The demo's data, up to the day that README.md names, and a server of it."""
    folder = tmp_path_factory.mktemp("examples")
    data = folder / "demo-data" / "quotidian-data"
    ((option, last),) = re.findall(r"make demo ARGS='(--until) ([0-9-]+)'", PAGES[0].read_text(encoding="utf-8"))
    made = Command(folder / "unused").run("demo", option, last, "--no-serve", "--folder", folder / "demo-data")
    (folder / "quotidian-data").symlink_to(data)
    toml = [example.text for example in EXAMPLES if (example.page, example.language) == ("loading.md", "toml")]
    (folder / "catalogue.toml").write_text("\n".join(toml), encoding="utf-8")
    server = Server(Command(data), key_in(made.stdout))
    server.start()
    yield Shell(folder, str(server.client.base_url).rstrip("/"), server.key)
    server.end()


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A folder with a folder of files, and nothing made of them."""
    folder = tmp_path_factory.mktemp("new")
    (folder / "path" / "to" / "currents").mkdir(parents=True)
    write_jsonl(folder / "path" / "to" / "currents" / "events.jsonl", [session("ana", "2026-06-30")])
    return Shell(folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A data folder of a few events, with the files that were loaded, and no server."""
    return loaded(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A data folder that knows one campaign, and a catalogue that misspells it once."""
    shell = loaded(tmp_path_factory.mktemp("catalogue"))
    names = "\n".join(f'[campaigns."{campaign}"]\nname = "Win back"' for campaign in ("53e7e5ad", "53e7e5ab"))
    (shell.folder / "catalogue.toml").write_text(f"[rates]\nEUR = 1.08\n{names}\n", encoding="utf-8")
    return shell


def loaded(folder: Path) -> Shell:
    command = Command(folder / "quotidian-data")
    command.init()
    events = [session("ana", "2026-06-30"), message("email.Send", "ana", "2026-06-30", campaign_id="53e7e5ad")]
    write_jsonl(folder / "currents" / "events.jsonl", events)
    command.here("ingest", folder / "currents")
    return Shell(folder)


def reason_not_to_run(command: str) -> str:
    return next((reason for start, reason in NOT_RUN.items() if command.startswith(start)), "")


def begins(example: Example, page: str, start: str) -> bool:
    return example.page == page and example.text.startswith(start)


def shell_of(example: Example, request: pytest.FixtureRequest) -> Shell:
    names = [name for (page, start), name in SHELLS.items() if begins(example, page, start)]
    found: Shell = request.getfixturevalue([*names, "demo"][0])
    return found


def named(example: Example) -> str:
    return str(example)


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.language in COMMANDS], ids=named)
def test_the_commands_of_an_example_do_what_it_shows(example: Example, request: pytest.FixtureRequest) -> None:
    """One after the other, as they stand on the page: a block may go on from the ones before."""
    steps = [step for step in steps_in(example) if not reason_not_to_run(step.command)]
    shell = shell_of(example, request) if steps else None
    for step in steps:
        assert shell
        printed = shell.run(step.command, must_succeed=step.prints is None)
        assert step.prints is None or is_as_shown(printed, step.prints), f"{step.command}\n{printed}"


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.language == "json"], ids=named)
def test_json_is_what_is_answered_or_an_event_that_can_be_used(example: Example, demo: Shell) -> None:
    shown = json.loads(example.text)
    asked = [command for (page, start), command in JSON.items() if begins(example, page, start)]
    if asked:
        assert json.loads(demo.run(asked[0], must_succeed=False)) == shown
    else:
        post = f"-d '{json.dumps({'events': [shown]})}'"
        answer = demo.run(f'curl -H "Authorization: Bearer $KEY" {URL}/events {post}', must_succeed=True)
        assert json.loads(answer) == {"message": "success", "accepted": 1, "rejected": 0}


def test_every_example_is_of_a_language_that_is_run_or_is_a_file_of_others() -> None:
    assert {example.language for example in EXAMPLES} <= {*COMMANDS, "json", "toml", "xml", "nginx", "crontab"}


def test_what_is_not_run_is_still_in_the_documentation() -> None:
    commands = [step.command for example in EXAMPLES if example.language in COMMANDS for step in steps_in(example)]
    assert [start for start in NOT_RUN if not any(command.startswith(start) for command in commands)] == []
    assert [told for told in (*SHELLS, *JSON) if not any(begins(example, *told) for example in EXAMPLES)] == []


def test_what_differs_from_what_an_example_shows_is_noticed(new: Shell) -> None:
    shown = '{"message": "success", "data": [{"dau": 208}, …]}'
    assert is_as_shown('{"message":"success","data":[{"dau":208},{"dau":199}]}\n', shown)
    assert not is_as_shown('{"message":"success","data":[{"dau":209},{"dau":199}]}\n', shown)
    assert not is_as_shown("", shown)
    with pytest.raises(AssertionError, match="no such"):
        new.run("echo no such thing; false", must_succeed=True)


def test_a_command_of_several_lines_is_told_from_what_it_prints() -> None:
    text = "$ post -d '{\n  1}'\ntaken\n$ ask \\\n    twice\nyes\nno\n"
    steps = steps_in(Example("page.md", 1, "console", text))
    assert steps == [("post -d '{\n  1}'", "taken"), ("ask \\\n    twice", "yes\nno")]
