"""`python -m tests.fuzz.number_walk`: our short way to a number beside the library's long one.

Walks China's plan by every prefix of five digits and every length, then numbers of all
countries as they are written there, some digits changed, until the seconds are over. Ends at
the first number on which the two differ. The tests walk a part of the same way.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import takewhile
from random import Random

import phonenumbers
from phonenumbers import PhoneMetadata

from campaigns.phone.numbers import ask_library, by_plan

DIGITS = "0123456789"
CHINESE_LENGTHS = range(7, 14)
TYPES = range(11)


def differs(text: str, country: str) -> bool | None:
    """Whether the short way says anything but what the library says; None: it says nothing."""
    short = by_plan(text, country)
    if short is None:
        return None
    return short != ask_library(text, country, possible_is_enough=False)


def chinese(prefix_digits: int, chance: Random) -> Iterator[str]:
    """Every prefix of so many digits, in every length, as dialed and with the trunk's zero."""
    for prefix in range(10**prefix_digits):
        for length in CHINESE_LENGTHS:
            rest = "".join(chance.choices(DIGITS, k=length - prefix_digits))
            yield f"{prefix:0{prefix_digits}}{rest}"


def of_all_countries(chance: Random) -> Iterator[tuple[str, str]]:
    """Numbers as people write them there, the last digits changed, with the list's country."""
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    while True:
        country = chance.choice(regions)
        of = country if chance.random() < 0.8 else chance.choice(regions)
        example = phonenumbers.example_number_for_type(of, chance.choice(TYPES))
        if example is not None:
            national = _bent(phonenumbers.national_significant_number(example), chance)
            yield _written(national, str(example.country_code), country, chance), country


def _bent(national: str, chance: Random) -> str:
    kept = chance.randrange(len(national) + 1)
    length = max(1, len(national) + chance.choice((0, 0, 0, 0, 1, -1)))
    return (national[:kept] + "".join(chance.choices(DIGITS, k=length)))[:length]


def _written(national: str, code: str, country: str, chance: Random) -> str:
    metadata = PhoneMetadata.metadata_for_region(country, None)
    assert metadata is not None
    abroad = metadata.preferred_international_prefix or "00"
    prefixes = ("", metadata.national_prefix or "", "0", "1", code, f"+{code}", f"+{code}0")
    return chance.choice((*prefixes, abroad + code)) + national


def main() -> int:
    """Walk; 1 if the two ways differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.number_walk", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance = Random(asked.seed)
    until = time.monotonic() + asked.seconds
    china = ((text, "CN") for text in chinese(5, chance))
    world = takewhile(lambda _: time.monotonic() < until, of_all_countries(chance))
    return max(_walk("China, every prefix of five digits", china), _walk("all countries", world))


def _walk(what: str, numbers: Iterator[tuple[str, str]]) -> int:
    walked = answered = 0
    for text, country in numbers:
        found = differs(text, country)
        walked += 1
        answered += found is not None
        if found:
            print(f"{what}: {text!r} in a list of {country} is read otherwise by the library")
            return 1
    print(f"{what}: {walked:,} numbers, {answered:,} read the short way, none otherwise")
    return 0


if __name__ == "__main__":
    sys.exit(main())
