"""A questionnaire as whoever asks it writes it: a TOML file in the folder of forms (R24).

Owns: the keys, their defaults and what is refused. Must not know how a form is asked
(`campaigns.forms`). A form belongs to the campaign or queue that its file is named after, or to
those that `for` names.

    title = "Satisfaction"
    for = ["spring", "waihu-inbound"]

    [[questions]]
    name = "clean"
    ask = "How clean is the lobby?"
    kind = "choice"                        # text (as usual), number, yes_no, choice, several
    choices = ["good", "fair", "poor"]
    required = true

    [[questions]]
    name = "why"
    ask = "What should be better?"
    show_if = { question = "clean", is = ["fair", "poor"] }
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from campaigns.forms import Form, Question, QuestionKind, ShowIf
from config.errors import ConfigError
from config.faults import faults_of
from config.toml_file import read_toml

MOST_QUESTIONS: Final = 40

Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_OF_NUMBERS: Final = frozenset({QuestionKind.NUMBER})
_OF_CHOICES: Final = frozenset({QuestionKind.CHOICE, QuestionKind.SEVERAL})


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShowIfTable(_Table):
    """Ask only where an earlier question has one of these answers."""

    question: Line
    is_: tuple[Line, ...] = Field(alias="is", min_length=1)


class QuestionTable(_Table):
    """One question."""

    name: Annotated[str, Field(pattern=r"^[\w-]{1,40}$")]
    ask: Line
    kind: QuestionKind = QuestionKind.TEXT
    required: bool = False
    choices: tuple[Line, ...] = Field(default=(), max_length=20)
    least: float | None = None
    most: float | None = None
    show_if: ShowIfTable | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if (self.kind in _OF_CHOICES) != bool(self.choices):
            raise ValueError('choices belong to kind = "choice" and "several", and these need them')
        if len(set(self.choices)) < len(self.choices):
            raise ValueError("a choice is there twice")
        bounds = [one for one in (self.least, self.most) if one is not None]
        if bounds and self.kind not in _OF_NUMBERS:
            raise ValueError('least and most belong to kind = "number"')
        if bounds != sorted(bounds):
            raise ValueError("least must not be more than most")
        return self


class FormFile(_Table):
    """The whole file."""

    title: Line | None = None
    for_: tuple[Line, ...] | None = Field(default=None, alias="for", min_length=1)
    questions: tuple[QuestionTable, ...] = Field(min_length=1, max_length=MOST_QUESTIONS)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        seen: set[str] = set()
        for question in self.questions:
            if question.name in seen:
                raise ValueError(f"{question.name} is there twice")
            if question.show_if is not None and question.show_if.question not in seen:
                raise ValueError(
                    f"{question.name} hangs on {question.show_if.question}, which does not stand "
                    "before it"
                )
            seen.add(question.name)
        return self


def read_form(path: Path) -> Form:
    """Read one form.

    Raises:
        ConfigError: all faults at once, with their lines.
    """
    file = read_toml(path)
    try:
        table = FormFile(**file.data)
    except ValidationError as error:
        raise ConfigError.of(faults_of(error, FormFile, file.line_of), file=path) from error
    name = path.stem
    return Form(
        name=name,
        title=table.title or name,
        questions=tuple(map(_question, table.questions)),
        places=frozenset(table.for_ or (name,)),
    )


def read_forms(folder: Path | None) -> Mapping[str, Form]:
    """All forms of a folder that may not be there, by campaign or queue.

    Raises:
        ConfigError: one cannot be read, or two are for the same place.
    """
    found: dict[str, Form] = {}
    for path in sorted(folder.glob("*.toml")) if folder is not None else ():
        form = read_form(path)
        for place in form.places:
            if place in found:
                raise ConfigError(
                    f"{place} has a form already: {found[place].name}.toml", file=path
                )
            found[place] = form
    return found


def _question(table: QuestionTable) -> Question:
    given = table.show_if
    return Question(
        name=table.name,
        ask=table.ask,
        kind=table.kind,
        required=table.required,
        choices=table.choices,
        least=table.least,
        most=table.most,
        show_if=None if given is None else ShowIf(question=given.question, answers=given.is_),
    )
