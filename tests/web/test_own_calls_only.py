"""R25: nobody gives the word for another's call, at no door; and a bug tells nobody anything."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from campaigns.outcomes import Outcome
from store import schema
from supervisor.rights import Role
from tests.store.room import MONDAY_9, Room
from tests.web.served_site import ServedSite


async def left_undisposed(served: ServedSite) -> str:
    """A talk of agent 1001 that still waits for the word."""
    room = Room(served.database)
    claim = await room.sent(await room.running_campaign(1), MONDAY_9 + timedelta(minutes=1))
    async with served.database.writing() as connection:
        ended = update(schema.attempt).where(schema.attempt.c.id == claim.attempt)
        await connection.execute(ended.values(outcome=Outcome.UNDISPOSED.value, agent="1001"))
    return claim.attempt


async def test_no_agent_gives_the_late_word_for_anothers_call_by_the_api(
    served: ServedSite,
) -> None:
    attempt = await left_undisposed(served)
    await served.account("wang", Role.AGENT, agent="1002")
    async with served.signed_in("wang") as browser:
        word = {"disposition": "refused", "attempt": attempt}
        answer = await browser.post("/api/v1/agents/1002/disposition", json=word)
    assert answer.json()["code"] == "no_call_to_dispose", "it would bar the person for good"


async def test_who_had_the_call_gives_its_late_word_by_the_api(served: ServedSite) -> None:
    attempt = await left_undisposed(served)
    await served.account("li", Role.AGENT, agent="1001")
    async with served.signed_in("li") as browser:
        word = {"disposition": "success", "attempt": attempt}
        answer = await browser.post("/api/v1/agents/1001/disposition", json=word)
    assert answer.status_code == 200, answer.text


async def test_a_fault_of_ours_is_in_the_log_and_not_in_the_answer(
    served: ServedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(_now: object) -> None:
        raise KeyError("13800138000")

    await served.account("li")
    async with served.signed_in("li") as browser:
        monkeypatch.setattr(served.parts.sessions, "of", break_down)
        with capture_logs() as logged:
            answer = await browser.get("/account/sessions")
    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert "13800138000" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert [one["event"] for one in logged if one["log_level"] == "error"] == ["web.fault"]


@pytest.mark.parametrize(
    "path",
    [
        *("/static/%00", "/static/" + "a" * 5000, "/static/%2e%2e/pages.py", "/static//etc/passwd"),
        *("/words/%00.json", "/words/..%2f..%2fen.json", "/%00", "//api/v1//agents"),
        *("/api/v1/agents/%00", "/desk/api/contacts/" + "9" * 400, "/desk/live/", "/live/"),
    ],
)
async def test_no_address_finds_a_bug_before_anybody_has_signed_in(
    served: ServedSite, path: str
) -> None:
    async with served.client() as nobody:
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            answer = await nobody.request(method, served.url + path)
            assert answer.status_code in range(307, 500), (method, answer.status_code)


async def test_an_origin_that_is_no_address_is_another_site(served: ServedSite) -> None:
    async with served.client() as nobody:
        answer = await nobody.post("/session", json={}, headers={"origin": "http://["})
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
