"""From a list to the wire: claims, the second judgement, and what a crash left behind.

Owns: the two committed steps before a call (I1, I3) and the recovery after a crash (I2). Must
not know the rules (`campaigns.judge` answers) nor the switch. An attempt that is not `sent` in
the database was never sent; what cannot be committed is not sent.

A contact in the air has no `next_attempt_at`, so the due index holds only what may be tried.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import Contact
from campaigns.judge import Facts, Verdict, judge
from campaigns.number_choice import number_to_dial
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
from store.errors import StoreError
from store.facts import load_campaign, load_one
from store.renewing import next_to_renew, renew_some
from store.row_by_row import RowByRow, is_of_a_row

MOST_PASSED_OVER = 100
"""If more contacts than this cannot be claimed, it is no fault of theirs."""

RENEWED_ROW_BY_ROW = 50
"""Hints of former rules that are renewed singly in one claim, in search of the one that refuses."""


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
            if not is_of_a_row(error):
                raise
        return await self._claim_row_by_row(campaign_id, count, now)

    async def _claim(
        self, campaign_id: int, count: int, now: datetime
    ) -> tuple[tuple[Claim, ...], datetime | None]:
        async with self._database.writing() as connection:
            campaign, state = await load_campaign(connection, campaign_id)
            await renew_some(connection, campaign_id, now, without=self._passed_over)
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
        claims = [self._claim_of(contact, campaign) for contact in picked.dialable]
        await write_claimed(connection, self._engine_id, picked.dialable, claims, now)
        in_the_air = dict.fromkeys((contact.id for contact in picked.dialable), None)
        await write_hints(connection, {**picked.look_again, **in_the_air})
        await write_exhausted(connection, picked.exhausted)
        await skip_closed_zones(
            connection, campaign, picked.refused_zones, now, without=self._passed_over
        )
        return tuple(claims)

    # ── where one row refuses ────────────────────────────────────────────────────────────

    async def _claim_row_by_row(
        self, campaign_id: int, count: int, now: datetime
    ) -> tuple[tuple[Claim, ...], datetime | None]:
        """The same once more, and whose own row cannot be written is passed over."""
        async with self._database.writing() as connection:
            most = max(MOST_PASSED_OVER - len(self._passed_over), 0)
            rows = RowByRow(self._database, connection, most=most)
            campaign, state = await load_campaign(connection, campaign_id)
            await self._renew_row_by_row(rows, campaign_id, now)
            claims: tuple[Claim, ...] = ()
            if state is CampaignState.RUNNING and count > 0:
                claims = await self._claim_due_row_by_row(rows, campaign, state, count, now)
            without = self._passed_over | rows.refused.keys()
            next_due_at = await next_due_of(connection, campaign_id, without)
            self._reach("claim.before_commit")
        self._reach("claim.after_commit")
        self._passed_over |= rows.refused.keys()
        self._blame(rows)
        return claims, next_due_at

    async def _renew_row_by_row(self, rows: RowByRow, campaign_id: int, now: datetime) -> None:
        renew = partial(renew_some, rows.connection, campaign_id, now, at_once=1)
        for _ in range(RENEWED_ROW_BY_ROW):
            contact = await next_to_renew(rows.connection, campaign_id)
            if contact is None:
                await renew()
                break
            if not await rows.of(contact, renew(without=self._passed_over)):
                await renew(without={contact})

    async def _claim_due_row_by_row(
        self,
        rows: RowByRow,
        campaign: Campaign,
        state: CampaignState,
        count: int,
        now: datetime,
    ) -> tuple[Claim, ...]:
        connection = rows.connection
        without = self._passed_over | rows.refused.keys()
        picked = await pick(connection, campaign, state, count, now, without=without)
        claims: list[Claim] = []
        for contact in picked.dialable:
            claim = self._claim_of(contact, campaign)
            if await rows.of(contact.id, self._claim_one(connection, contact, claim, now)):
                claims.append(claim)
        for refused, hint in picked.look_again.items():
            await rows.of(refused, write_hints(connection, {refused: hint}))
        for exhausted in picked.exhausted:
            await rows.of(exhausted, write_exhausted(connection, (exhausted,)))
        without = self._passed_over | rows.refused.keys()
        zones = picked.refused_zones
        await rows.of_many(skip_closed_zones(connection, campaign, zones, now, without=without))
        return tuple(claims)

    async def _claim_one(
        self, connection: AsyncConnection, contact: Contact, claim: Claim, now: datetime
    ) -> None:
        await write_claimed(connection, self._engine_id, (contact,), (claim,), now)
        await write_hints(connection, {contact.id: None})

    def _blame(self, rows: RowByRow) -> None:
        for contact, fault in rows.refused.items():
            self._set_aside(contact, fault)

    def _claim_of(self, contact: Contact, campaign: Campaign) -> Claim:
        number = number_to_dial(contact, campaign.retry.numbers)
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

        Claims that were not sent are freed, in one transaction; one whose row refuses that is
        left open, with an alarm. Sent attempts without an outcome are returned: only the switch
        knows whether they live.
        """
        try:
            async with self._database.writing() as connection:
                await sign_on(connection, self._engine_id, now)
                for claim in await open_claims(connection, self._engine_id):
                    await self._free(connection, claim, now)
                return await unfinished(connection, self._engine_id)
        except StoreError as error:
            if not is_of_a_row(error):
                raise
        return await self._recover_row_by_row(now)

    async def _recover_row_by_row(self, now: datetime) -> tuple[UnfinishedAttempt, ...]:
        async with self._database.writing() as connection:
            rows = RowByRow(self._database, connection)
            await sign_on(connection, self._engine_id, now)
            for claim in await open_claims(connection, self._engine_id):
                await rows.of(claim.contact_id, self._free(connection, claim, now))
            left = await unfinished(connection, self._engine_id)
        self._blame(rows)
        return left

    async def _free(self, connection: AsyncConnection, claim: OpenClaim, now: datetime) -> None:
        campaign, _ = await load_campaign(connection, claim.campaign_id)
        await free(connection, claim, campaign, NotSent.ENGINE.value, now)
