"""What a campaign file says of the law: `[law]` and `[consent]`.

Owns: these keys and what is refused. Must not know the regulations (`config.regulation_file`).
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    model_validator,
)

from campaigns.consent import Consent, ConsentBasis
from campaigns.law.law_choice import AUTO, UNLESS_SAID, LawChoice
from campaigns.windows import Window, parse


def _window(text: object) -> Window:
    return parse(str(text))


def _law_table(value: object) -> object:
    return {"profiles": value} if isinstance(value, list | tuple) else value


class LawTable(BaseModel):
    """`[law]`: the regulations that hold, and what is widened for a written reason.

    `law = ["auto", "us-reg-f"]` says the profiles alone. Without "auto" the law of each number's
    country would not hold: that wants a written reason as well.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    profiles: tuple[str, ...] = Field(default=UNLESS_SAID.profiles, min_length=1)
    widen: Annotated[Window, PlainValidator(_window)] | None = None
    reason: str = ""

    @model_validator(mode="after")
    def _widened_for_a_reason(self) -> Self:
        if self.widen is not None and not self.reason.strip():
            raise ValueError("legal hours are widened only for a written reason: add reason")
        return self

    @model_validator(mode="after")
    def _left_out_for_a_reason(self) -> Self:
        if AUTO not in self.profiles and not self.reason.strip():
            raise ValueError(
                "the law of each number's country is left out only for a written reason: "
                f'add "{AUTO}" to it, or a reason'
            )
        return self

    def choice(self) -> LawChoice:
        """Return it as the rules want it."""
        return LawChoice(profiles=self.profiles, widened=self.widen, reason=self.reason)


class ConsentTable(BaseModel):
    """`[consent]`: the ground that all calls of the campaign rest on, and where it is proved.

    `consent = "contract"` says the basis alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    basis: ConsentBasis
    proof: str = Field(default="", max_length=200)

    def consent(self) -> Consent:
        """Return it as the rules want it."""
        return Consent(basis=self.basis, proof=self.proof, given_at=None)


def _consent_table(value: object) -> object:
    return {"basis": value} if isinstance(value, str) else value


Ground = Annotated[ConsentTable, BeforeValidator(_consent_table)]
Law = Annotated[LawTable, BeforeValidator(_law_table)]
