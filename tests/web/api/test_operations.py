"""The HTTP API does what the command line does: campaigns, contacts, do-not-call, agents."""

from __future__ import annotations

from supervisor.rights import Right, Role
from tests.web.api.conftest import ALL_BUT_NUMBERS, NUMBER, Api
from tests.web.served_site import ServedSite


async def test_a_campaign_is_created_started_and_shown(filled: Api) -> None:
    shown = await filled().ok("GET", "/campaigns/回访一")
    campaign = shown["campaign"]
    assert (campaign["state"], campaign["contacts"]) == ("running", 2)
    assert (campaign["dials"], campaign["code"]) == (False, "no_engine")


async def test_a_contact_is_found_by_its_number_and_judged(filled: Api) -> None:
    found = await filled().ok("POST", "/contacts/find", {"who": NUMBER})
    assert found["contacts"][0]["numbers"][0]["e164"] == "+8613800138000"
    told = await filled().ok("POST", "/contacts/why", {"who": NUMBER})
    assert told["answers"][0]["dialable"]


async def test_numbers_are_masked_for_who_need_not_see_them(filled: Api) -> None:
    other = filled(rights=ALL_BUT_NUMBERS)
    found = await other.ok("POST", "/contacts/find", {"who": NUMBER})
    assert found["contacts"][0]["numbers"][0]["e164"] == "138****8000"
    assert found["contacts"][0]["name"] == "张三"


async def test_rows_that_were_not_loaded_show_no_number_to_who_may_only_load(filled: Api) -> None:
    """R25: eight digits without an area code are refused, and are somebody's all the same."""
    file = "电话,备注\n62345678,昨天拨过86543210\n".encode()
    path = "/campaigns/回访一/lists/import?file=more.csv&dry_run=true"
    whole = await filled().ok("POST", path, file)
    masked = await filled(rights=frozenset({Right.LISTS})).ok("POST", path, file)
    (row,), (hidden,) = whole["import"]["refused_rows"], masked["import"]["refused_rows"]
    assert (row["电话"], row["备注"]) == ("62345678", "昨天拨过86543210")
    assert (hidden["电话"], hidden["备注"]) == ("6****78", "昨天拨过8****10")
    assert hidden["waihu_reason"] == row["waihu_reason"]
    assert "62345678" not in str(masked)


async def test_a_barred_number_is_not_dialed_any_more(filled: Api) -> None:
    assert (await filled().ok("POST", "/dnc", {"number": NUMBER}))["added"]
    assert not (await filled().ok("POST", "/dnc", {"number": NUMBER}))["added"]
    told = await filled().ok("POST", "/contacts/why", {"who": NUMBER})
    assert told["answers"][0]["code"] == "do_not_call"
    checked = await filled().ok("POST", "/dnc/check", {"number": NUMBER})
    assert checked["listed"]
    removed = await filled().ok("POST", "/dnc/remove", {"number": NUMBER, "reason": "a mistake"})
    assert removed["removed"]


async def test_who_is_not_signed_in_or_may_not_is_told_so(filled: Api) -> None:
    nobody = await filled(None).ask("GET", "/campaigns")
    assert (nobody.status, nobody.code) == (401, "sign_in")
    agent = await filled(Role.AGENT, "1001").ask("GET", "/campaigns")
    assert (agent.status, agent.code) == (403, "no_right")


async def test_a_file_with_an_odd_name_is_refused_or_called_otherwise(filled: Api) -> None:
    lists = "/campaigns/回访一/lists/import"
    refused = await filled().ask("POST", f"{lists}?file=%00", b"phone\n13900139000\n")
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "file")
    loaded = await filled().ok(
        "POST", f"{lists}?file=../../etc/passwd&list=x", "电话\n13900139000\n".encode()
    )
    assert (loaded["import"]["file"], loaded["import"]["added"]) == ("passwd", 1)


async def test_a_page_of_ours_uses_it_with_the_cookie_and_its_token(served: ServedSite) -> None:
    await served.account("li", Role.CAMPAIGN_MANAGER)
    async with served.signed_in("li") as browser:
        assert (await browser.get("/api/v1/me")).json()["account"] == "li"
        started = await browser.post("/api/v1/campaigns/nobody/start")
        assert started.json()["code"] == "unknown_campaign"
        del browser.headers["x-waihu-csrf"]
        forged = await browser.post("/api/v1/campaigns/nobody/start")
        assert (forged.status_code, forged.json()["code"]) == (403, "csrf")
        elsewhere = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        other = await browser.post("/api/v1/campaigns/nobody/start", headers=elsewhere)
        assert (other.status_code, other.json()["code"]) == (403, "cross_site")
        assert "content-security-policy" in other.headers


async def test_what_is_changed_is_in_the_ledger_with_the_account(filled: Api) -> None:
    admin = filled()
    await admin.ok("PATCH", "/campaigns/回访一/lists/list", {"state": "paused", "share": 2})
    await admin.ok("PUT", "/agents/1001", {"queues": ["callback"]})
    assert (await admin.ask("GET", "/campaigns/回访一/results/export")).status == 200
    found = (await admin.ok("POST", "/audit/find", {"limit": 100}))["entries"]
    kinds = {one["kind"] for one in found if one["body"].get("by") == "admin.one"}
    assert kinds >= {
        *("campaign.saved", "campaign.set", "list.loaded", "list.changed", "agent.saved"),
        *("exported", "law.widened"),
    }
