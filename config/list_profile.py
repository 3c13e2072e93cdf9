"""How a company's lists look, kept in a TOML file so that nobody maps columns twice.

Owns: the keys, what is refused, and writing one. Must not know how a list is read; what leaves
here is a `campaigns.lists.readers.Reading` and a map of columns as the command line's flags give
it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, Self

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from campaigns.lists.encodings import Encoding, parse_encoding
from campaigns.lists.readers import Reading
from campaigns.row.column_names import ListField
from campaigns.row.delimiters import parse_delimiter
from config.errors import ConfigError
from config.faults import faults_of
from config.toml_file import read_toml

_DELETE: Final = "\x7f"


def _country(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f'"{code}" is not a country (write CN, TW, US)')
    return code


def _encoding(name: object) -> object:
    return parse_encoding(name) if isinstance(name, str) else name


def _one_or_several(columns: object) -> object:
    return (columns,) if isinstance(columns, str) else columns


ColumnNames = Annotated[tuple[str, ...], BeforeValidator(_one_or_several), Field(min_length=1)]


class ListProfile(BaseModel):
    """What a profile may say. What it leaves out is found out in the list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delimiter: Annotated[str, AfterValidator(parse_delimiter)] | None = None
    encoding: Annotated[Encoding, BeforeValidator(_encoding)] | None = None
    sheet: str | None = None
    country: Annotated[str, AfterValidator(_country)] | None = None
    columns: dict[ListField, ColumnNames] = Field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a profile.

        Raises:
            ConfigError: all faults at once, with their lines.
        """
        file = read_toml(path)
        try:
            return cls.model_validate(file.data)
        except ValidationError as error:
            raise ConfigError.of(faults_of(error, cls, file.line_of), file=path) from error

    def reading(self) -> Reading:
        """Return how a list is to be read."""
        return Reading(delimiter=self.delimiter, encoding=self.encoding, sheet=self.sheet)


def profile_text(
    columns: Mapping[ListField, Sequence[str]],
    reading: Reading | None = None,
    country: str | None = None,
) -> str:
    """Return a profile as a file has it; `ListProfile.load` reads the same out of it."""
    how = reading or Reading()
    encoding = how.encoding.called.lower().replace(" ", "-") if how.encoding else None
    said = {
        "delimiter": how.delimiter,
        "encoding": encoding,
        "sheet": how.sheet,
        "country": country,
    }
    lines = [f"{key} = {_quoted(value)}" for key, value in said.items() if value is not None]
    lines += [*([""] if lines else []), "[columns]"]
    lines += [
        f"{field} = [{', '.join(map(_quoted, names))}]" for field, names in columns.items() if names
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """As JSON writes it, which is TOML too, but for one sign."""
    return json.dumps(text, ensure_ascii=False).replace(_DELETE, "\\u007f")
