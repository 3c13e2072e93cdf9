"""From a list to the wire: claims, the second judgement, and what a crash left behind.

Owns: the two committed steps before a call (I1, I3) and the recovery after a crash (I2). Must
not know the rules (`campaigns.judge` answers) nor the switch. An attempt that is not `sent` in
the database was never sent; what cannot be committed is not sent.

A contact in the air has no `next_attempt_at`, so the due index holds only what may be tried.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import Contact
from campaigns.judge import Facts, Verdict, judge
from campaigns.outcomes import NotSent
from dialer.messages import Claim, UnfinishedAttempt
from store.attempts import (
    OpenClaim,
    free,
    open_claim,
    open_claims,
    sign_on,
    unfinished,
    write_claimed,
    write_sent,
)
from store.candidates import (
    next_due_of,
    pick,
    skip_closed_zones,
    write_exhausted,
    write_hints,
)
from store.database import Database
from store.errors import Blame, StoreConflictError, StoreError, StoreUnusableError
from store.facts import load_campaign, load_one
from store.renewing import renew_some

MOST_PASSED_OVER = 100
"""If more contacts than this cannot be claimed, it is no fault of theirs."""


class Hopper:
    """The claims of one engine.

    Args:
        database: where lists and attempts are.
        engine_id: who claims; `recover` touches only this engine's attempts.
        make_id: gives a new attempt id each time, never one twice.
        reach: passes a named kill point.
        set_aside: told of a contact that the database will not let be claimed, and why. It is
            passed over until the next start, so that the others are dialed.
    """

    def __init__(
        self,
        database: Database,
        engine_id: str,
        make_id: Callable[[], str],
        *,
        reach: Callable[[str], None] = lambda _: None,
        set_aside: Callable[[int, str], None] = lambda *_: None,
    ) -> None:
        self._database = database
        self._engine_id = engine_id
        self._make_id = make_id
        self._reach = reach
        self._set_aside = set_aside
        self._passed_over: set[int] = set()
        self._picked: tuple[int, ...] = ()

    async def claim(
        self, campaign_id: int, count: int, now: datetime
    ) -> tuple[tuple[Claim, ...], datetime | None]:
        """Take up to `count` contacts that may be dialed now: committed on return.

        Also says when the campaign's next contact falls due: at or before `now` when there is
        more to look at, None when nothing ever will. Candidates that may not be dialed get
        their true next time written, so that they do not stand in the way again.

        Raises:
            StoreError: nothing was claimed.
        """
        try:
            return await self._claim(campaign_id, count, now)
        except StoreError as error:
            if not _is_of_a_row(error) or len(self._passed_over) >= MOST_PASSED_OVER:
                raise
            return await self._claim_singly(campaign_id, count, now, error)

    async def _claim_singly(
        self, campaign_id: int, count: int, now: datetime, error: StoreError
    ) -> tuple[tuple[Claim, ...], datetime | None]:
        """One contact always fails: find out which, and claim the others."""
        claims: tuple[Claim, ...] = ()
        for _ in range(count + 1):
            try:
                got, next_due_at = await self._claim(campaign_id, min(count - len(claims), 1), now)
            except StoreError as fault:
                if not (_is_of_a_row(fault) and self._picked):
                    break  # those that are claimed already are dialed all the same
                self._passed_over.update(self._picked)
                self._set_aside(self._picked[0], str(fault))
                continue
            claims += got
            if not got:
                return claims, next_due_at
        if not claims:
            raise error
        return claims, now

    async def _claim(
        self, campaign_id: int, count: int, now: datetime
    ) -> tuple[tuple[Claim, ...], datetime | None]:
        self._picked = ()
        async with self._database.writing() as connection:
            campaign, state = await load_campaign(connection, campaign_id)
            await renew_some(connection, campaign_id, now)
            claims: tuple[Claim, ...] = ()
            if state is CampaignState.RUNNING and count > 0:
                claims = await self._claim_due(connection, campaign, state, count, now)
            next_due_at = await next_due_of(connection, campaign_id, self._passed_over)
            self._reach("claim.before_commit")
        self._reach("claim.after_commit")
        return claims, next_due_at

    async def _claim_due(
        self,
        connection: AsyncConnection,
        campaign: Campaign,
        state: CampaignState,
        count: int,
        now: datetime,
    ) -> tuple[Claim, ...]:
        picked = await pick(connection, campaign, state, count, now, without=self._passed_over)
        self._picked = tuple(contact.id for contact in picked.dialable)
        claims = [self._claim_of(contact) for contact in picked.dialable]
        await write_claimed(connection, self._engine_id, picked.dialable, claims, now)
        in_the_air = dict.fromkeys((contact.id for contact in picked.dialable), None)
        await write_hints(connection, {**picked.look_again, **in_the_air})
        await write_exhausted(connection, picked.exhausted)
        await skip_closed_zones(connection, campaign, picked.refused_zones, now)
        return tuple(claims)

    def _claim_of(self, contact: Contact) -> Claim:
        number = contact.number_to_dial
        if number is None:
            raise AssertionError(f"contact {contact.id} was judged dialable without a number")
        return Claim(
            attempt=self._make_id(),
            campaign_id=contact.campaign_id,
            contact_id=contact.id,
            e164=number.e164,
            zone=contact.zone.key if contact.zone else None,
        )

    async def mark_sent(self, attempt: str, agent: str, now: datetime) -> Verdict:
        """Judge the claimed contact again; if it may be dialed, commit that it is sent.

        If it may not, the claim is freed and the attempt ends as `not_sent`. Everything is
        read from the database in this transaction: list, campaign, its state, do-not-call.

        Raises:
            UnknownAttemptError, AttemptEndedError: there is no such claim to send.
            StoreError: nothing is saved; the call must not be sent.
        """
        async with self._database.writing() as connection:
            claim = await open_claim(connection, attempt)
            campaign, verdict = await self._judge_again(connection, claim, now)
            if verdict.dialable:
                await write_sent(connection, attempt, agent, now)
            else:
                await free(connection, claim, campaign, verdict.not_sent.value, now)
        if verdict.dialable:
            self._reach("sent.after_commit")
        return verdict

    async def _judge_again(
        self, connection: AsyncConnection, claim: OpenClaim, now: datetime
    ) -> tuple[Campaign, Verdict]:
        campaign, state = await load_campaign(connection, claim.campaign_id)
        known = await load_one(connection, claim.contact_id, without_attempt=claim.id)
        facts = Facts(
            campaign=campaign,
            campaign_state=state,
            contact=known.contact,
            do_not_call=known.do_not_call,
            in_call=known.in_call,
            engine=None,
            number_id=claim.number_id,
        )
        return campaign, judge(facts, now)

    async def recover(self, now: datetime) -> tuple[UnfinishedAttempt, ...]:
        """Sign the engine on and clear up after its earlier run (I2).

        Claims that were not sent are freed, in one transaction. Sent attempts without an
        outcome are returned: only the switch knows whether they live.
        """
        async with self._database.writing() as connection:
            await sign_on(connection, self._engine_id, now)
            for claim in await open_claims(connection, self._engine_id):
                campaign, _ = await load_campaign(connection, claim.campaign_id)
                await free(connection, claim, campaign, NotSent.ENGINE.value, now)
            return await unfinished(connection, self._engine_id)


def _is_of_a_row(error: StoreError) -> bool:
    if isinstance(error, StoreUnusableError):
        return error.blame is Blame.ROW
    return isinstance(error, StoreConflictError)
