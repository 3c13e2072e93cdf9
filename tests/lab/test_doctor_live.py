"""The doctor at a real Asterisk: well when all is well, and right about what is not."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from asterisk.doctor import Check, Code, Finding, Level, examine
from asterisk.doctor.switch import MODULES
from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from asterisk.lab.program import AsteriskProgram, find_asterisk
from asterisk.render import PbxFacts, QueueFacts
from campaigns.campaign import Campaign
from config.settings import (
    AgentSettings,
    AgiSettings,
    AmiSettings,
    PathSettings,
    QueueSettings,
    Settings,
)
from dialer.app import serve
from dialer.client import EngineClient
from dialer.wire import Do
from routing.skills import Need
from store.campaigns import Campaigns
from store.database import Database
from store.engine_lock import EngineLock
from tests.store.room import MONDAY_9, a_campaign

ROOT = Path(__file__).parents[2]
QUEUES = ("waihu-inbound", "waihu-callback")
LAB_CUSTOMERS = "Local/{number}@waihu-lab-customers/n"
OTHER_SECRET = "of-another-user-" + "0123456789"


def settings_of(lab: LabAsterisk, folder: Path, **changes: object) -> Settings:
    """What the operator of this lab would set."""
    secret = SecretStr(lab.ami_secret)
    plain = Settings(
        ami=AmiSettings(host=lab.ami_host, port=lab.ami_port, user=lab.ami_user, secret=secret),
        agi=AgiSettings(host=lab.facts.agi_host, port=lab.facts.agi_port),
        paths=PathSettings(database=folder / "w.db", run=folder, log=folder / "waihu.log"),
        queues=[QueueSettings(name=name) for name in QUEUES],
        agents=AgentSettings(slots=lab.facts.slots),
    )
    return plain.model_copy(update=changes)


@pytest.fixture
def settings(lab_asterisk: LabAsterisk, tmp_path: Path) -> Settings:
    return settings_of(lab_asterisk, tmp_path)


def changed(settings: Settings, section: str, **values: object) -> Settings:
    part = getattr(settings, section).model_copy(update=values)
    return settings.model_copy(update={section: part})


async def save(settings: Settings, *campaigns: Campaign) -> None:
    async with Database(settings.paths.database) as database:
        await database.upgrade()
        for campaign in campaigns:
            await Campaigns(database).save(campaign, MONDAY_9)


def at(findings: list[Finding], check: Check) -> list[Finding]:
    return [finding for finding in findings if finding.check is check]


def faults(findings: list[Finding]) -> list[tuple[Check, Code]]:
    return [(one.check, one.code) for one in findings if one.level is Level.FAULT]


async def test_where_all_is_well_there_is_no_fault_and_every_check_was_made(
    settings: Settings, main_version: int
) -> None:
    await save(settings, a_campaign(dial_string=LAB_CUSTOMERS))
    findings = await examine(settings)
    assert faults(findings) == []
    assert [finding.text for finding in findings if finding.code is Code.NOT_CHECKED] == []
    assert list(dict.fromkeys(finding.check for finding in findings)) == list(Check)
    wrong = [one for one in findings if one.level is not Level.OK and one.check is not Check.ZONE]
    assert wrong == []
    [version] = at(findings, Check.VERSION)
    assert version.params["version"].startswith(f"{main_version}.")


async def test_it_can_be_run_while_the_engine_runs_which_then_answers_the_probe(
    settings: Settings,
) -> None:
    async with asyncio.TaskGroup() as group:
        ready = asyncio.Event()
        group.create_task(serve(settings, on_ready=lambda _loop: ready.set()))
        await ready.wait()
        async with EngineClient(settings.paths.socket) as engine:
            async for answer in engine.follow(Do.WATCH):
                if answer.facts["link_up"]:
                    break
        findings = await examine(settings)
        async with EngineClient(settings.paths.socket) as engine:
            await engine.ask(Do.STOP)
    assert faults(findings) == []
    assert [one.code for one in at(findings, Check.ENGINE)] == [Code.ENGINE_RUNNING]
    assert [one.code for one in at(findings, Check.AGI)] == [Code.AGI_OK]


async def test_a_wrong_secret_is_refused_and_appears_nowhere(settings: Settings) -> None:
    findings = await examine(changed(settings, "ami", secret=SecretStr(OTHER_SECRET)))
    [refused] = at(findings, Check.AMI)
    assert (refused.code, refused.level) == (Code.AMI_REFUSED, Level.FAULT)
    assert not refused.unreachable
    assert OTHER_SECRET not in "".join(f"{one} {one.text} {one.cure}" for one in findings)


async def test_a_closed_ami_port_is_told_with_its_address(settings: Settings) -> None:
    port = free_port()
    [unreachable] = at(await examine(changed(settings, "ami", port=port)), Check.AMI)
    assert unreachable.unreachable
    assert f"127.0.0.1:{port}" in unreachable.text


async def test_queues_that_asterisk_does_not_know_are_named(settings: Settings) -> None:
    await save(settings, a_campaign(queue="waihu-nowhere"))
    queues = [QueueSettings(name=name) for name in (*QUEUES, "waihu-sales")]
    findings = at(await examine(settings.model_copy(update={"queues": queues})), Check.QUEUES)
    assert [one.code for one in findings] == [Code.QUEUES_MISSING, Code.CAMPAIGN_QUEUE_MISSING]
    assert "waihu-sales" in findings[0].text
    assert "waihu-nowhere" in findings[1].text


async def test_too_few_slots_are_counted(settings: Settings) -> None:
    [finding] = at(await examine(changed(settings, "agents", slots=25)), Check.SLOTS)
    assert finding.code is Code.SLOTS_MISSING
    assert finding.params == {"slots": "25", "missing": "5", "first": "7021"}


async def test_a_dial_string_that_leads_nowhere_is_a_fault(settings: Settings) -> None:
    ways = {
        "known": LAB_CUSTOMERS,
        "no context": "Local/{number}@waihu-lab-nowhere/n",
        "no endpoint": "PJSIP/{number}@waihu-nowhere",
        "away": "PJSIP/{number}@waihu-lab-sipp",
        "by address": "PJSIP/waihu-lab-sipp/sip:{number}@127.0.0.1:5060",
        "no technology": "SIP/{number}@trunk",
        "by number": "PJSIP/{number}",
    }
    await save(settings, *(a_campaign(name=name, dial_string=way) for name, way in ways.items()))
    findings = at(await examine(settings), Check.DIAL_STRINGS)
    assert {one.params["campaign"]: one.code for one in findings} == {
        "known": Code.DIAL_OK,
        "no context": Code.DIAL_UNKNOWN,
        "no endpoint": Code.DIAL_UNKNOWN,
        "away": Code.DIAL_UNAVAILABLE,
        "by address": Code.DIAL_OK,
        "no technology": Code.DIAL_UNSURE,
        "by number": Code.DIAL_UNSURE,
    }


# ── FastAGI, as Asterisk sees it ─────────────────────────────────────────────────────────


async def test_a_dialplan_that_calls_another_address_is_told_from_a_closed_port(
    settings: Settings, lab_asterisk: LabAsterisk
) -> None:
    port = free_port()
    [finding] = at(await examine(changed(settings, "agi", port=port)), Check.AGI)
    assert finding.code is Code.AGI_OTHER_ADDRESS
    assert lab_asterisk.facts.agi_url in finding.text
    assert str(port) in finding.text


async def _close_at_once(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _claim_to_be_well(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A FastAGI server of somebody else's, who has seen what ours sets."""
    await reader.readuntil(b"\n\n")
    writer.write(b'SET VARIABLE WAIHU_PROBED "ok"\nSET VARIABLE WAIHU_PROBE "ok"\n')
    await reader.readline()
    writer.close()


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)
    writer.close()


