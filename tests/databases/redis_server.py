"""Redis for tests, with a password, and with TLS on a port of its own if it is given a certificate."""

import socket
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from databases.certificates import Certificate
from databases.daemon import Daemon, asked
from databases.ports import HOST, free_ports
from databases.programs import program, version_of

PASSWORD = "r@dis:w/rd%20"
PACKAGE = "redis-server"


class Redis(Daemon):
    """A Redis server in memory alone: what is killed begins anew."""

    def __init__(self, folder: Path, certificate: Certificate | None = None) -> None:
        super().__init__("Redis", folder)
        self.port, self.tls_port = free_ports(2)
        self._certificate = certificate
        self._program = program("redis-server", PACKAGE)
        (folder / "redis.conf").write_text("\n".join(self._lines()))

    def command(self) -> Sequence[str | Path]:
        return [self._program, self.folder / "redis.conf"]

    def is_ready(self) -> bool:
        return self._said("PING") == b"+PONG\r\n"

    def version(self) -> str:
        return f"Redis {version_of(self._program)}"

    def url(self, database: int = 0, *, password: str = PASSWORD) -> str:
        """The URL of one of its 16 databases."""
        return f"redis://:{quote(password, safe='')}@{HOST}:{self.port}/{database}"

    def tls_url(self, database: int = 0) -> str:
        """The URL with TLS, of whoever trusts the certificate."""
        return f"rediss://:{quote(PASSWORD, safe='')}@{HOST}:{self.tls_port}/{database}"

    def empty(self) -> None:
        """Forget all keys."""
        assert self._said("FLUSHALL") == b"+OK\r\n"

    def said(self, command: str) -> bytes:
        """What it answers to a command, what it answers to AUTH and QUIT left out."""
        with socket.create_connection((HOST, self.port)) as connection:
            connection.sendall(f'AUTH "{PASSWORD}"\r\n{command}\r\nQUIT\r\n'.encode())
            return (
                b"".join(iter(lambda: connection.recv(65_536), b"")).removeprefix(b"+OK\r\n").removesuffix(b"+OK\r\n")
            )

    def _said(self, command: str) -> bytes:
        _, answer = asked(self.port, f'AUTH "{PASSWORD}"\r\n{command}\r\n'.encode(), lines=2)
        return answer

    def _lines(self) -> list[str]:
        lines = [f"bind {HOST}", f"port {self.port}", f'requirepass "{PASSWORD}"', f"dir {self.folder}"]
        lines += ['save ""', "appendonly no", "daemonize no"]
        if self._certificate is not None:
            lines += [f"tls-port {self.tls_port}", "tls-auth-clients no"]
            lines += [f"tls-key-file {self._certificate.key}", f"tls-cert-file {self._certificate.certificate}"]
            lines += [f"tls-ca-cert-file {self._certificate.certificate}"]
        return lines
