"""Called back instead of waiting: the place is kept, its turn comes, an agent is there for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.campaign import CampaignState
from campaigns.outcomes import Outcome
from dialer.agents import State
from dialer.calling_back import REST_S
from dialer.effects import (
    AnswerAsk,
    AuditFinding,
    ClaimContacts,
    ClosePlace,
    EndAttempt,
    Found,
    KeepPlace,
    Originate,
    PauseMember,
)
from dialer.ids import attempt_id
from dialer.kept_places import KEPT
from dialer.messages import (
    AgentRecord,
    CampaignRecord,
    Claim,
    Claimed,
    KeptPlace,
    Loaded,
    PlaceKept,
    Reconfigure,
    StoreFailed,
    Unfinished,
    WishCallBack,
)
from dialer.picture import take
from dialer.switch_events import (
    CallBridged,
    CallHungUp,
    CallOriginated,
    LinkDown,
    LinkUp,
    MessageLeft,
    QueueAbandoned,
    QueueConnected,
    QueueExited,
    QueueJoined,
    QueueLeft,
    Waiting,
)
from routing.inbound import InboundRoutes
from routing.skills import Need, Wider
from routing.turns import CallBackReason, CallBackRules, Place, PlaceEnd
from tests.dialer.stage import QUEUE, Stage, state_of

NUMBER, E164 = "13900000002", "+8613900000002"
RULES = CallBackRules(campaign="callback", abandoned=frozenset({QUEUE}))


@pytest.fixture
def stage() -> Stage:
    """One agent, ready and idle; the campaign's own list is empty."""
    made = Stage().opens()
    made.engine.kept_places.rules = RULES
    made.passes(7)
    made.answers_claim(found=0)
    return made


def last_claim(stage: Stage) -> ClaimContacts:
    return stage.last(ClaimContacts)


def joins(stage: Stage, call: str, number: str = NUMBER) -> None:
    stage.tell(QueueJoined(call=call, queue=QUEUE, caller_number=number))


def wishes(stage: Stage, call: str = "c1", number: str = NUMBER) -> str | None:
    """Ask for a call-back, have it written, hang up, and tell what the caller was told."""
    effects = stage.tell(WishCallBack(ask=f"ask-{call}", call=call, number=number, queue=QUEUE))
    for effect in effects:
        if isinstance(effect, KeepPlace):
            effects = stage.tell(PlaceKept(ref=effect.ref))
    answers = [one for one in effects if isinstance(one, AnswerAsk)]
    stage.tell(CallHungUp(call=call, cause=16))
    return answers[-1].variables[KEPT] if answers else None


def is_claimed(stage: Stage, e164: str = E164) -> str:
    """The hopper gives the contact whose turn it is; the attempt."""
    claim = last_claim(stage)
    assert claim.turns == (e164,)
    attempt = attempt_id(stage.now.utc, stage.random)
    given = Claim(attempt=attempt, campaign_id=1, contact_id=77, e164=e164)
    stage.tell(Claimed(ref=claim.ref, campaign_id=1, claims=(given,), next_due_at=None))
    return attempt


def is_called(stage: Stage, e164: str = E164) -> str:
    attempt = is_claimed(stage, e164)
    stage.reserves(attempt)
    stage.judges(attempt)
    assert stage.last(Originate).attempt == attempt
    return attempt


def serves(stage: Stage, call: str) -> None:
    """An agent has a caller of the queue on the line."""
    joins(stage, call, "13700000000")
    stage.tell(QueueConnected(call=call, queue=QUEUE, member="1001"))
    stage.tell(QueueLeft(call=call, queue=QUEUE))


def hangs_up(stage: Stage, call: str) -> None:
    """A caller who waits hangs up."""
    stage.tell(QueueAbandoned(call=call, queue=QUEUE))
    stage.tell(QueueLeft(call=call, queue=QUEUE))
    stage.tell(CallHungUp(call=call, cause=16))


