"""Regulation profiles as files: the ones that are shipped, and an operator's own.

Owns: the keys and what is refused. What leaves here is `campaigns.law.regulation.Regulations`. Must
not know how a rule is judged. A file of an operator takes the place of the shipped one that has
the same `name`; the hash of what was read goes with the profile.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

import phonenumbers
from pydantic import Field, ValidationError, field_validator, model_validator

from campaigns.law.law_choice import AUTO
from campaigns.law.regulation import Profile, Regulations
from config.errors import ConfigError
from config.faults import faults_of
from config.regulation_tables import (
    AbandonTable,
    CallerIdTable,
    CapTable,
    ConsentTable,
    Country,
    GapTable,
    HoursTable,
    MessageTable,
    Prefix,
    RingTable,
    Table,
)
from config.toml_file import TomlFile, read_toml

SHIPPED: Final = Path(__file__).parent / "regulations"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")


class RegulationFile(Table):
    """One profile."""

    name: str
    title: str = Field(min_length=1)
    version: str = Field(min_length=1)
    countries: frozenset[Country] = frozenset()
    prefixes: tuple[Prefix, ...] = ()
    automatic: bool = True
    hours: HoursTable | None = None
    caps: tuple[CapTable, ...] = ()
    gaps: tuple[GapTable, ...] = ()
    consent: ConsentTable | None = None
    abandon: AbandonTable | None = None
    message: MessageTable | None = None
    ring: RingTable | None = None
    caller_id: CallerIdTable | None = None

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name) or name == AUTO:
            raise ValueError(f'must be small letters, digits and dashes, and not "{AUTO}"')
        return name

    @model_validator(mode="after")
    def _is_for_somebody(self) -> Self:
        if self.automatic and not self.countries and not self.prefixes:
            raise ValueError("name the countries or prefixes it is for, or set automatic = false")
        return self

    @classmethod
    def read(cls, file: TomlFile) -> Self:
        """Check what a file says.

        Raises:
            ConfigError: all faults at once, with their lines.
        """
        try:
            return cls.model_validate(file.data)
        except ValidationError as error:
            raise ConfigError.of(faults_of(error, cls, file.line_of), file=file.path) from error

    def profile(self, digest: str) -> Profile:
        """Return it as the rules want it."""
        return Profile(
            name=self.name,
            title=self.title,
            version=self.version,
            digest=digest,
            countries=self.countries,
            calling_codes=_calling_codes(self.countries),
            prefixes=self.prefixes,
            automatic=self.automatic,
            hours=None if self.hours is None else self.hours.rule(),
            caps=tuple(cap.rule() for cap in self.caps),
            gaps=tuple(gap.rule() for gap in self.gaps),
            consent=None if self.consent is None else self.consent.rule(),
            abandon=None if self.abandon is None else self.abandon.rule(),
            message=None if self.message is None else self.message.rule(),
            ring=None if self.ring is None else self.ring.rule(),
            caller_id=None if self.caller_id is None else self.caller_id.rule(),
        )


def load_regulations(own: Path | None = None) -> Regulations:
    """Read the shipped profiles and those in the operator's folder, if it is there.

    Raises:
        ConfigError: a file that cannot be read or says something that is no rule; two files in
            one folder with one name.
    """
    shipped = _profiles_in(SHIPPED)
    if not shipped:
        raise ConfigError("the regulations that belong to the program are missing", file=SHIPPED)
    named = shipped | (_profiles_in(own) if own is not None else {})
    return Regulations(profiles=tuple(named[name] for name in sorted(named)))


def _profiles_in(folder: Path) -> dict[str, Profile]:
    found: dict[str, Profile] = {}
    for path in sorted(folder.glob("*.toml")):
        profile = _profile_in(path)
        if profile.name in found:
            raise ConfigError(f'"{profile.name}" is the name of two files', file=path)
        found[profile.name] = profile
    return found


def _profile_in(path: Path) -> Profile:
    file = read_toml(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return RegulationFile.read(file).profile(digest)


def _calling_codes(countries: Iterable[str]) -> tuple[str, ...]:
    codes = {phonenumbers.country_code_for_region(country) for country in countries}
    return tuple(sorted(f"+{code}" for code in codes))