async def test_another_program_on_our_port_is_found_before_the_engine_is(
    settings: Settings,
) -> None:
    async with await asyncio.start_server(_close_at_once, "127.0.0.1", settings.agi.port):
        [finding] = at(await examine(settings), Check.AGI)
    assert finding.code is Code.AGI_PORT_TAKEN
    assert finding.level is Level.FAULT


@asynccontextmanager
async def _an_engine_whose_agi_is(talk: Any, settings: Settings) -> AsyncIterator[None]:
    """Holds the database as an engine does, and has somebody else at the FastAGI port."""
    with EngineLock(settings.paths.database) as lock:
        lock.acquire(datetime(2026, 11, 23, tzinfo=UTC))
        if talk is None:
            yield
            return
        async with await asyncio.start_server(talk, "127.0.0.1", settings.agi.port):
            yield


@pytest.mark.parametrize(
    ("talk", "code"),
    [
        (None, Code.AGI_UNREACHABLE),
        (_close_at_once, Code.AGI_STRANGER),
        (_claim_to_be_well, Code.AGI_STRANGER),
        (_say_nothing, Code.AGI_SILENT),
    ],
    ids=["closed", "closes at once", "claims to be well", "says nothing"],
)
async def test_only_our_own_server_passes_the_probe(
    settings: Settings, talk: Any, code: Code
) -> None:
    async with _an_engine_whose_agi_is(talk, settings):
        findings = await examine(settings)
    [finding] = at(findings, Check.AGI)
    assert finding.code is code
    assert f"127.0.0.1:{settings.agi.port}" in finding.text