def pauses(stage: Stage) -> list[str | None]:
    return [one.reason for one in stage.wanted(PauseMember)]


def test_the_promise_is_made_when_it_is_on_the_disk_and_the_place_is_that_of_the_wait(
    stage: Stage,
) -> None:
    stage.tell(LinkDown(reason="test"))
    joins(stage, "c1")
    came = stage.now.utc
    stage.passes(20)
    stage.tell(QueueLeft(call="c1", queue=QUEUE))
    asked = WishCallBack(ask="a", call="c1", number=NUMBER, queue=QUEUE, language="zh")
    (keep,) = [one for one in stage.tell(asked) if isinstance(one, KeepPlace)]
    assert (keep.e164, keep.joined_at, keep.language) == (E164, came, "zh")
    assert not stage.wanted(AnswerAsk)[1:]
    stage.tell(PlaceKept(ref=keep.ref))
    assert stage.last(AnswerAsk) == AnswerAsk(ask="a", variables={KEPT: "kept"})
    assert [one.e164 for one in stage.engine.kept_places.places] == [E164]
    assert wishes(stage, "c2") == "again"


def test_what_cannot_be_kept_is_not_promised(stage: Stage) -> None:
    assert wishes(stage, number="12") == ""
    assert wishes(stage, number="+881612345678") == ""  # anybody can show a satellite's number
    (keep,) = [
        one
        for one in stage.tell(WishCallBack(ask="a", call="c1", number=NUMBER))
        if isinstance(one, KeepPlace)
    ]
    assert keep.queue == QUEUE  # nobody has waited: the campaign's
    stage.tell(StoreFailed(ref=keep.ref, text="full"))
    assert stage.last(AnswerAsk).variables == {KEPT: ""}
    assert stage.engine.kept_places.places == []
    stage.engine.kept_places.rules = CallBackRules()
    assert wishes(stage) == ""


def test_an_idle_agent_is_kept_and_the_call_goes_out_at_once(stage: Stage) -> None:
    assert wishes(stage) == "kept"
    assert state_of(stage) is State.RESERVED
    attempt = is_called(stage)
    assert stage.last(Originate).slot == "7001"
    stage.tell(CallOriginated(call=attempt, success=True, reason=4))
    stage.tell(CallBridged(call=attempt))
    closed = stage.last(ClosePlace)
    assert (closed.e164, closed.end) == (E164, PlaceEnd.CALLED)
    assert stage.engine.kept_places.places == []


def test_nobody_is_called_who_still_hears_that_they_will_be(stage: Stage) -> None:
    """Their line would be busy, and the next try is minutes later."""
    joins(stage, "c1")
    stage.tell(QueueLeft(call="c1", queue=QUEUE))
    for call, number in (("c1", NUMBER), ("c2", "13900000003")):  # one never was in a queue
        asked = WishCallBack(ask=f"ask-{call}", call=call, number=number, queue=QUEUE)
        (keep,) = [one for one in stage.tell(asked) if isinstance(one, KeepPlace)]
        stage.tell(PlaceKept(ref=keep.ref))
        stage.passes(5)
        assert state_of(stage) is State.IDLE
    stage.tell(CallHungUp(call="c1", cause=16))
    assert state_of(stage) is State.RESERVED
    assert last_claim(stage).turns == (E164,)


def test_who_hung_up_amid_the_promise_is_called(stage: Stage) -> None:
    stage.tell(CallHungUp(call="c1", cause=16))
    stage.tell(WishCallBack(ask="a", call="c1", number=NUMBER, queue=QUEUE))
    stage.tell(PlaceKept(ref=stage.last(KeepPlace).ref))
    assert last_claim(stage).turns == (E164,)


