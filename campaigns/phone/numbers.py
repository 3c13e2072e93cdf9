"""What a person wrote in a phone column, as an E.164 number or the reason why it is none.

Owns: which notations are understood, and what is never let through. Must not know where the
text came from, nor what is done with a refused one. Sentences are made by the command line.

Whatever the text holds, a number that leaves here is `+` and digits: it goes into a dial
string, where `&` dials a second party, `@` and `/` change the trunk, a comma ends an argument
and CR/LF would start a new AMI header.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final, NamedTuple, NewType

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)

from campaigns.phone.number_plan import plan_of, read_international

E164 = NewType("E164", str)


class NumberRefusal(StrEnum):
    """Why a text is not a number to dial."""

    EMPTY = "empty"
    LETTERS = "letters"
    UNSAFE_CHARACTERS = "unsafe_characters"
    EXTENSION = "extension"
    SCIENTIFIC = "scientific"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NO_AREA_CODE = "no_area_code"
    UNKNOWN_COUNTRY = "unknown_country"
    NOT_VALID = "not_valid"


class NumberCheck(StrEnum):
    """How much is asked of a number.

    `valid`: its range is assigned in the numbering plan. `possible`: only its length fits;
    for trials on numbers that nobody owns.
    """

    VALID = "valid"
    POSSIBLE = "possible"


class NumberKind(StrEnum):
    """What a number is, by its column's header or by the numbering plan; `phone`: not known."""

    PHONE = "phone"
    MOBILE = "mobile"
    HOME = "home"
    WORK = "work"
    FIXED = "fixed"
    TOLL_FREE = "toll_free"


class GoodNumber(NamedTuple):
    """A number that can be dialed. `country`: of the number itself (ISO 3166, two letters).

    `country` is empty for the few numbers of no country (+800), and where a number that is only
    possible could be of several. `geographic`: its first digits tell the place, as those of a
    fixed line do, and those of a toll-free number or of most mobiles do not. A tuple, since
    millions of them go from process to process.
    """

    e164: E164
    kind: NumberKind
    country: str
    geographic: bool


LONGEST_TEXT: Final = 64
# Invisible marks that phones and spreadsheets leave around a copied number.
_INVISIBLE: Final = "\u00ad\u200b\u200e\u200f\u202a\u202c\u202d\ufeff"
_DASHES: Final = "－‐‑‒–—―−"
_SAME_AS: Final = str.maketrans(
    dict.fromkeys(_INVISIBLE, "")
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys("\u3000\u00a0\u2009\u202f", " ")
    | {"＋": "+", "（": "(", "）": ")", "．": ".", "＃": "#", "：": ":", "［": "(", "］": ")"}
)
_EXCEL_TEXT: Final = re.compile(r'="([^"]*)"')
_FRACTION: Final = re.compile(r"(\d{5,})\.0+")
_SCIENTIFIC: Final = re.compile(r"\d(\.\d+)?e\+?\d+", re.IGNORECASE)
_EXTENSION: Final = re.compile(
    r"[+\d\s.()-]*\d[\s.()-]*(?:;\s*ext=|,?\s*(?:extension|ext|分机|分機|内线|內線|转|轉|x)|#)[\s.:-]*\d+[\s)]*",
    re.IGNORECASE,
)
_SEPARATORS: Final = re.compile(r"[ .()-]+")
_NUMBER: Final = re.compile(r"\+?[0-9]+")
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_POSSIBLE: Final = {
    ValidationResult.TOO_SHORT: NumberRefusal.TOO_SHORT,
    ValidationResult.TOO_LONG: NumberRefusal.TOO_LONG,
    ValidationResult.INVALID_COUNTRY_CODE: NumberRefusal.UNKNOWN_COUNTRY,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: NumberRefusal.NO_AREA_CODE,
}
_KINDS: Final = {
    PhoneNumberType.MOBILE: NumberKind.MOBILE,
    PhoneNumberType.FIXED_LINE: NumberKind.FIXED,
    PhoneNumberType.TOLL_FREE: NumberKind.TOLL_FREE,
}
_UNPARSED: Final = {
    NumberParseException.INVALID_COUNTRY_CODE: NumberRefusal.UNKNOWN_COUNTRY,
    NumberParseException.TOO_SHORT_AFTER_IDD: NumberRefusal.TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: NumberRefusal.TOO_SHORT,
    NumberParseException.TOO_LONG: NumberRefusal.TOO_LONG,
    # Not even two digits behind one another.
    NumberParseException.NOT_A_NUMBER: NumberRefusal.TOO_SHORT,
}


def to_e164(
    text: str, country: str, check: NumberCheck | str = NumberCheck.VALID
) -> E164 | NumberRefusal:
    """Return `text` as E.164, or why it cannot be dialed. Never raises.

    As `read_number`, for those who ask for nothing but the number.
    """
    number = read_number(text, country, check)
    return number if isinstance(number, NumberRefusal) else number.e164


