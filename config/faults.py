"""pydantic's findings as faults that an operator can act on.

Owns: the wording. Must not know a file's meaning. A value whose key holds a secret is never
repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.errors import Fault
from config.toml_file import Location

_LONGEST_QUOTE: Final = 60
_SECRETS: Final = ("secret", "password", "token")
_WANTED: Final[Mapping[str, str]] = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "a text in quotes",
    "list_type": "a list in [ ]",
    "tuple_type": "a list in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "path_type": "a path in quotes",
}
_BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}


def faults_of(
    error: ValidationError,
    model: type[BaseModel],
    line_of: Callable[[Location], int | None] = lambda _: None,
) -> list[Fault]:
    """Turn all of a validation's findings into faults, with their lines."""
    return [
        Fault(
            text=_text(details, model),
            key=dotted(details["loc"]) or None,
            line=line_of(details["loc"]),
        )
        for details in error.errors(include_url=False)
    ]


def dotted(location: Location) -> str:
    """Return `("queues", 0, "name")` as `queues[1].name`: people count from one."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        elif part != "[key]":
            text += f".{part}" if text else part
    return text


def _text(details: ErrorDetails, model: type[BaseModel]) -> str:
    match details["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return f"is not known{_meant(details['loc'], model)}"
        case "value_error":
            return str(details["ctx"]["error"])
        case kind:
            return f"{_quoted(details)} {_complaint(kind, details)}"


def _complaint(kind: str, details: ErrorDetails) -> str:
    context = details.get("ctx", {})
    if kind == "enum":
        return f"is not one of {context['expected'].replace(chr(39), '')}"
    if kind in _BOUNDS:
        word, bound = _BOUNDS[kind]
        return f"must be {word} {context[bound]}"
    if kind in _WANTED:
        return f"is not {_WANTED[kind]}"
    return f"is refused: {details['msg'][:1].lower()}{details['msg'][1:]}"


def _quoted(details: ErrorDetails) -> str:
    if any(word in str(part).lower() for part in details["loc"] for word in _SECRETS):
        return "the value"
    value: Any = details["input"]
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def _meant(location: Location, model: type[BaseModel]) -> str:
    """Offer the known key that looks like the one that was written."""
    owner = _model_at(location[:-1], model)
    known = list(owner.model_fields) if owner is not None else []
    close = get_close_matches(str(location[-1]), known, n=1)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; known here are {', '.join(known)}" if known else ""


def _model_at(location: Location, model: type[BaseModel]) -> type[BaseModel] | None:
    """Follow a location into the models of its fields."""
    for part in location:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = _model_in(field.annotation) if field is not None else None
        if inner is None:
            return None
        model = inner
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((found for found in inner if found is not None), None)
