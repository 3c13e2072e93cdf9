"""Which of a contact's numbers is dialed next.

Owns: the choice among the good ones, by what the campaign wants. Must not know when
(`campaigns.retry`) nor whether (`campaigns.judge`) the contact is dialed at all.
"""

from __future__ import annotations

from campaigns.contact import Contact, PhoneNumber
from campaigns.outcomes import Outcome
from campaigns.retry_policy import NumberOrder

NOBODY_THERE = frozenset(
    {Outcome.NO_ANSWER, Outcome.REJECTED, Outcome.SWITCHED_OFF, Outcome.MACHINE}
)
"""After these the person may be found at the next number."""


def number_to_dial(contact: Contact, order: NumberOrder) -> PhoneNumber | None:
    """The number to dial next; None when all are retired, or there is none (R6).

    `first`: always the first good one. `alternate`: the one that was dialed last, or the next
    good one in order, and round again, if nobody was there or it has turned out wrong. A busy
    line has somebody on it; a failure on our side says nothing of the number.
    """
    good = contact.good_numbers
    if not good or order is NumberOrder.FIRST or not contact.attempts:
        return good[0] if good else None
    latest = contact.attempts[-1]
    before = contact.number(latest.number_id)
    if before is None:
        return good[0]
    if before.retired is None and latest.outcome not in NOBODY_THERE:
        return before
    return next((one for one in good if one.position > before.position), good[0])
