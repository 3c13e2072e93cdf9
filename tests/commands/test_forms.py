"""`waihu form check`: what is wrong with a questionnaire is said before anybody asks it (R24)."""

from __future__ import annotations

from tests.commands.one_site import Site

GOOD = """
for = ["spring", "waihu-inbound"]
[[questions]]
name = "clean"
ask = "How clean is the lobby?"
"""


def write(site: Site, text: str, name: str = "lobby") -> None:
    (site.folder / "forms").mkdir(exist_ok=True)
    site.write(f"forms/{name}.toml", text)


def test_a_good_form_is_told_with_where_it_is_asked(site: Site) -> None:
    assert "no forms" in site.ok("form", "check").out
    write(site, GOOD)
    assert site.ok("form", "check").out == "lobby: 1 questions, asked in spring, waihu-inbound\n"
    told = site.ok("form", "check", "lobby", "--json").json
    assert set(told) == {"v", "forms", "fault"}
    assert set(told["forms"][0]) == {"form", "file", "questions", "for", "fault"}


def test_a_fault_is_told_with_its_place_and_exits_2(site: Site) -> None:
    write(site, GOOD.replace("ask", "aks"))
    run = site("form", "check")
    assert run.code == 2
    assert "lobby.toml" in run.out
    assert "aks" in run.out
    write(site, GOOD)
    write(site, GOOD, "other")
    run = site("form", "check")
    assert run.code == 2
    assert "has a form already" in run.out
    assert site("form", "check", "nothing").code == 2
