"""Parameters: an endpoint's are a struct, each field annotated with how its text is read and described."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_args

from msgspec import Struct
from msgspec.structs import fields

from quotidian.control.workspaces import Workspace
from quotidian.domain.counts import plain_count
from quotidian.domain.errors import BadRequest, shown


@dataclass(frozen=True)
class Text:
    """A field's annotation: `read` turns a text into the value, raising ValueError with what would be right.

    `schema` is OpenAPI's, of the text. One that is `repeatable` may be given several times; its value is a tuple of
    what was read, each once.
    """

    read: Callable[[str, Workspace], Any]
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    repeatable: bool = False


class Query(Struct):
    """The parameters of an endpoint that has none; those of others inherit from it.

    Parameters are checked and described in the order of the fields. The fields of a class that is `kw_only` follow
    those that a subclass adds without it: so a subject comes before its days.
    """


Q = TypeVar("Q", bound=Query)


class Parameter(NamedTuple):
    """A query parameter, and the field that has its value."""

    name: str
    field: str
    text: Text
    required: bool


@cache
def parameters_in(query: type[Query]) -> tuple[Parameter, ...]:
    """The parameters that a struct describes. One without a default is required."""
    return tuple(
        Parameter(each.encode_name, each.name, get_args(each.type)[1], each.required) for each in fields(query)
    )


def read_parameters(query: type[Q], given: Sequence[tuple[str, str]], workspace: Workspace) -> Q:
    """The values of an endpoint's parameters.

    What is not a parameter is ignored. Raises BadRequest for one that is missing, repeated or malformed.
    """
    values = {}
    for parameter in parameters_in(query):
        texts = [text for name, text in given if name == parameter.name]
        if texts:
            values[parameter.field] = _read(parameter, texts, workspace)
        elif parameter.required:
            raise BadRequest(f"{parameter.name} is missing: {parameter.text.description}")
    return query(**values)


def _read(parameter: Parameter, texts: Sequence[str], workspace: Workspace) -> Any:
    if len(texts) > 1 and not parameter.text.repeatable:
        raise BadRequest(f"{parameter.name} is given {plain_count(len(texts), 'time')}; give it once")
    values = tuple(dict.fromkeys(_read_one(parameter, text, workspace) for text in texts))
    return values if parameter.text.repeatable else values[0]


def _read_one(parameter: Parameter, text: str, workspace: Workspace) -> Any:
    try:
        return parameter.text.read(text, workspace)
    except ValueError as error:
        raise BadRequest(f"{parameter.name} must be {error}, not {shown(text)}") from error
