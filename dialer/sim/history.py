"""What a campaign's own calls say of its customers and agents.

Owns: from attempts with their times to a model. Must not know where they are kept.

A call that somebody or something answered is an answer, also where we abandoned it. Wrap-ups are
not written down: one lasts from the end of a talk until the same agent's next call is placed (in
predictive campaigns: bridged), so what an agent then waits is in it; a gap that is longer than a
wrap-up may be is a break or a dry list, and is left out.

Machines are those that agents called so, and those that the switch hung up on. Some of the latter
were persons: as many as `mistaken` of what is taken otherwise, for nothing on file tells them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from campaigns.outcomes import Branch, Disposition, Outcome, rule_of
from dialer.sim.model import BUSY_AFTER_S, Machines, Model
from dialer.sim.times import Fixed, Lognormal, Sample, Times

LEAST_CALLS = 100
"""Fewer calls say too little of how many are answered."""

LEAST_TIMES = 20
"""Fewer talks say too little of how long one lasts: then the shape of given figures is taken."""

LEAST_BY_TRY = 200
"""So many calls after n earlier ones are wanted before they have an answer rate of their own."""

MOST_KEPT = 5000
"""More times than this are thinned out evenly: a forecast copies them."""

_NEVER_A_CALL = frozenset({Outcome.NOT_SENT, Outcome.SKIPPED, Outcome.STOPPED, Outcome.LOST})


class PastCall(Protocol):
    """One attempt on file, as `store.reports.CallTimes` has it; times in aware UTC."""

    @property
    def contact_id(self) -> int:
        """Who was called."""

    @property
    def agent(self) -> str | None:
        """Who had the call."""

    @property
    def sent_at(self) -> datetime:
        """When it left for the network."""

    @property
    def answered_at(self) -> datetime | None:
        """When it was answered, if it was."""

    @property
    def bridged_at(self) -> datetime | None:
        """When the customer heard an agent."""

    @property
    def ended_at(self) -> datetime | None:
        """When the channel was gone."""

    @property
    def outcome(self) -> Outcome | None:
        """How it ended, if it has."""

    @property
    def disposition(self) -> Disposition | None:
        """The agent's word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A model, and on how much it rests. `thin`: there are fewer than `LEAST_CALLS` calls."""

    model: Model
    calls: int
    talks: int
    wrap_ups: int
    first_at: datetime | None
    last_at: datetime | None

    @property
    def thin(self) -> bool:
        """Whether it says too little."""
        return self.calls < LEAST_CALLS


def learn(calls: Iterable[PastCall], otherwise: Model, longest_wrap_up_s: float) -> Learned:
    """The model of these calls, which are in the order of sending.

    `otherwise`: whose times are taken where too few are on file. `longest_wrap_up_s`: after that
    the campaign ends a wrap-up by itself.
    """
    ended = [call for call in calls if call.outcome and call.outcome not in _NEVER_A_CALL]
    answered = [call for call in ended if _is_answered(call)]
    put_through = [call for call in answered if call.bridged_at is not None]
    screened_out = [call for call in answered if call.bridged_at is None and _is_machine(call)]
    talks = [call for call in put_through if not _is_machine(call)]
    bridged_s = (_s(c.answered_at, c.bridged_at) for c in talks)
    wrap_ups = list(_wrap_ups(ended, longest_wrap_up_s))
    model = replace(
        otherwise,
        answered=_answered_by_try(ended) or otherwise.answered,
        ends=_shares(call.outcome for call in ended if not _is_answered(call)) or otherwise.ends,
        words=_words(talks) or otherwise.words,
        answer_s=_times((_s(c.sent_at, c.answered_at) for c in answered), otherwise.answer_s),
        end_s=_ends(ended),
        # Where the switch judges, the time of its verdict is in it.
        bridge_s=otherwise.bridge_s if screened_out else _times(bridged_s, otherwise.bridge_s),
        talk_s=_times((_s(c.bridged_at, c.ended_at) for c in talks), otherwise.talk_s),
        wrap_up_s=_times(wrap_ups, otherwise.wrap_up_s),
        machines=_machines(len(answered), put_through, screened_out, otherwise.machines),
    )
    return Learned(
        model=model,
        calls=len(ended),
        talks=len(talks),
        wrap_ups=len(wrap_ups),
        first_at=ended[0].sent_at if ended else None,
        last_at=ended[-1].sent_at if ended else None,
    )


