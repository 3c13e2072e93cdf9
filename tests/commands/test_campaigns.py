"""Campaigns by command: created from a file or flags, listed, shown, started, paused, stopped."""

from __future__ import annotations

import pytest

from tests.commands.one_site import CALLBACK, Site

BAD = """name = "x"
kind = "callbak"
dial_string = "PJSIP/trunk"
queue = "callback"
ring_timeout_s = 3
[windows]
"mon-fry" = ["09:00-12:00"]
[retry]
delay = "4 hors"
"""


def test_a_campaign_is_created_from_its_file_with_the_documents_rules(site: Site) -> None:  # R5
    made = site.ok("campaign", "create", site.write("c.toml", CALLBACK), "--json").json
    assert made["v"] == 1
    campaign = made["campaign"]
    assert campaign["name"] == "回访一"
    assert campaign["state"] == "ready"
    assert campaign["queue"] == "waihu-callback"
    assert campaign["retry"] == {
        "delay_s": 14_400.0,
        "daily_attempts": 3,
        "max_days": 10,
        "delays_s": {},
        "numbers": "first",
        "open_hours_only": False,
    }
    assert campaign["windows"] == [["00:00-24:00"]] * 7


def test_flags_make_the_same_campaign_as_a_file(site: Site) -> None:
    window = ("--window", "mon-fri=09:00-12:00,14:00-20:00")
    basics = ("--name", "b", "--kind", "sales", "--queue", "sales")
    dial = ("--dial-string", "PJSIP/{number}@trunk", "--max-calls", "7", "--delay", "2h")
    site.ok("campaign", "create", *basics, *dial, *window)
    shown = site.ok("campaign", "show", "b", "--json").json["campaign"]
    assert shown["max_calls"] == 7
    assert shown["retry"]["delay_s"] == 7200
    assert shown["windows"] == [["09:00-12:00", "14:00-20:00"]] * 5 + [[], []]


def test_all_faults_of_a_file_are_told_at_once_with_their_lines(site: Site) -> None:
    done = site("campaign", "create", site.write("bad.toml", BAD))
    assert done.code == 2
    lines = [line.partition("bad.toml:")[2].partition(":")[0] for line in done.err.splitlines()]
    assert lines == ["2", "3", "5", "7", "9"]
    assert (
        "did you mean"
        in site(
            "campaign", "create", site.write("typo.toml", CALLBACK.replace("queue", "queu"))
        ).err
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'name = "x\n', "is not TOML"),
        ("name = '回访'\n".encode("gb18030"), "is not UTF-8"),
        (bytes(range(256)), "is not UTF-8"),
        (b"", "is missing"),
    ],
    ids=["syntax", "encoding", "binary", "empty"],
)
def test_a_file_that_is_no_campaign_is_refused_in_plain_words(
    content: bytes, said: str, site: Site
) -> None:
    done = site("campaign", "create", site.write("c.toml", content))
    assert done.code == 2
    assert said in done.err


def test_a_file_that_is_not_there_is_the_operators_fault(site: Site) -> None:
    done = site("campaign", "create", "nowhere.toml")
    assert done.code == 2
    assert "nowhere.toml: cannot be read" in done.err


def test_a_file_and_flags_together_are_refused(site: Site) -> None:
    assert site("campaign", "create", site.write("c.toml", CALLBACK), "--name", "y").code == 2


def test_a_queue_that_the_settings_do_not_have_is_refused(site: Site) -> None:
    done = site(
        "campaign", "create", site.write("c.toml", CALLBACK.replace('"callback"\n[', '"q"\n['))
    )
    assert done.code == 2
    assert "waihu-q is not in the settings" in done.err


def test_a_campaign_of_the_same_name_is_changed_only_on_request(started: Site) -> None:
    other = started.write("other.toml", CALLBACK.replace("[windows]", "max_calls = 3\n[windows]"))
    refused = started("campaign", "create", other)
    assert refused.code == 1
    assert "--change" in refused.err
    changed = started.ok("campaign", "create", other, "--change", "--json").json["campaign"]
    assert (changed["max_calls"], changed["state"], changed["contacts"]) == (3, "running", 2)


def test_a_campaign_goes_through_its_states(started: Site) -> None:
    def state(*arguments: str) -> str:
        found: str = started.ok("campaign", *arguments, "回访一", "--json").json["campaign"][
            "state"
        ]
        return found

    assert state("show") == "running"
    assert state("pause") == "paused"
    assert state("resume") == "running"
    assert state("stop") == "stopped"
    assert state("start") == "running"


def test_only_a_paused_campaign_is_resumed(site: Site) -> None:
    site.ok("campaign", "create", site.write("c.toml", CALLBACK))
    done = site("campaign", "resume", "回访一")
    assert done.code == 1
    assert "waihu campaign start" in done.err


def test_starting_says_what_is_still_missing(site: Site) -> None:
    site.ok("campaign", "create", site.write("c.toml", CALLBACK))
    out = site.ok("campaign", "start", "回访一").out
    assert "list is empty" in out
    assert "No engine is running" in out


def test_a_campaign_is_named_by_its_number_too(started: Site) -> None:
    assert started.ok("campaign", "show", "1", "--json").json["campaign"]["name"] == "回访一"


