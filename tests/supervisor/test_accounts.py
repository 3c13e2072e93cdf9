"""R25: roles and rights, names, passwords, and where the pages may be reached."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import WebSettings
from supervisor.accounts import (
    PasswordFault,
    account_name,
    password_fault,
    read_scopes,
    scopes_text,
    typed_password,
)
from supervisor.rights import RIGHTS, Right, Role, rights_of
from supervisor.web.signing_in import Visitor
from supervisor.web_address import host_for, is_loopback, page_url

EVERYWHERE = "0.0.0.0"  # noqa: S104  nothing listens


def test_every_role_has_its_rights_and_only_administrators_have_all() -> None:
    assert set(RIGHTS) == set(Role)
    assert RIGHTS[Role.ADMIN] == set(Right)
    for role in set(Role) - {Role.ADMIN}:
        assert not RIGHTS[role] & {Right.ACCOUNTS, Right.SETTINGS}, role


def test_who_need_not_see_numbers_does_not() -> None:
    seeing = {role for role in Role if Right.SEE_NUMBERS in RIGHTS[role]}
    assert seeing == {Role.CAMPAIGN_MANAGER, Role.ADMIN}
    assert Right.WATCH not in RIGHTS[Role.AGENT]
    assert not RIGHTS[Role.QUALITY] & {Right.WHISPER, Right.BARGE}


@given(st.sampled_from(list(Role)), st.frozensets(st.sampled_from(list(Right))))
def test_a_token_is_never_more_than_its_account(role: Role, scopes: frozenset[Right]) -> None:
    assert rights_of(role, scopes) == RIGHTS[role] & scopes
    assert read_scopes(scopes_text(scopes)) == scopes


@pytest.mark.parametrize(
    ("typed", "name"),
    [(" Wang.Li ", "wang.li"), ("WANG", "wang"), ("李娜", "李娜"), ("a-b_c@d.e", "a-b_c@d.e")],
)
def test_one_name_is_one_account_however_it_is_typed(typed: str, name: str) -> None:
    assert account_name(typed) == name
    assert account_name(name) == name


@pytest.mark.parametrize("text", ["", " ", "a b", "a/b", "-a", "a\nb", "a\0", "a" * 65, "<a>", "'"])
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        account_name(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("nine char", PasswordFault.TOO_SHORT),
        ("ten chars!", None),
        ("x" * 201, PasswordFault.TOO_LONG),
        ("abababababab", PasswordFault.TOO_PLAIN),
        ("1234567890", PasswordFault.TOO_PLAIN),
        ("Li.Na-2026", PasswordFault.HAS_THE_NAME),
        ("li.na is only a part of this one", None),
        ("山高月小水落石出清风徐来", None),
    ],
)
def test_a_password_is_long_rather_than_odd(text: str, fault: PasswordFault | None) -> None:
    assert password_fault(text, "li.na") is fault


def test_an_input_method_that_is_on_does_not_keep_anybody_out() -> None:
    assert typed_password("passｗord１２３") == typed_password("password123")


# ── where ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_is_served_always(host: str) -> None:
    assert is_loopback(host)
    assert host_for(WebSettings(host=host), has_admin=False) == host


@pytest.mark.parametrize(
    "host", [EVERYWHERE, "::", "192.168.1.9", "calls.example", "localhost.example"]
)
def test_before_there_is_an_administrator_nobody_else_is(host: str) -> None:
    web = WebSettings(host=host)
    assert host_for(web, has_admin=True) == host
    assert host_for(web, has_admin=False) == "127.0.0.1"


def test_the_address_that_a_person_opens() -> None:
    assert page_url(WebSettings(host="::1"), "/wall") == "http://[::1]:8480/wall"
    assert page_url(WebSettings(host="10.0.0.2"), has_admin=False) == "http://127.0.0.1:8480/"
    assert EVERYWHERE not in page_url(WebSettings(host=EVERYWHERE))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:aaaa::1", "2001:0db8:0001:0002"),
        ("2001:db8:1:2:bbbb::9", "2001:0db8:0001:0002"),
        ("", ""),
    ],
)
def test_who_has_many_addresses_is_one_visitor(address: str, network: str) -> None:
    assert Visitor(address=address).network == network