def test_an_agent_leaves_wrap_up_reserved_and_is_never_offered_to_who_came_later(
    stage: Stage,
) -> None:
    serves(stage, "busy")
    assert wishes(stage) == "kept"
    stage.passes(1)
    joins(stage, "later", "13800000000")
    stage.tell(CallHungUp(call="busy", cause=16))
    assert state_of(stage) is State.WRAP_UP
    before = len(stage.wanted(PauseMember))
    stage.passes(11)
    assert state_of(stage) is State.RESERVED
    assert pauses(stage)[before:] == ["reserved"]
    assert last_claim(stage).turns == (E164,)


def test_who_came_earlier_on_the_line_is_first(stage: Stage) -> None:
    serves(stage, "busy")
    joins(stage, "earlier", "13800000000")
    stage.passes(1)
    assert wishes(stage) == "kept"
    stage.tell(CallHungUp(call="busy", cause=16))
    stage.passes(11)
    assert state_of(stage) is State.IDLE
    assert not last_claim(stage).turns
    stage.tell(QueueConnected(call="earlier", queue=QUEUE, member="1001"))
    stage.tell(CallHungUp(call="earlier", cause=16))
    stage.passes(11)
    assert state_of(stage) is State.RESERVED
    assert last_claim(stage).turns == (E164,)


def test_nobody_is_held_for_a_place_that_cannot_be_called(stage: Stage) -> None:
    wishes(stage)
    claim = last_claim(stage)
    stage.tell(Claimed(ref=claim.ref, campaign_id=1, claims=(), next_due_at=None))
    assert state_of(stage) is State.IDLE
    stage.passes(REST_S - 1)
    assert last_claim(stage) == claim
    stage.passes(2)
    assert last_claim(stage).turns == (E164,)
    assert last_claim(stage) != claim


def test_the_best_agent_is_kept_for_a_place_and_a_lesser_one_after_a_wait() -> None:
    """As app_queue would give them a caller who waits on the line."""
    stage = Stage(agents=2).opens()
    stage.engine.kept_places.rules = RULES
    queue = "waihu-english"
    need = Need(queue=queue, skill="english", least=7, wider=(Wider(after_s=20, least=3),))
    stage.engine.floor.take_needs((need,), stage.now)
    has_skills(stage, {"1001": 3, "1002": 9})
    stage.passes(7)
    stage.tell(WishCallBack(ask="a", call="", number=NUMBER, queue=queue))
    stage.tell(PlaceKept(ref=stage.last(KeepPlace).ref))
    assert [state_of(stage, login) for login in ("1001", "1002")] == [State.IDLE, State.RESERVED]
    is_called(stage)
    has_skills(stage, {"1001": 3})
    other = "13900000003"
    stage.tell(WishCallBack(ask="b", call="", number=other, queue=queue))
    stage.tell(PlaceKept(ref=stage.last(KeepPlace).ref))
    stage.passes(19)
    assert state_of(stage, "1001") is State.IDLE
    stage.passes(2)
    assert last_claim(stage).turns == (f"+86{other}",)


def has_skills(stage: Stage, levels: dict[str, int]) -> None:
    records = tuple(
        AgentRecord(agent=login, name=login, queues=(), skills={"english": levels.get(login, 0)})
        for login in stage.logins
    )
    record = CampaignRecord(
        campaign=stage.campaign,
        state=CampaignState.RUNNING,
        contacts=0,
        open_contacts=0,
        due_contacts=0,
        next_due_at=None,
    )
    stage.tell(Loaded(campaigns=(record,), agents=records))


def test_an_agent_whom_a_caller_waits_for_is_not_taken_for_a_place(stage: Stage) -> None:
    members, before = stage.engine.floor.members, len(stage.wanted(ClaimContacts))
    members.keep("1001", "c9", QUEUE, until_mono=stage.now.mono + 60)
    wishes(stage)
    assert len(stage.wanted(ClaimContacts)) == before
    stage.passes(61)
    assert last_claim(stage).turns == (E164,)


