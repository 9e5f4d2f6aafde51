"""The OpenAPI 3.1 document, made from the table of endpoints that routes requests."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from quotidian import __version__
from quotidian.api.endpoint import AnyEndpoint, Work
from quotidian.api.parameters import Text
from quotidian.api.v1.formats import Format, TableQuery

_INTEGER = {"schema": {"type": "integer"}}
_LIMIT_HEADERS = {
    "X-RateLimit-Limit": {"description": "Requests allowed in a window", **_INTEGER},
    "X-RateLimit-Remaining": {"description": "Requests left in this window", **_INTEGER},
    "X-RateLimit-Reset": {"description": "When the window ends, epoch seconds", **_INTEGER},
}
_TAG_HEADERS = {
    "ETag": {"description": "What If-None-Match asks with whether the answer still holds", "schema": {"type": "string"}}
}
_ERRORS = {
    "400": "A parameter is missing or wrong; the message says what would be right",
    "401": "The key is missing or unknown",
    "403": "The key lacks the permission that the message names",
    "413": "The request's body is too large",
    "429": "The rate limit is used up; Retry-After says for how many seconds",
}
_POST_ERRORS = {
    "408": "The request's body did not arrive in time",
    "415": "The request's body is packed in a way that is not understood",
    "503": "The events cannot be stored now; Retry-After says for how many seconds",
}


def document(endpoints: Iterable[AnyEndpoint]) -> dict[str, Any]:
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
        "paths": _paths(endpoints),
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key from `quotidian keys create`"}
            },
            "schemas": {
                "Error": {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]},
            },
        },
    }


def _paths(endpoints: Iterable[AnyEndpoint]) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for endpoint in endpoints:
        for path in (endpoint.path, *endpoint.aliases):
            paths[path][endpoint.method.lower()] = _operation(endpoint)
    return paths


def _operation(endpoint: AnyEndpoint) -> dict[str, Any]:
    permission = f"Needs the permission `{endpoint.permission}`."
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "description": permission,
        "tags": [endpoint.path.split("/")[1]],
    }
    if endpoint.work is Work.ASK:
        errors = {
            **_ERRORS,
            "503": "The engine does not run, is busy, or takes too long; ask again after Retry-After",
        }
        return {**operation, "parameters": _parameters(endpoint), "responses": _responses(endpoint, errors)}
    if endpoint.work is Work.TABLE:
        errors = {**_ERRORS, "503": "Too many long answers are being sent; Retry-After says for how many seconds"}
        return {**operation, "parameters": _parameters(endpoint), "responses": _responses(endpoint, errors)}
    if endpoint.body is None:
        return {**operation, "parameters": _parameters(endpoint), "responses": _responses(endpoint, _ERRORS)}
    if endpoint.work is not Work.LOOK_UP:
        operation["description"] += " The answer comes when it is on disk."
    return {
        **operation,
        "requestBody": {"required": True, "content": _json(endpoint.body)},
        "responses": _responses(endpoint, {**_ERRORS, **_POST_ERRORS}),
    }


def _parameters(endpoint: AnyEndpoint) -> list[dict[str, Any]]:
    return [
        {
            "name": parameter.name,
            "in": "query",
            "description": parameter.text.description,
            "required": parameter.required,
            "schema": _schema(parameter.text),
        }
        for parameter in endpoint.query
    ]


def _schema(text: Text) -> Mapping[str, Any]:
    return {"type": "array", "items": text.schema} if text.repeatable else text.schema


def _responses(endpoint: AnyEndpoint, errors: Mapping[str, str]) -> dict[str, Any]:
    error = _json({"$ref": "#/components/schemas/Error"})
    content = _json(endpoint.answer)
    if _is_table(endpoint):
        # Bytes have no schema in OpenAPI 3.1.
        content |= {form.media_type: {} for form in Format if form is not Format.JSON}
    headers, unchanged = _LIMIT_HEADERS, {}
    if endpoint.work is Work.READ or _is_table(endpoint):
        headers = headers | _TAG_HEADERS
        unchanged = {"304": {"description": "The client has the answer that If-None-Match names", "headers": headers}}
    return {
        str(endpoint.status): {"description": "Success", "headers": headers, "content": content},
        **unchanged,
        **{
            status: {"description": text, "headers": _LIMIT_HEADERS, "content": error}
            for status, text in errors.items()
        },
    }


def _is_table(endpoint: AnyEndpoint) -> bool:
    """Whether it is answered in the format that is asked for."""
    return issubclass(endpoint.parameters, TableQuery)


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
