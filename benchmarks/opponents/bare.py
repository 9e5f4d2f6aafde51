"""A bare ASGI application on Granian, with the settings that Quotidian serves with: it answers what it is given.

`python -m … PORT FILE`: to every GET the file's bytes; to a POST, once it has read the body, `{"message":"success"}`.
"""

import os
import sys
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

_BODY = Path(os.environ["BARE_BODY"]).read_bytes() if "BARE_BODY" in os.environ else b""
_ACCEPTED = b'{"message":"success"}'


def _start(body: bytes) -> dict[str, Any]:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-ratelimit-limit", b"1000000000000"),
        (b"x-ratelimit-remaining", b"999999999999"),
        (b"x-ratelimit-reset", b"1782777600"),
    ]
    return {"type": "http.response.start", "status": 200, "headers": headers}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer a request."""
    if scope["type"] != "http":
        return
    body = _BODY
    if scope["method"] == "POST":
        while (await receive()).get("more_body"):
            pass
        body = _ACCEPTED
    await send(_start(body))
    await send({"type": "http.response.body", "body": body})


def main(port: str, body: str) -> None:
    os.environ["BARE_BODY"] = body
    server = Granian(
        "benchmarks.opponents.bare:app",
        address="127.0.0.1",
        port=int(port),
        interface=Interfaces.ASGINL,
        workers=1,
        websockets=False,
        log_level=LogLevels.warning,
        process_name=None,
    )
    server.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
