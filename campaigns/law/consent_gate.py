"""Whether there is a ground for the call that the law accepts.

Owns: the comparison of what a profile demands with what is on file. Must not know how consent
is kept or withdrawn (a withdrawal is a do-not-call entry, which goes before this).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.consent import Consent, ConsentBasis
from campaigns.kinds import Kind
from campaigns.law.regulation import ConsentDemand, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentObjection:
    """The profile that is not content. `unproved`: the basis would do if its proof were there."""

    profile: Profile
    bases: frozenset[ConsentBasis]
    unproved: bool


def consent_objection(
    profiles: Sequence[Profile], kind: Kind, campaigns: Consent | None, own: Consent | None
) -> ConsentObjection | None:
    """The first profile that finds no ground; None if all do.

    `campaigns`: what the campaign rests on as a whole; `own`: what is on file of the contact.
    """
    for profile in profiles:
        demand = profile.consent.demands.get(kind) if profile.consent is not None else None
        if demand is not None and not _met(demand, campaigns, own):
            unproved = any(_basis_will_do(demand, one) for one in _asked(demand, campaigns, own))
            return ConsentObjection(profile=profile, bases=demand.bases, unproved=unproved)
    return None


def _met(demand: ConsentDemand, campaigns: Consent | None, own: Consent | None) -> bool:
    return any(
        _basis_will_do(demand, one) and (bool(one.proof.strip()) or not demand.proof)
        for one in _asked(demand, campaigns, own)
    )


def _asked(
    demand: ConsentDemand, campaigns: Consent | None, own: Consent | None
) -> tuple[Consent, ...]:
    """Whose word counts: the contact's, and the campaign's where the profile takes it."""
    both = (own,) if demand.own else (own, campaigns)
    return tuple(one for one in both if one is not None)


def _basis_will_do(demand: ConsentDemand, consent: Consent) -> bool:
    return consent.basis in demand.bases