@pytest.mark.parametrize("verb", ["show", "start", "pause", "resume", "stop"])
def test_an_unknown_campaign_is_told_with_the_way_to_see_them(verb: str, started: Site) -> None:
    done = started("campaign", verb, "nobody")
    assert done.code == 1
    assert "waihu campaign list" in done.err


def test_the_list_of_campaigns_shows_what_is_left(started: Site) -> None:
    row = started.ok("campaign", "list").out.splitlines()
    assert any("回访一" in line and "running" in line and "now" in line for line in row)
    listed = started.ok("campaign", "list", "--json").json["campaigns"]
    assert [(one["contacts"], one["open"], one["due"]) for one in listed] == [(2, 2, 2)]


def test_before_the_first_campaign_there_is_no_database_and_none_is_made(site: Site) -> None:
    done = site("campaign", "list")
    assert done.code == 2
    assert "waihu campaign create" in done.err
    assert not (site.folder / "waihu.db").exists()


def test_a_file_that_is_no_database_is_told(site: Site) -> None:
    site.write("waihu.db", "this is no database, but a letter to somebody\n" * 100)
    done = site("campaign", "list")
    assert done.code == 1
    assert "Traceback" not in done.err
    assert len(done.err.splitlines()) == 1


def test_a_folder_that_cannot_be_made_is_told(site: Site) -> None:
    site.write("file", "")
    path = site.folder / "waihu.toml"
    path.write_text(path.read_text("utf-8").replace("waihu.db", "file/waihu.db"), "utf-8")
    done = site("campaign", "create", site.write("c.toml", CALLBACK))
    assert done.code in {1, 2}
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("[site]\nzone = 'Mars/Olympus'\n[ami]\nport = 99999\n", "waihu.toml:2"),
        ("[site\n", "is not TOML"),
        ("[sight]\n", "is not known"),
    ],
)
def test_settings_that_do_not_fit_are_told_with_their_line(
    settings: str, said: str, site: Site
) -> None:
    site.write("waihu.toml", settings)
    done = site("campaign", "list")
    assert done.code == 2
    assert said in done.err


def test_the_windows_are_shown_as_people_read_them(site: Site) -> None:
    text = CALLBACK.replace(
        '"every day" = ["00:00-24:00"]', '"mon-fri" = ["09:00-12:00"]\nsat = ["10:00-11:00"]'
    )
    site.ok("campaign", "create", site.write("c.toml", text))
    out = site.ok("campaign", "show", "回访一").out
    assert "Mon–Fri 09:00-12:00; Sat 10:00-11:00 (Asia/Shanghai)" in out


# ── deleting ─────────────────────────────────────────────────────────────────────────────


def test_a_campaign_in_which_nobody_was_called_is_deleted_with_its_list(started: Site) -> None:
    unasked = started("campaign", "delete", "回访一")
    assert (unasked.code, "say --yes to delete 回访一" in unasked.err) == (2, True)
    told = started.ok("campaign", "delete", "回访一", "--yes")
    assert told.out == "Campaign 回访一 is deleted, with its list of 2 contacts.\n"
    assert started.ok("campaign", "list", "--json").json["campaigns"] == []
    gone = started("campaign", "delete", "回访一", "--yes", "--json")
    assert (gone.code, gone.out) == (1, "")
    assert "there is no such campaign" in gone.err


def test_where_records_are_deleting_is_refused_with_what_to_do(started: Site) -> None:
    started.ok("dnc", "add", "13800138000", "--campaign", "回访一")
    refused = started("campaign", "delete", "回访一", "--yes")
    assert refused.code == 1
    assert "it has 0 calls and 1 do-not-call entries of its own" in refused.err
    assert "end it with: waihu campaign stop 回访一" in refused.err
    assert started.ok("campaign", "show", "回访一", "--json").json["campaign"]["contacts"] == 2


def test_a_preview_campaign_says_how_it_works(site: Site) -> None:
    flags = ("--kind", "callback", "--queue", "callback", "--dial-string", "PJSIP/{number}@t")
    days = ("--window", "every day=00:00-24:00", "--mode", "preview")
    site.ok("campaign", "create", "--name", "look", *flags, *days)
    shown = site.ok("campaign", "show", "look").out
    for fact in ("preview: the agent sees the contact first", "at most 2 min", "4 h"):
        assert fact in shown
    assert site.ok("campaign", "show", "look", "--json").json["campaign"]["mode"] == "preview"
    nonsense = site("campaign", "create", "--name", "p", *flags, *days[:2], "--mode", "manual")
    assert (nonsense.code, "predictive" in nonsense.err) == (2, True)


def test_a_broken_file_makes_no_campaign_and_names_its_line(started: Site) -> None:
    before = started.ok("campaign", "list").out
    text = CALLBACK.replace("回访一", "回访二")
    for broken, line in ((text + "[retry\n", 11), (text + "[retry]\ndelay = 4\n", 12)):
        done = started("campaign", "create", started.write("broken.toml", broken))
        assert done.code == 2
        assert f"broken.toml:{line}: " in done.err
    assert started.ok("campaign", "list").out == before