def caller_e164(text: str, country: str) -> str:
    """A caller's number as the network gave it, in E.164; empty when withheld, or no number."""
    number = to_e164(text, country, NumberCheck.POSSIBLE)
    return "" if isinstance(number, NumberRefusal) else number


def read_number(
    text: str, country: str, check: NumberCheck | str = NumberCheck.VALID
) -> GoodNumber | NumberRefusal:
    """Return the number that `text` holds, or why it cannot be dialed. Never raises.

    `country` (ISO 3166, two letters) reads numbers without a country code. Understood are
    spaces, dashes, dots and brackets, full-width digits, `tel:`, and what Excel leaves:
    a leading apostrophe, `="…"`, a trailing `.0`, a tab around the number.
    """
    plain = text if text.isascii() and text.isdigit() else _plain(text)
    if isinstance(plain, NumberRefusal):
        return plain
    if len(plain) > LONGEST_TEXT:
        return NumberRefusal.TOO_LONG
    known = by_plan(plain, country)
    if known is not None:
        return known
    return ask_library(plain, country, possible_is_enough=check == NumberCheck.POSSIBLE)


def is_e164(text: str) -> bool:
    """Say whether `text` has E.164's form: `+`, then 7 to 15 digits."""
    return _E164.fullmatch(text) is not None


def _plain(text: str) -> str | NumberRefusal:
    """Return only digits, after a `+` if there was one."""
    if len(text) > LONGEST_TEXT:
        return NumberRefusal.TOO_LONG
    unwrapped = _unwrapped(text)
    plain = _SEPARATORS.sub("", unwrapped)
    if not plain:
        return NumberRefusal.EMPTY
    return plain if _NUMBER.fullmatch(plain) else _why_not_plain(unwrapped)


def _unwrapped(text: str) -> str:
    """Take off what software wraps around a number, and bring lookalikes to ASCII."""
    ascii_text = text if text.isascii() else _ascii_digits(text.translate(_SAME_AS))
    stripped = ascii_text.replace("[", "(").replace("]", ")").strip(" \t").lstrip("'‘’`")
    if (formula := _EXCEL_TEXT.fullmatch(stripped)) is not None:
        stripped = formula.group(1)
    if (fraction := _FRACTION.fullmatch(stripped)) is not None:
        return fraction.group(1)
    return stripped[4:] if stripped[:4].lower() == "tel:" else stripped


def _ascii_digits(text: str) -> str:
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in text
    )


def _why_not_plain(text: str) -> NumberRefusal:
    if _SCIENTIFIC.fullmatch(text):
        return NumberRefusal.SCIENTIFIC
    if _EXTENSION.fullmatch(text):
        return NumberRefusal.EXTENSION
    if all(character.isalnum() or character in " .()-+" for character in text):
        return (
            NumberRefusal.LETTERS
            if any(character.isalpha() for character in text)
            else NumberRefusal.UNSAFE_CHARACTERS
        )
    return NumberRefusal.UNSAFE_CHARACTERS


def by_plan(plain: str, country: str) -> GoodNumber | None:
    """Read digits, perhaps after a `+`, the short way; None: only the library can tell."""
    if plain[0] == "+":
        known = read_international(plain[1:])
    else:
        plan = plan_of(country)
        known = plan.read(plain) if plan is not None else None
    if known is None or not is_e164(known.e164):
        return None
    kind = _KINDS.get(known.type, NumberKind.PHONE)
    return GoodNumber(E164(known.e164), kind, known.region, known.geographic)


def ask_library(
    plain: str, country: str, *, possible_is_enough: bool
) -> GoodNumber | NumberRefusal:
    """Read digits, perhaps after a `+`, with the library alone: the slow way, always right."""
    try:
        number = phonenumbers.parse(plain, country)
    except NumberParseException as error:
        return _UNPARSED.get(error.error_type, NumberRefusal.NOT_VALID)
    length = phonenumbers.is_possible_number_with_reason(number)
    if length != ValidationResult.IS_POSSIBLE:
        return _POSSIBLE.get(length, NumberRefusal.NOT_VALID)
    if not possible_is_enough and not phonenumbers.is_valid_number(number):
        return NumberRefusal.NOT_VALID
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if not is_e164(e164):
        return NumberRefusal.NOT_VALID
    kind = phonenumbers.number_type(number)
    return GoodNumber(
        E164(e164),
        _KINDS.get(kind, NumberKind.PHONE),
        _country_of(number),
        phonenumbers.is_number_type_geographical(kind, number.country_code or 0),
    )


def _country_of(number: phonenumbers.PhoneNumber) -> str:
    country = phonenumbers.region_code_for_number(number)
    return country if country is not None and country.isalpha() else ""
