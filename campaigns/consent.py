"""On what ground a person may be called, and what proves it.

Owns: the bases that the law knows and one person's consent. Must not know which basis a
campaign needs (`campaigns.law.consent_gate`), nor how it is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ConsentBasis(StrEnum):
    """Why a call is allowed: an express yes, a call that was asked for, or a contract."""

    CONSENT = "consent"
    REQUEST = "request"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One basis; `proof` says where it can be seen, `given_at` is aware UTC if it is known."""

    basis: ConsentBasis
    proof: str = ""
    given_at: datetime | None = None
