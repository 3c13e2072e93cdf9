"""What a check finds before a caller does (R9)."""

from __future__ import annotations

import pytest

from routing.check import Code, check
from routing.flow import (
    Branch,
    Case,
    Enqueue,
    Flow,
    HangUp,
    Manner,
    Menu,
    OpeningHours,
    OpenOrder,
    Play,
    Saying,
    SetLanguage,
    Step,
)

HELLO = Saying(manner=Manner.SOUND, words={"": "hello"})


def flow_of(**steps: Step) -> Flow:
    return Flow(
        name="test",
        start=next(iter(steps)),
        rescue="desk",
        steps={**steps, "desk": Enqueue(queue="waihu-desk")},
        languages=("zh", "en"),
        zone="Asia/Shanghai",
    )


def found(flow: Flow, *, queues: frozenset[str] | None = None) -> list[tuple[Code, str, str, str]]:
    return [(one.code, one.step, one.key, one.what) for one in check(flow, queues=queues)]


GOOD = flow_of(menu=Menu(say=(HELLO,), keys={"1": "desk"}), bye=HangUp())


@pytest.mark.parametrize(
    ("flow", "finding"),
    [
        (
            flow_of(menu=Menu(say=(), keys={"1": "dekst"})),
            (Code.UNKNOWN_STEP, "menu", "key 1", "dekst"),
        ),
        (flow_of(play=Play(say=())), (Code.DEAD_END, "play", "next", "")),
        (
            flow_of(hours=OpeningHours(hours="x", open="desk", closed="desk")),
            (Code.UNKNOWN_HOURS, "hours", "hours", "x"),
        ),
        (
            flow_of(way=SetLanguage(language="fr", next="desk")),
            (Code.UNKNOWN_LANGUAGE, "way", "language", "fr"),
        ),
        (
            flow_of(a=Play(say=(), next="b"), b=Play(say=(), next="a")),
            (Code.NO_EXIT, "a", "", ""),
        ),
        (
            flow_of(menu=Menu(say=(), keys={"1": "desk"}, nothing="menu")),
            (Code.GOES_ROUND, "menu", "", ""),
        ),
        (
            flow_of(menu=Menu(say=(), keys={"1": "desk"}), lost=HangUp()),
            (Code.UNREACHABLE, "lost", "", ""),
        ),
        (
            flow_of(who=Branch(cases=(Case(fact="vlp", to="desk", known=True),), otherwise="desk")),
            (Code.UNKNOWN_FACT, "who", "case 1", "vlp"),
        ),
        (
            flow_of(
                play=Play(say=(Saying(manner=Manner.TEXT, words={"zh": "您好"}),), next="desk")
            ),
            (Code.MISSING_WORDS, "play", "say", "en"),
        ),
    ],
    ids=lambda it: it[0].value if isinstance(it, tuple) else "",
)
def test_each_mistake_is_found_where_it_stands(
    flow: Flow, finding: tuple[Code, str, str, str]
) -> None:
    assert finding in found(flow)


def test_a_rescue_must_end_in_a_person_a_voicemail_or_a_good_bye() -> None:
    flow = Flow(
        name="test",
        start="menu",
        rescue="menu",
        steps={"menu": Menu(say=(), keys={"1": "bye"}, nothing="bye"), "bye": HangUp()},
        languages=("zh",),
        zone="Asia/Shanghai",
    )
    assert (Code.RESCUE_UNFIT, "", "rescue", "menu") in found(flow)


def test_a_queue_that_is_not_there_and_sounds_that_are_missing_are_named() -> None:
    assert found(GOOD, queues=frozenset()) == [
        (Code.UNKNOWN_QUEUE, "desk", "queue", "waihu-desk"),
        (Code.UNREACHABLE, "bye", "", ""),
    ]
    opening = flow_of(a=OpenOrder(kind="gardn", next="desk", failed="desk"))
    (named,) = [one for one in check(opening, kinds=frozenset({"garden"})) if one.is_fault]
    assert (named.code, named.key, named.what) == (Code.UNKNOWN_KIND, "kind", "gardn")
    missing = check(GOOD, has_sound=lambda language, _name: language == "zh")
    assert [one.what for one in missing if one.code is Code.MISSING_SOUND] == ["en/hello"]


def test_what_is_missing_to_be_heard_is_no_fault_and_faults_come_first() -> None:
    flow = flow_of(menu=Menu(say=(HELLO,), keys={"1": "nowhere"}), lost=HangUp())
    codes = [one.is_fault for one in check(flow, has_sound=lambda *_: False)]
    assert codes == sorted(codes, reverse=True)
    assert codes.count(True) == 1


def test_texts_without_a_program_that_speaks_them_are_told_once() -> None:
    text = Saying(manner=Manner.TEXT, words={"": "hello"})
    flow = flow_of(a=Play(say=(text, text), next="desk"))
    assert [one.code for one in check(flow, speaks=False)] == [Code.NO_SPEECH]
    assert check(flow) == []