@pytest.mark.parametrize("state", [CampaignState.PAUSED, CampaignState.STOPPED])
def test_a_campaign_that_rests_keeps_its_places_and_calls_nobody(
    stage: Stage, state: CampaignState
) -> None:
    stage.load(state=state)
    assert wishes(stage) == "kept"
    stage.passes(5)
    assert state_of(stage) is State.IDLE
    stage.load()
    assert state_of(stage) is State.RESERVED


def test_a_call_that_reaches_nobody_leaves_the_place_to_the_rule(stage: Stage) -> None:
    wishes(stage)
    attempt = is_called(stage)
    stage.tell(CallOriginated(call=attempt, success=False, reason=3))
    stage.tell(CallHungUp(call=attempt, cause=19))
    assert stage.last(EndAttempt).outcome in {Outcome.NO_ANSWER, Outcome.FAILED}
    assert [one.e164 for one in stage.engine.kept_places.places] == [E164]
    place = stage.engine.kept_places.places[0]
    due = replace(place, due_at=stage.now.utc + timedelta(seconds=25))
    tells(stage, due)
    stage.passes(0.2)
    stage.answers_claim(found=0)
    stage.passes(20)
    assert state_of(stage) is State.IDLE
    stage.passes(6)
    assert last_claim(stage).turns == (E164,)


def tells(stage: Stage, *places: Place, end: str = "") -> None:
    """The database says which places are kept."""
    stage.load(places=tuple(KeptPlace(campaign_id=1, place=one, end=end) for one in places))


def test_after_a_restart_the_places_of_before_are_served(stage: Stage) -> None:
    old = Place(e164=E164, queue=QUEUE, joined_at=stage.now.utc - timedelta(hours=1))
    tells(stage, old)
    assert state_of(stage) is State.RESERVED
    assert last_claim(stage).turns == (E164,)


@pytest.mark.parametrize("is_read_first", [True, False])
def test_who_waits_on_the_line_since_before_a_restart_is_not_called_but_served(
    *, is_read_first: bool
) -> None:
    stage = Stage()
    stage.engine.kept_places.rules = RULES
    if is_read_first:
        stage.opens()
    else:
        stage.tell(Unfinished(attempts=()))
        stage.tell(LinkUp(version="22.10"))
    waits = {"old": Waiting(queue=QUEUE, waited_s=30.0, number=NUMBER)}
    stage.sees(calls={"old": True}, waiting=waits)
    if not is_read_first:
        stage.load()
    stage.logs_in("1001")
    stage.passes(7)
    tells(stage, Place(e164=E164, queue=QUEUE, joined_at=stage.now.utc - timedelta(hours=1)))
    assert state_of(stage) is State.IDLE
    stage.tell(QueueConnected(call="old", queue=QUEUE, member="1001"))
    assert stage.last(ClosePlace).end == PlaceEnd.SERVED


def test_who_was_served_is_not_called_while_the_database_has_yet_to_take_it(stage: Stage) -> None:
    place = Place(e164=E164, queue=QUEUE, joined_at=stage.now.utc - timedelta(minutes=5))
    serves(stage, "busy")
    tells(stage, place)
    joins(stage, "again")
    stage.tell(CallHungUp(call="busy", cause=16))
    stage.tell(QueueConnected(call="again", queue=QUEUE, member="1001"))
    stage.tell(CallHungUp(call="again", cause=16))
    assert stage.last(ClosePlace).end == PlaceEnd.SERVED
    before = len(stage.wanted(ClosePlace))
    tells(stage, place)
    stage.passes(11)
    assert not last_claim(stage).turns
    stage.answers_claim(found=0)
    tells(stage)
    tells(stage, replace(place, joined_at=stage.now.utc))  # another one, kept since
    assert last_claim(stage).turns == (E164,)
    assert len(stage.wanted(ClosePlace)) == before


def test_a_place_that_is_over_on_file_is_closed(stage: Stage) -> None:
    over = Place(e164=E164, queue=QUEUE, joined_at=stage.now.utc)
    tells(stage, over, end=PlaceEnd.CLOSED)
    assert stage.last(ClosePlace).end == PlaceEnd.CLOSED
    assert stage.engine.kept_places.places == []


