"""The campaigns' dial strings: does Asterisk know where they lead?

Owns: taking a dial string apart, and what Asterisk's word on it means. Nothing is dialed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from asterisk.doctor.codes import Check, Code
from asterisk.doctor.consultation import Consultation
from asterisk.doctor.findings import Finding, found
from asterisk.doctor.switch import function
from campaigns.campaign import Campaign

NUMBER = "{number}"
_SAFE = re.compile(r"[\w.:@+*-]+", re.ASCII)


class Way(StrEnum):
    """How a dial string can be looked up without dialing."""

    ENDPOINT = "endpoint"
    CONTEXT = "context"
    DEVICE = "device"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What stands behind a dial string. `is_trunk`: the number is dialed by way of it."""

    way: Way
    technology: str
    name: str = ""
    is_trunk: bool = False


def target_of(dial_string: str) -> Target:
    """Take a dial string apart.

    `PJSIP/{number}@trunk` and `PJSIP/trunk/sip:{number}@host` lead to the endpoint `trunk`,
    `Local/{number}@context/n` to a context; of others only the first word is known.
    """
    technology, _, rest = dial_string.partition("/")
    first = rest.split("/")[0]
    name = first.rpartition("@")[2]
    if NUMBER in name or not _SAFE.fullmatch(name):
        return Target(way=Way.NONE, technology=technology)
    match technology.lower():
        case "pjsip":
            way = Way.ENDPOINT
        case "local":
            way = Way.CONTEXT
        case _:
            way = Way.DEVICE
    return Target(way=way, technology=technology, name=name, is_trunk=first != name)


async def examine_dial_strings(
    consultation: Consultation, campaigns: Iterable[Campaign]
) -> list[Finding]:
    """One finding for each dial string, with the campaign that names it first."""
    first_of: dict[str, str] = {}
    for campaign in campaigns:
        first_of.setdefault(campaign.dial_string, campaign.name)
    findings = [await _examine(consultation, way, name) for way, name in first_of.items()]
    return findings or [found(Check.DIAL_STRINGS, Code.DIAL_NONE)]


async def _examine(consultation: Consultation, dial_string: str, campaign: str) -> Finding:
    target = target_of(dial_string)
    facts = {"campaign": campaign, "dial_string": dial_string, "name": target.name}
    match target.way:
        case Way.NONE:
            return found(Check.DIAL_STRINGS, Code.DIAL_UNSURE, **facts)
        case Way.CONTEXT:
            said = await function(consultation, "DIALPLAN_EXISTS", target.name)
        case Way.ENDPOINT | Way.DEVICE:
            device = f"{target.technology}/{target.name}"
            said = await function(consultation, "DEVICE_STATE", device)
    if not said:
        module = "func_dialplan" if target.way is Way.CONTEXT else "func_devstate"
        return found(Check.DIAL_STRINGS, Code.FUNCTION_MISSING, module=module)
    return found(Check.DIAL_STRINGS, verdict_of(target, said), **facts)


def verdict_of(target: Target, said: str) -> Code:
    """What the value of DIALPLAN_EXISTS or DEVICE_STATE means for a dial string.

    INVALID is sure for an endpoint of PJSIP; other technologies say it of many a trunk that
    works. UNAVAILABLE concerns a trunk only: an endpoint with the address in the dial string
    needs no registration.
    """
    match said:
        case "0":
            return Code.DIAL_UNKNOWN
        case "INVALID":
            sure = target.way is Way.ENDPOINT
            return Code.DIAL_UNKNOWN if sure else Code.DIAL_UNSURE
        case "UNAVAILABLE" if target.is_trunk:
            return Code.DIAL_UNAVAILABLE
        case _:
            return Code.DIAL_OK
