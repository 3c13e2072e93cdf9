"""Plain numbers read by a country's numbering plan, quickly.

Owns: a shorter way to the library's own answer, from the library's own metadata: each country's
patterns compiled once. It answers only where it is certain, and then says exactly what the
library says (the tests walk whole plans to see it); None means: ask the library. So a rule
here may be too careful, never too bold. Must not know notations (`campaigns.phone.numbers`).

The library takes a number apart in this order, and so does this: an international prefix (00);
the country's own code without one (8613800138000), where the number would be no number
otherwise; the national prefix (0); then it looks for the region, and for the type in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    SUPPORTED_REGIONS,
    PhoneMetadata,
    PhoneNumberType,
    is_number_type_geographical,
)
from phonenumbers.phonemetadata import PhoneNumberDesc

_LONGEST_COUNTRY_CODE: Final = 3
_FIRST_REGION: Final = {
    str(code): regions[0] for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()
}


class PlanNumber(NamedTuple):
    """A number that is assigned: in E.164, its region (ISO 3166) and its type.

    `geographic`: its first digits tell the place, and so the time zone.
    """

    e164: str
    region: str
    type: int
    geographic: bool


class _Alternative(NamedTuple):
    """One type of number; `lengths` empty: any that the country has."""

    type: int
    pattern: str
    lengths: tuple[int, ...]


class _UnknownPlanError(Exception):
    """Metadata of a form that is not known here: the library reads that country."""


class _Region:
    """What numbers a region has, a pattern for each length."""

    def __init__(self, metadata: PhoneMetadata) -> None:
        self.id = metadata.id
        self.leading = re.compile(metadata.leading_digits) if metadata.leading_digits else None
        alternatives = _alternatives(metadata)
        self._types = [one.type for one in alternatives]
        general = _general(metadata)
        self._by_length = {
            length: _one_pattern(_pattern_of(general), alternatives, length)
            for length in general.possible_length
        }

    def type_of(self, national: str) -> int | None:
        """Return the number's type, None if it is none of the region's."""
        pattern = self._by_length.get(len(national))
        if pattern is None or (match := pattern.fullmatch(national)) is None:
            return None
        return self._types[(match.lastindex or 1) - 1]


class NumberPlan:
    """How one country's numbers are written, and which are assigned."""

    def __init__(self, country: str) -> None:
        metadata = _metadata(country)
        general = _general(metadata)
        code = metadata.country_code or 0
        self._country_code = str(code)
        self._geographic = frozenset(
            kind for kind in PhoneNumberType.values() if is_number_type_geographical(kind, code)
        )
        self._regions = _regions_of(code)
        self._idd = re.compile(metadata.international_prefix or r"(?!)")
        self._prefix = re.compile(metadata.national_prefix_for_parsing or r"(?!)")
        self._rewrites = bool(metadata.national_prefix_transform_rule)
        self._general = re.compile(_pattern_of(general))
        self._lengths = frozenset(general.possible_length)
        self._too_long = max((*general.possible_length, *general.possible_length_local_only)) + 1
        # Whether a length is possible is asked of the code's first region, whichever it is.
        self._possible = frozenset(_general(_metadata(self._regions[0].id)).possible_length)

    def read(self, digits: str) -> PlanNumber | None:
        """Read a number as it is dialed in the country. None: the library must be asked."""
        if (idd := self._idd.match(digits)) is not None:
            return read_international(digits[idd.end() :])
        if not digits.startswith(self._country_code):
            return self.read_national(digits)
        rest = digits[len(self._country_code) :]
        if self._prefix.match(rest) is not None:
            return None
        if len(digits) >= self._too_long or (
            self._general.fullmatch(digits) is None and self._general.fullmatch(rest) is not None
        ):
            return read_international(digits)
        return self.read_national(digits)

    def read_national(self, digits: str) -> PlanNumber | None:
        """Read what comes behind the country code, or instead of it."""
        national = digits
        if (prefix := self._prefix.match(digits)) is not None:
            national = digits[prefix.end() :]
            if (
                self._rewrites
                or len(national) not in self._lengths
                or self._general.fullmatch(national) is None
            ):
                return None
        return self._assigned(national)

    def _assigned(self, national: str) -> PlanNumber | None:
        # A leading zero that belongs to the number (Italy) is the library's business.
        if len(national) not in self._possible or national[0] == "0":
            return None
        for region in self._regions:
            if region.leading is not None and region.leading.match(national) is None:
                continue
            kind = region.type_of(national)
            if kind is not None:
                e164 = f"+{self._country_code}{national}"
                return PlanNumber(e164, region.id, kind, kind in self._geographic)
            if region.leading is not None:
                return None
        return None


