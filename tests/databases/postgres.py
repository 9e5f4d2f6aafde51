"""PostgreSQL for tests, with a password (SCRAM); every test has a database of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import quote

from databases.certificates import Certificate
from databases.daemon import Daemon
from databases.ports import HOST, free_ports
from databases.programs import program, version_of

# It would spoil a URL that is put together carelessly, and logs in which it must not appear can be searched for it.
PASSWORD = "p@ss:w/rd%20"
PACKAGE = "postgresql"

# No disk need be waited for: what a killed process has written is in the kernel. Sizes are of a small machine.
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "fsync": "off",
    "synchronous_commit": "on",
    "full_page_writes": "off",
    "jit": "off",
    "autovacuum_naptime": "60s",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%a] ",
}


class Postgres(Daemon):
    """A PostgreSQL server; `settings` are of postgresql.conf, beside or in place of those for tests.

    With a certificate it takes TLS, and plain connections too. The folder must be one that user `postgres` can reach
    where tests run as root, as that of `postgres_folder`.
    """

    stop_signal = signal.SIGINT  # a "fast" shutdown: it does not wait for clients

    def __init__(self, folder: Path, certificate: Certificate | None = None, **settings: str) -> None:
        super().__init__("PostgreSQL", folder)
        self.user = _user()
        (self.port,) = free_ports(1)
        self._data = folder / "data"
        self._numbers = count(1)
        self._settings = {**_SETTINGS, "port": str(self.port), **settings}
        self._make()
        if certificate is not None:
            self._add(certificate)

    def command(self) -> Sequence[str | Path]:
        return [program("postgres", PACKAGE), "-D", self._data]

    def is_ready(self) -> bool:
        return self._tool("pg_isready", "--quiet", "--timeout=1").returncode == 0

    def version(self) -> str:
        return f"PostgreSQL {version_of(program('postgres', PACKAGE))}"

    def url(self, database: str = "postgres", *, user: str = "postgres", password: str = PASSWORD, **more: str) -> str:
        """The URL of a database, with what stands behind its question mark."""
        named = f"postgresql://{user}:{quote(password, safe='')}@{HOST}:{self.port}/{database}"
        return "?".join([named, *filter(None, ["&".join(f"{key}={value}" for key, value in more.items())])])

    def new_database(self, **more: str) -> str:
        """The URL of a new and empty database."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name, **more)

    def run(self, sql: str, database: str = "postgres") -> str:
        """What a statement gives, as psql prints it: a line a row, columns with | between."""
        words = ("--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "-v", "ON_ERROR_STOP=1", "-c", sql)
        ended = self._tool("psql", "--dbname", database, *words)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    def _tool(self, name: str, *words: str) -> "subprocess.CompletedProcess[str]":
        reached = ("--host", HOST, "--port", str(self.port), "--username", "postgres")
        environment = {**os.environ, "PGPASSWORD": PASSWORD, "PGCONNECT_TIMEOUT": "3"}
        return subprocess.run(
            [program(name, PACKAGE), *reached, *words], env=environment, capture_output=True, text=True, check=False
        )

    def _make(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        shutil.chown(secret, self.user or os.getuid())
        kind = ("--no-sync", "--no-locale", "--encoding=UTF8", "--auth=scram-sha-256", "--wal-segsize=1")
        words = ("-D", str(self._data), "--username=postgres", f"--pwfile={secret}", *kind)
        ended = subprocess.run(
            [program("initdb", PACKAGE), *words],
            user=self.user,
            group=self.user,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        self._configure(self._settings)

    def _configure(self, settings: dict[str, str]) -> None:
        with (self._data / "postgresql.conf").open("a") as opened:
            opened.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def _add(self, certificate: Certificate) -> None:
        for name, file in (("server.key", certificate.key), ("server.crt", certificate.certificate)):
            copied = self._data / name
            shutil.copyfile(file, copied)
            copied.chmod(0o600)
            shutil.chown(copied, self.user or os.getuid())
        self._configure({"ssl": "on"})


def _user() -> str | None:
    """PostgreSQL refuses to be run by root."""
    return "postgres" if os.geteuid() == 0 else None


@contextmanager
def postgres_folder() -> Iterator[Path]:
    """A folder that user `postgres` can reach, which those of pytest are not; removed at the end."""
    with tempfile.TemporaryDirectory(prefix="quotidian-postgres-", ignore_cleanup_errors=True) as name:
        shutil.chown(name, _user() or os.getuid())
        yield Path(name)
