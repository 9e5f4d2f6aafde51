"""Other people's programs, each in an environment under `.clients`: made once, and again when its list changes."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parent.parent
LISTS = Path(__file__).parent / "clients"
MADE = ROOT / ".clients"
OLDER_PYTHONS = ("python3.10", "python3.9")  # which the connector's framework needs: it does not begin on a newer one
INSTALL_SECONDS = 600


def airbyte() -> Path:
    """The command of Airbyte's connector."""
    listed = LISTS / "airbyte.txt"
    folder = _folder("airbyte", listed)
    command = folder / "bin" / "source-braze"
    if not command.exists():
        python = next((found for name in OLDER_PYTHONS if (found := _older_python(name))), None)
        if python is None:
            _cannot(f"airbyte-source-braze needs one of {', '.join(OLDER_PYTHONS)}", by_machine=True)
        _install("airbyte-source-braze", [python, "-m", "venv", folder])
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _install("airbyte-source-braze", [*pip, "--requirement", listed])
    return command


def braze_api() -> Path:
    """A folder in which Node finds `braze-api`, with the script beside it."""
    listed = LISTS / "package.json"
    folder = _folder("braze-api", listed)
    if not (folder / "node_modules" / "braze-api").exists():
        npm = shutil.which("npm")
        if npm is None:
            _cannot("braze-api needs npm", by_machine=True)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(listed, folder)
        _install("braze-api", [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", folder])
    shutil.copy(LISTS / "ask.cjs", folder)
    return folder


def _folder(name: str, listed: Path) -> Path:
    return MADE / f"{name}-{hashlib.sha256(listed.read_bytes()).hexdigest()[:12]}"


def _older_python(name: str) -> str | None:
    """A Python that runs: a name on the path may lead to nothing."""
    found = [shutil.which(name), *map(str, sorted(Path.home().glob(f".pyenv/versions/{name[6:]}.*/bin/python")))]
    for python in found:
        if python and subprocess.run([python, "-c", "import venv"], capture_output=True, check=False).returncode == 0:
            return python
    return None


def _install(name: str, command: list[object]) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    if done.returncode != 0:
        _cannot(f"{name} cannot be installed: {done.stderr.strip()[-500:]}", by_machine=False)


def _cannot(reason: str, *, by_machine: bool) -> NoReturn:
    """Skip; where CI should have what is needed, fail."""
    if os.environ.get("CI") == "true" and not by_machine:
        pytest.fail(reason)
    print(reason, file=sys.stderr)
    pytest.skip(reason)
