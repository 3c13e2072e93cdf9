"""Calls under any signals in any order: each ends once, and frees its agent once (I1, I2, I5).

The real engine stands on a stage whose hopper, switch and agents say whatever hypothesis likes,
legal or not: answers that never come, words on calls that are over, links that fall.
"""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from campaigns.campaign import CampaignState
from campaigns.judge import Code, Verdict
from campaigns.outcomes import Disposition
from dialer.agents import State
from dialer.calls import DIALING
from dialer.effects import (
    ClaimContacts,
    Effect,
    EndAttempt,
    MarkSent,
    Originate,
    PauseMember,
    ReleaseClaim,
)
from dialer.messages import (
    Claim,
    Claimed,
    Dispose,
    LoginAgent,
    Message,
    PauseAgent,
    SentJudged,
    StoreFailed,
)
from dialer.switch_events import (
    ActionDone,
    AgentLoggedIn,
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallDialEnded,
    CallHungUp,
    CallOriginated,
    CallRinging,
    CallUnserved,
    LinkDown,
    LinkUp,
    OriginateUnsent,
    QueueConnected,
    SwitchSurveyed,
)
from tests.dialer.stage import YES, Stage
from tests.machines.patience import patience

NO = Verdict(code=Code.DAILY_CAP)
AGENTS = ("1001", "1002")
STRANGERS = ("in-1", "in-2")
AT_REST_S = 150
EVERY_ANSWER = 100
NO_CAN_COME_AT = ((2, 1), (2, 0), (1, 0), (0, 0))
"""After so many good answers, and what is found then: the judge's no, the store's fault at the
judgement, the agent who cannot be kept, the store's fault at the claim."""


WALKED_THROUGH = {
    "placed",
    "released",
    "the store refused a claim",
    "the store refused a judgement",
    "judged no",
    "no agent kept",
    *(f"ended {outcome}" for outcome in ("not_sent", "lost", "abandoned", "undisposed")),
}
"""What the walks must have led to: they prove nothing of what never happens."""


