"""The AMI link against an Asterisk that misbehaves in every way that was seen, over real TCP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from random import Random

import pytest
from structlog.testing import capture_logs

from asterisk import actions
from asterisk.actions import Action
from asterisk.errors import ActionRejected, AnswerOverdue, LinkLost, UnsafeValue
from asterisk.link import Link, Patience
from dialer.effects import Originate
from dialer.switch_events import (
    CallHungUp,
    CallOriginated,
    LinkDown,
    LinkUp,
    QueueJoined,
    SwitchEvent,
)
from tests.fake_asterisk import (
    BANNER,
    FakeAsterisk,
    accept,
    event,
    listing,
    reject,
    response,
    silence,
)

ATTEMPT = "01k9xg3v5m0000000000000000"
PATIENT = Patience(ping_every_s=60, ping_timeout_s=60)
CALL = Originate(
    attempt=ATTEMPT,
    dial_string="PJSIP/{number}@trunk",
    e164="+862155501234",
    caller_id="4008001234",
    ring_timeout_s=30,
    slot="7001",
    queue="waihu-callback",
)


class Bench:
    """A link under test: what it delivered, how long it waited, and gates for its waits."""

    def __init__(self, port: int, patience: Patience) -> None:
        self.inbox: asyncio.Queue[SwitchEvent] = asyncio.Queue()
        self.waits: list[float] = []
        self.free_waits = 1_000
        self._waited = asyncio.Condition()
        self.link = Link(
            host="127.0.0.1",
            port=port,
            username="waihu",
            secret="s3cret",  # noqa: S106 - the fake takes any
            deliver=self.inbox.put_nowait,
            random=Random(7),
            sleep=self._sleep,
            patience=patience,
        )

    async def _sleep(self, seconds: float) -> None:
        async with self._waited:
            self.waits.append(seconds)
            self._waited.notify_all()
        if len(self.waits) > self.free_waits:
            await asyncio.Event().wait()

    async def has_waited(self, times: int) -> None:
        async with asyncio.timeout(5), self._waited:
            await self._waited.wait_for(lambda: len(self.waits) >= times)

    async def told(self) -> SwitchEvent:
        async with asyncio.timeout(5):
            return await self.inbox.get()

    async def up(self) -> None:
        assert await self.told() == LinkUp(version="22.10.0")


@asynccontextmanager
async def bench(
    port: int, patience: Patience = PATIENT, *, free_waits: int = 1_000
) -> AsyncIterator[Bench]:
    under_test = Bench(port, patience)
    under_test.free_waits = free_waits
    running = asyncio.create_task(under_test.link.run())
    try:
        yield under_test
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_a_login_is_told_once_asterisk_is_fully_booted() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.answers["Login"] = accept
        async with bench(asterisk.port) as b:
            login = await asterisk.arrived("Login")
            assert login["Events"] == "system,call,agent,user,dtmf"
            assert not b.link.is_up
            await asterisk.say(event("FullyBooted"))
            await b.up()
            assert b.link.is_up
            assert b.link.fault is None


async def test_events_before_the_login_is_done_are_told_after_it_and_in_order() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.answers["Login"] = lambda action: (
            event("Hangup", Uniqueid="1.1", Cause="16") + accept(action) + event("FullyBooted")
        )
        async with bench(asterisk.port) as b:
            await b.up()
            assert await b.told() == CallHungUp(call="1.1", cause=16)


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
async def test_words_cut_into_pieces_arrive_whole_with_their_chinese_text(piece: int) -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.piece = piece
        async with bench(asterisk.port) as b:
            await b.up()
            await asterisk.say(
                event("QueueCallerJoin", Uniqueid="1.1", Queue="waihu-报修", CallerIDNum="139")
            )
            assert await b.told() == QueueJoined(
                call="1.1", queue="waihu-报修", caller_number="139"
            )


async def test_a_banner_that_never_comes_is_waited_for_only_so_long() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.banner = b""
        async with bench(asterisk.port, replace(PATIENT, banner_s=0.02)) as b:
            await asterisk.connected(2)
            assert "no banner" in (b.link.fault or "")
            assert not asterisk.received


async def test_a_peer_that_is_no_asterisk_is_left_before_it_gets_the_secret() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.banner = b"SSH-2.0-OpenSSH_9.2\r\n"
        async with bench(asterisk.port) as b:
            await asterisk.connected(3)
            assert "does not greet as an Asterisk" in (b.link.fault or "")
            assert not asterisk.received


async def test_a_refused_login_is_said_once_with_its_cure_and_makes_no_storm() -> None:
    with capture_logs() as logs:
        async with FakeAsterisk() as asterisk:
            asterisk.answers["Login"] = reject("Authentication failed")
            async with bench(asterisk.port, free_waits=4) as b:
                await b.has_waited(5)
                assert "Authentication failed" in (b.link.fault or "")
                assert all(2 <= wait <= 30 for wait in b.waits)
                assert min(b.waits[3:]) >= 15
    [said] = [entry for entry in logs if entry["event"] == "link.login_refused"]
    assert "manager.conf" in said["cure"]
    assert "s3cret" not in str(logs)  # I9


async def test_a_refused_login_mends_itself_when_the_secret_is_put_right() -> None:
    async with FakeAsterisk() as asterisk:
        right = asterisk.answers["Login"]
        asterisk.answers["Login"] = reject("Authentication failed")
        async with bench(asterisk.port) as b:
            await b.has_waited(1)
            asterisk.answers["Login"] = right
            await b.up()
            assert b.link.fault is None


async def test_nobody_there_is_said_once_and_tried_ever_more_seldom() -> None:
    async with FakeAsterisk() as asterisk:
        port = asterisk.port
    with capture_logs() as logs:
        async with bench(port, free_waits=12) as b:
            await b.has_waited(13)
    assert len([entry for entry in logs if entry["event"] == "link.unreachable"]) == 1
    assert b.waits[0] <= 0.25
    assert all(5 <= wait <= 10 for wait in b.waits[6:])
    assert len(set(b.waits[6:])) > 3  # jittered


async def test_the_link_comes_up_whichever_of_the_two_starts_first() -> None:
    async with FakeAsterisk() as asterisk:
        late = FakeAsterisk()
        late.port = asterisk.port
    async with bench(late.port) as b:
        await b.has_waited(1)
        async with late:
            await b.up()


async def test_asterisk_that_is_not_booted_is_not_up() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.answers["Login"] = accept
        async with bench(asterisk.port, replace(PATIENT, boot_s=0.02)) as b:
            await asterisk.connected(2)
            assert "not fully booted" in (b.link.fault or "")


async def test_an_answer_is_found_among_events_that_come_before_it() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.answers["Originate"] = lambda action: (
            event("Hangup", Uniqueid=ATTEMPT, Cause="1")
            + event(
                "OriginateResponse",
                ActionID=action["ActionID"],
                Response="Failure",
                Reason="0",
                Uniqueid="<null>",
            )
            + response(action, "Success", "Originate successfully queued")
        )
        async with bench(asterisk.port) as b:
            await b.up()
            answer = await b.link.send(actions.originate(CALL))
            assert answer.text == "Originate successfully queued"
            assert await b.told() == CallHungUp(call=ATTEMPT, cause=1)
            assert await b.told() == CallOriginated(call=ATTEMPT, success=False, reason=0)


async def test_answers_in_another_order_find_their_askers() -> None:
    async with FakeAsterisk() as asterisk:
        first: list[dict[str, str]] = []
        asterisk.answers["Hangup"] = first.append
        asterisk.answers["Redirect"] = lambda action: (
            response(action, "Success", "second") + response(first[0], "Success", "first")
        )
        async with bench(asterisk.port) as b:
            await b.up()
            answers = await asyncio.gather(
                b.link.send(actions.hang_up("1.1")), b.link.send(actions.redirect("1.2"))
            )
            assert [answer.text for answer in answers] == ["first", "second"]


async def test_a_refused_action_raises_asterisks_own_words() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.answers["Hangup"] = reject("No such channel")
        async with bench(asterisk.port) as b:
            await b.up()
            with pytest.raises(ActionRejected, match="No such channel"):
                await b.link.send(actions.hang_up("1.1"))


async def test_a_lost_answer_is_overdue_and_the_link_lives_on() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.answers["Hangup"] = silence
        async with bench(asterisk.port) as b:
            await b.up()
            with pytest.raises(AnswerOverdue):
                await b.link.send(actions.hang_up("1.1"), timeout_s=0.02)
            late = asterisk.named("Hangup")[0]
            await asterisk.say(response(late, "Success", "too late"))
            assert (await b.link.send(actions.ping())).text == "Done"
            assert len(asterisk.named("Hangup")) == 1


async def test_a_list_is_whole_when_its_end_has_come() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.answers["CoreShowChannels"] = listing(
            "CoreShowChannelsComplete",
            ("CoreShowChannel", {"Uniqueid": "1.1"}),
            ("CoreShowChannel", {"Uniqueid": "1.2"}),
        )
        async with bench(asterisk.port) as b:
            await b.up()
            answer = await b.link.send(actions.core_show_channels())
            assert [item["Uniqueid"] for item in answer.items] == ["1.1", "1.2"]


async def test_a_message_of_more_than_one_megabyte_is_dropped_and_said() -> None:
    with capture_logs() as logs:
        async with FakeAsterisk() as asterisk, bench(asterisk.port) as b:
            await b.up()
            await asterisk.say(event("Huge", Text="x" * 1_200_000))
            await asterisk.say(event("Hangup", Uniqueid="1.1", Cause="16"))
            assert await b.told() == CallHungUp(call="1.1", cause=16)
    assert [entry["dropped"] for entry in logs if entry["event"] == "link.message_dropped"] == [1]


async def test_a_lost_link_fails_whoever_waits_and_is_told_once() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.answers["Originate"] = silence
        async with bench(asterisk.port, free_waits=0) as b:
            await b.up()
            sending = asyncio.create_task(b.link.send(actions.originate(CALL)))
            await asterisk.arrived("Originate")
            asterisk.hang_up()
            with pytest.raises(LinkLost):
                await sending
            assert isinstance(await b.told(), LinkDown)
            assert b.inbox.empty()
            assert not b.link.is_up
            assert b.link.fault


async def test_nothing_is_ever_sent_again_after_a_reconnect() -> None:  # I1
    async with FakeAsterisk() as asterisk:
        asterisk.answers["Originate"] = silence
        async with bench(asterisk.port) as b:
            await b.up()
            sending = asyncio.create_task(b.link.send(actions.originate(CALL)))
            await asterisk.arrived("Originate")
            asterisk.hang_up()
            with pytest.raises(LinkLost):
                await sending
            assert isinstance(await b.told(), LinkDown)
            await b.up()
            await b.link.send(actions.ping())
            assert len(asterisk.named("Originate")) == 1


async def test_a_late_word_on_a_call_of_the_connection_before_is_told() -> None:
    async with FakeAsterisk() as asterisk, bench(asterisk.port) as b:
        await b.up()
        asterisk.hang_up()
        assert isinstance(await b.told(), LinkDown)
        await b.up()
        await asterisk.say(
            event(
                "OriginateResponse",
                ActionID=f"waihu/originate/{ATTEMPT}",
                Response="Success",
                Reason="4",
                Uniqueid=ATTEMPT,
            )
        )
        assert await b.told() == CallOriginated(call=ATTEMPT, success=True, reason=4)


async def test_nothing_is_sent_while_there_is_no_link() -> None:
    async with FakeAsterisk() as asterisk:
        link = Bench(asterisk.port, PATIENT).link
        with pytest.raises(LinkLost):
            await link.send(actions.originate(CALL))
        assert not asterisk.received


async def test_a_half_open_connection_is_found_by_its_silence() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.answers["Ping"] = silence
        quick = replace(PATIENT, ping_every_s=0.01, ping_timeout_s=0.02)
        async with bench(asterisk.port, quick, free_waits=0) as b:
            await b.up()
            assert await b.told() == LinkDown(reason="Asterisk is silent")


def test_a_half_open_connection_is_found_within_ten_seconds() -> None:
    assert Patience().ping_every_s + Patience().ping_timeout_s <= 10


async def test_a_stop_that_asterisk_announces_is_the_reason_that_is_told() -> None:
    async with FakeAsterisk() as asterisk, bench(asterisk.port, free_waits=0) as b:
        await b.up()
        await asterisk.say(event("Shutdown", Shutdown="Cleanly", Restart="False"))
        asterisk.hang_up()
        assert await b.told() == LinkDown(reason="Asterisk shuts down")


async def test_a_link_that_falls_at_once_again_and_again_is_not_stormed() -> None:
    async with FakeAsterisk() as asterisk:
        login = asterisk.answers["Login"]

        def login_and_fall(action: dict[str, str]) -> bytes | None:
            asyncio.get_running_loop().call_later(0.005, asterisk.hang_up)
            return login(action)

        asterisk.answers["Login"] = login_and_fall
        async with bench(asterisk.port, free_waits=8) as b:
            await b.has_waited(9)
            assert b.waits[-1] >= 5


async def test_a_value_that_would_add_an_action_does_not_leave_the_house() -> None:
    async with FakeAsterisk() as asterisk, bench(asterisk.port) as b:
        await b.up()
        before = len(asterisk.received)
        forged = actions.ping()
        object.__setattr__(forged, "headers", (("A", "b\r\n\r\nAction: Command\r\nCommand: x"),))
        with pytest.raises(UnsafeValue):
            await b.link.send(forged)
        await b.link.send(actions.ping())
        assert [dict(headers)["Action"] for headers in asterisk.received[before:]] == ["Ping"]


async def test_what_arrives_is_one_action_with_each_header_once_in_its_place() -> None:
    async with FakeAsterisk() as asterisk, bench(asterisk.port) as b:
        await b.up()
        action = actions.originate(CALL)
        await b.link.send(action)
        [sent] = [headers for headers in asterisk.received if ("Action", "Originate") in headers]
        expected = [("Action", "Originate"), ("ActionID", action.action_id), *action.headers]
        assert sorted(sent) == sorted(expected)


async def test_a_bug_in_the_receiver_ends_the_link_and_is_not_hidden() -> None:
    def broken(told: SwitchEvent) -> None:
        if isinstance(told, CallHungUp):
            raise ZeroDivisionError

    def quiet(_loop: asyncio.AbstractEventLoop, _context: object) -> None:
        """The loop's own complaint; what counts is that `run` raises."""

    asyncio.get_running_loop().set_exception_handler(quiet)
    async with FakeAsterisk() as asterisk:
        link = Link(
            host="127.0.0.1",
            port=asterisk.port,
            username="waihu",
            secret="s3cret",  # noqa: S106 - the fake takes any
            deliver=broken,
            random=Random(7),
            patience=PATIENT,
        )
        running = asyncio.create_task(link.run())
        await asterisk.arrived("CoreSettings")
        await asterisk.say(event("Hangup", Uniqueid="1.1", Cause="16"))
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(running, 5)


@pytest.mark.parametrize(
    "make", [actions.ping, actions.agents, actions.queue_status, actions.list_commands]
)
async def test_an_asker_who_gives_up_leaves_nothing_behind(make: Callable[[], Action]) -> None:
    async with FakeAsterisk() as asterisk:
        action = make()
        asterisk.answers[action.name] = silence
        async with bench(asterisk.port) as b:
            await b.up()
            asking = asyncio.create_task(b.link.send(action))
            await asterisk.arrived(action.name)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            asterisk.answers[action.name] = reject("no")
            with pytest.raises(ActionRejected):
                await b.link.send(make())


def test_the_fake_greets_as_asterisk_does() -> None:
    assert BANNER.startswith(b"Asterisk Call Manager/")


async def test_a_host_that_can_be_none_is_a_fault_to_be_shown_and_no_crash() -> None:
    async def once(_seconds: float) -> None:
        raise asyncio.CancelledError

    link = Link(
        host="a..b",
        port=5038,
        username="waihu",
        secret="s3cret",  # noqa: S106  nobody asks for it
        deliver=lambda _event: None,
        random=Random(7),
        sleep=once,
    )
    with suppress(asyncio.CancelledError):
        await link.run()
    assert (link.fault or "").endswith("a..b is no host name")
