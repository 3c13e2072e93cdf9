"""The words that all pages have, and those of signing in and of accounts: key -> English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from config.language import mark

SHELL_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "nav.label": mark("Pages"),
        "nav.wall": mark("Wallboard"),
        "nav.desk": mark("Agent desk"),
        "nav.account": mark("My account"),
        "nav.accounts": mark("Accounts"),
        "nav.skip": mark("Skip to the content"),
        "head.language": mark("Language"),
        "head.theme": mark("Appearance"),
        "head.theme.auto": mark("As the system"),
        "head.theme.light": mark("Light"),
        "head.theme.dark": mark("Dark"),
        "head.sign_out": mark("Sign out"),
        "role.agent": mark("Agent"),
        "role.supervisor": mark("Team supervisor"),
        "role.campaign_manager": mark("Campaign manager"),
        "role.quality": mark("Quality"),
        "role.admin": mark("Administrator"),
        "sign_in.title": mark("Sign in"),
        "sign_in.name": mark("Account"),
        "sign_in.password": mark("Password"),
        "sign_in.show": mark("Show the password"),
        "sign_in.hide": mark("Hide the password"),
        "sign_in.caps": mark("Caps Lock is on."),
        "sign_in.go": mark("Sign in"),
        "sign_in.going": mark("Signing in…"),
        "sign_in.nobody": mark(
            "There is no account yet. On the engine's machine, run: waihu account add NAME "
            "--role admin"
        ),
        "tv.title": mark("Television"),
        "tv.text": mark("This browser shows a board from now on, and can do nothing else."),
        "tv.signed_in": mark("Whoever is signed in here is signed out."),
        "tv.go": mark("Show the board"),
        "fault.only_watches": mark("A television only watches."),
        "fault.wrong": mark("The account or the password is not right."),
        "fault.too_often": mark("Too many attempts. Try again in {n} s."),
        "fault.link_over": mark("This link was used already, or is over."),
        "fault.busy": mark("Many are signing in right now. Try again in a moment."),
        "fault.too_many_streams": mark(
            "This account is open at {most} places, and may be at no more. Close some of them; "
            "this page tries again by itself."
        ),
        "fault.full": mark("Too many are watching. This page tries again by itself."),
        "fault.away": mark("The engine does not answer. Try again in a moment."),
        "fault.no_right": mark("Your account may not do this."),
        "fault.sign_in": mark("You are signed out. Sign in again."),
        "fault.other": mark("That did not work: {code}"),
        "page.not_found": mark("There is no such page."),
        "page.no_right": mark("Your account may not see this page."),
        "page.home": mark("To your page"),
    }
)