def _is_answered(call: PastCall) -> bool:
    if call.answered_at is not None or call.outcome is None:
        return call.answered_at is not None
    return rule_of(call.outcome).branch is Branch.CONNECTED or call.outcome is Outcome.ABANDONED


def _is_machine(call: PastCall) -> bool:
    return call.outcome in {Outcome.MACHINE, Outcome.FAX}


def _machines(
    answered: int,
    put_through: Sequence[PastCall],
    screened_out: Sequence[PastCall],
    otherwise: Machines,
) -> Machines:
    heard = [call for call in put_through if _is_machine(call)]
    if not (heard or screened_out):
        return otherwise
    found = replace(
        otherwise,
        share=len(heard) / answered,
        heard_s=_times((_s(c.bridged_at, c.ended_at) for c in heard), otherwise.heard_s),
    )
    if not screened_out:
        return found
    # Of all who were taken for machines, so many were persons; the rest were not missed.
    mistaken = otherwise.mistaken
    taken = (len(screened_out) + len(heard)) / answered
    share = max(taken - mistaken, 0.0) / (1 - mistaken)
    verdicts = (_s(c.answered_at, c.ended_at) for c in screened_out)
    return replace(
        found,
        share=share,
        missed=min(found.share / share, 1.0) if share else otherwise.missed,
        verdict_s=_times(verdicts, otherwise.verdict_s),
    )


def _answered_by_try(calls: Sequence[PastCall]) -> tuple[float, ...]:
    """The share that is answered, of first calls, second ones …: as far as there are enough."""
    placed: Counter[int] = Counter()
    answered: Counter[int] = Counter()
    before: Counter[int] = Counter()
    for call in calls:
        tries = before[call.contact_id]
        placed[tries] += 1
        answered[tries] += _is_answered(call)
        before[call.contact_id] += bool(call.outcome and rule_of(call.outcome).counted)
    rates: list[float] = []
    while placed and placed[len(rates)] >= LEAST_BY_TRY:
        rates.append(answered[len(rates)] / placed[len(rates)])
    rest = range(len(rates), max(placed, default=-1) + 1)
    late = sum(placed[tries] for tries in rest)
    if late >= LEAST_BY_TRY or (late and not rates):
        rates.append(sum(answered[tries] for tries in rest) / late)
    return tuple(rates)


def _shares(of: Iterable[Outcome | None]) -> Mapping[Outcome, float]:
    found = Counter(outcome for outcome in of if outcome is not None)
    return {outcome: n / found.total() for outcome, n in found.items()}


def _words(talks: Sequence[PastCall]) -> Mapping[Disposition | None, float]:
    found = Counter(call.disposition for call in talks)
    return {word: n / len(talks) for word, n in found.items()}


def _ends(calls: Iterable[PastCall]) -> Mapping[Outcome, Times]:
    lasted: defaultdict[Outcome, list[float]] = defaultdict(list)
    for call in calls:
        if call.outcome is not None and not _is_answered(call):
            lasted[call.outcome] += [s for s in [_s(call.sent_at, call.ended_at)] if s is not None]
    return {
        outcome: _times(seconds, Fixed(mean=BUSY_AFTER_S)) for outcome, seconds in lasted.items()
    }


def _wrap_ups(calls: Iterable[PastCall], longest_s: float) -> Iterable[float]:
    of: defaultdict[str, list[PastCall]] = defaultdict(list)
    for call in calls:
        if call.agent:
            of[call.agent].append(call)
    for own in of.values():
        for one, following in pairwise(own):
            if one.bridged_at is None:
                continue
            placed_s = _s(one.ended_at, following.sent_at)
            gap_s = _s(one.ended_at, following.bridged_at) if placed_s is None else placed_s
            if gap_s is not None and gap_s <= longest_s:
                yield gap_s


def _s(since: datetime | None, until: datetime | None) -> float | None:
    """The seconds between; None where either is not known, or they are the wrong way round."""
    if since is None or until is None or until < since:
        return None
    return (until - since).total_seconds()


def _times(lasted: Iterable[float | None], otherwise: Times) -> Times:
    """As it lasted; too few of them keep their mean alone, and none at all say nothing."""
    seconds = sorted(one for one in lasted if one is not None)
    if not seconds:
        return otherwise
    if len(seconds) >= LEAST_TIMES:
        return Sample(seconds=tuple(seconds[:: len(seconds) // MOST_KEPT + 1]))
    mean = sum(seconds) / len(seconds)
    if isinstance(otherwise, Lognormal) and mean > 0:
        return Lognormal(mean=mean, cv=otherwise.cv)
    return Fixed(mean=mean)
