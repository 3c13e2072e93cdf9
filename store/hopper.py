"""From a list to the wire: claims, the second judgement, and what a crash left behind.

Owns: the two committed steps before a call (I1, I3) and the recovery after a crash (I2). Must
not know the rules (`campaigns.judge` answers) nor the switch. An attempt that is not `sent` in
the database was never sent; what cannot be committed is not sent.

A contact in the air has neither rank nor `next_attempt_at`: no claim finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.call_record import Sending, call_note
from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import Contact
from campaigns.judge import Facts, Verdict, judge
from campaigns.number_choice import number_to_dial
from campaigns.outcomes import NotSent
from dialer.messages import Claim, UnfinishedAttempt
from store.attempts import (
    OpenClaim,
    free,
    of_claim,
    open_claim,
    open_claims,
    sign_on,
    unfinished,
    write_claimed,
    write_sent,
)
from store.candidates import Asked, Picked, pick
from store.cases import load_cases
from store.database import Database
from store.errors import StoreError, is_of_the_database
from store.facts import campaign_of, load_campaign, of_campaign
from store.ledger import enter_call
from store.locks import hold_rules, holding_rules, lock_numbers
from store.pools import next_due_of, write_credit
from store.prepared import piped, together
from store.renewing import is_to_renew, next_to_renew, of_renewal, renew_some
from store.row_by_row import RowByRow, is_of_a_row
from store.shelf import due_waiting
from store.standing import write_exhausted, write_in_call, write_ready, write_waiting
from store.tallies import fold_tallies

MOST_PASSED_OVER = 100
"""If more contacts than this cannot be claimed, it is no fault of theirs."""

MADE_READY_AT_ONCE = 2000
"""Contacts that are made ready in one claim that finds nobody to dial."""

READY_ROW_BY_ROW = 100
"""Contacts that are made ready singly in one claim, in search of the one that refuses."""

RENEWED_ROW_BY_ROW = 50
"""Hints of former rules that are renewed singly in one claim, in search of the one that refuses."""


class _Wanted(NamedTuple):
    """What a claim asks for beside the campaign."""

    contacts: int
    agents: frozenset[str]
    turns: frozenset[str]


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
        self._made: list[str] = []
        self._in_doubt: set[str] = set()

    @property
    def engine_id(self) -> str:
        """Whose claims these are."""
        return self._engine_id

    async def claim(
        self,
        campaign_id: int,
        count: int,
        now: datetime,
        agents: Collection[str] = (),
        turns: Collection[str] = (),
    ) -> tuple[tuple[Claim, ...], datetime | None]:
        """Take up to `count` contacts that may be dialed now: committed on return.

        `agents`: who is there for them; whom one agent was promised is only taken for that one.
        `turns`: nobody but these numbers, whose places in a queue have come to their turn.

        Also says when the campaign's next contact falls due: at or before `now` when there is
        more to look at, None when nothing ever will. Candidates that may not be dialed get
        their true next time written, so that they do not stand in the way again.

        Raises:
            StoreError: nothing was claimed.
        """
        try:
            wanted = _Wanted(count, frozenset(agents), frozenset(turns))
            done = await self._claim_somehow(campaign_id, wanted, now)
        except StoreError as error:
            if is_of_the_database(error):
                self._in_doubt.update(self._made)
            raise
        finally:
            self._made.clear()
        self._in_doubt.clear()
        return done

    async def _claim_somehow(
        self, campaign_id: int, wanted: _Wanted, now: datetime
    ) -> tuple[tuple[Claim, ...], datetime | None]:
        try:
            return await self._claim(campaign_id, wanted, now)
        except StoreError as error:
            if not is_of_a_row(error):
                raise
        return await self._claim_row_by_row(campaign_id, wanted, now)

    async def _free_in_doubt(self, connection: AsyncConnection, now: datetime) -> None:
        """Claims that nobody knows of: the connection was lost over their commit, after it."""
        if self._in_doubt:
            for claim in await open_claims(connection, self._engine_id):
                if claim.id in self._in_doubt:
                    await self._free(connection, claim, now)

    async def _claim(
        self, campaign_id: int, wanted: _Wanted, now: datetime
    ) -> tuple[tuple[Claim, ...], datetime | None]:
        async with self._database.writing() as connection:
            campaign, state, renew = await self._begin(connection, campaign_id)
            await self._free_in_doubt(connection, now)
            if renew:
                await renew_some(connection, campaign_id, now, without=self._passed_over)
            claims: tuple[Claim, ...] = ()
            next_due_at: datetime | None = None
            if state is CampaignState.RUNNING and wanted.contacts > 0:
                asked = self._asked(campaign, wanted, now)
                picked = await pick(connection, asked)
                claims = await self._write(connection, picked, asked)
                next_due_at = now if picked.more and not self._passed_over else None
            if len(claims) < wanted.contacts:
                await self._make_ready(connection, campaign, now)
            if next_due_at is None:
                next_due_at = await self._next_due_at(connection, campaign, now)
            self._reach("claim.before_commit")
        self._reach("claim.after_commit")
        return claims, next_due_at

    async def _begin(
        self, connection: AsyncConnection, campaign_id: int
    ) -> tuple[Campaign, CampaignState, bool]:
        """Hold the rules; the campaign by them, and whether hints of its former ones are left."""
        first = holding_rules(connection)
        *_, found, mark = await together(
            connection, *first, of_campaign(campaign_id), of_renewal(campaign_id)
        )
        return *campaign_of(connection, campaign_id, found), is_to_renew(mark)

    async def _next_due_at(
        self, connection: AsyncConnection, campaign: Campaign, now: datetime
    ) -> datetime | None:
        return await next_due_of(connection, campaign, now, without=self._passed_over)

    def _asked(self, campaign: Campaign, wanted: _Wanted, now: datetime) -> Asked:
        return Asked(
            campaign=campaign,
            count=wanted.contacts,
            now=now,
            agents=wanted.agents,
            without=self._passed_over,
            turns=wanted.turns,
            engine=self._engine_id,
        )

    async def _write(
        self, connection: AsyncConnection, picked: Picked, asked: Asked
    ) -> tuple[Claim, ...]:
        """Write what was picked, all at once."""
        claims = [self._claim_of(contact, asked, picked) for contact in picked.dialable]
        async with piped(connection):
            await write_claimed(connection, self._engine_id, picked.dialable, claims, asked.now)
            await write_in_call(connection, [contact.id for contact in picked.dialable])
            await write_waiting(connection, picked.refused)
            await write_ready(connection, picked.ready)
            await write_exhausted(connection, picked.exhausted)
            await write_credit(connection, picked.credit)
        return tuple(claims)

    async def _make_ready(
        self, connection: AsyncConnection, campaign: Campaign, now: datetime
    ) -> None:
        """While nobody is dialed there is time for those who have waited long enough."""
        due = await due_waiting(connection, campaign, MADE_READY_AT_ONCE, now, holds=True)
        ready = ((one.id, one.rank) for one in due if one.id not in self._passed_over)
        await write_ready(connection, ready)

    # ── where one row refuses ────────────────────────────────────────────────────────────

    async def _claim_row_by_row(
        self, campaign_id: int, wanted: _Wanted, now: datetime
    ) -> tuple[tuple[Claim, ...], datetime | None]:
        """The same once more, and whose own row cannot be written is passed over."""
        async with self._database.writing() as connection:
            most = max(MOST_PASSED_OVER - len(self._passed_over), 0)
            await hold_rules(connection)
            rows = RowByRow(self._database, connection, most=most)
            campaign, state = await load_campaign(connection, campaign_id)
            await self._renew_row_by_row(rows, campaign_id, now)
            claims: tuple[Claim, ...] = ()
            if state is CampaignState.RUNNING and wanted.contacts > 0:
                asked = self._asked(campaign, wanted, now)
                asked = replace(asked, without=self._passed_over | rows.refused.keys())
                claims = await self._write_row_by_row(rows, await pick(connection, asked), asked)
            await self._make_ready_row_by_row(rows, campaign, now)
            without = self._passed_over | rows.refused.keys()
            next_due_at = await next_due_of(connection, campaign, now, without=without)
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

    async def _make_ready_row_by_row(
        self, rows: RowByRow, campaign: Campaign, now: datetime
    ) -> None:
        due = await due_waiting(rows.connection, campaign, READY_ROW_BY_ROW, now, holds=True)
        for one in due:
            if one.id not in self._passed_over and one.id not in rows.refused:
                await rows.of(one.id, write_ready(rows.connection, ((one.id, one.rank),)))

    async def _write_row_by_row(
        self, rows: RowByRow, picked: Picked, asked: Asked
    ) -> tuple[Claim, ...]:
        connection = rows.connection
        claims: list[Claim] = []
        for contact in picked.dialable:
            claim = self._claim_of(contact, asked, picked)
            if await rows.of(contact.id, self._claim_one(connection, contact, claim, asked.now)):
                claims.append(claim)
        for refused, wait in picked.refused.items():
            await rows.of(refused, write_waiting(connection, {refused: wait}))
        for exhausted in picked.exhausted:
            await rows.of(exhausted, write_exhausted(connection, (exhausted,)))
        await write_credit(connection, picked.credit)
        return tuple(claims)

    async def _claim_one(
        self, connection: AsyncConnection, contact: Contact, claim: Claim, now: datetime
    ) -> None:
        await write_claimed(connection, self._engine_id, (contact,), (claim,), now)
        await write_in_call(connection, (contact.id,))

    def _blame(self, rows: RowByRow) -> None:
        for contact, fault in rows.refused.items():
            self._set_aside(contact, fault)

    def _claim_of(self, contact: Contact, asked: Asked, picked: Picked) -> Claim:
        # Who wished to be called at one number is not called at another.
        wished = (one for one in contact.good_numbers if one.e164 in asked.turns)
        number = next(wished, None) or number_to_dial(contact, asked.campaign.retry.numbers)
        if number is None:
            raise AssertionError(f"contact {contact.id} was judged dialable without a number")
        return Claim(
            attempt=self._next_id(),
            campaign_id=contact.campaign_id,
            contact_id=contact.id,
            e164=number.e164,
            zone=contact.zone.key if contact.zone else None,
            agent=picked.agents.get(contact.id),
        )

    def _next_id(self) -> str:
        self._made.append(self._make_id())
        return self._made[-1]

    async def mark_sent(self, attempt: str, agent: str, now: datetime) -> Verdict:
        """Judge the claimed contact again; if it may be dialed, commit that it is sent.

        If it may not, the claim is freed and the attempt ends as `not_sent`. Everything is
        read from the database in this transaction: list, campaign, its state, do-not-call.

        Raises:
            UnknownAttemptError, AttemptEndedError: there is no such claim to send.
            StoreError: nothing is saved; the call must not be sent.
        """
        async with self._database.writing() as connection:
            first = holding_rules(connection)
            *_, found = await together(connection, *first, of_claim(attempt))
            claim = open_claim(attempt, found)
            await lock_numbers(connection, (claim.e164,))
            facts = await self._facts_again(connection, claim, now)
            verdict = judge(facts, now)
            if verdict.dialable:
                sending = Sending(attempt=attempt, engine=self._engine_id, agent=agent)
                await enter_call(connection, call_note(facts, sending, now))
                await write_sent(connection, attempt, agent, now)
            else:
                await free(connection, claim, facts.campaign, verdict.not_sent.value, now)
        if verdict.dialable:
            self._reach("sent.after_commit")
        return verdict

    async def _facts_again(
        self, connection: AsyncConnection, claim: OpenClaim, now: datetime
    ) -> Facts:
        campaign, state = await load_campaign(connection, claim.campaign_id)
        found = await load_cases(
            connection, campaign, state, [claim.contact_id], now, without_attempt=claim.id
        )
        # Whether it is somebody's turn, the claim has decided.
        return replace(found[claim.contact_id], number_id=claim.number_id, its_turn=True)

    async def recover(self, now: datetime) -> tuple[UnfinishedAttempt, ...]:
        """Sign the engine on and clear up after its earlier run (I2).

        Claims that were not sent are freed, in one transaction; one whose row refuses that is
        left open, with an alarm. Sent attempts without an outcome are returned: only the switch
        knows whether they live.
        """
        try:
            async with self._database.writing() as connection:
                await sign_on(connection, self._engine_id, now)
                await fold_tallies(connection)
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