@cache
def plan_of(country: str) -> NumberPlan | None:
    """Return the country's plan, None where only the library can read its numbers."""
    if country not in SUPPORTED_REGIONS:
        return None
    try:
        return NumberPlan(country)
    except _UnknownPlanError:
        return None


def read_international(digits: str) -> PlanNumber | None:
    """Read a number that begins with a country code. None: the library must be asked."""
    for length in range(1, _LONGEST_COUNTRY_CODE + 1):
        if (country := _FIRST_REGION.get(digits[:length])) is not None:
            plan = plan_of(country)
            return plan.read_national(digits[length:]) if plan is not None else None
    return None


def _regions_of(country_code: int) -> tuple[_Region, ...]:
    """Return the regions that share a code, in the order in which the library asks them."""
    regions = tuple(_region(name) for name in COUNTRY_CODE_TO_REGION_CODE[country_code])
    if len(regions) == 1:
        regions[0].leading = None
    return regions


@cache
def _region(name: str) -> _Region:
    return _Region(_metadata(name))


def _metadata(region: str) -> PhoneMetadata:
    if (metadata := PhoneMetadata.metadata_for_region(region, None)) is None:
        raise _UnknownPlanError
    return metadata


def _general(metadata: PhoneMetadata) -> PhoneNumberDesc:
    general = metadata.general_desc
    if general is None or not general.possible_length:
        raise _UnknownPlanError
    return general


def _pattern_of(description: PhoneNumberDesc) -> str:
    pattern = description.national_number_pattern or r"(?!)"
    if re.compile(pattern).groups:
        # A type is told by the group that matched; the metadata have no groups of their own.
        raise _UnknownPlanError
    return pattern


def _alternatives(metadata: PhoneMetadata) -> list[_Alternative]:
    """Return a region's types, as the library asks for them: the first that fits is it."""
    described = [
        (PhoneNumberType.PREMIUM_RATE, metadata.premium_rate),
        (PhoneNumberType.TOLL_FREE, metadata.toll_free),
        (PhoneNumberType.SHARED_COST, metadata.shared_cost),
        (PhoneNumberType.VOIP, metadata.voip),
        (PhoneNumberType.PERSONAL_NUMBER, metadata.personal_number),
        (PhoneNumberType.PAGER, metadata.pager),
        (PhoneNumberType.UAN, metadata.uan),
        (PhoneNumberType.VOICEMAIL, metadata.voicemail),
    ]
    return [
        *(_alternative(kind, one) for kind, one in described if one is not None),
        *_fixed_and_mobile(metadata),
    ]


def _fixed_and_mobile(metadata: PhoneMetadata) -> Iterator[_Alternative]:
    """Yield the two types that may share their numbers; those of both come first."""
    both, fixed, mobile = PhoneNumberType.FIXED_LINE_OR_MOBILE, metadata.fixed_line, metadata.mobile
    if metadata.same_mobile_and_fixed_line_pattern:
        if fixed is not None:
            yield _alternative(both, fixed)
        return
    if fixed is not None and mobile is not None:
        shared = _alternative(both, mobile)
        fixed_too = rf"(?=(?:{_pattern_of(fixed)})\Z)(?:{shared.pattern})"
        yield _Alternative(both, fixed_too, _common(fixed.possible_length, shared.lengths))
    if fixed is not None:
        yield _alternative(PhoneNumberType.FIXED_LINE, fixed)
    if mobile is not None:
        yield _alternative(PhoneNumberType.MOBILE, mobile)


def _common(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    """Return the lengths that both have; an empty one has all, so no common one is said by 0."""
    return tuple(set(left) & set(right)) or (0,) if left and right else left or right


def _alternative(kind: int, description: PhoneNumberDesc) -> _Alternative:
    return _Alternative(kind, _pattern_of(description), tuple(description.possible_length))


def _one_pattern(
    general: str, alternatives: Sequence[_Alternative], length: int
) -> re.Pattern[str]:
    """Put a region's types of one length into one pattern, a group for each."""
    groups = (
        f"({one.pattern if not one.lengths or length in one.lengths else '(?!)'})"
        for one in alternatives
    )
    return re.compile(rf"(?=(?:{general})\Z)(?:{'|'.join(groups)})")