class Calls(RuleBasedStateMachine):
    """What is told is drawn; what the engine wants done is kept and counted.

    `came_about`: what the walks have led to, over all of them.
    """

    came_about: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(agents=len(AGENTS)).with_campaign(ring_timeout_s=5, wrap_up_s=4)
        self.born: list[str] = []
        self.endings: Counter[str] = Counter()
        self.placed: Counter[str] = Counter()
        self.gone: set[str] = set()
        self.kept: dict[str, str] = {}
        self.pending: list[ClaimContacts | MarkSent | PauseMember] = []
        self.seen = 0

    @initialize()
    def opens(self) -> None:
        self.stage.opens()
        self.stage.passes(7)
        self._dials(EVERY_ANSWER)

    def tell(self, message: Message) -> None:
        self.stage.tell(message)
        self._look()

    def _look(self) -> None:
        for effect in self.stage.effects[self.seen :]:
            self._wanted(effect)
        self.seen = len(self.stage.effects)
        self._agents()

    def _wanted(self, effect: Effect) -> None:
        match effect:
            case ClaimContacts() | MarkSent():
                self.pending.append(effect)
            case PauseMember() if effect.ref:
                self.pending.append(effect)
            case EndAttempt():
                self.came_about[f"ended {effect.outcome}"] += 1
                self._ends(effect.attempt)
            case ReleaseClaim():
                self.came_about["released"] += 1
                self._ends(effect.attempt)
            case Originate():
                assert not self.endings[effect.attempt], "placed after its end"
                self.came_about["placed"] += 1
                self.placed[effect.attempt] += 1
                assert self.placed[effect.attempt] == 1, "placed twice"
            case _:
                pass

    def _ends(self, attempt: str) -> None:
        self.endings[attempt] += 1
        assert self.endings[attempt] == 1, f"a second outcome of {attempt}"

    def _agents(self) -> None:
        """Whom a call keeps, after each message: once freed by its end, nobody is kept again."""
        now = {a.agent: a.attempt for a in self.stage.engine.floor if a.attempt}
        for login, attempt in now.items():
            if self.kept.get(login) != attempt:
                assert attempt not in self.gone, f"{login} is kept by {attempt}, which is over"
        self.kept = now

    # ── what may be told ─────────────────────────────────────────────────────────────────

    @rule(answers=st.integers(0, 8))
    def dials(self, answers: int) -> None:
        """All is well and calls go out to whoever is free; the last answers are yet to come."""
        self._dials(answers)

    @rule(step=st.sampled_from(NO_CAN_COME_AT))
    def is_refused(self, step: tuple[int, int]) -> None:
        """All is well, until the store or the switch says no."""
        answers, found = step
        self._dials(answers)
        if self.pending:
            self._answer(self.pending.pop(), good=False, found=found)

    def _dials(self, answers: int) -> None:
        self._all_is_well()
        self.stage.passes(0.1)
        self._look()
        while self.pending and answers:
            answers -= 1
            self._answer(self.pending.pop(), good=True, found=1)

    def _all_is_well(self) -> None:
        """The link is up, the list is looked at anew, and everybody is there and ready."""
        self.stage.load()
        if isinstance(self.stage.engine.link, LinkDown):
            self.tell(LinkUp(version="22"))
        self.tell(self._survey({c.attempt: False for c in self.stage.engine.board}, {}))
        for login in AGENTS:
            agent = self.stage.engine.floor.get(login)
            assert agent is not None
            if agent.state is State.AWAY:
                self.goes_or_comes(login)
            self.breaks(login, None)
        if any(a.state is State.READYING for a in self.stage.engine.floor):
            self.time_passes(6.5)

    @rule()
    def is_talked_to(self) -> None:
        """A call goes its usual way into a talk."""
        self._dials(EVERY_ANSWER)
        ringing = [c.attempt for c in self.stage.engine.board if c.state in DIALING]
        for call in ringing[:1]:
            self.tell(_word("ring", call, 0))
            self.tell(_word("yes", call, 0))
            self.tell(_word("alone", call, 0))
            self.tell(_word("join", call, 0))

    def _some_call(self, data: st.DataObject) -> str:
        """Mostly one that lives, at times one that is over, or a stranger."""
        alive = [c.attempt for c in self.stage.engine.board]
        return data.draw(st.sampled_from((*alive, *alive, *self.born[-2:], *STRANGERS)))

    @precondition(lambda self: bool(self.pending))
    @rule(data=st.data(), good=st.booleans())
    def answers(self, data: st.DataObject, good: bool) -> None:  # noqa: FBT001  drawn
        """The store or the switch answers something that it was asked."""
        asked = self.pending.pop(data.draw(st.integers(0, len(self.pending) - 1)))
        self._answer(asked, good=good, found=data.draw(st.integers(0, 2)))

    def _answer(
        self, asked: ClaimContacts | MarkSent | PauseMember, *, good: bool, found: int
    ) -> None:
        match asked:
            case ClaimContacts() if good:
                claims = tuple(self._claim() for _ in range(min(found, asked.count)))
                self.tell(Claimed(ref=asked.ref, campaign_id=1, claims=claims, next_due_at=None))
            case ClaimContacts():
                self.came_about["the store refused a claim"] += 1
                self.tell(StoreFailed(ref=asked.ref, text="busy"))
            case MarkSent() if found == 0:
                self.came_about["the store refused a judgement"] += 1
                self.tell(StoreFailed(ref=asked.attempt, text="busy"))
            case MarkSent():
                if not good:
                    self.came_about["judged no"] += 1
                    self._ends(asked.attempt)  # the store has ended it itself
                self.tell(SentJudged(attempt=asked.attempt, verdict=YES if good else NO))
            case PauseMember():
                self.came_about["no agent kept"] += not good
                self.tell(ActionDone(ref=asked.ref, ok=good))

    def _claim(self) -> Claim:
        number = len(self.born) + 1
        claim = Claim(
            attempt=f"{number:026}", campaign_id=1, contact_id=number, e164=f"+8621{number:08}"
        )
        self.born.append(claim.attempt)
        return claim

    @rule(
        data=st.data(),
        kind=st.sampled_from(("ring", "answer", "yes", "no", "dial", "alone", "join", "message")),
        reason=st.sampled_from((0, 3, 4, 5, 8)),
    )
    def says(self, data: st.DataObject, kind: str, reason: int) -> None:
        """The switch says something of a call, alive or not, or of a stranger."""
        self.tell(_word(kind, self._some_call(data), reason))

    @rule(data=st.data(), cause=st.sampled_from((0, 1, 16, 17, 19, 34)))
    def hangs_up(self, data: st.DataObject, cause: int) -> None:
        """A channel is gone."""
        self.tell(CallHungUp(call=self._some_call(data), cause=cause))

    @precondition(lambda self: bool(self.placed))
    @rule(data=st.data())
    def is_unsent(self, data: st.DataObject) -> None:
        """There was no link for an Originate."""
        self.tell(OriginateUnsent(call=data.draw(st.sampled_from(sorted(self.placed)))))

    @rule(login=st.sampled_from(AGENTS), call=st.sampled_from(STRANGERS))
    def takes_a_caller(self, login: str, call: str) -> None:
        """The queue gives an agent a caller, whatever we think."""
        self.tell(QueueConnected(call=call, queue="waihu-inbound", member=login))

    @rule(login=st.sampled_from(AGENTS), word=st.sampled_from(Disposition), data=st.data())
    def disposes(self, login: str, word: Disposition, data: st.DataObject) -> None:
        """An agent says what came of a call, or of another one."""
        attempt = data.draw(st.sampled_from((None, *self.born[-3:])))
        at = self.stage.now.utc.replace(year=2027) if word is Disposition.APPOINTMENT else None
        self.tell(
            Dispose(ref="c", agent=login, attempt=attempt, disposition=word, appointment_at=at)
        )

    @rule(login=st.sampled_from(AGENTS), reason=st.sampled_from((None, "lunch")))
    def breaks(self, login: str, reason: str | None) -> None:
        """An agent goes on a break or comes back."""
        self.tell(PauseAgent(ref="c", agent=login, reason=reason))

    @rule(login=st.sampled_from(AGENTS))
    def goes_or_comes(self, login: str) -> None:
        """An agent's phone is hung up; or calls in."""
        agent = self.stage.engine.floor.get(login)
        assert agent is not None
        if agent.state is not State.AWAY and agent.slot:
            self.tell(AgentLoggedOut(slot=agent.slot))
            return
        self.tell(LoginAgent(ask=f"ask-{login}", call=f"Local/{login}", agent=login))
        agent = self.stage.engine.floor.get(login)
        assert agent is not None
        if agent.slot:
            self.tell(AgentLoggedIn(slot=agent.slot, channel=f"Local/{login}"))

    @rule(data=st.data(), comes_back=st.booleans())
    def link_falls(self, data: st.DataObject, comes_back: bool) -> None:  # noqa: FBT001  drawn
        """The link is lost, and mostly there again; the survey finds some of the calls."""
        self.tell(LinkDown(reason="reset"))
        if comes_back:
            self._links(data.draw(st.sets(st.sampled_from((*self.born[-4:], *STRANGERS)))))

    @rule(up=st.booleans(), data=st.data())
    def is_surveyed(self, up: bool, data: st.DataObject) -> None:  # noqa: FBT001  drawn
        """What the switch holds, as far as it tells."""
        found = data.draw(st.sets(st.sampled_from((*self.born[-4:], *STRANGERS))))
        talking = {"7001": min(found)} if found and up else {}
        self.tell(self._survey(dict.fromkeys(sorted(found), up), talking))

    def _links(self, found: set[str]) -> None:
        self.tell(LinkUp(version="22"))
        self.tell(self._survey(dict.fromkeys(sorted(found), False), {}))

    def _survey(self, calls: dict[str, bool], talking: dict[str, str]) -> SwitchSurveyed:
        seated = [a for a in self.stage.engine.floor if a.slot and a.state is not State.AWAY]
        agents = {a.slot or "": f"Local/{a.agent}" for a in seated}
        return SwitchSurveyed(agents=agents, paused={}, calls=calls, talking=talking)

    @rule(seconds=st.sampled_from((0.1, 0.5, 1.8, 6.5, 21.0)))
    def time_passes(self, seconds: float) -> None:
        """Clocks ring."""
        for _ in range(round(seconds * 10)):
            self.stage.passes(0.1)
            self._look()

    # ── what must hold ───────────────────────────────────────────────────────────────────

    @invariant()
    def nobody_is_kept_by_a_call_that_is_over(self) -> None:
        board = self.stage.engine.board
        for agent in self.stage.engine.floor:
            assert not (agent.attempt and agent.inbound), "I5: in two calls"
            if agent.attempt is not None:
                call = board.get(agent.attempt)
                assert call is not None, f"{agent.agent} is kept by a call that ended"
                assert call.agent == agent.agent, f"{agent.agent} is kept by another one's call"

    @invariant()
    def a_call_that_is_over_stays_so(self) -> None:
        alive = {call.attempt for call in self.stage.engine.board}
        assert not alive & self.gone, "a call came back"
        self.gone |= set(self.born) - alive

    def teardown(self) -> None:
        """Every answer comes, the link stays, nobody calls: all ends, each exactly once."""
        if not self.seen:
            return
        self.stage.load(state=CampaignState.PAUSED)
        self._links(set())
        for _ in range(3):
            while self.pending:
                self._answer(self.pending.pop(), good=True, found=1)
        for stranger in STRANGERS:
            self.tell(CallHungUp(call=stranger, cause=16))
        for _ in range(AT_REST_S):
            self.stage.passes(1)
            self._look()
        assert not len(self.stage.engine.board), list(self.stage.engine.board)
        assert self.endings == Counter(self.born)
        for agent in self.stage.engine.floor:
            assert agent.attempt is None
            assert agent.state in (State.IDLE, State.AWAY), agent


def _word(kind: str, call: str, reason: int) -> Message:
    words: dict[str, Message] = {
        "ring": CallRinging(call=call),
        "answer": CallAnswered(call=call),
        "yes": CallOriginated(call=call, success=True, reason=4),
        "no": CallOriginated(call=call, success=False, reason=reason),
        "dial": CallDialEnded(call=call, dial_status="BUSY"),
        "alone": CallBridged(call=call, bridge=f"b-{call}", channels=1),
        "join": CallBridged(call="phone", bridge=f"b-{call}", channels=2),
        "message": CallUnserved(call=call),
    }
    return words[kind]


def test_calls_under_any_signals_in_any_order() -> None:
    Calls.came_about.clear()
    run_state_machine_as_test(Calls, settings=patience(examples=80, steps=40))
    missing = {one for one in WALKED_THROUGH if not Calls.came_about[one]}
    assert not missing, f"no walk led to {missing}"
