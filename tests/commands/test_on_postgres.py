"""The same commands where the settings name a PostgreSQL."""

from __future__ import annotations

import pytest

from tests.commands.one_site import START, Site

APPOINTED = ("--at", "2036-11-25 15:00", "--by", "王芳")


@pytest.fixture
def on_postgres(site: Site, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A started campaign and two contacts, none of them in a file."""
    monkeypatch.setenv("WAIHU_DATABASE_URL", postgres_url)
    site.brings_files()
    for command in START:
        site.ok(*command)
    return site


def test_a_campaigns_day_by_command(on_postgres: Site) -> None:  # R1, R4
    on_postgres.ok("contact", "appoint", "A1", *APPOINTED)
    (found,) = on_postgres.ok("contact", "show", "A1", "--json").json["contacts"]
    assert found["name"] == "张三"
    assert found["custom"]["小区"] == "徐汇"
    (answer,) = on_postgres.ok("why", "13800138000", "--json").json["answers"]
    assert answer["campaign"] == "回访一"
    on_postgres.ok("dnc", "add", "13800138000")
    (barred,) = on_postgres.ok("why", "13800138000", "--json").json["answers"]
    assert barred["code"] == "do_not_call"


def test_doctor_looks_at_it_and_names_it_without_a_password(on_postgres: Site) -> None:
    said = on_postgres("doctor", "--json")
    (finding,) = [one for one in said.json["findings"] if one["check"] == "database"]
    assert finding["code"] == "database_ok"
    assert finding["params"]["path"].startswith("postgresql://waihu@/test")


def test_a_server_that_is_not_there_is_one_line(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAIHU_DATABASE_URL", f"postgresql://waihu@/waihu?host={site.folder}")
    done = site("campaign", "list")
    assert done.code != 0
    assert len(done.err.splitlines()) == 1
    assert "cannot be used" in done.err
