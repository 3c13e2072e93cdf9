"""The terminal's wallboard as a person sees it: what stands on it, and what its keys do (R18)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from campaigns.ledger import By
from config.language import translate
from dialer.acting_live import ActRefused
from dialer.wire import Answer, Do
from supervisor.snapshot import AlarmLevel, Snapshot, counts_by_look
from supervisor.terminal_board.board import Board, Surroundings
from supervisor.terminal_board.figures import headlines
from supervisor.terminal_board.hands import Hands
from tests.board.seen import lines_of, sees, settled, text_of
from tests.supervisor.board_example import full
from tests.supervisor.floor_example import NOW, agents

SIZES = [(80, 24), (120, 40), (200, 60), (60, 20), (40, 10)]


class Floor:
    """A picture that may change, and the requests that would go to the engine."""

    def __init__(self, snapshot: Snapshot | None) -> None:
        self.shown = snapshot
        self.stirred = asyncio.Event()
        self.age_s = 0.4
        self.asked: list[tuple[Do, dict[str, str | None]]] = []
        self.answer = Answer(id="", code="ok", facts={"by": "li", "state": "rings"})

    def show(self, snapshot: Snapshot) -> None:
        self.shown = snapshot
        self.stirred.set()

    async def pictures(self) -> AsyncIterator[Snapshot]:
        while True:
            if self.shown is not None:
                yield self.shown
            await self.stirred.wait()
            self.stirred.clear()

    async def ask(self, do: Do, /, **fields: str | None) -> Answer:
        self.asked.append((do, {k: v for k, v in fields.items() if v is not None}))
        return self.answer

    def board(self) -> Board:
        hands = Hands(
            acting=_no_database,
            ask=self.ask,
            by=lambda: By(who="li", at=NOW, why=""),
            _=translate,
        )
        return Board(
            Surroundings(
                pictures=self.pictures,
                hands=hands,
                utc_now=lambda: (
                    (self.shown.ts if self.shown else NOW) + timedelta(seconds=self.age_s)
                ),
                failure=lambda error: str(error) if isinstance(error, ActRefused) else None,
                translate=translate,
            )
        )


def _no_database() -> None:
    raise AssertionError("these tests touch no database")


@asynccontextmanager
async def shown(floor: Floor, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[str]]:
    board = floor.board()
    async with board.run_test(size=size) as pilot:
        await settled(pilot)
        yield pilot


@pytest.fixture(params=["en", "zh-CN", "zh-TW"])
def spoken(request: pytest.FixtureRequest, speaking: Callable[[str | None], None]) -> str:
    speaking(request.param)
    return str(request.param)


@pytest.mark.parametrize("size", SIZES)
async def test_every_line_is_as_wide_as_the_terminal(spoken: str, size: tuple[int, int]) -> None:
    async with shown(Floor(full()), size) as pilot:
        lines = lines_of(pilot)
    assert len(lines) == size[1], spoken
    assert {cell_len(line) for line in lines} == {size[0]}


HEADINGS = {
    "en": (
        *("Waiting/longest", "In time, 20 s", "Abandoned", "Free/signed in", "Answered 15 min"),
        *("Queues", "longest", "given up", "Campaigns", "answer rate", "Agents 9", "Alarms 9"),
        *("on break", "→ lend agents", "customer-callb", "no agent is free", "q quit"),
    ),
    "zh-CN": (
        *("排队/最长", "20 秒服务水平", "呼损率", "空闲/在线座席", "接通率 15 分"),
        *("队列", "最长等待", "放弃", "项目", "接通率", "座席 9", "告警 9"),
        *("小休", "→ 借调座席", "没有空闲座席", "q 退出"),
    ),
    "zh-TW": (
        *("等候/最久", "20 秒服務水準", "外撥放棄率", "空閒/登入人員", "接通率 15 分"),
        *("佇列", "最長等待", "放棄", "專案", "接通率", "客服人員 9", "告警 9"),
        *("休息中", "→ 調度支援", "沒有空閒", "q 離開"),
    ),
}


async def test_at_80_by_24_all_bands_are_there_and_no_word_is_cut(spoken: str) -> None:
    async with shown(Floor(full())) as pilot:
        seen = text_of(pilot)
    for words in HEADINGS[spoken]:
        assert words in seen
    assert "137****4421" in seen
    torn = [line for line in seen.splitlines() if "…" in line and "customer-callb…" not in line]
    assert torn == []


async def test_the_answer_rate_is_beside_that_of_the_same_hour_and_says_of_what(  # R18
    speaking: Callable[[str | None], None],
) -> None:
    speaking("en")
    async with shown(Floor(full())) as pilot:
        assert "norm: 34 %" in text_of(pilot)
    said = "34 % at 14–15 h, 12 working days, n = 5120"
    assert said in headlines(full(), str)[-1].explained
    own = headlines(replace(full(), norm=None), str)[-1]
    assert own.detail.startswith("run: ")
    assert any("this run's own" in line for line in own.explained)


async def test_the_worst_stands_first() -> None:
    async with shown(Floor(full())) as pilot:
        seen = text_of(pilot)
    assert seen.index("inbound  ") < seen.index("callback  ") < seen.index("sales  ")
    assert seen.index("周杰") < seen.index("王芳"), "whose phone is gone before who only talks"
    assert "▸■ inbound" in seen, "the cursor is where something must be done"


async def test_queues_without_a_caller_today_stand_behind_the_campaigns() -> None:
    busy, *others = full().queues
    idle = [replace(one, waiting=0, offered=0, longest_wait_s=None) for one in others]
    async with shown(Floor(replace(full(), alarms=(), queues=(busy, *idle)))) as pilot:
        seen = text_of(pilot)
    assert seen.index("callback  ") < seen.index("Campaigns") < seen.index("without a caller")
    assert seen.index("without a caller") < seen.index("inbound  ")


async def test_without_colours_alarms_and_states_have_their_signs() -> None:
    async with shown(Floor(full())) as pilot:
        seen = text_of(pilot)
    for sign in ("■ inbound", "▲ spring", "↥! 周杰", "▮! 赵磊", "●  王芳", "■2 ▲7"):
        assert sign in seen


async def test_figures_of_few_calls_are_fractions() -> None:
    few = full()
    calm = replace(few, queues=(few.queues[2],), minutes=(), campaigns=())
    small = replace(calm.queues[0].service_level, n=7, numerator=6.0, denominator=7.0)
    async with shown(
        Floor(replace(calm, queues=(replace(few.queues[2], service_level=small),)))
    ) as pilot:
        assert "6/7" in text_of(pilot)


# ── how old it is (I10) ──────────────────────────────────────────────────────────────────


async def test_old_data_says_so_and_loses_its_colours() -> None:
    floor = Floor(full())
    async with shown(floor) as pilot:
        floor.age_s = 12.0
        await settled(pilot)
        assert "data is 12 s old" in lines_of(pilot)[0]
        styles = {
            str(part.style.bgcolor)
            for strip in pilot.app.screen._compositor.render_strips()[5:18]  # noqa: SLF001  its colours
            for part in strip
            if part.style is not None and part.style.bgcolor is not None
        }
        assert not any("#0072b2" in style for style in styles), "no state keeps its colour"
        floor.age_s = 45.0
        await settled(pilot)
        assert "nothing new for 0:45" in lines_of(pilot)[1]
        floor.age_s = 0.4
        floor.show(full())
        await settled(pilot)
        assert "old" not in lines_of(pilot)[0]


async def test_before_the_first_picture_it_says_what_to_start() -> None:
    floor = Floor(None)
    async with shown(floor) as pilot:
        assert "waihu run" in text_of(pilot)
        floor.show(full())
        await settled(pilot)
        assert "inbound" in text_of(pilot)


# ── moving ───────────────────────────────────────────────────────────────────────────────


async def test_the_cursor_goes_by_arrows_and_by_letters_and_skips_headings() -> None:
    async with shown(Floor(full())) as pilot:
        for key in ("j", "down", "j"):
            await pilot.press(key)
        assert "▸▲ spring" in text_of(pilot), "over the heading of campaigns"
        await pilot.press("k", "up")
        assert "▸  callback" in text_of(pilot)


async def test_the_cursor_stays_on_its_row_wherever_that_goes() -> None:
    floor = Floor(full())
    async with shown(floor) as pilot:
        await pilot.press("3", "down")
        before = next(line for line in lines_of(pilot) if "▸" in line)
        assert "▸✎! Anna Berg" in before
        calm = replace(full(), alarms=())
        floor.show(calm)
        await settled(pilot)
        assert "▸✎  Anna Berg" in text_of(pilot)


async def test_the_numbers_go_to_the_bands() -> None:
    async with shown(Floor(full())) as pilot:
        for key, row in (("1", "▸Waiting"), ("2", "▸■ inbound"), ("3", "▸↥! 周杰"), ("4", "▸■ 14")):
            await pilot.press(key)
            assert row in text_of(pilot)


async def test_a_filter_keeps_what_has_its_words_and_esc_takes_it_away() -> None:
    async with shown(Floor(full())) as pilot:
        await pilot.press("slash", *"talking", "enter")
        await settled(pilot)
        seen = text_of(pilot)
        assert "王芳" in seen
        assert "刘洋" not in seen
        assert "/talking" in lines_of(pilot)[-1]
        await pilot.press("escape")
        assert "刘洋" in text_of(pilot)


async def test_a_click_chooses_and_a_second_one_opens() -> None:
    async with shown(Floor(full())) as pilot:
        await pilot.click("#work", offset=(10, 2))
        assert "▸  callback" in text_of(pilot)
        await pilot.click("#work", offset=(10, 2), times=2)
        await settled(pilot)
        assert "94 % (n 31) = 29 ÷ 31" in text_of(pilot)


async def test_enter_explains_a_percentage_and_a_standstill() -> None:
    async with shown(Floor(full()), (120, 40)) as pilot:
        await pilot.press("enter")
        await settled(pilot)
        seen = text_of(pilot)
        for fact in ("70 % (n 132) = 92 ÷ 132", "138****5678", "first: lend agents"):
            assert fact in seen
        await pilot.press("escape", "j", "j", "j", "enter")
        await settled(pilot)
        assert "not one call more: too many would find no agent" in text_of(pilot)
        await pilot.press("escape", "j", "enter")
        await settled(pilot)
        assert "why it does not dial  no agent is free" in text_of(pilot)


async def test_five_hundred_agents_are_a_screen_of_them() -> None:
    people = tuple(replace(agent, since=NOW) for agent in agents(500))
    crowd = replace(full(), agents=people, agent_counts=counts_by_look(people))
    async with shown(Floor(crowd), (120, 40)) as pilot:
        await pilot.press("3", "end")
        assert "Agents 450" in text_of(pilot)
        assert text_of(pilot).count("▸") == 1, "it is in sight"


async def test_it_follows_the_terminals_size() -> None:
    async with shown(Floor(full())) as pilot:
        await pilot.resize_terminal(120, 40)
        await settled(pilot)
        lines = lines_of(pilot)
        assert len(lines) == 40
        assert any("▁" in line for line in lines), "charts of the last hour"


async def test_lines_that_are_left_over_tell_what_came_of_the_calls() -> None:  # R2
    async with shown(Floor(full()), (120, 46)) as pilot:
        seen = text_of(pilot)
        for words in ("Outcomes so far 153", "not through      70", "no answer       38"):
            assert words in seen
        assert seen.index("黄丽") < seen.index("Outcomes so far") < seen.index("Alarms 9")
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert "Outcomes so far" not in text_of(pilot)


async def test_the_last_line_stays_whatever_is_told_at_the_top() -> None:
    wrong = replace(full(), link_up=False, link_fault="gone", store_fault="away", set_aside=2)
    for size in SIZES[:3]:
        async with shown(Floor(replace(wrong, agents=(), alarms=())), size) as pilot:
            assert "q quit" in lines_of(pilot)[-1]


async def test_from_afar_there_is_no_cursor_and_no_key() -> None:
    async with shown(Floor(full())) as pilot:
        await pilot.press("t")
        assert "▸" not in text_of(pilot)
        assert "q quit" not in text_of(pilot)
        await pilot.press("t")
        assert "q quit" in text_of(pilot)


async def test_the_help_names_every_key_and_fits(spoken: str) -> None:
    async with shown(Floor(full())) as pilot:
        await pilot.press("question_mark")
        await settled(pilot)
        seen = text_of(pilot)
        assert "l w b" in seen
        assert "Esc" in seen, spoken


async def test_nothing_that_a_terminal_would_obey_reaches_it() -> None:
    harmful = "王\x1b]0;x\x07\x1b[2J\x9b1m\u202e芳\r\n"
    crowd = tuple(replace(agent, name=harmful, pause_reason=harmful) for agent in full().agents)
    floor = Floor(replace(full(), agents=crowd, site=harmful))
    async with shown(floor) as pilot:
        assert not any(sign in text_of(pilot) for sign in "\x1b\x07\x9b\u202e\r")
        await pilot.press("3", "enter")
        await settled(pilot)
        assert not any(sign in text_of(pilot) for sign in "\x1b\x07\x9b\u202e\r")


@pytest.mark.parametrize("key", ["question_mark", "slash"])
async def test_ctrl_c_ends_the_board_from_a_window_too(key: str) -> None:
    async with shown(Floor(full())) as pilot:
        await pilot.press(key)
        await sees(pilot, "╭")
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert not pilot.app.is_running or pilot.app._exit  # noqa: SLF001  how it is told


async def test_keys_of_the_board_are_not_heard_in_a_window() -> None:
    floor = Floor(full())
    async with shown(floor) as pilot:
        await at_the_agent(pilot, "王芳")
        await pilot.press("m")
        await sees(pilot, "Lend 王芳 to:")
        await pilot.press("p", "r", "a")
        await settled(pilot)
        assert floor.asked == []


# ── acting ───────────────────────────────────────────────────────────────────────────────


async def at_the_agent(pilot: Pilot[str], name: str) -> None:
    """Put the cursor on an agent, as a person would."""
    await pilot.press("3", "home")
    for _ in range(20):
        if any(
            f"▸{shape}" in line and name in line.split("▸")[1][:20]
            for line in lines_of(pilot)
            for shape in "●✎◔▮↥○"
        ):
            return
        await pilot.press("right")
    raise AssertionError(f"{name} is nowhere")


async def test_p_ends_a_break_and_begins_one_and_says_so() -> None:
    floor = Floor(full())
    async with shown(floor) as pilot:
        await at_the_agent(pilot, "赵磊")
        await pilot.press("p")
        await sees(pilot, "1007 赵磊 is ready.")
        assert floor.asked == [(Do.PAUSE, {"agent": "1007", "by": "li"})]
        await at_the_agent(pilot, "王芳")
        await pilot.press("p")
        await sees(pilot, "1001 王芳 is on a break.")
        assert floor.asked[-1] == (Do.PAUSE, {"agent": "1001", "reason": "break", "by": "li"})


@pytest.mark.parametrize(
    ("key", "do", "question", "done"),
    [
        ("x", Do.HANG_UP, "Hang up the call of 1001 王芳?", "The call of 1001 王芳 is hung up."),
        ("o", Do.SIGN_OUT, "Sign 1001 王芳 out?", "1001 王芳 is signed out."),
    ],
)
async def test_what_destroys_is_asked_once(key: str, do: Do, question: str, done: str) -> None:
    floor = Floor(full())
    async with shown(floor) as pilot:
        await at_the_agent(pilot, "王芳")
        await pilot.press(key)
        await sees(pilot, question)
        await pilot.press("escape")
        await settled(pilot)
        assert floor.asked == []
        await pilot.press(key)
        await sees(pilot, question)
        await pilot.press(*"stuck", "enter")
        await sees(pilot, done)
        ((asked, fields),) = floor.asked
        assert asked is do
        assert (fields["agent"], fields["by"], fields["why"]) == ("1001", "li", "stuck")


async def test_listening_asks_for_the_phone_once_and_esc_ends_it() -> None:
    floor = Floor(full())
    async with shown(floor) as pilot:
        await at_the_agent(pilot, "王芳")
        await pilot.press("l")
        await sees(pilot, "Its extension:")
        await pilot.press(*"8001", "enter")
        await sees(pilot, "Your phone 8001 rings")
        said = {"agent": "1001", "mode": "listen", "phone": "8001", "by": "li"}
        assert floor.asked == [(Do.LISTEN, said)]
        floor.answer = Answer(id="", code="ok", facts={"state": "hears"})
        await pilot.press("w")
        await sees(pilot, "Your phone 8001 hears 1001 王芳.")
        assert floor.asked[-1] == (Do.LISTEN, {**said, "mode": "whisper"})
        await pilot.press("escape")
        await sees(pilot, "You hear nobody any more.")
        assert floor.asked[-1] == (Do.UNLISTEN, {"phone": "8001", "by": "li"})


async def test_a_sees_to_the_alarm_under_ones_name() -> None:
    floor = Floor(full())
    worst = [alarm for alarm in full().alarms if alarm.level == AlarmLevel.ALARM]
    async with shown(floor) as pilot:
        await pilot.press("4", "a")
        await sees(pilot, "li sees to it.")
        do, fields = floor.asked[0]
        assert do is Do.ACKNOWLEDGE
        assert fields["by"] == "li"
        assert fields["alarm"] in {alarm.id for alarm in worst}


async def test_an_alarm_that_is_seen_to_is_hollow_and_says_by_whom() -> None:
    alarms = tuple(replace(alarm, acknowledged_by="陈静") for alarm in full().alarms)
    async with shown(Floor(replace(full(), alarms=alarms))) as pilot:
        seen = text_of(pilot)
        assert "✓ 陈静" in seen
        assert "□ inbound" in seen
        assert "■" not in lines_of(pilot)[0]


async def test_a_key_on_an_alarm_acts_on_what_it_is_about() -> None:
    late = [alarm for alarm in full().alarms if alarm.code == "agent_break"]
    async with shown(Floor(replace(full(), alarms=tuple(late)))) as pilot:
        board = pilot.app
        assert isinstance(board, Board)
        await pilot.press("4")
        subject = board.subject
        assert subject is not None
        assert subject.name == "1007"


async def test_a_refusal_is_told_and_nothing_falls() -> None:
    floor = Floor(full())
    floor.answer = Answer(id="", code="agent_away", facts={})
    async with shown(floor) as pilot:
        await at_the_agent(pilot, "王芳")
        await pilot.press("p")
        await sees(pilot, "✕ agent_away")


@pytest.mark.parametrize("key", ["l", "x", "o", "r", "m", "p"])
async def test_a_key_without_its_row_says_where_to_go(key: str) -> None:
    floor = Floor(full())
    async with shown(floor) as pilot:
        await pilot.press("1", key)
        await sees(pilot, "Choose an agent first: 3")
        assert floor.asked == []
