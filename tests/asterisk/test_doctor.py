"""What the doctor concludes from what it is told, and what it finds without an Asterisk."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import string
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

import asterisk.actions
from agi.handlers import probe_answer
from asterisk.doctor import examination
from asterisk.doctor.calendars import examine_books, examine_calendars
from asterisk.doctor.codes import DOUBTFUL, WELL, Check, Code, Level
from asterisk.doctor.dialing import Target, Way, target_of, verdict_of
from asterisk.doctor.examination import examine
from asterisk.doctor.findings import Finding, found, not_checked
from asterisk.doctor.here import (
    Holder,
    examine_configuration,
    examine_database,
    examine_engine,
    holder_of,
    zone_finding,
)
from asterisk.doctor.places import examine_places
from asterisk.doctor.probe import Address, Probe, judge_probe
from asterisk.doctor.rights import NEEDED, excess_rights, judge_rights
from asterisk.doctor.switch import EXTENSIONS, clock_finding
from asterisk.doctor.words import (
    _cures_here,
    _cures_of_calls,
    _cures_of_the_switch,
    _sentences_here,
    _sentences_of_calls,
    _sentences_of_the_switch,
)
from asterisk.render import PbxFacts, render
from campaigns.books import NO_BOOKS
from campaigns.campaign import Campaign
from config.calendar_file import CalendarShelf
from config.settings import AmiSettings, PathSettings, Settings
from dialer.effects import KeepPlace
from store.aside import Aside, aside_path
from store.call_backs import keep_place
from store.campaigns import Campaigns
from store.database import Database
from store.engine_lock import EngineLock
from tests.fake_asterisk import FakeAsterisk, event, message, reject, response, silence
from tests.store.room import MONDAY_9, a_campaign

SECRET = "never-told-" + "0123456789"
ADDRESS = Address(host="127.0.0.1", port=4573)
PROBE = Probe(mark="a1b2", by=Holder(text="", pid=7, host="here"))


def settings_of(folder: Path, ami_port: int = 1, secret: str | None = SECRET) -> Settings:
    return Settings(
        ami=AmiSettings(port=ami_port, secret=SecretStr(secret) if secret else None),
        paths=PathSettings(database=folder / "waihu.db", run=folder, log=folder / "waihu.log"),
    )


def by_check(findings: list[Finding], check: Check) -> list[Code]:
    return [finding.code for finding in findings if finding.check is check]


# ── words ────────────────────────────────────────────────────────────────────────────────

NOTHING_TO_DO = {
    Code.NOT_CHECKED,
    Code.VERSION_UNTRIED,
    Code.VERSION_UNTOLD,
    Code.CLOCK_UNTOLD,
    Code.DIAL_UNSURE,
}


def test_every_code_has_its_sentence_and_whatever_is_wrong_has_its_cure() -> None:
    sentences = {**_sentences_here(), **_sentences_of_the_switch(), **_sentences_of_calls()}
    cures = {**_cures_here(), **_cures_of_the_switch(), **_cures_of_calls()}
    assert set(sentences) == set(Code)
    assert set(cures) == set(Code) - WELL - NOTHING_TO_DO
    assert not WELL & DOUBTFUL
    for code, cure in cures.items():
        assert fields(cure) <= fields(sentences[code]) | CURE_ALONE.get(code, set())


CURE_ALONE = {
    Code.ENGINE_ELSEWHERE: {"database"},
    Code.AMI_NOT_BOOTED: {"user"},
    Code.RIGHTS_EXCESS: {"enough"},
    Code.PROBE_UNTOLD: {"user"},
    Code.CALENDAR_ENDS: {"folder", "file"},
    Code.CALENDAR_ENDED: {"folder", "file"},
    Code.CALENDAR_UNKNOWN: {"folder"},
}
"""Facts that only the cure tells; each finding carries them."""


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_a_finding_tells_its_check_and_what_it_waits_for() -> None:
    finding = not_checked(Check.SLOTS, Check.AMI)
    assert finding.text == "agent slots: not checked: it needs “AMI login” first"
    assert (finding.level, finding.cure, finding.unreachable) == (Level.WARNING, None, False)


# ── rights ───────────────────────────────────────────────────────────────────────────────

OFFERED = {
    "Agents": "Lists agents and their status.  (Priv: agent,all)",
    "CoreSettings": "Show PBX core settings (version etc).  (Priv: system,reporting,all)",
    "CoreShowChannels": "List currently active channels.  (Priv: system,reporting,all)",
    "Getvar": "Gets a channel variable or function value.  (Priv: call,reporting,all)",
    "Hangup": "Hangup channel.  (Priv: system,call,all)",
    "ListCommands": "List available manager commands.  (Priv: <none>)",
    "Originate": "Originate a call.  (Priv: originate,all)",
    "Ping": "Keepalive command.  (Priv: <none>)",
    "QueueAdd": "Add interface to queue.  (Priv: agent,all)",
    "QueuePause": "Makes a queue member temporarily unavailable.  (Priv: agent,all)",
    "QueuePenalty": "Set the penalty for a queue member.  (Priv: agent,all)",
    "QueueRemove": "Remove interface from queue.  (Priv: agent,all)",
    "QueueStatus": "Show queue status.  (Priv: <none>)",
    "Redirect": "Redirect (transfer) a call.  (Priv: call,all)",
}


def without(*names: str) -> dict[str, str]:
    return {name: said for name, said in OFFERED.items() if name not in names}


def test_every_action_that_we_send_is_among_those_whose_right_is_checked() -> None:
    source = Path(asterisk.actions.__file__).read_text(encoding="utf-8")
    sent = set(re.findall(r'\bname="(\w+)"|Action\(name="(\w+)"', source))
    assert {first or second for first, second in sent} - {"Login"} == set(NEEDED)


def test_enough_and_no_more_is_well() -> None:
    [finding] = judge_rights("waihu", OFFERED, agents_known=True)
    assert finding.code is Code.RIGHTS_OK


@pytest.mark.parametrize(
    ("absent", "rights"),
    [
        (("Originate",), "originate"),
        (("Hangup", "Redirect"), "call"),
        (("Agents", "QueueAdd", "QueuePause", "QueuePenalty", "QueueRemove"), "agent"),
        (("CoreSettings", "CoreShowChannels"), "reporting"),
        (("Originate", "Redirect", "Hangup"), "originate,call"),
    ],
)
def test_a_missing_right_is_named(absent: tuple[str, ...], rights: str) -> None:
    [finding] = judge_rights("waihu", without(*absent), agents_known=True)
    assert (finding.code, finding.params["rights"]) == (Code.RIGHTS_MISSING, rights)
    assert finding.level is Level.FAULT


def test_a_module_that_is_not_loaded_is_no_missing_right() -> None:
    offered = without("QueueStatus", "QueueAdd", "QueuePause", "QueuePenalty", "QueueRemove")
    [finding] = judge_rights("waihu", offered, agents_known=True)
    assert (finding.code, finding.params["module"]) == (Code.MODULE_MISSING, "app_queue")
    [finding] = judge_rights("waihu", without("Agents"), agents_known=False)
    assert (finding.code, finding.params["module"]) == (Code.MODULE_MISSING, "app_agent_pool")


def test_more_than_is_needed_is_a_warning_that_names_the_rights() -> None:
    dangerous = {
        "Command": "Execute Asterisk CLI Command.  (Priv: command,all)",
        "UpdateConfig": "Update basic configuration.  (Priv: config,all)",
        "Reload": "Send a reload event.  (Priv: system,config,all)",
    }
    [finding] = judge_rights("waihu", OFFERED | dangerous, agents_known=True)
    assert finding.level is Level.WARNING
    assert finding.params["rights"] == "command,config"
    assert finding.cure is not None
    assert "write = originate,call,agent,reporting" in finding.cure


def test_an_action_that_several_rights_open_proves_none_of_them() -> None:
    assert excess_rights(["(Priv: system,reporting,all)", "(Priv: <none>)", "odd"]) == []


def test_the_contexts_that_are_looked_for_are_those_of_the_template() -> None:
    text = render(PbxFacts(ami_secret="0" * 12))["waihu-extensions.conf"]
    assert set(re.findall(r"^\[([\w-]+)\]", text, re.MULTILINE)) == set(EXTENSIONS)


# ── dial strings ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("dial_string", "target"),
    [
        (
            "PJSIP/{number}@trunk",
            Target(way=Way.ENDPOINT, technology="PJSIP", name="trunk", is_trunk=True),
        ),
        (
            "PJSIP/trunk/sip:{number}@sip.example.com:5060",
            Target(way=Way.ENDPOINT, technology="PJSIP", name="trunk"),
        ),
        ("PJSIP/{number}", Target(way=Way.NONE, technology="PJSIP")),
        (
            "Local/{number}@people/n",
            Target(way=Way.CONTEXT, technology="Local", name="people", is_trunk=True),
        ),
        ("DAHDI/g1/{number}", Target(way=Way.DEVICE, technology="DAHDI", name="g1")),
        ("PJSIP/{number}@a,b", Target(way=Way.NONE, technology="PJSIP")),
        ("PJSIP/{number}@a)b", Target(way=Way.NONE, technology="PJSIP")),
    ],
)
def test_a_dial_string_is_taken_apart(dial_string: str, target: Target) -> None:
    assert target_of(dial_string) == target


@pytest.mark.parametrize(
    ("dial_string", "said", "code"),
    [
        ("PJSIP/{number}@trunk", "NOT_INUSE", Code.DIAL_OK),
        ("PJSIP/{number}@trunk", "INVALID", Code.DIAL_UNKNOWN),
        ("PJSIP/{number}@trunk", "UNAVAILABLE", Code.DIAL_UNAVAILABLE),
        ("PJSIP/trunk/sip:{number}@host", "UNAVAILABLE", Code.DIAL_OK),
        ("DAHDI/g1/{number}", "INVALID", Code.DIAL_UNSURE),
        ("Local/{number}@people/n", "1", Code.DIAL_OK),
        ("Local/{number}@people/n", "0", Code.DIAL_UNKNOWN),
    ],
)
def test_what_asterisk_says_of_it_is_a_verdict(dial_string: str, said: str, code: Code) -> None:
    assert verdict_of(target_of(dial_string), said) is code


# ── the probe ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"Result": "SUCCESS", "Proof": probe_answer("a1b2", 7, "here")}, Code.AGI_OK),
        ({"Result": "SUCCESS", "Proof": probe_answer("a1b2", 8, "here")}, Code.AGI_OTHER_WAIHU),
        ({"Result": "SUCCESS", "Proof": probe_answer("beef", 7, "here")}, Code.AGI_STRANGER),
        ({"Result": "SUCCESS", "Proof": ""}, Code.AGI_STRANGER),
        ({"Result": "TIMEOUT"}, Code.AGI_SILENT),
        ({"Result": "FAILURE"}, Code.AGI_UNREACHABLE),
        ({"Result": "FAILURE", "Url": "agi://10.0.0.9:4573"}, Code.AGI_OTHER_ADDRESS),
    ],
)
def test_only_our_own_server_with_this_probes_mark_passes(told: dict[str, str], code: Code) -> None:
    assert judge_probe({"Url": ADDRESS.url, **told}, ADDRESS, PROBE).code is code


def test_a_fastagi_that_is_not_reached_is_cured_by_its_host_and_port() -> None:
    finding = judge_probe({"Url": ADDRESS.url, "Result": "FAILURE"}, ADDRESS, PROBE)
    assert finding.cure is not None
    assert "127.0.0.1:4573" in finding.cure
    assert "[agi] host" in finding.cure


# ── clock and zone ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [
        ("1795321294.008847", Code.CLOCK_OK),
        ("1795321296.9", Code.CLOCK_APART),
        ("1795321230.0", Code.CLOCK_WRONG),
        ("", Code.CLOCK_UNTOLD),
    ],
)
def test_clocks_may_be_two_seconds_apart_and_never_a_minute(timestamp: str, code: Code) -> None:
    assert clock_finding(timestamp, 1795321294.0, 1795321294.2).code is code


NOVEMBER, MAY = 1795321294.0, 1779500000.0


@pytest.mark.parametrize(
    ("zone", "offsets", "code"),
    [
        ("Asia/Shanghai", [28_800, 28_800], Code.ZONE_OK),
        ("Asia/Shanghai", [0, 0], Code.ZONE_UTC),
        ("Asia/Shanghai", [3_600, 7_200], Code.ZONE_DIFFERS),
        ("Europe/Berlin", [3_600, 7_200], Code.ZONE_OK),
        ("Africa/Lagos", [3_600, 7_200], Code.ZONE_DIFFERS),
    ],
)
def test_the_zones_are_compared_in_winter_and_in_summer(
    zone: str, offsets: list[int], code: Code
) -> None:
    assert zone_finding(zone, (NOVEMBER, MAY), offsets, "X").code is code


# ── settings, database, engine ───────────────────────────────────────────────────────────


def test_a_secret_in_a_file_that_others_may_read_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "waihu.toml"
    path.write_text(f'[ami]\nsecret = "{SECRET}"\n')
    path.chmod(0o644)
    codes = [finding.code for finding in examine_configuration(path)]
    assert codes == [Code.CONFIG_FILE, Code.CONFIG_SECRET_OPEN]
    path.chmod(0o600)
    assert [finding.code for finding in examine_configuration(path)] == [Code.CONFIG_FILE]


async def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "waihu.db"
    records = await examine_database(path)
    assert [finding.code for finding in records.findings] == [Code.DATABASE_MISSING]
    assert records.campaigns is None
    assert not path.exists()


@pytest.mark.parametrize(
    ("version", "code"), [("0000", Code.DATABASE_OLDER), ("9999", Code.DATABASE_NEWER)]
)
async def test_a_schema_of_another_version_is_told_from_ours(
    tmp_path: Path, version: str, code: Code
) -> None:
    path = tmp_path / "waihu.db"
    async with Database(path) as database:
        await database.upgrade()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    connection.commit()
    connection.close()
    records = await examine_database(path)
    assert [finding.code for finding in records.findings] == [code]


async def test_what_the_database_refused_for_good_is_told_with_its_file_and_its_cure(
    tmp_path: Path,
) -> None:
    path = tmp_path / "waihu.db"
    async with Database(path) as database:
        await database.upgrade()
    assert by_check(list((await examine_database(path)).findings), Check.DATABASE) == [
        Code.DATABASE_OK
    ]
    aside = Aside(aside_path(path))
    aside.put({"kind": "EndAttempt", "attempt": "a"}, "no such row")
    await aside.save()

    fault = (await examine_database(path)).findings[-1]
    assert (fault.code, fault.level) == (Code.WRITES_SET_ASIDE, Level.FAULT)
    assert fault.text.startswith(
        f"database: writes that the database refuses are set aside in {path}.aside.jsonl: 1"
    )
    assert fault.cure is not None
    assert "restart the engine" in fault.cure


async def test_a_file_of_what_is_set_aside_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "waihu.db"
    async with Database(path) as database:
        await database.upgrade()
    aside_path(path).mkdir()

    fault = (await examine_database(path)).findings[-1]
    assert (fault.code, fault.level) == (Code.DATABASE_UNUSABLE, Level.FAULT)
    assert f"{path}.aside.jsonl cannot be used" in fault.text


async def test_a_file_that_is_no_database_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "waihu.db"
    path.write_text("a list of names, by mistake\n" * 100)
    records = await examine_database(path)
    assert [finding.code for finding in records.findings] == [Code.DATABASE_UNUSABLE]


async def test_the_campaigns_that_may_dial_are_read(tmp_path: Path) -> None:
    path = tmp_path / "waihu.db"
    async with Database(path) as database:
        await database.upgrade()
        await Campaigns(database).save(a_campaign(), MONDAY_9)
    records = await examine_database(path)
    assert [finding.code for finding in records.findings] == [Code.DATABASE_OK]
    assert [one.name for one in records.campaigns or ()] == ["callback"]


async def test_an_engine_that_has_the_database_is_named_though_its_socket_is_silent(
    tmp_path: Path,
) -> None:
    paths = settings_of(tmp_path).paths
    with EngineLock(paths.database) as lock:
        lock.acquire(datetime(2026, 11, 23, tzinfo=UTC))
        seen = await examine_engine(paths)
        assert seen.findings[0].code is Code.ENGINE_SILENT
        assert seen.findings[0].params["holder"].startswith("pid ")
        assert seen.runs
    assert holder_of(paths.database) is None


async def test_looking_for_an_engine_makes_no_lock_and_leaves_none(tmp_path: Path) -> None:
    paths = settings_of(tmp_path).paths
    assert (await examine_engine(paths)).findings[0].code is Code.ENGINE_NONE
    assert not EngineLock(paths.database).path.exists()


# ── places that are kept ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("queues", "code", "level"),
    [
        ({"waihu-callback"}, Code.PLACES_MOVED, Level.WARNING),
        ({"waihu-inbound"}, Code.PLACES_STUCK, Level.FAULT),
        ({"waihu-callback", "waihu-repairs"}, None, None),
    ],
)
async def test_places_of_a_queue_that_has_left_the_settings_are_told_with_who_calls_them(
    tmp_path: Path, queues: set[str], code: Code | None, level: Level | None
) -> None:
    path = tmp_path / "waihu.db"
    async with Database(path) as database:
        await database.upgrade()
        campaign = await Campaigns(database).save(a_campaign(), MONDAY_9)
        wish = KeepPlace(
            ref="1",
            campaign_id=campaign.id,
            e164="+8613900000001",
            queue="waihu-repairs",
            why="wish",
            call="1",
            joined_at=MONDAY_9,
            at=MONDAY_9,
        )
        async with database.writing() as connection:
            await keep_place(connection, wish)
    records = await examine_database(path)
    found_ = examine_places(records.places, records.campaigns or (), queues)
    assert [(one.code, one.level) for one in found_] == ([(code, level)] if code else [])
    assert all("waihu-repairs" in one.text for one in found_)


# ── public holidays ──────────────────────────────────────────────────────────────────────


def keeping(name: str) -> list[Campaign]:
    calendar = CalendarShelf(None, date(2026, 11, 22)).calendar(name)
    return [a_campaign(calendar=calendar), a_campaign(calendar=None)]


@pytest.mark.parametrize(
    ("name", "today", "code"),
    [
        ("CN", date(2026, 11, 30), Code.CALENDAR_OK),
        ("CN", date(2026, 12, 1), Code.CALENDAR_ENDS),
        ("CN", date(2026, 12, 31), Code.CALENDAR_ENDS),
        ("CN", date(2027, 1, 1), Code.CALENDAR_ENDED),
        ("XX", date(2026, 6, 1), Code.CALENDAR_UNKNOWN),
    ],
)
def test_a_calendar_is_warned_of_thirty_days_before_its_end(
    name: str, today: date, code: Code
) -> None:
    (finding,) = examine_calendars(keeping(name), Path("/etc/waihu/calendars"), today)
    assert finding.code is code
    assert finding.level is {
        Code.CALENDAR_OK: Level.OK,
        Code.CALENDAR_ENDS: Level.WARNING,
    }.get(code, Level.FAULT)
    if code in {Code.CALENDAR_ENDS, Code.CALENDAR_ENDED}:
        assert "CN" in finding.text
        assert "2026-12-31" in finding.text
        assert "/etc/waihu/calendars/CN-2027.toml" in (finding.cure or "")


def test_where_no_campaign_keeps_holidays_all_is_well() -> None:
    (finding,) = examine_calendars([a_campaign()], None, date(2030, 1, 1))
    assert (finding.code, finding.level) == (Code.CALENDAR_NONE, Level.OK)
    (unread,) = examine_calendars(None, None, date(2030, 1, 1))
    assert unread.code is Code.NOT_CHECKED


def test_a_broken_calendar_file_is_a_fault_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "CN-2027.toml").write_text("calendar = ")
    settings = settings_of(tmp_path)
    paths = settings.paths.model_copy(update={"calendars": tmp_path})
    broken = settings.model_copy(update={"paths": paths})
    books, (finding,) = examine_books(broken, date(2026, 11, 22))
    assert books is NO_BOOKS
    assert (finding.code, finding.level) == (Code.CALENDAR_BROKEN, Level.FAULT)
    assert "CN-2027.toml" in finding.text


# ── no Asterisk, or none that speaks as one ──────────────────────────────────────────────


def assert_nothing_behind_the_login_was_checked(findings: list[Finding]) -> None:
    behind = [
        finding
        for finding in findings
        if finding.check in examination._BEHIND_THE_LOGIN  # noqa: SLF001  its own list
    ]
    assert {finding.code for finding in behind} == {Code.NOT_CHECKED}
    assert {finding.check for finding in findings} == set(Check)


async def test_a_closed_port_is_no_asterisk(tmp_path: Path) -> None:
    findings = await examine(settings_of(tmp_path))
    assert by_check(findings, Check.AMI) == [Code.AMI_UNREACHABLE]
    assert any(finding.unreachable for finding in findings)
    assert_nothing_behind_the_login_was_checked(findings)


async def test_without_a_secret_nothing_is_asked(tmp_path: Path) -> None:
    findings = await examine(settings_of(tmp_path, secret=None))
    assert by_check(findings, Check.AMI) == [Code.AMI_NO_SECRET]
    assert_nothing_behind_the_login_was_checked(findings)


@pytest.mark.parametrize(
    ("banner", "code"),
    [(b"SSH-2.0-OpenSSH_9.2\r\n", Code.AMI_STRANGER), (b"", Code.AMI_SILENT)],
)
async def test_another_server_is_told_from_asterisk(
    tmp_path: Path, banner: bytes, code: Code
) -> None:
    async with FakeAsterisk() as asterisk_:
        asterisk_.banner = banner
        findings = await examine(settings_of(tmp_path, asterisk_.port))
    assert by_check(findings, Check.AMI) == [code]
    assert any(finding.unreachable for finding in findings)


async def test_a_refused_login_is_told_with_asterisks_word_and_without_the_secret(
    tmp_path: Path,
) -> None:
    async with FakeAsterisk() as asterisk_:
        asterisk_.answers["Login"] = reject("Authentication failed")
        findings = await examine(settings_of(tmp_path, asterisk_.port))
    [refused] = [finding for finding in findings if finding.check is Check.AMI]
    assert refused.code is Code.AMI_REFUSED
    assert "Authentication failed" in refused.text
    assert not any(SECRET in f"{finding} {finding.text} {finding.cure}" for finding in findings)


async def test_a_switch_that_never_says_that_it_is_booted_is_a_fault(tmp_path: Path) -> None:
    async with FakeAsterisk() as asterisk_:
        asterisk_.answers["Login"] = lambda action: response(action, "Success", "Welcome")
        asterisk_.answers["Originate"] = reject("Permission denied")
        findings = await examine(settings_of(tmp_path, asterisk_.port))
    assert by_check(findings, Check.AMI) == [Code.AMI_OK, Code.AMI_NOT_BOOTED]


async def test_a_switch_that_answers_nothing_is_left_in_time(tmp_path: Path) -> None:
    async with FakeAsterisk() as asterisk_:
        asked = {*NEEDED, "QueueSummary", "Getvar"}
        asterisk_.answers |= dict.fromkeys(asked, silence)
        began = time.monotonic()
        findings = await examine(settings_of(tmp_path, asterisk_.port))
        assert time.monotonic() - began < 10.0
    for check in (Check.VERSION, Check.RIGHTS, Check.QUEUES, Check.AGI, Check.CLOCK):
        assert by_check(findings, check) == [Code.OVERDUE], check


async def test_a_switch_that_hangs_up_amid_the_examination_is_told_so(tmp_path: Path) -> None:
    async with FakeAsterisk() as asterisk_:

        def hang_up(_action: dict[str, str]) -> None:
            asyncio.get_running_loop().call_soon(asterisk_.hang_up)

        asterisk_.answers |= dict.fromkeys({*NEEDED, "QueueSummary", "Getvar"}, hang_up)
        findings = await examine(settings_of(tmp_path, asterisk_.port))
    assert by_check(findings, Check.QUEUES) == [Code.LINK_LOST]


async def test_events_of_a_busy_switch_do_not_come_between(tmp_path: Path) -> None:
    noise = b"".join(event("Newchannel", Uniqueid=str(n)) for n in range(1000))
    async with FakeAsterisk() as asterisk_:
        asterisk_.answers["Originate"] = reject("Permission denied")
        asterisk_.answers["Ping"] = lambda action: (
            noise
            + message(
                ("Response", "Success"),
                ("ActionID", action["ActionID"]),
                ("Timestamp", f"{time.time():.6f}"),
            )
            + noise
        )
        findings = await examine(settings_of(tmp_path, asterisk_.port))
    assert by_check(findings, Check.CLOCK) == [Code.CLOCK_OK]


def test_no_finding_is_made_with_the_level_of_another() -> None:
    for code in Code:
        level = found(Check.AMI, code).level
        assert (level is Level.OK) == (code in WELL)
