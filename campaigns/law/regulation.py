"""What a law asks of a dialer, as data: profiles of rules, each with its source.

Owns: the kinds of rules, which profiles hold for a contact of a campaign, and their legal hours.
Must not know how a rule is judged (`campaigns.law.caps`, `campaigns.law.consent_gate`,
`campaigns.law.abandonment`), nor the files that the profiles stand in (`config.regulation_file`).

Several profiles may apply: all of them hold, so the strictest wins. `sure` is how well the
source is known: H the text, or several reports that agree; M one good report; L weak.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from campaigns.consent import ConsentBasis
from campaigns.contact import PhoneNumber
from campaigns.kinds import Kind, Mode
from campaigns.law.law_choice import AUTO, LawChoice
from campaigns.outcomes import Outcome
from campaigns.windows import CallingWindows, Window


class Sure(StrEnum):
    """How well a rule's source is known."""

    HIGH = "H"
    MEDIUM = "M"
    LOW = "L"


class Per(StrEnum):
    """Whose calls are counted: a number's over all campaigns, or one record's of one list."""

    NUMBER = "number"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where a rule comes from, and how sure that is."""

    source: str
    sure: Sure


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursRule(Rule):
    """Calls only inside these windows, at the called place.

    `widens`: a campaign may reach over them for a written reason.
    """

    windows: CallingWindows
    widens: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap(Rule):
    """At most so many calls; `within`: any stretch of that length, None: a local day."""

    calls: int
    per: Per
    within: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Rule):
    """At least that long after a call; `after`: only after these outcomes, None: after any.

    `spares`: modes that guarantee an agent, to which it does not apply.
    """

    wait: timedelta
    per: Per
    after: frozenset[Outcome] | None = None
    spares: frozenset[Mode] = frozenset()


Limit = Cap | Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDemand:
    """What one kind of campaign needs. `own`: the contact's; else the campaign's will do."""

    bases: frozenset[ConsentBasis]
    own: bool
    proof: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRule(Rule):
    """No call without a basis. `keep`: how long its proof is kept, at least."""

    demands: Mapping[Kind, ConsentDemand]
    keep: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonRule(Rule):
    """At most this share of the live answers of a block of days abandoned, per campaign.

    `judged_from`: a block with fewer live answers is judged as if it had so many, for no share
    can hold from the first answer on. `spares`: modes that guarantee an agent.
    """

    share: Fraction
    block_days: int
    judged_from: int = 1
    spares: frozenset[Mode] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRule(Rule):
    """Who is not given an agent hears the message within so many seconds."""

    within_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RingRule(Rule):
    """A call rings at least so many seconds before it is given up."""

    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdRule(Rule):
    """A number is shown, and it can be called back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One regulation. `version` and `digest` (of its text) go into the record of each call.

    `countries` (ISO) whose numbers it is for, `prefixes` of E.164 that narrow them down, and
    `calling_codes` of the countries, for numbers whose country is not known. `automatic`: it
    holds for those by itself; else only where a campaign names it, and then for all.
    """

    name: str
    title: str
    version: str
    digest: str
    countries: frozenset[str]
    calling_codes: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    automatic: bool = True
    hours: HoursRule | None = None
    caps: tuple[Cap, ...] = ()
    gaps: tuple[Gap, ...] = ()
    consent: ConsentRule | None = None
    abandon: AbandonRule | None = None
    message: MessageRule | None = None
    ring: RingRule | None = None
    caller_id: CallerIdRule | None = None

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Caps before gaps."""
        return (*self.caps, *self.gaps)

    def __hash__(self) -> int:
        return hash((self.name, self.digest))

    def covers(self, country: str, e164: str) -> bool:
        """Whether a number that begins so, of that country (empty: unknown), is one it is for."""
        if self.prefixes:
            return e164.startswith(self.prefixes)
        if country:
            return country in self.countries
        return e164.startswith(self.calling_codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regulations:
    """All profiles that were loaded, by name.

    `reach`: how much of a number tells which of them are for it.
    """

    profiles: tuple[Profile, ...] = ()
    reach: int = field(init=False, repr=False, compare=False)
    _by_name: Mapping[str, Profile] = field(init=False, repr=False, compare=False)
    # Which profiles hold is asked several times of each contact that is judged.
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        begin = [text for one in self.profiles for text in (*one.prefixes, *one.calling_codes)]
        object.__setattr__(self, "reach", max(map(len, begin), default=0))
        object.__setattr__(self, "_by_name", {one.name: one for one in self.profiles})
        object.__setattr__(self, "_hash", hash(self.profiles))

    def __hash__(self) -> int:
        return self._hash

    def named(self, name: str) -> Profile | None:
        """The profile of that name, None where there is none."""
        return self._by_name.get(name)


NO_REGULATIONS = Regulations()


def missing_profile(law: LawChoice, regulations: Regulations) -> str | None:
    """The first name in the choice that stands for nothing; whoever asks must not dial then."""
    if AUTO in law.profiles and not regulations.profiles:
        return AUTO
    named = (name for name in law.profiles if name != AUTO)
    return next((name for name in named if regulations.named(name) is None), None)


def profiles_for(
    law: LawChoice, regulations: Regulations, numbers: Iterable[PhoneNumber]
) -> tuple[Profile, ...]:
    """All profiles that hold for a contact, by any of its good numbers.

    Whatever `missing_profile` names is left out: ask it first.
    """
    if not law.profiles:
        return ()
    return holding(law, regulations, marks_of(numbers, regulations.reach))


def marks_of(numbers: Iterable[PhoneNumber], reach: int) -> tuple[tuple[str, str], ...]:
    """What the good numbers tell of the laws that hold: countries, and their first digits."""
    return tuple((one.country, one.e164[:reach]) for one in numbers if one.retired is None)


def profiles_of_countries(
    law: LawChoice, regulations: Regulations, countries: Collection[str]
) -> tuple[Profile, ...]:
    """Those that hold for every contact whose numbers are of these countries.

    One that is narrowed down by prefixes may hold for some of them: that is seen only where each
    contact is judged.
    """
    return tuple(
        profile
        for profile in regulations.profiles
        if profile.name in law.profiles
        or (
            AUTO in law.profiles
            and profile.automatic
            and not profile.prefixes
            and not profile.countries.isdisjoint(countries)
        )
    )


def legal_windows(profile: Profile, law: LawChoice) -> CallingWindows | None:
    """The profile's hours, over which the campaign may have reached; None: it has none."""
    if profile.hours is None:
        return None
    if law.widened is None or not profile.hours.widens:
        return profile.hours.windows
    return _widened(profile.hours.windows, law.widened)


def _widened(windows: CallingWindows, by: Window) -> CallingWindows:
    """From the earlier opening to the later close, on every day that has a window."""
    days = tuple((_hull((*day, by)),) if day else () for day in windows.days)
    return replace(windows, days=days)


def _hull(windows: tuple[Window, ...]) -> Window:
    return Window(
        open=min(window.open for window in windows), close=max(window.close for window in windows)
    )


@lru_cache(maxsize=65_536)
def holding(
    law: LawChoice, regulations: Regulations, numbers: tuple[tuple[str, str], ...]
) -> tuple[Profile, ...]:
    """The same for the marks of its good numbers."""
    return tuple(
        profile
        for profile in regulations.profiles
        if profile.name in law.profiles
        or (
            AUTO in law.profiles
            and profile.automatic
            and any(profile.covers(country, begin) for country, begin in numbers)
        )
    )