def test_who_hangs_up_while_waiting_is_called_back_where_the_queue_says_so(stage: Stage) -> None:
    serves(stage, "busy")
    joins(stage, "c1")
    stage.passes(4)
    hangs_up(stage, "c1")
    assert not stage.wanted(KeepPlace)  # that was no wait
    for call, number in (("c2", NUMBER), ("c3", "anonymous")):
        joins(stage, call, number)
        stage.passes(6)
        came = stage.now.utc - timedelta(seconds=6)
        hangs_up(stage, call)
    (keep,) = stage.wanted(KeepPlace)
    assert (keep.e164, keep.why) == (E164, CallBackReason.ABANDONED)
    assert keep.joined_at <= came
    stage.engine.kept_places.rules = CallBackRules(campaign="callback")
    joins(stage, "c4", "13900000009")
    stage.passes(6)
    hangs_up(stage, "c4")
    assert len(stage.wanted(KeepPlace)) == 1


@pytest.mark.parametrize("queues", [{QUEUE}, set()])
def test_who_waited_when_the_link_was_lost_and_is_gone_is_called_back(  # R4
    stage: Stage, queues: set[str]
) -> None:
    """Whoever still waits, talks, or came a moment before is not; nor where no queue says so."""
    rules = CallBackRules(campaign="callback", abandoned=frozenset(queues))
    stage.engine.kept_places.rules = rules
    serves(stage, "busy")
    for call, number in (("gone", NUMBER), ("waits", "13900000003"), ("talks", "13900000004")):
        joins(stage, call, number)
    came = stage.now.utc
    stage.passes(10)
    stage.tell(LinkDown(reason="test"))
    stage.passes(20)
    stage.tell(LinkUp(version="22.10"))
    waiting = {"waits": Waiting(queue=QUEUE, waited_s=30.0, number="13900000003")}
    stage.sees(calls={"waits": True, "talks": True, "busy": True}, waiting=waiting)
    assert [(one.e164, one.why, one.joined_at) for one in stage.wanted(KeepPlace)] == [
        (E164, CallBackReason.ABANDONED, came) for _ in queues
    ]


def test_what_an_audit_misses_amid_events_has_not_given_up(stage: Stage) -> None:
    """Where events are heard, they say so."""
    serves(stage, "busy")
    joins(stage, "c1")
    stage.passes(35)
    stage.sees(calls={"busy": True})
    assert not stage.wanted(KeepPlace)


def test_who_leaves_a_message_is_called_back_where_the_queue_says_so(stage: Stage) -> None:
    message = MessageLeft(call="c1", queue=QUEUE, caller_number=NUMBER)
    assert not [one for one in stage.tell(message) if isinstance(one, KeepPlace)]
    voicemail = frozenset({QUEUE})
    stage.engine.kept_places.rules = CallBackRules(campaign="callback", voicemail=voicemail)
    stage.tell(replace(message, queue="", caller_number="anonymous"))
    stage.tell(replace(message, queue=""))  # who has waited nowhere: the campaign's queue
    stage.tell(message)
    (keep,) = stage.wanted(KeepPlace)
    assert (keep.queue, keep.why) == (QUEUE, CallBackReason.VOICEMAIL)


def test_who_calls_again_and_is_answered_is_not_called_back(stage: Stage) -> None:
    serves(stage, "busy")
    wishes(stage)
    joins(stage, "again")
    stage.tell(CallHungUp(call="busy", cause=16))
    stage.passes(11)
    assert state_of(stage) is State.IDLE  # they are on the line: nobody calls them
    stage.tell(QueueConnected(call="again", queue=QUEUE, member="1001"))
    assert stage.last(ClosePlace).end == PlaceEnd.SERVED
    assert stage.engine.kept_places.places == []


