"""What tests of the API ask for, and the shape of what it answers."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

import pytest
from conftest import Quotidian
from events import email, event, purchase, session
from starlette.types import Message

from quotidian.api.endpoint import AnyEndpoint, Work
from quotidian.api.endpoints import ENDPOINTS
from quotidian.catalogue import CatalogueFile, Filter, Segment

EXAMPLES = {
    "length": "3",
    "campaign_id": "spring",
    "send_id": "spring-1",
    "event": "tea drunk",
    "card_id": "card",
    "canvas_id": "journey",
    "segment_id": "lively",
    "series": "/kpi/dau/data_series",
    "day": "2024-03-30",
    "metric": "dau",
}
READING = [endpoint for endpoint in ENDPOINTS if endpoint.method == "GET"]
TAKING_IN = [endpoint for endpoint in ENDPOINTS if endpoint.work is Work.TAKE_IN]
EACH_ENDPOINT = pytest.mark.parametrize("endpoint", READING, ids=lambda endpoint: endpoint.path)
RETIRED = ("/feed/details", "/feed/data_series")  # no card is known, so they never succeed
ANSWERING = [endpoint for endpoint in READING if endpoint.path not in RETIRED]
EACH_ANSWERING = pytest.mark.parametrize("endpoint", ANSWERING, ids=lambda endpoint: endpoint.path)
FRENCH = "/campagnes/s%C3%A9ries_de_donn%C3%A9es"


def fill(opened: Quotidian) -> None:
    """All that the examples name: an app, a campaign with a send, a custom event, a product, a canvas, a segment."""
    opened.deliver(
        session("ana", "2024-03-30", app_id="shop"),
        email("Send", "ana", "2024-03-30", "spring", send_id="spring-1"),
        event("users.behaviors.CustomEvent", "ana", "2024-03-30", name="tea drunk"),
        purchase("ana", "2024-03-30", 4.99, product_id="tea"),
        event("users.canvas.Entry", "ana", "2024-03-30", canvas_id="journey", canvas_variation_id="v1"),
    )
    opened.import_catalogue(CatalogueFile(segments={"lively": Segment("Lively", [Filter("active", within_days=7)])}))


def parameters_of(endpoint: AnyEndpoint) -> dict[str, str]:
    """Values of an endpoint's parameters with which it succeeds: those that are required, and a length."""
    return {
        parameter.name: EXAMPLES[parameter.name]
        for parameter in endpoint.query
        if parameter.required or parameter.name == "length"
    }


def assert_error(response: Any, status: int, *texts: str) -> None:
    """The shape of every error: JSON with a message and nothing else, and the limit's headers."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert list(answer) == ["message"]
    assert [text for text in texts if text not in answer["message"]] == []
    assert "Traceback" not in response.text
    assert response.headers["x-ratelimit-limit"].isdigit()


def fail(*_: object) -> None:
    raise RuntimeError("a secret of the server")


def ask(
    api: Quotidian, path: str, query: bytes = b"", headers: Iterable[tuple[bytes, bytes]] = ()
) -> tuple[int, bytes]:
    """Status and body of the answer to a request that a client would not send as it is: past the client."""
    given = [(b"authorization", f"Bearer {api.key}".encode()), *headers]
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query}
    scope |= {"headers": given, "http_version": "1.1", "scheme": "http", "root_path": "", "server": ("local", 80)}
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        with contextlib.suppress(Exception):  # as a server does, once the application has answered
            await api.client.app(scope, receive, send)

    asyncio.run(run())
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)
