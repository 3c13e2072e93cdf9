"""On what ground a person may be called, and how that is proved.

Owns: the words for it, in a list's column and in the rules. Must not know which call needs
which ground (the regulation profiles), nor how long a proof is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ConsentBasis(StrEnum):
    """Why a call is allowed (消费者权益保护法实施条例 Art. 24; 工信部 2020 on call centres).

    `consent`: the person agreed to be called (明示同意). `request`: asked for this call, or for
    call-backs (客户要求). `contract`: a service that is being rendered (服务关系).
    """

    CONSENT = "consent"
    REQUEST = "request"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A ground, with its proof (a recording's number, a form) and when it was given (UTC)."""

    basis: ConsentBasis
    proof: str
    given_at: datetime | None
