"""The store's side of the engine: effects in, answers out.

Owns: which part of the store does which effect, and what the engine is told when the database
refuses. Must not know why the engine wants it. An error never lets a call go out: a failed
mark is answered with StoreFailed, and only a SentJudged that says yes may be dialed.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from campaigns.outcomes import Outcome
from dialer.effects import (
    AmendAttempt,
    ClaimContacts,
    ClosePlace,
    EndAttempt,
    EnterAct,
    JudgeAnew,
    KeepAnswer,
    KeepPlace,
    Load,
    MarkSent,
    NoteProgress,
    ReleaseClaim,
    SavePacing,
    SaveSlot,
    StoreEffect,
)
from dialer.messages import Claimed, Loaded, SentJudged, StoreAnswer, StoreFailed
from dialer.queue_effects import NoteInboundCall, NoteQueueCall, NoteQueueTalk, SaveSpells
from store.agent_spells import AgentSpells
from store.agents import agent_records
from store.call_backs import open_places
from store.campaigns import Campaigns, campaign_records
from store.database import Database
from store.errors import StoreError
from store.hopper import Hopper
from store.pacing import save_memory, with_pacing
from store.undisposed import undisposed_calls
from store.writer import Writer

_Answered = ClaimContacts | MarkSent | SavePacing | SaveSpells | Load | JudgeAnew


class Store:
    """Performs what the engine wants of the database."""

    def __init__(self, database: Database, hopper: Hopper, writer: Writer) -> None:
        self._database = database
        self._hopper = hopper
        self._writer = writer
        self._spells = AgentSpells(database)

    async def perform(self, effect: StoreEffect, now: datetime) -> StoreAnswer | None:
        """Do one effect. None: it has no answer, or the writer answers it once committed.

        StoreFailed carries the effect's `ref`, or its attempt where it has no ref.
        """
        match effect:
            case (
                NoteProgress()
                | EndAttempt()
                | AmendAttempt()
                | SaveSlot()
                | KeepPlace()
                | ClosePlace()
                | KeepAnswer()
                | EnterAct()
            ):
                self._writer.submit(effect)
                return None
            case NoteInboundCall() | NoteQueueCall() | NoteQueueTalk():
                self._writer.submit(effect)
                return None
            case ReleaseClaim():
                self._writer.submit(_given_back(effect, now))
                return None
            case ClaimContacts() | Load() | JudgeAnew():
                return await self._answer(effect, effect.ref, now)
            case MarkSent():
                return await self._answer(effect, effect.attempt, now)
            case SavePacing() | SaveSpells():
                await self._answer(effect, "", now)  # not kept: the next one is
                return None
            case _:
                assert_never(effect)

    async def _answer(self, effect: _Answered, ref: str, now: datetime) -> StoreAnswer | None:
        try:
            return await self._do(effect, now)
        except StoreError as error:
            return StoreFailed(ref=ref, text=str(error))

    async def _do(self, effect: _Answered, now: datetime) -> StoreAnswer | None:
        match effect:
            case ClaimContacts():
                return await self._claim(effect, now)
            case MarkSent():
                verdict = await self._hopper.mark_sent(effect.attempt, effect.agent, now)
                return SentJudged(attempt=effect.attempt, verdict=verdict)
            case Load():
                return await self.load(now, effect.ref)
            case SavePacing():
                async with self._database.writing() as connection:
                    await save_memory(
                        connection, self._hopper.engine_id, effect.campaign_id, effect.memory, now
                    )
                return None
            case SaveSpells():
                await self._spells.save(effect.spells)
                return None
            case JudgeAnew():
                await Campaigns(self._database).judge_anew(now)
                return None
            case _:
                assert_never(effect)

    async def _claim(self, effect: ClaimContacts, now: datetime) -> Claimed:
        campaign_id = effect.campaign.id
        claims, next_due_at = await self._hopper.claim(
            campaign_id, effect.count, now, effect.agents, effect.turns
        )
        return Claimed(
            ref=effect.ref, campaign_id=campaign_id, claims=claims, next_due_at=next_due_at
        )

    async def load(self, now: datetime, ref: str = "") -> Loaded:
        """Campaigns, agents and words that are still to come, read in one snapshot.

        Raises:
            StoreError: the database cannot be read.
        """
        async with self._database.reading() as connection:
            records = await campaign_records(connection, now)
            return Loaded(
                campaigns=await with_pacing(connection, records, self._hopper.engine_id, now),
                agents=await agent_records(connection),
                undisposed=await undisposed_calls(connection, now),
                ref=ref,
                places=await open_places(connection),
            )


def _given_back(effect: ReleaseClaim, now: datetime) -> EndAttempt:
    """The end of a claim that nobody was called for, to be tried until it is written."""
    return EndAttempt(
        attempt=effect.attempt, outcome=Outcome.NOT_SENT, at=now, note=effect.why.value
    )
