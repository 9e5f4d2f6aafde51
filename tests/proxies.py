"""A reverse proxy as people put one before a server: it serves it under a path of its own."""

import http.client
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PREFIX = "/analytics"

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@contextmanager
def proxied(port: int, **told: str) -> Iterator[str]:
    """The URL of a server behind a proxy that takes PREFIX from paths; `told` are headers that it adds."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._pass_on()

        def do_POST(self) -> None:
            self._pass_on()

        def _pass_on(self) -> None:
            if not self.path.startswith(f"{PREFIX}/"):
                self._answer(418, [], b"This is not under the prefix")
                return
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            added = {name.replace("_", "-"): value for name, value in told.items()}
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as server:
                server.request(self.command, self.path.removeprefix(PREFIX), body, {**self.headers, **added})
                answer = server.getresponse()
                # A browser that goes on to another page does not wait for this one.
                with suppress(ConnectionError):
                    self._answer(answer.status, answer.getheaders(), answer.read())

        def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_port}{PREFIX}"
        proxy.shutdown()