def test_who_is_served_while_our_call_rings_keeps_the_place_until_it_ends(stage: Stage) -> None:
    """On file the call's end, busy, is followed by another try; being served is the last word."""
    wishes(stage)
    attempt = is_called(stage)
    joins(stage, "again")
    stage.tell(QueueConnected(call="again", queue=QUEUE, member="1002"))
    assert not stage.wanted(ClosePlace)
    stage.tell(CallOriginated(call=attempt, success=False, reason=5))
    stage.tell(CallHungUp(call=attempt, cause=17))
    words = [one for one in stage.effects if isinstance(one, EndAttempt | ClosePlace)]
    assert [type(one) for one in words] == [EndAttempt, ClosePlace]
    assert stage.last(ClosePlace).end == PlaceEnd.SERVED


def test_a_queue_that_was_quicker_has_the_agent_and_the_place_stays(stage: Stage) -> None:
    wishes(stage)
    attempt = is_claimed(stage)
    joins(stage, "quick", "13800000000")
    stage.tell(QueueConnected(call="quick", queue=QUEUE, member="1001"))
    assert not stage.wanted(Originate)
    assert attempt
    assert [one.e164 for one in stage.engine.kept_places.places] == [E164]
    stage.tell(CallHungUp(call="quick", cause=16))
    stage.passes(13)
    assert last_claim(stage).turns == (E164,)


def test_who_is_to_be_called_back_comes_before_every_campaign(stage: Stage) -> None:
    stage.load()
    assert wishes(stage) == "kept"
    assert last_claim(stage).turns == (E164,)


def test_who_has_waited_too_long_and_goes_on_has_not_hung_up(stage: Stage) -> None:
    """app_queue calls both an abandonment; only who is gone has given up."""
    serves(stage, "busy")
    joins(stage, "c1")
    stage.passes(10)
    stage.tell(QueueAbandoned(call="c1", queue=QUEUE))
    stage.tell(QueueLeft(call="c1", queue=QUEUE))
    stage.tell(QueueExited(call="c1", queue=QUEUE, status="TIMEOUT"))
    stage.tell(CallHungUp(call="c1", cause=16))
    assert not stage.wanted(KeepPlace)
    (view,) = [one for one in stage.engine.statistics.queue_views(stage.now) if one.name == QUEUE]
    assert (view.abandoned, view.left) == (0, 1)


GONE = "waihu-repairs"


def test_a_place_whose_queue_has_left_the_settings_is_called_from_the_campaigns_own(  # R4
    stage: Stage,
) -> None:
    """The call was promised, and no agent serves the other queue any more."""
    sets_queues(stage, QUEUE, GONE)
    tells(stage, Place(e164=E164, queue=GONE, joined_at=stage.now.utc))
    assert state_of(stage) is State.IDLE
    sets_queues(stage, QUEUE)
    tells(stage, Place(e164=E164, queue=GONE, joined_at=stage.now.utc))
    assert last_claim(stage).turns == (E164,)


def test_it_is_told_once_where_places_of_a_queue_are_called_now(stage: Stage) -> None:
    sets_queues(stage, QUEUE)
    place = Place(e164=E164, queue=GONE, joined_at=stage.now.utc)
    for _ in range(2):
        tells(stage, place)
    assert stage.wanted(Found) == [Found(finding=AuditFinding.QUEUE_GONE, queue=GONE)]
    (view,) = [
        one
        for one in take(stage.engine, stage.now, site="", zone="UTC").queues
        if one.name == QUEUE
    ]
    assert (view.places, view.places_of) == (1, (GONE,))
    sets_queues(stage, QUEUE, GONE)
    tells(stage, place)
    assert stage.engine.kept_places.orphans == {}


def sets_queues(stage: Stage, *names: str) -> None:
    """The settings are read anew."""
    stage.tell(
        Reconfigure(
            ref="r",
            routes=InboundRoutes(default=QUEUE),
            thresholds_s=dict.fromkeys(names, 15.0),
            needs=tuple(Need(queue=name) for name in names),
        )
    )
