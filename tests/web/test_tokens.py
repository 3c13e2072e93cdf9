"""R25: what programs may with a token, and what nobody may with one."""

from __future__ import annotations

import httpx
import pytest

from supervisor.accounts import AccountState
from supervisor.rights import Role
from tests.web.served_site import ServedSite, sign_in


async def token(client: httpx.AsyncClient, *scopes: str, days: int | None = None) -> str:
    body = {"name": f"for {len(scopes)}", "scopes": list(scopes), "days": days}
    answer = await client.post("/account/tokens", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["secret"])


def bearing(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


async def test_a_token_may_what_its_scopes_say_and_no_more(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as browser, served.client() as program:
        reports = await token(browser, "reports")
        watch = await token(browser, "reports", "watch")
        refused = await program.get("/live", headers=bearing(reports))
        assert (refused.status_code, refused.json()["code"]) == (403, "no_right")
        async with program.stream("GET", "/live", headers=bearing(watch)) as stream:
            assert stream.status_code == 200
        told = (await program.get("/session", headers=bearing(reports))).json()
        assert (told["account"], told["rights"]) == ("li", ["reports"])


async def test_a_token_is_cut_by_the_role_and_ends_with_the_account(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as browser, served.client() as program:
        secret = await token(browser, "reports", "watch", "desk")
        await served.accounts.change("li", served.by(), role=Role.AGENT)
        told = (await program.get("/session", headers=bearing(secret))).json()
        assert told["rights"] == ["desk"]
        await served.accounts.set_state("li", AccountState.SUSPENDED, served.by())
        assert (await program.get("/session", headers=bearing(secret))).json()["account"] is None


async def test_a_token_ends_on_its_day(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as browser, served.client() as program:
        secret = await token(browser, "reports", days=30)
        served.clock.pass_by(days=29, hours=23)
        assert (await program.get("/session", headers=bearing(secret))).json()["account"] == "li"
        served.clock.pass_by(hours=1)
        assert (await program.get("/session", headers=bearing(secret))).json()["account"] is None


async def test_nobody_makes_a_token_of_rights_that_they_lack(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as browser:
        for scopes in (["accounts"], ["reports", "see_numbers"], [], ["nonsense"], "reports", None):
            answer = await browser.post("/account/tokens", json={"name": "x", "scopes": scopes})
            assert (answer.status_code, answer.json()["code"]) == (422, "scopes")
        for name in ("", "a/b", "x" * 61):
            body = {"name": name, "scopes": ["reports"]}
            answer = await browser.post("/account/tokens", json=body)
            assert (answer.status_code, answer.json()["code"]) == (422, "token_name")


async def test_who_has_found_a_token_cannot_make_more_of_it(served: ServedSite) -> None:
    await served.account("root", Role.ADMIN)
    async with served.signed_in("root") as browser, served.client() as program:
        program.headers.update(bearing(await token(browser, "accounts", "watch")))
        for method, path, body in (
            ("POST", "/account/tokens", {"name": "more", "scopes": ["watch"]}),
            ("PUT", "/account/password", {"old": "", "new": "a new long password"}),
            ("DELETE", "/account/sessions", None),
            ("GET", "/accounts/all", None),
            ("POST", "/accounts/all", {"name": "other", "role": "admin"}),
            ("POST", "/accounts/all/root/link", {}),
        ):
            answer = await program.request(method, path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_by_token"), path


@pytest.mark.parametrize("shown", ["Bearer", "Bearer x", "Bearer wh_x", "Basic cm9vdA=="])
async def test_what_is_no_token_is_nobody(served: ServedSite, shown: str) -> None:
    async with served.client() as program:
        answer = await program.get("/session", headers={"authorization": shown})
        assert answer.json()["account"] is None


async def test_a_wrong_token_beside_a_good_cookie_is_nobody(served: ServedSite) -> None:
    """A program's mistake must not become a browser's request without its CSRF token."""
    await served.account("li")
    async with served.signed_in("li") as client:
        del client.headers["x-waihu-csrf"]
        answer = await client.delete("/account/sessions", headers=bearing("wh_wrong"))
        assert answer.status_code == 401


async def test_a_revoked_token_is_nobody_at_once(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as browser, served.client() as program:
        secret = await token(browser, "reports")
        assert (await browser.delete("/account/tokens/for 1")).status_code == 204
        assert (await program.get("/session", headers=bearing(secret))).json()["account"] is None
        again = await browser.delete("/account/tokens/for 1")
        assert (again.status_code, again.json()["code"]) == (404, "unknown_token")


async def test_the_password_is_changed_by_who_knows_the_old_one(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as client, served.signed_in("li") as other:
        for old, new, code in (
            ("wrong wrong", "a new long password", "wrong_password"),
            ("", "short", "password_too_short"),
            ("", "li" * 6, "password_too_plain"),
        ):
            answer = await client.put("/account/password", json={"old": old, "new": new})
            assert answer.json()["code"] == code
        body = {"old": "correct horse battery", "new": "a new long password"}
        assert (await client.put("/account/password", json=body)).status_code == 204
        assert (await client.get("/session")).json()["account"] == "li"
        assert (await other.get("/session")).json()["account"] is None
    async with served.client() as client:
        assert (await sign_in(client, "li")).status_code == 401
        assert (await sign_in(client, "li", "a new long password")).status_code == 200


async def test_an_open_browser_is_no_way_to_guess_the_password(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as client:
        codes = []
        for n in range(8):
            body = {"old": f"guess {n}", "new": "a new long password"}
            codes.append((await client.put("/account/password", json=body)).status_code)
    assert codes == [403] * 5 + [429] * 3


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "", {"name": "a b", "role": "agent"}, "account_name"),
        ("POST", "", {"name": "ab", "role": "king"}, "role"),
        ("POST", "", {"name": "root", "role": "agent"}, "account_exists"),
        ("POST", "", {"name": "ab", "role": "agent", "agent": "9"}, "unknown_agent"),
        ("POST", "", {"name": "ab", "role": "agent", "password": "short"}, "password_too_short"),
        ("PATCH", "/nobody", {"role": "agent"}, "unknown_account"),
        ("PATCH", "/a%00b", {"role": "agent"}, "unknown_account"),
        ("PATCH", "/root", {"role": "agent"}, "last_admin"),
        ("PATCH", "/root", {"state": "suspended"}, "last_admin"),
        ("PATCH", "/root", {"state": "gone"}, "state"),
        ("PATCH", "/root", {"phone": "8001@evil"}, "bad_phone"),
        ("PUT", "/root/password", {"new": "a new long password"}, "own_password"),
        ("POST", "/nobody/link", {}, "unknown_account"),
    ],
)
async def test_what_an_administrator_is_refused(
    served: ServedSite, method: str, path: str, body: dict[str, str], code: str
) -> None:
    await served.account("root", Role.ADMIN)
    async with served.signed_in("root") as client:
        answer = await client.request(method, f"/accounts/all{path}", json=body)
        assert answer.json()["code"] == code
        assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
async def test_nobody_else_administers(served: ServedSite, role: Role) -> None:
    await served.account("li", role)
    async with served.signed_in("li") as client:
        for method, path in (
            ("GET", "/accounts/all"),
            ("POST", "/accounts/all"),
            ("PATCH", "/accounts/all/li"),
            ("PUT", "/accounts/all/li/password"),
            ("POST", "/accounts/all/li/link"),
        ):
            answer = await client.request(method, path, json={"role": "admin"})
            assert (answer.status_code, answer.json()["code"]) == (403, "no_right")


async def test_an_administrator_sets_the_phone_and_its_account_is_told(served: ServedSite) -> None:
    await served.account("root", Role.ADMIN)
    await served.account("li")
    async with served.signed_in("root") as admin, served.signed_in("li") as client:
        for phone, kept in ((" 8001 ", "8001"), ("", None)):
            told = (await admin.patch("/accounts/all/li", json={"phone": phone})).json()
            assert told["account"]["phone"] == kept
            assert (await client.get("/session")).json()["phone"] == kept
