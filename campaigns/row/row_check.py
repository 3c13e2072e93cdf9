"""The check of one row of a list.

Owns: what each cell must be, and in what order that is asked. Must not know how rows are read
or kept, nor what other rows say. For those who load lists: it brings the table of time zones
with it, so the engine never imports it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.consent import Consent, ConsentBasis
from campaigns.phone.number_zones import zones_of_all
from campaigns.phone.numbers import GoodNumber, NumberKind, NumberRefusal, read_number
from campaigns.row.columns import ColumnMap, PhoneCell, RowFacts, row_facts
from campaigns.row.row_times import read_moment
from campaigns.row.rows import GoodRow, Reason, RowRule, fields_text
from campaigns.serving import HIGHEST_PRIORITY, LOWEST_PRIORITY

LONGEST_WORD: Final = 200
_PRIORITIES: Final = {
    str(priority): priority for priority in range(HIGHEST_PRIORITY, LOWEST_PRIORITY + 1)
}
# Simplified, traditional and English. What says no, or nothing, is no basis.
_NO_BASIS: Final = frozenset(["none", "no", "无", "無", "否", "未同意", "没有", "沒有"])
_BASIS_WORDS: Final = {
    ConsentBasis.CONSENT: (
        "consent consented agreed optin yes 是 同意 已同意 明示同意 单独同意 單獨同意 "
        "书面同意 書面同意"
    ),
    ConsentBasis.REQUEST: (
        "request requested callback 要求 客户要求 客戶要求 要求回访 要求回訪 约定回访 約定回訪 "
        "预约回访 預約回訪"
    ),
    ConsentBasis.CONTRACT: (
        "contract service 合同 合约 合約 契約 合同关系 合約關係 服务 服務 服务关系 服務關係"
    ),
}
_BASES: Final = {word: basis for basis, words in _BASIS_WORDS.items() for word in words.split()}


def check_row(
    cells: Sequence[str], width: int, columns: ColumnMap, rule: RowRule
) -> GoodRow | Reason:
    """Judge a row by itself. `width` is the header's: more cells mean that columns shifted."""
    if len(cells) > width and any(map(str.strip, cells[width:])):
        return Reason.TOO_MANY_CELLS
    return check_facts(row_facts(cells, columns), rule)


def check_facts(facts: RowFacts, rule: RowRule) -> GoodRow | Reason:
    """Judge what a row says."""
    if _too_long(facts):
        return Reason.TEXT_TOO_LONG
    if facts.time_zone and not _is_zone(facts.time_zone):
        return Reason.BAD_TIME_ZONE
    if facts.priority and _priority(facts.priority) is None:
        return Reason.BAD_PRIORITY
    numbers, dropped = _numbers(facts.phones, rule)
    if not numbers:
        return dropped[0] if dropped else Reason.EMPTY
    return _with_times(facts, numbers, dropped, rule)


def _with_times(
    facts: RowFacts, numbers: tuple[GoodNumber, ...], dropped: tuple[Reason, ...], rule: RowRule
) -> GoodRow | Reason:
    """Read the cells whose meaning depends on where the contact is."""
    zone, zones = _zones(facts.time_zone, numbers, rule.now.date())
    local = _zone(zone) if zone is not None else rule.zone
    appointment = read_moment(facts.appointment, local) if facts.appointment else None
    if facts.appointment and appointment is None:
        return Reason.BAD_APPOINTMENT
    consent = _consent(facts, local, rule.now)
    if isinstance(consent, Reason):
        return consent
    return GoodRow(
        reference=facts.reference,
        name=facts.name,
        zone=zone,
        zones=zones,
        numbers=numbers,
        fields=fields_text(facts.custom),
        priority=_priority(facts.priority),
        appointment=appointment,
        appointment_agent=facts.appointment_agent if appointment is not None else "",
        consent=consent,
        dropped=dropped,
        says_no_consent=bool(facts.consent) and consent is None,
    )


def _too_long(facts: RowFacts) -> bool:
    words = (facts.reference, facts.name, facts.appointment_agent, facts.consent_proof)
    return max(map(len, words)) > LONGEST_WORD


def _numbers(
    cells: Sequence[PhoneCell], rule: RowRule
) -> tuple[tuple[GoodNumber, ...], tuple[Reason, ...]]:
    """Return the good numbers, each once, and why the others are none."""
    good: dict[str, GoodNumber] = {}
    dropped: list[Reason] = []
    for cell in cells:
        number = read_number(cell.text, rule.country, rule.check)
        if isinstance(number, NumberRefusal):
            dropped.append(Reason(number.value))
        elif number.e164 not in good:
            good[number.e164] = _as_its_column_says(number, cell.kind)
    return tuple(good.values()), tuple(dropped)


def _as_its_column_says(number: GoodNumber, kind: NumberKind) -> GoodNumber:
    """A header that says home or work knows more than the plan; of toll-free the plan is sure."""
    if kind is NumberKind.PHONE or number.kind is NumberKind.TOLL_FREE:
        return number
    return number._replace(kind=kind)


def _zones(
    own: str, numbers: tuple[GoodNumber, ...], today: date
) -> tuple[str | None, tuple[str, ...]]:
    """Return the contact's zone if there is one, else all that it could be in."""
    if own:
        return own, ()
    return zones_of_all(numbers, today)


def _priority(text: str) -> int | None:
    """Return 1 to 9; a spreadsheet may have made 1.0 of it. None: it is none of them."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _PRIORITIES.get(plain.removesuffix(".0"))


def _consent(facts: RowFacts, zone: ZoneInfo, now: datetime) -> Consent | Reason | None:
    """Return on what ground the contact may be called; a proof of nothing is refused."""
    if not (facts.consent or facts.consent_proof or facts.consent_at):
        return None
    word = re.sub(r"[\s_-]+", "", unicodedata.normalize("NFKC", facts.consent)).casefold()
    if word in _NO_BASIS:
        return None
    given_at = read_moment(facts.consent_at, zone, date_is_enough=True)
    wrong_date = bool(facts.consent_at) and (given_at is None or given_at > now)
    if word not in _BASES or wrong_date:
        return Reason.BAD_CONSENT
    return Consent(basis=_BASES[word], proof=facts.consent_proof, given_at=given_at)


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
