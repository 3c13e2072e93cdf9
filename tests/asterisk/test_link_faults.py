"""The link's faults by name: half open, a banner or a boot that never comes, a secret that was
changed, a reset in the midst of a word; and waits that make no herd of many links."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from asterisk import actions
from asterisk.errors import LinkLost
from asterisk.link import Patience
from asterisk.perform import perform
from dialer.switch_events import CallHungUp, LinkDown, OriginateUnsent
from tests.asterisk.test_link import ATTEMPT, CALL, PATIENT, bench
from tests.fake_asterisk import FakeAsterisk, accept, event, reject, silence

QUICK_PING = replace(PATIENT, ping_every_s=0.01, ping_timeout_s=0.02)


# ── half open, cut off, locked out ───────────────────────────────────────────────────────


async def test_a_connection_that_goes_half_open_while_asterisk_boots_is_left_as_well() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.answers["Login"] = accept  # and never a word that it is fully booted
        asterisk.answers["Ping"] = silence
        async with bench(asterisk.port, QUICK_PING) as b:
            await asterisk.connected(2)
            assert "Asterisk is silent" in (b.link.fault or "")
            assert b.inbox.empty()  # no LinkUp was told, so no LinkDown either


async def test_asterisk_that_boots_slowly_but_answers_is_waited_for() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.answers["Login"] = accept
        async with bench(asterisk.port, QUICK_PING) as b:
            await asterisk.arrived("Ping", times=3)
            assert not b.link.is_up
            await asterisk.say(event("FullyBooted"))
            await b.up()
            assert asterisk.connections == 1


async def test_a_secret_that_is_changed_under_a_living_link_is_said_once_and_mends_itself() -> None:
    with capture_logs() as logs:
        async with FakeAsterisk() as asterisk, bench(asterisk.port, free_waits=4) as b:
            await b.up()
            right = asterisk.answers["Login"]
            asterisk.answers["Login"] = reject("Authentication failed")
            asterisk.hang_up()
            assert isinstance(await b.told(), LinkDown)
            await b.has_waited(4)
            assert "Authentication failed" in (b.link.fault or "")
            assert all(2 <= wait <= 30 for wait in b.waits[1:])  # no storm of logins
            assert b.inbox.empty()
            asterisk.answers["Login"] = right
            await b.up()
            assert b.link.fault is None
    assert len([one for one in logs if one["event"] == "link.login_refused"]) == 1
    assert "s3cret" not in str(logs)  # I9


async def test_a_reset_in_the_midst_of_a_word_leaves_nothing_to_the_next_connection() -> None:
    whole = event("Hangup", Uniqueid="1.1", Cause="16")
    async with FakeAsterisk() as asterisk, bench(asterisk.port) as b:
        for cut in range(1, len(whole), 7):
            await b.up()
            await asterisk.say(whole[:cut])
            asterisk.hang_up()
            assert isinstance(await b.told(), LinkDown)
        await b.up()
        await asterisk.say(event("Hangup", Uniqueid="1.2", Cause="17"))
        assert await b.told() == CallHungUp(call="1.2", cause=17)


# ── sent for certain, or not for certain ─────────────────────────────────────────────────


async def test_an_originate_without_a_link_is_told_as_unsent() -> None:
    async with FakeAsterisk() as asterisk:
        port = asterisk.port
    async with bench(port, free_waits=0) as b:
        await b.has_waited(1)
        assert await perform(b.link, CALL) == OriginateUnsent(call=ATTEMPT)


async def test_an_originate_in_the_instant_of_the_cut_is_told_as_unsent_and_leaves_no_byte() -> (
    None
):
    """The connection is closing already, though nobody has been told of its end yet."""
    async with FakeAsterisk() as asterisk, bench(asterisk.port, free_waits=0) as b:
        await b.up()
        b.link.drop("the test cuts")
        assert await perform(b.link, CALL) == OriginateUnsent(call=ATTEMPT)
        assert isinstance(await b.told(), LinkDown)
        assert not asterisk.named("Originate")


async def test_only_what_was_certainly_not_written_says_so() -> None:
    async with FakeAsterisk() as asterisk, bench(asterisk.port, free_waits=0) as b:
        asterisk.answers["Originate"] = silence
        await b.up()
        sending = asyncio.create_task(b.link.send(actions.originate(CALL)))
        await asterisk.arrived("Originate")
        asterisk.hang_up()
        with pytest.raises(LinkLost) as lost:
            await sending
        assert lost.value.written
        await b.told()
        with pytest.raises(LinkLost) as refused:
            await b.link.send(actions.originate(CALL))
        assert not refused.value.written


# ── waits between tries ──────────────────────────────────────────────────────────────────


@given(st.integers(), st.integers(min_value=0, max_value=10**6))
def test_a_wait_grows_up_to_its_limit_and_the_seed_alone_decides_it(seed: int, tries: int) -> None:
    patience = Patience()
    longest = min(patience.first_wait_s * 2.0 ** min(tries, 20), patience.longest_wait_s)
    wait = patience.wait_s(tries, Random(seed))
    assert longest / 2 <= wait <= longest
    assert wait == patience.wait_s(tries, Random(seed))


@given(st.integers(), st.integers(min_value=1, max_value=10**6))
def test_a_first_refusal_is_forgiven_soon_and_a_lasting_one_is_no_storm(
    seed: int, refusals: int
) -> None:
    """Asterisk listens before it has read who may log in: I8 leaves 10 s."""
    wait = Patience().wait_refused_s(refusals, Random(seed))
    longest = min(4.0 * 2.0 ** min(refusals - 1, 20), 30.0)
    assert longest / 2 <= wait <= longest


@given(st.integers(min_value=0, max_value=2**32))
def test_links_that_fell_together_do_not_come_back_as_a_herd(seed: int) -> None:
    """Of a hundred links no tenth of the span of their second tries gets more than a third."""
    starts = [Random(seed + n) for n in range(100)]
    patience = Patience()
    at = [sum(patience.wait_s(tries, random) for tries in range(6)) for random in starts]
    slot = (max(at) - min(at)) / 10
    crowds = [sum(low <= one < low + slot for one in at) for low in at]
    assert max(crowds) <= 34
