"""The OpenAPI 3.1 document, made from the table of endpoints that routes requests."""

from collections.abc import Iterable
from typing import Any

from quotidian import __version__
from quotidian.api.endpoints import Endpoint

_INTEGER = {"schema": {"type": "integer"}}
_LIMIT_HEADERS = {
    "X-RateLimit-Limit": {"description": "Requests allowed in a window", **_INTEGER},
    "X-RateLimit-Remaining": {"description": "Requests left in this window", **_INTEGER},
    "X-RateLimit-Reset": {"description": "When the window ends, epoch seconds", **_INTEGER},
}
_ERRORS = {
    "400": "A parameter is missing or wrong; the message says what would be right",
    "401": "The key is missing or unknown",
    "403": "The key lacks the permission that the message names",
    "413": "The request's body is too large",
    "429": "The rate limit is used up; Retry-After says for how many seconds",
}


def document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """The document as it is served at /openapi.json."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Quotidian",
            "version": __version__,
            "description": "Daily engagement series in the shape of the Braze Export API. Not affiliated with Braze.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"key": []}],
        "paths": {
            path: {"get": _operation(endpoint)} for endpoint in endpoints for path in (endpoint.path, *endpoint.aliases)
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key from `quotidian keys create`"}
            },
            "schemas": {
                "Error": {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]},
            },
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    content = {"application/json": {"schema": endpoint.schema}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        "summary": endpoint.summary,
        "description": f"Needs the permission `{endpoint.permission}`.",
        "tags": [endpoint.path.split("/")[1]],
        "parameters": [
            {
                "name": parameter.name,
                "in": "query",
                "description": parameter.description,
                "required": parameter.required,
                "schema": parameter.schema,
            }
            for parameter in endpoint.parameters
        ],
        "responses": {
            "200": {"description": "Success", "headers": _LIMIT_HEADERS, "content": content},
            **{
                status: {"description": text, "headers": _LIMIT_HEADERS, "content": error}
                for status, text in _ERRORS.items()
            },
        },
    }
