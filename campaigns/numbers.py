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
from typing import Final, NewType

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

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

    `country` (ISO 3166, two letters) reads numbers without a country code. Understood are
    spaces, dashes, dots and brackets, full-width digits, `tel:`, and what Excel leaves:
    a leading apostrophe, `="…"`, a trailing `.0`, a tab around the number.
    """
    plain = _plain(text)
    if isinstance(plain, NumberRefusal):
        return plain
    return _parse(plain, country, possible_is_enough=check == NumberCheck.POSSIBLE)


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


def _parse(plain: str, country: str, *, possible_is_enough: bool) -> E164 | NumberRefusal:
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
    return E164(e164) if is_e164(e164) else NumberRefusal.NOT_VALID
