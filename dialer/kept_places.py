"""Kept places: who is to be called back instead of waiting on the line.

Owns: the places that are kept, what they are kept for, and their end. A place whose queue has left
the settings is called from the campaign's own: the call was promised, and nobody serves the other
any more. Must not know whose turn it is (`dialer.calling_back`). Pure: returns effects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from campaigns.campaign import calls_back
from campaigns.phone.numbers import NumberRefusal, read_number
from dialer.board import Board
from dialer.callers_on_line import CallersOnLine
from dialer.desks import Desk
from dialer.effects import AnswerAsk, AuditFinding, ClosePlace, Effect, Found, KeepPlace
from dialer.messages import KeptPlace, Now, PlaceKept, StoreFailed, WishCallBack
from dialer.switch_events import MessageLeft, SwitchSurveyed
from routing.turns import CallBackReason, CallBackRules, Place, PlaceEnd

KEPT = "WAIHU_KEPT"


@dataclass(slots=True, kw_only=True)
class _Wish:
    """A place that is being written, and the questions that it answers."""

    place: Place
    campaign_id: int
    asks: list[str] = field(default_factory=list)


class KeptPlaces:
    """The places of one engine. The engine tells it what happens, and `rules` anew at a reload.

    `callers`: who is on the line. `kept`: the places, by the number that is to be called.
    """

    def __init__(self, board: Board, rules: CallBackRules) -> None:
        self._board = board
        self.rules = rules
        self.callers = CallersOnLine(self._e164_of)
        self.kept: dict[str, KeptPlace] = {}
        # Closed by us, and may be open still in what is read: the database may lag.
        self._closed: dict[str, datetime] = {}
        self._wishes: dict[str, _Wish] = {}
        self._wishes_made = 0
        self._is_unfit = False
        self._gone_queues: frozenset[str] = frozenset()

    # ── what is kept ─────────────────────────────────────────────────────────────────────

    @property
    def places(self) -> list[Place]:
        """All places, the first come first."""
        kept = map(self.where_served, self.kept.values())
        return sorted(kept, key=lambda place: place.joined_at)

    @property
    def orphans(self) -> dict[str, str]:
        """Queues that have left the settings, and from which one their places are called."""
        served = ((one.place.queue, self.where_served(one).queue) for one in self.kept.values())
        return {queue: other for queue, other in served if queue != other}

    def where_served(self, kept: KeptPlace) -> Place:
        """The place, in a queue that somebody serves."""
        place, knows = kept.place, self._board.floor.members.knows
        desk = self._board.desks.get(kept.campaign_id)
        if desk is None or knows(place.queue) or not knows(desk.campaign.queue):
            return place
        return replace(place, queue=desk.campaign.queue)

    def loaded(self, places: Iterable[KeptPlace] | None, now: Now) -> list[Effect]:
        """Take over what is on file. Those that have come to their end are closed."""
        said = self._say_if_unfit()
        self.callers.read_again()
        if places is None:
            return said
        on_file = {one.place.e164: one for one in places}
        self._closed = {e164: at for e164, at in self._closed.items() if e164 in on_file}
        self.kept = {
            e164: one
            for e164, one in on_file.items()
            if not (one.end or self._closed.get(e164) == one.place.joined_at)
        }
        said += self._say_if_gone()
        return said + [
            ClosePlace(campaign_id=one.campaign_id, e164=e164, end=one.end, at=now.utc)
            for e164, one in on_file.items()
            if one.end
        ]

    def _say_if_unfit(self) -> list[Effect]:
        """Say it once where the campaign that is named cannot call anybody back."""
        unfit = bool(self.rules.campaign) and self._desk() is None
        news, self._is_unfit = unfit and not self._is_unfit, unfit
        return [Found(finding=AuditFinding.NOBODY_CALLS_BACK)] if news else []

    def _say_if_gone(self) -> list[Effect]:
        """Say it once of each queue that has left the settings while places were kept in it."""
        gone = frozenset(self.orphans)
        news, self._gone_queues = gone - self._gone_queues, gone
        return [Found(finding=AuditFinding.QUEUE_GONE, queue=queue) for queue in sorted(news)]

    def wish(self, ask: WishCallBack, now: Now, *, is_gone: bool = False) -> list[Effect]:
        """Somebody on the line wants to be called back: answered once it is committed.

        `is_gone`: they have hung up since they said so.
        """
        desk, e164 = self._desk(), self._e164_of(ask.number)
        if desk is None or e164 is None:
            return [AnswerAsk(ask=ask.ask, variables={KEPT: ""})]
        if ask.call and not is_gone:
            # Nobody is called who still hears that they will be: their line is busy.
            call = self.callers.call(ask.call)
            call.number, call.e164 = call.number or ask.number, call.e164 or e164
        if e164 in self.kept:
            return [AnswerAsk(ask=ask.ask, variables={KEPT: "again"})]
        for wish in self._wishes.values():
            if wish.place.e164 == e164:
                wish.asks.append(ask.ask)
                return []
        queue = ask.queue or desk.campaign.queue
        place = Place(e164=e164, queue=queue, joined_at=self.callers.came(ask.call, queue, now))
        return self._keep(place, desk, ask.call, now, language=ask.language, ask=ask.ask)

    def _keep(
        self, place: Place, desk: Desk, call: str, now: Now, *, language: str = "", ask: str = ""
    ) -> list[Effect]:
        self._wishes_made += 1
        ref = f"place:{self._wishes_made}"
        asks = [ask] if ask else []
        self._wishes[ref] = _Wish(place=place, campaign_id=desk.campaign.id, asks=asks)
        return [
            KeepPlace(
                ref=ref,
                campaign_id=desk.campaign.id,
                e164=place.e164,
                queue=place.queue,
                why=place.reason.value,
                call=call,
                language=language,
                joined_at=place.joined_at,
                at=now.utc,
            )
        ]

    def written(self, done: PlaceKept, now: Now) -> list[Effect]:
        """It is on the disk, and the caller may hear so."""
        wish = self._wishes.pop(done.ref, None)
        if wish is None:
            return []
        kept = KeptPlace(campaign_id=wish.campaign_id, place=wish.place)
        self.kept.setdefault(wish.place.e164, kept)
        if wish.place.reason is CallBackReason.WISH:
            self._board.statistics.queue_called_back(wish.place.queue, now=now)
        return [AnswerAsk(ask=ask, variables={KEPT: "kept"}) for ask in wish.asks]

    def store_failed(self, failure: StoreFailed) -> list[Effect]:
        """It could not be kept: the flow goes another way."""
        wish = self._wishes.pop(failure.ref, None)
        return [AnswerAsk(ask=ask, variables={KEPT: ""}) for ask in (wish.asks if wish else ())]

    def _desk(self) -> Desk | None:
        if not self.rules.campaign:
            return None
        fit = (
            desk
            for desk in self._board.desks
            if desk.campaign.name == self.rules.campaign and calls_back(desk.campaign)
        )
        return next(fit, None)

    def _e164_of(self, number: str) -> str | None:
        """A number that is called back: of the campaign's country.

        Whoever calls may show any number, and with it have us call a satellite at our expense.
        """
        desk = self._desk()
        if desk is None or not number:
            return None
        read = read_number(number, desk.campaign.country, desk.campaign.number_check)
        if isinstance(read, NumberRefusal) or read.country != desk.campaign.country:
            return None
        return read.e164

    # ── who did not ask for it ──────────────────────────────────────────────────────────────

    def message_left(self, event: MessageLeft, now: Now) -> list[Effect]:
        """A caller has left a message, and is called back where the queue says so."""
        desk = self._desk()
        queue = event.queue or (desk.campaign.queue if desk is not None else "")
        if queue not in self.rules.voicemail:
            return []
        number, why = event.caller_number, CallBackReason.VOICEMAIL
        return self._keep_unasked(number, queue, event.call, why, now)

    def _keep_unasked(
        self, number: str, queue: str, call: str, why: CallBackReason, now: Now
    ) -> list[Effect]:
        """Nobody hears that it was kept, or that one is kept already."""
        desk, e164 = self._desk(), self._e164_of(number)
        if desk is None or e164 is None or self._is_known(e164):
            return []
        joined_at = self.callers.came(call, queue, now)
        place = Place(e164=e164, queue=queue, joined_at=joined_at, reason=why)
        return self._keep(place, desk, call, now)

    def gone(self, name: str, now: Now) -> list[Effect]:
        """An inbound call is over; who gave up is called back where the queue says so."""
        call = self.callers.get(name)
        effects: list[Effect] = []
        queue = None if call is None else call.gave_up_in
        if call is not None and queue is not None and queue in self.rules.abandoned:
            waited = now.utc - call.joined.get(queue, now.utc)
            if waited > timedelta(seconds=self.rules.short_abandon_s):
                why = CallBackReason.ABANDONED
                effects = self._keep_unasked(call.number, queue, name, why, now)
        self.callers.over(name)
        return effects

    def surveyed(
        self, survey: SwitchSurveyed, fresh: Collection[str], now: Now, *, after_silence: bool
    ) -> list[Effect]:
        """The switch was asked who waits; of `fresh` calls it has told more since.

        `after_silence`: nothing could be heard before. Who waited then and is gone is taken for one
        who gave up: an agent may have had them meanwhile, but one call too many is thanked for
        sooner than one too few is forgiven.
        """
        effects: list[Effect] = []
        for name in self.callers.surveyed(survey, fresh, now, after_silence=after_silence):
            effects += self.gone(name, now)
        return effects

    def _is_known(self, e164: str) -> bool:
        return e164 in self.kept or any(w.place.e164 == e164 for w in self._wishes.values())

    # ── how it ends ──────────────────────────────────────────────────────────────────────

    def close(self, e164: str, end: PlaceEnd, now: Now) -> list[Effect]:
        """The place of this number is kept no longer, if it was."""
        kept = self.kept.pop(e164, None)
        if kept is None:
            return []
        self._closed[e164] = kept.place.joined_at
        return [ClosePlace(campaign_id=kept.campaign_id, e164=e164, end=end.value, at=now.utc)]
