"""R25: signing in over HTTP, and what strangers, other sites and lost rights come to."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from store.ledger import Ledger, Wanted
from store.web_sessions import WebSessions
from supervisor.accounts import AccountState
from supervisor.rights import RIGHTS, Role
from supervisor.web.keys import hashed, new_secret
from tests.web.served_site import PASSWORD, ServedSite, served_site, sign_in


def code_of(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == answer.status_code
    return str(found["code"])


async def test_who_signs_in_is_told_who_they_are(served: ServedSite) -> None:
    await served.account("chen", Role.AGENT, agent="1001")
    async with served.client() as client:
        before = (await client.get("/session")).json()
        assert before["account"] is None
        assert before["accounts"] is True
        told = (await sign_in(client, " Chen ")).json()
        assert (told["account"], told["role"], told["agent"]) == ("chen", "agent", "1001")
        assert set(told["rights"]) == {right.value for right in RIGHTS[Role.AGENT]}
        again = (await client.get("/session")).json()
        assert again["account"] == "chen"
        assert again["csrf"] == told["csrf"]


async def test_the_cookie_is_out_of_the_reach_of_scripts_and_other_sites(
    served: ServedSite,
) -> None:
    await served.account("li")
    async with served.client() as client:
        cookie = (await sign_in(client, "li")).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert "Secure" not in cookie, "over plain HTTP a browser would not keep it"


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("", "/"),
        ("/wall?tv=1", "/wall?tv=1"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("https://elsewhere.example", "/"),
        ("/sign-in?next=/sign-in", "/"),
        ("/\t/elsewhere.example", "/%09/elsewhere.example"),
        ("/\r\nset-cookie: a=b", "/%0D%0Aset-cookie:%20a=b"),
    ],
)
async def test_the_form_leads_to_pages_of_ours_alone(
    served: ServedSite, wanted: str, led: str
) -> None:
    await served.account("li")
    form = {"username": "li", "password": PASSWORD}
    async with served.client() as client:
        answer = await client.post("/sign-in", params={"next": wanted}, data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, led)
        assert (await client.get("/session")).json()["account"] == "li"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"username": "li"}, 303),
        ({"username": "li", "password": "x" * 20_000}, 413),
        ({f"field{n}": "x" for n in range(20)}, 400),
    ],
)
async def test_a_form_that_is_not_right_signs_nobody_in(
    served: ServedSite, form: dict[str, str], status: int
) -> None:
    await served.account("li")
    async with served.client() as client:
        answer = await client.post("/sign-in", data=form)
        assert answer.status_code == status
        assert (await client.get("/session")).json()["account"] is None


async def test_a_form_of_another_site_signs_nobody_in(served: ServedSite) -> None:
    await served.account("li")
    form = {"username": "li", "password": PASSWORD}
    async with served.client() as client:
        there = {"origin": "http://elsewhere.example"}
        answer = await client.post("/sign-in", data=form, headers=there)
        assert code_of(answer) == "cross_site"


FORWARDED = {"x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.7"}


async def test_behind_a_trusted_proxy_with_tls_the_cookie_is_for_tls_alone(
    empty_file: Path, tmp_path: Path
) -> None:
    async with served_site(empty_file, tmp_path, proxies=["127.0.0.1"]) as served:
        await served.account("li")
        async with served.client() as client:
            client.headers.update(FORWARDED)
            answer = await sign_in(client, "li")
        assert answer.headers["set-cookie"].startswith("__Host-waihu")
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        (session,) = await served.parts.sessions.of("li", served.clock.utc)
        assert session.address == "192.0.2.7"


async def test_nobody_else_says_who_asks_and_how(served: ServedSite) -> None:
    """Or each guess would come from an address of its own."""
    await served.account("li")
    async with served.client() as client:
        client.headers.update(FORWARDED)
        answer = await sign_in(client, "li")
    assert not answer.headers["set-cookie"].startswith("__Host-")
    (session,) = await served.parts.sessions.of("li", served.clock.utc)
    assert session.address == "127.0.0.1"


async def test_a_host_header_that_looks_like_a_path_opens_nothing(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as client:
        del client.headers["x-waihu-csrf"]
        headers = {"host": "here/static/?"}
        answer = await client.delete("/account/sessions", headers=headers)
        assert (answer.status_code, code_of(answer)) == (403, "csrf")


@pytest.mark.parametrize("name", ["li", "nobody", "no/name", "suspended"])
async def test_every_refusal_says_the_same_after_the_same_work(
    served: ServedSite, name: str
) -> None:
    await served.account("li")
    await served.account("suspended")
    await served.accounts.set_state("suspended", AccountState.SUSPENDED, served.by())
    compared = served.parts.passwords.compared
    async with served.client() as client:
        answer = await sign_in(client, name, "not the password")
    assert answer.status_code == 401
    assert answer.json()["detail"] == "account or password is not right"
    assert code_of(answer) == "wrong"
    assert "set-cookie" not in answer.headers
    assert served.parts.passwords.compared == compared + 1


async def test_a_new_secret_is_given_at_each_sign_in_and_the_old_one_ends(
    served: ServedSite,
) -> None:
    """Session fixation: a cookie that somebody has put there beforehand never becomes a session."""
    await served.account("li")
    name = f"waihu-{served.port}"
    async with served.client() as client:
        client.cookies.set(name, "put-there", domain="127.0.0.1")
        assert (await sign_in(client, "li")).status_code == 200
        first = next(c.value for c in client.cookies.jar if c.name == name and c.value)
    async with httpx.AsyncClient(base_url=served.url, cookies={name: "put-there"}) as client:
        assert (await client.get("/session")).json()["account"] is None
    async with httpx.AsyncClient(base_url=served.url, cookies={name: str(first)}) as client:
        csrf = (await client.get("/session")).json()["csrf"]
        client.headers["x-waihu-csrf"] = csrf
        assert (await sign_in(client, "li")).status_code == 200
    async with httpx.AsyncClient(base_url=served.url, cookies={name: str(first)}) as client:
        assert (await client.get("/session")).json()["account"] is None


async def test_a_forged_or_foreign_cookie_is_nobody(served: ServedSite) -> None:
    await served.account("li")
    name = f"waihu-{served.port}"
    for forged in ("", "x", "li", "'; DROP TABLE account; --", "A" * 5000, new_secret()):
        async with httpx.AsyncClient(base_url=served.url) as client:
            answer = await client.get("/session", headers={"cookie": f"{name}={forged}"})
            assert answer.json()["account"] is None
    # What the database holds opens nothing by itself.
    async with served.signed_in("li"):
        pass
    sessions = WebSessions(served.database, timedelta(hours=2))
    (row,) = await sessions.of("li", served.clock.utc)
    for kept in (row.number, hashed(row.number)):
        async with httpx.AsyncClient(base_url=served.url, cookies={name: kept}) as client:
            assert (await client.get("/session")).json()["account"] is None


async def test_a_session_ends_with_the_shift_and_with_silence(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as client:
        served.clock.pass_by(hours=1, minutes=59)
        assert (await client.get("/session")).json()["account"] == "li"
        served.clock.pass_by(hours=2)
        assert (await client.get("/session")).json()["account"] is None
    async with served.signed_in("li") as client:
        for _hour in range(11):
            served.clock.pass_by(hours=1)
            assert (await client.get("/session")).json()["account"] == "li"
        served.clock.pass_by(hours=1)
        assert (await client.get("/session")).json()["account"] is None


async def test_signing_out_ends_the_session_and_not_only_the_cookie(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as client:
        kept = dict(client.cookies)
        answer = await client.delete("/session")
        assert answer.status_code == 204
        assert not client.cookies
    async with httpx.AsyncClient(base_url=served.url, cookies=kept) as client:
        assert (await client.get("/session")).json()["account"] is None


# ── other sites ──────────────────────────────────────────────────────────────────────────


async def test_what_changes_something_must_bring_the_token_of_the_session(
    served: ServedSite,
) -> None:
    await served.account("li")
    await served.account("wang")
    async with served.signed_in("wang") as other, served.signed_in("li") as client:
        own = client.headers.pop("x-waihu-csrf")
        for shown in (None, "", "guess", other.headers["x-waihu-csrf"]):
            headers = {} if shown is None else {"x-waihu-csrf": shown}
            answer = await client.delete("/account/sessions", headers=headers)
            assert (answer.status_code, code_of(answer)) == (403, "csrf")
        answer = await client.delete("/account/sessions", headers={"x-waihu-csrf": own})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
    ids=str,
)
async def test_another_site_changes_nothing_not_even_who_is_signed_in(
    served: ServedSite, headers: dict[str, str]
) -> None:
    await served.account("li")
    async with served.signed_in("li") as client:
        for answer in (
            await client.delete("/session", headers=headers),
            await client.post("/session", headers=headers, json={"account": "li"}),
            await client.post("/account/tokens", headers=headers, json={}),
        ):
            assert (answer.status_code, code_of(answer)) == (403, "cross_site")


async def test_a_form_cannot_sign_in(served: ServedSite) -> None:
    await served.account("li")
    async with served.client() as client:
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            text = json.dumps({"account": "li", "password": PASSWORD})
            answer = await client.post("/session", content=text, headers={"content-type": kind})
            assert answer.status_code == 415


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"account": 1, "password": []}', 400),
        (b'{"account": "li"}', 400),
        (b"[" * 10_000, 400),
        (b'{"account": "' + b"x" * 20_000 + b'"}', 413),
        (b'{"account": "\\ud800", "password": "\\udfff\\u0000"}', 400),
        ('{"account": "李' + "娜" * 200 + '", "password": "x"}', 401),
    ],
)
async def test_nonsense_is_refused_and_breaks_nothing(
    served: ServedSite, body: bytes, status: int
) -> None:
    async with served.client() as client:
        sent = {"content": body, "headers": {"content-type": "application/json"}}
        assert (await client.post("/session", **sent)).status_code == status


# ── too many tries ───────────────────────────────────────────────────────────────────────


async def test_who_guesses_waits_longer_and_longer(served: ServedSite) -> None:
    await served.account("li")
    async with served.client() as client:
        for _try in range(5):
            assert (await sign_in(client, "li", "wrong wrong")).status_code == 401
        waits = []
        for _try in range(4):
            answer = await sign_in(client, "li", "wrong wrong")
            assert code_of(answer) == "too_often"
            waits.append(int(answer.headers["retry-after"]))
            served.clock.pass_by(seconds=waits[-1])
            assert (await sign_in(client, "li", "wrong wrong")).status_code == 401
        assert waits == [1, 2, 4, 8]
        assert (await sign_in(client, "li")).status_code == 429, "the right one waits, too"
        served.clock.pass_by(seconds=16)
        assert (await sign_in(client, "li")).status_code == 200
        assert (await sign_in(client, "wang", "wrong wrong")).status_code == 403, "the token first"


async def test_a_hundred_guesses_at_once_are_a_hundred_guesses(served: ServedSite) -> None:
    await served.account("li")
    compared = served.parts.passwords.compared
    async with served.client() as client:
        answers = await asyncio.gather(*(sign_in(client, "li", f"guess {n}") for n in range(100)))
    codes = [answer.status_code for answer in answers]
    assert codes.count(401) == 5
    assert codes.count(429) == 95
    assert served.parts.passwords.compared == compared + 5


async def test_failures_are_in_the_trail_counted_and_without_what_was_typed(
    served: ServedSite,
) -> None:
    await served.account("li")
    async with served.client() as client:
        for _minute in range(3):
            for name in ("li", "my-own-password!", "li"):
                await sign_in(client, name, "wrong wrong")
            served.clock.pass_by(seconds=61)
        await sign_in(client, "li", "wrong wrong")
    entries = await Ledger(served.database).entries(Wanted())
    told = [json.loads(e.body) for e in entries if e.kind == "account.sign_in_failed"]
    assert [one["rows"] for one in told] == [1, 3, 3, 2], "one waits for the next entry"
    assert told[1]["accounts"] == {"li": 2}
    assert told[1]["unknown"] == 1
    assert "my-own-password" not in "".join(entry.body for entry in entries)


# ── rights that change ───────────────────────────────────────────────────────────────────


async def test_without_a_session_every_page_leads_to_the_sign_in(served: ServedSite) -> None:
    async with served.client() as client:
        for path in ("/account", "/accounts"):
            answer = await client.get(path)
            assert answer.status_code == 307
            assert answer.headers["location"] == f"/sign-in?next={path}"
        for path in ("/live", "/account/sessions", "/accounts/all"):
            answer = await client.get(path)
            assert (answer.status_code, code_of(answer)) == (401, "sign_in")


async def test_a_role_that_is_changed_counts_from_the_next_request(served: ServedSite) -> None:
    await served.account("wang", Role.ADMIN)
    await served.account("li", Role.ADMIN)
    async with served.signed_in("li") as client:
        assert (await client.get("/accounts/all")).status_code == 200
        await served.accounts.change("li", served.by(), role=Role.AGENT)
        answer = await client.get("/accounts/all")
        assert (answer.status_code, code_of(answer)) == (403, "no_right")
        assert (await client.get("/accounts", headers={"accept": "text/html"})).status_code == 403
        await served.accounts.set_state("li", AccountState.SUSPENDED, served.by())
        assert (await client.get("/session")).json()["account"] is None


@pytest.mark.parametrize("lost", ["role", "state", "session"])
async def test_an_open_stream_ends_within_seconds_when_the_right_is_lost(
    served: ServedSite, lost: str
) -> None:
    await served.account("wang", Role.ADMIN)
    await served.account("li")
    async with served.signed_in("li") as client, client.stream("GET", "/live") as stream:
        assert stream.status_code == 200
        lines = stream.aiter_lines()
        await anext(lines)
        match lost:
            case "role":
                await served.accounts.change("li", served.by(), role=Role.AGENT)
            case "state":
                await served.accounts.set_state("li", AccountState.SUSPENDED, served.by())
            case _:
                sessions = WebSessions(served.database, timedelta(hours=2))
                await sessions.end_others("li", None, served.by())
        async with asyncio.timeout(60):
            async for _line in lines:
                pass
    assert served.streams.viewers == 0


async def test_an_open_wallboard_keeps_its_session_alive(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as client, client.stream("GET", "/live") as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        sessions = WebSessions(served.database, timedelta(hours=2))
        for _hour in range(3):
            served.clock.pass_by(hours=1)
            async with asyncio.timeout(60):
                while (await sessions.of("li", served.clock.utc))[0].seen_at < served.clock.utc:
                    await anext(lines)


# ── what is served ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/....//app.py",
        "/static//etc/passwd",
        "/static/%00",
        "/words/../session.json",
        "/words/xx.json",
    ],
)
async def test_nothing_is_served_but_what_lies_there(served: ServedSite, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())
    said = await reader.read()
    writer.close()
    assert said.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400"))
    assert b"Starlette" not in said
    assert b"root:" not in said


async def test_every_answer_binds_the_browser(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as client:
        for path in ("/sign-in", "/session", "/static/waihu.css", "/words/en.json", "/none"):
            headers = (await client.get(path)).headers
            assert "default-src 'self'" in headers["content-security-policy"]
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert "server" not in headers
        assert (await client.get("/session")).headers["cache-control"] == "no-store"


async def test_words_are_sent_once_and_confirmed_after(served: ServedSite) -> None:
    async with served.client() as client:
        first = await client.get("/words/zh-CN.json")
        assert first.json()["sign_in.go"] == "登录"
        again = await client.get(
            "/words/zh-CN.json", headers={"if-none-match": first.headers["etag"]}
        )
        assert again.status_code == 304


# ── the database is away ─────────────────────────────────────────────────────────────────


async def test_who_was_signed_in_works_on_while_the_database_is_away(served: ServedSite) -> None:
    await served.account("li")
    async with served.signed_in("li") as client:
        await client.get("/session")
        path = served.database.path
        assert path is not None
        away = path.with_suffix(".away")
        await served.database.close()
        path.rename(away)
        path.mkdir()
        try:
            assert (await client.get("/session")).json()["account"] == "li"
            async with served.client() as stranger:
                answer = await sign_in(stranger, "li")
                assert (answer.status_code, code_of(answer)) == (503, "store_away")
                assert str(path) not in answer.text
            served.clock.pass_by(minutes=6)
            assert (await client.get("/session")).status_code == 503
        finally:
            path.rmdir()
            away.rename(path)
        assert (await client.get("/session")).json()["account"] == "li"
