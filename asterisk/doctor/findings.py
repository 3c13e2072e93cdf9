"""One finding of an examination, for the command line to show.

Owns: the value. Must not know how anything is examined. No fact in it is ever a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from asterisk.doctor.codes import NO_ASTERISK, Check, Code, Level, level_of
from asterisk.doctor.words import check_word, cure_for, sentence_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found at one check. `params` are the facts of its sentence and of its cure."""

    check: Check
    level: Level
    code: Code
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The check's name and what was found, in the language spoken now."""
        return f"{check_word(self.check)}: {sentence_for(self.code, self.params)}"

    @property
    def cure(self) -> str | None:
        """What the operator can do about it; None where there is nothing to do."""
        return cure_for(self.code, self.params)

    @property
    def unreachable(self) -> bool:
        """Whether it means that no Asterisk was reached at all (exit code 3)."""
        return self.code in NO_ASTERISK


def found(check: Check, code: Code, **params: object) -> Finding:
    """A finding, its facts made text."""
    facts = {key: str(fact) for key, fact in params.items()}
    return Finding(check=check, level=level_of(code), code=code, params=facts)


def not_checked(check: Check, needs: Check) -> Finding:
    """A check that could not be made, since another one failed."""
    return found(check, Code.NOT_CHECKED, needs=needs)
