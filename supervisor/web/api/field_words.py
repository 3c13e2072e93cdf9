"""What is wrong with a field of a request, in the language spoken now.

Owns: pydantic's commonest findings in our words; the others come through in pydantic's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.language import _


def field_sentence(found: Mapping[str, Any]) -> str:
    """The sentence for one finding."""
    if found["type"] == "value_error":
        return str(found["ctx"]["error"])
    said = _sentences().get(str(found["type"]))
    return str(found["msg"]) if said is None else said.format_map(found.get("ctx", {}))


def _sentences() -> Mapping[str, str]:
    return {
        "missing": _("is missing"),
        "extra_forbidden": _("is not known here"),
        "json_invalid": _("the body is not JSON"),
        "string_type": _("must be text"),
        "string_too_long": _("is longer than {max_length} characters"),
        "string_too_short": _("needs {min_length} characters at least"),
        "string_unicode": _("is not UTF-8"),
        "bool_parsing": _("must be true or false"),
        "bool_type": _("must be true or false"),
        "int_parsing": _("must be a whole number"),
        "int_type": _("must be a whole number"),
        "int_from_float": _("must be a whole number"),
        "int_parsing_size": _("is too large"),
        "float_parsing": _("must be a number"),
        "float_type": _("must be a number"),
        "finite_number": _("must be a number"),
        "greater_than_equal": _("must be {ge} or more"),
        "greater_than": _("must be more than {gt}"),
        "less_than_equal": _("must be {le} or less"),
        "less_than": _("must be less than {lt}"),
        "enum": _("must be one of: {expected}"),
        "literal_error": _("must be one of: {expected}"),
        "list_type": _("must be a list"),
        "dict_type": _("must be an object"),
        "model_attributes_type": _("must be an object"),
        "too_long": _("has more than {max_length} entries"),
    }
