"""The HTTP API's hands on an agent of the real Asterisk (R17, R18, R25)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from campaigns.ledger import By
from config.settings import WebSettings
from dialer.agents import State
from store.accounts import Accounts
from store.api_tokens import ApiTokens, TokenRow
from store.ledger import Ledger, Wanted
from supervisor.accounts import Account
from supervisor.rights import RIGHTS, Role
from supervisor.web.keys import TOKEN_PREFIX, hashed, new_secret
from tests.line.site import Site, utc_now
from tests.line.waiting import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENT, QUEUE = "2801", "waihu-inbound"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    switch: LabAsterisk, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    async with Site(switch, tmp_path_factory.mktemp("api"), {AGENT: (QUEUE,)}) as site:
        web = WebSettings(on=True, port=free_port())
        site.settings = site.settings.model_copy(update={"web": web})
        await site.start_engine()
        yield site


@pytest_asyncio.fixture(loop_scope="module")
async def program(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    """A program with the token of a team supervisor."""
    by, secret = By(who="root", at=utc_now()), new_secret(TOKEN_PREFIX)
    await Accounts(site.database).add(Account(name="wang", role=Role.SUPERVISOR), by)
    row = TokenRow(
        account="wang",
        name="board",
        scopes=RIGHTS[Role.SUPERVISOR],
        created_at=by.at,
        ends_at=None,
    )
    await ApiTokens(site.database).add(row, hashed(secret), by)
    url = f"http://127.0.0.1:{site.settings.web.port}/api/v1"
    headers = {"authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        yield client


async def agent_seen(program: httpx.AsyncClient) -> dict[str, Any]:
    found: list[dict[str, Any]] = (await program.get("/agents")).json()["agents"]
    return next(one for one in found if one["agent"] == AGENT)


async def test_an_agent_is_sent_on_a_break_called_back_and_signed_out(
    site: Site, program: httpx.AsyncClient
) -> None:
    await site.people.log_in([AGENT])
    await site.people.are(State.IDLE, [AGENT], within_s=20.0)
    paused = await program.put(f"/agents/{AGENT}/pause", json={"reason": "lunch", "why": "午饭"})
    assert (paused.status_code, paused.json()["pause_reason"]) == (200, "lunch")
    assert (await agent_seen(program))["status"] == "on_break"
    await program.delete(f"/agents/{AGENT}/pause")
    assert (await agent_seen(program))["status"] == "available"

    hung_up = await program.post("/calls/hang-up", json={"agent": AGENT})
    assert (hung_up.status_code, hung_up.json()["code"]) == (409, "agent_not_in_call")
    unknown = await program.post("/calls/hang-up", json={"call": "none"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_call")

    out = await program.post(f"/agents/{AGENT}/sign-out", json={"why": "下班"})
    assert out.status_code == 200, out.text
    await site.people.are(State.AWAY, [AGENT])
    assert (await agent_seen(program))["status"] == "logged_out"

    async def in_the_trail() -> bool:
        entries = await Ledger(site.database).entries(Wanted())
        of_wang = {one.kind for one in entries if json.loads(one.body).get("by") == "wang"}
        return of_wang >= {"agent.paused", "agent.resumed", "agent.signed_out"}

    await wait_for(in_the_trail, within_s=5.0, what="each act with the account")
