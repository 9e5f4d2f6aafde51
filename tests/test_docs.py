"""The documentation names what there is."""

import re
from pathlib import Path

import pytest
from asking import READING, TAKING_IN

from quotidian import __version__
from quotidian.api.endpoint import AnyEndpoint
from quotidian.cli.program import app
from quotidian.dashboard.page import Page
from quotidian.dashboard.pages.table import PAGES as DASHBOARD_PAGES
from quotidian.settings import SETTINGS, Setting

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented_with_its_default_and_help(setting: Setting) -> None:
    default = f"`{setting.default}`" if setting.default != "" else "empty"
    assert f"| `{setting.name}` | {default} | {setting.help} |" in page("operations.md")


@pytest.mark.parametrize("endpoint", READING, ids=lambda endpoint: endpoint.path)
def test_every_endpoint_is_documented_with_its_parameters_and_permission(endpoint: AnyEndpoint) -> None:
    parameters = ", ".join(f"`{parameter.name}`" for parameter in endpoint.query)
    assert f"| `{endpoint.path}` | {parameters} | `{endpoint.permission}` |" in page("api.md")


@pytest.mark.parametrize("endpoint", TAKING_IN, ids=lambda endpoint: endpoint.path)
def test_every_endpoint_that_takes_events_in_is_documented_with_its_permission(endpoint: AnyEndpoint) -> None:
    rows = [line for line in page("api.md").splitlines() if line.startswith(f"| `{endpoint.path}` |")]
    assert any(row.endswith(f"| `{endpoint.permission}` |") for row in rows)
    assert f"**`POST {endpoint.path}`**" in page("api.md")


@pytest.mark.parametrize("shown", DASHBOARD_PAGES, ids=lambda shown: shown.name)
def test_every_page_of_the_dashboard_is_documented_with_its_permission(shown: Page) -> None:
    permission = f"`{shown.permission}`" if shown.permission else "that of each part"
    assert f"| {shown.title} | {permission} |" in page("dashboard.md")


def test_every_metric_is_documented() -> None:
    sources = (ROOT / "src/quotidian" / each for each in ("telemetry/metrics.py", "inbox/backlog.py"))
    text = "".join(source.read_text() for source in sources)
    names = re.findall(r'"(quotidian_[a-z_]+|[a-z]+_[a-z_]+)",\s+"', text)
    shown = [name.removeprefix("quotidian_").removeprefix("events_") for name in names]
    assert len(shown) > 10
    assert [name for name in shown if name not in page("operations.md")] == []


def test_every_command_is_named_in_the_documentation() -> None:
    text = "".join(each.read_text(encoding="utf-8") for each in PAGES)
    commands = [name for name in app if not name.startswith("-")]
    assert [name for name in commands if f"quotidian {name}" not in text] == []
    assert commands != []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_to_a_page_leads_to_one(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    targets = [part.split(")", 1)[0].split("#", 1)[0] for part in text.split("](")[1:]]
    missing = [each for each in targets if each and not each.startswith("http") and not (path.parent / each).exists()]
    assert missing == []


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    first = next(line for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line[:3] == "## ")
    assert first.split(",")[0] == f"## {__version__}"
