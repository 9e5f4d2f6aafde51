"""The OpenAPI 3.1 document, made from the table of endpoints that routes requests."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from quotidian import __version__
from quotidian.api.endpoints import Endpoint, PostEndpoint

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
_INTAKE_ERRORS = {
    "408": "The request's body did not arrive in time",
    "415": "The request's body is packed in a way that is not understood",
    "503": "The events cannot be stored now; Retry-After says for how many seconds",
}


def document(endpoints: Iterable[Endpoint], intake: Iterable[PostEndpoint]) -> dict[str, Any]:
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
        "paths": _paths(endpoints, intake),
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key from `quotidian keys create`"}
            },
            "schemas": {
                "Error": {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]},
            },
        },
    }


def _paths(endpoints: Iterable[Endpoint], intake: Iterable[PostEndpoint]) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for endpoint in endpoints:
        for path in (endpoint.path, *endpoint.aliases):
            paths[path]["get"] = _operation(endpoint)
    for each in intake:
        paths[each.path]["post"] = _intake_operation(each)
    return paths


def _operation(endpoint: Endpoint) -> dict[str, Any]:
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
        "responses": _responses(200, endpoint.schema, _ERRORS, _LIMIT_HEADERS),
    }


def _intake_operation(endpoint: PostEndpoint) -> dict[str, Any]:
    return {
        "summary": endpoint.summary,
        "description": f"Needs the permission `{endpoint.permission}`. The answer comes when it is on disk.",
        "tags": [endpoint.path.split("/")[1]],
        "requestBody": {"required": True, "content": _json(endpoint.body)},
        "responses": _responses(endpoint.status, endpoint.schema, {**_ERRORS, **_INTAKE_ERRORS}, {}),
    }


def _responses(
    status: int, schema: Mapping[str, Any], errors: Mapping[str, str], headers: Mapping[str, Any]
) -> dict[str, Any]:
    error = _json({"$ref": "#/components/schemas/Error"})
    return {
        str(status): {"description": "Success", "headers": headers, "content": _json(schema)},
        **{status: {"description": text, "headers": headers, "content": error} for status, text in errors.items()},
    }


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