async def test_another_waihu_at_our_address_is_named(settings: Settings) -> None:
    program = (
        "import asyncio\n"
        "from agi.handlers import answer_probe\n"
        "from agi.server import FastAgiServer\n"
        "async def main():\n"
        f"    async with FastAgiServer(host='127.0.0.1', port={settings.agi.port},\n"
        "                             routes={'probe': answer_probe}):\n"
        "        print('up', flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert other.stdout is not None
    while await other.stdout.readline() != b"up\n":
        pass
    async with _an_engine_whose_agi_is(None, settings):
        findings = await examine(settings)
    other.kill()
    await other.wait()
    [finding] = at(findings, Check.AGI)
    assert (finding.code, finding.params["pid"]) == (Code.AGI_OTHER_WAIHU, str(other.pid))


# ── an Asterisk that lacks something ─────────────────────────────────────────────────────


@dataclass
class Patient:
    """A private Asterisk whose configuration a test may spoil."""

    lab: LabAsterisk
    program: AsteriskProgram
    folder: Path

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.lab.run / "etc" / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def command(self, words: str) -> None:
        configuration = self.lab.run / "etc" / "asterisk.conf"
        call = [*self.program.command, "-C", str(configuration), "-rx", words]
        subprocess.run(call, check=True, capture_output=True, timeout=10)

    @property
    def settings(self) -> Settings:
        return settings_of(self.lab, self.folder)


@pytest.fixture
async def patient(parts: Path, tmp_path: Path) -> AsyncIterator[Patient]:
    program = find_asterisk(parts)
    queues = tuple(QueueFacts(name=name, steps=Need(queue=name).steps) for name in QUEUES)
    facts = PbxFacts(
        ami_secret="0" * 12, agi_port=free_port(), agi_patience_s=1, slots=2, queues=queues
    )
    lab = LabAsterisk(program, tmp_path / "pbx", facts)
    await lab.start()
    yield Patient(lab, program, tmp_path)
    await lab.stop()


async def test_missing_contexts_are_named(patient: Patient) -> None:
    patient.edit("waihu-extensions.conf", "[waihu-plain-queue]", "[elsewhere]")
    patient.edit("waihu-extensions.conf", "[waihu-answered]", "[nowhere]")
    patient.command("dialplan reload")
    [finding] = at(await examine(patient.settings), Check.CONTEXTS)
    assert finding.params["contexts"] == "waihu-answered, waihu-plain-queue"
    assert finding.cure is not None
    assert "dialplan reload" in finding.cure


async def test_rules_of_queues_that_are_not_loaded_are_named(patient: Patient) -> None:
    """Without them who has waited would stay with the agents of the first seconds."""
    patient.edit("waihu-queuerules.conf", "[waihu-callback]", "[elsewhere]")
    patient.command("queue reload rules")
    [finding] = at(await examine(patient.settings), Check.QUEUES)
    assert (finding.code, finding.level) == (Code.RULES_MISSING, Level.FAULT)
    assert finding.params["queues"] == "waihu-callback"
    assert finding.cure is not None
    assert "queue reload rules" in finding.cure


@pytest.mark.parametrize("module", MODULES)
async def test_a_function_that_the_dialplan_calls_and_is_not_there_is_a_fault(
    patient: Patient, module: str
) -> None:
    patient.command(f"module unload {module}.so")
    findings = await examine(patient.settings)
    assert faults(findings) == [(Check.CONTEXTS, Code.MODULE_MISSING)]
    [finding] = at(findings, Check.CONTEXTS)
    assert finding.params["module"] == module


async def test_without_the_probe_context_the_fastagi_cannot_be_judged(patient: Patient) -> None:
    patient.edit("waihu-extensions.conf", "[waihu-probe]", "[elsewhere]")
    patient.command("dialplan reload")
    findings = await examine(patient.settings)
    assert faults(findings) == [
        (Check.CONTEXTS, Code.CONTEXTS_MISSING),
        (Check.AGI, Code.PROBE_NOT_PLACED),
    ]


@pytest.mark.parametrize(
    ("write", "missing"),
    [
        ("call,agent,reporting", "originate"),
        ("originate,agent,reporting", "call"),
        ("originate,call,reporting", "agent"),
        ("originate,call,agent", "reporting"),
        ("", "originate,call,agent,reporting"),
    ],
)
async def test_a_missing_write_right_is_named_by_the_real_switch(
    patient: Patient, write: str, missing: str
) -> None:
    patient.edit("waihu-manager.conf", "write = originate,call,agent,reporting", f"write = {write}")
    patient.command("manager reload")
    findings = await examine(patient.settings)
    [finding] = [one for one in at(findings, Check.RIGHTS) if one.level is Level.FAULT]
    assert (finding.code, finding.params["rights"]) == (Code.RIGHTS_MISSING, missing)


async def test_more_rights_than_needed_are_a_warning(patient: Patient) -> None:
    patient.edit("waihu-manager.conf", "write = originate,call,agent,reporting", "write = all")
    patient.command("manager reload")
    findings = await examine(patient.settings)
    assert faults(findings) == []
    [finding] = at(findings, Check.RIGHTS)
    assert finding.code is Code.RIGHTS_EXCESS
    assert {"command", "config", "system"} <= set(finding.params["rights"].split(","))


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        ("call,agent,user,dtmf", {Code.AMI_NOT_BOOTED}),
        ("system,agent,user,dtmf", {Code.READ_MISSING}),
        ("system,call,agent,dtmf", {Code.PROBE_UNTOLD}),
    ],
)
async def test_a_missing_read_right_is_found_by_what_does_not_come(
    patient: Patient, read: str, wrong: set[Code]
) -> None:
    patient.edit("waihu-manager.conf", "read = system,call,agent,user,dtmf", f"read = {read}")
    patient.command("manager reload")
    findings = await examine(patient.settings)
    assert {code for _, code in faults(findings)} == wrong


async def test_modules_that_are_not_loaded_are_named(patient: Patient) -> None:
    for module in ("app_agent_pool", "func_dialplan", "func_devstate"):
        patient.command(f"module unload {module}.so")
    await save(patient.settings, a_campaign(dial_string="PJSIP/{number}@waihu-lab-sipp"))
    findings = await examine(patient.settings)
    assert [one.params["module"] for one in findings if "module" in one.params] == [
        "app_agent_pool",
        "func_dialplan",
        "func_devstate",
    ]
    assert faults(findings) == [(Check.RIGHTS, Code.MODULE_MISSING)]
