"""What Asterisk says of itself: its login, version, rights, queues, slots, contexts, clock.

Owns: these checks, each over one consultation. Must not know settings as such: what is expected
comes as plain values. Nothing on the switch is changed.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from asterisk import actions
from asterisk.actions import Action
from asterisk.doctor.codes import Check, Code
from asterisk.doctor.consultation import Consultation
from asterisk.doctor.findings import Finding, found
from asterisk.doctor.rights import judge_rights
from asterisk.errors import ActionRejected, AnswerOverdue
from campaigns.campaign import Campaign

GREETING_S = 1.0
BOOTED_S = 1.0
"""A switch that is up says both at once."""

DRIFT_S = 2.0
WRONG_CLOCK_S = 60.0
TRIED_VERSIONS = range(16, 23)
"""The main versions on which this was tried."""

EVENT_CLASSES = "system,call,user"
_UNKNOWN_ACTION = "Invalid/unknown command"
_VERSION = re.compile(r"[0-9]+")

EXTENSIONS: Mapping[str, str] = MappingProxyType(
    {
        "waihu-answered": "s",
        "waihu-waiting": "s",
        "waihu-connect": "7001",
        "waihu-screened": "s",
        "waihu-unserved": "s",
        "waihu-agent": "7001",
        "waihu-tone": "whisper",
        "waihu-spy": "s",
        "waihu-listen": "7001",
        "waihu-whisper": "7001",
        "waihu-barge": "7001",
        "waihu-record": "keeps",
        "waihu-login": "1001",
        "waihu-inbound": "s",
        "waihu-flow": "queue",
        "waihu-plain-queue": "s",
        "waihu-probe": "s",
    }
)
"""Every context of ours with an extension that must be there."""

MODULES = ("func_global", "func_lock")
"""What the dialplan needs to remember whom nobody took while Waihu was away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where the login goes, and as whom. The secret is not shown by `repr` (nor anywhere)."""

    host: str
    port: int
    user: str
    login: Action

    @property
    def address(self) -> dict[str, object]:
        """For the sentences."""
        return {"host": self.host, "port": self.port}


async def enter(consultation: Consultation, door: Door) -> list[Finding]:
    """Banner, login, and the word that all is loaded; the first finding is on the login.

    Raises:
        LinkLost: the connection ended.
    """
    try:
        async with asyncio.timeout(GREETING_S):
            await consultation.until(lambda: consultation.protocol is not None)
        await consultation.ask(door.login)
        async with asyncio.timeout(BOOTED_S):
            await consultation.until(lambda: _booted(consultation))
    except ActionRejected as refused:
        return [found(Check.AMI, Code.AMI_REFUSED, user=door.user, reason=refused.text)]
    except AnswerOverdue:
        return [found(Check.AMI, Code.AMI_SILENT, **door.address)]
    except TimeoutError:
        if consultation.protocol is None:
            return [found(Check.AMI, Code.AMI_SILENT, **door.address)]
        not_booted = found(Check.AMI, Code.AMI_NOT_BOOTED, user=door.user)
        return [found(Check.AMI, Code.AMI_OK, user=door.user, **door.address), not_booted]
    return [found(Check.AMI, Code.AMI_OK, user=door.user, **door.address)]


def _booted(consultation: Consultation) -> bool:
    return any(news["Event"] == "FullyBooted" for news in consultation.news)


async def examine_version(consultation: Consultation) -> list[Finding]:
    """Asterisk's version beside those on which the product was tried."""
    heard = await consultation.ask(actions.core_settings())
    version = heard.response.get("AsteriskVersion", "")
    main = _VERSION.search(version)
    if main is None:
        return [found(Check.VERSION, Code.VERSION_UNTOLD)]
    code = Code.VERSION_OK if int(main[0]) in TRIED_VERSIONS else Code.VERSION_UNTRIED
    span = f"{TRIED_VERSIONS[0]}-{TRIED_VERSIONS[-1]}"
    return [found(Check.VERSION, code, version=version, tried=span)]


async def examine_rights(consultation: Consultation, user: str) -> list[Finding]:
    """The write rights, by the actions that Asterisk offers."""
    offered = (await consultation.ask(actions.list_commands())).response
    known = await _knows_agents(consultation)
    return judge_rights(user, offered, agents_known=known)


async def _knows_agents(consultation: Consultation) -> bool:
    """Where the action is not offered, only asking tells "not allowed" from "not loaded"."""
    try:
        await consultation.ask(actions.agents())
    except ActionRejected as refused:
        return not refused.text.startswith(_UNKNOWN_ACTION)
    return True


async def examine_queues(
    consultation: Consultation, wanted: Collection[str], campaigns: Sequence[Campaign]
) -> list[Finding]:
    """Whether the queues of the settings, and those of the campaigns, are there."""
    summary = Action(name="QueueSummary", ends_with="QueueSummaryComplete")
    heard = await consultation.ask(summary)
    there = {event["Queue"] for event in heard.events if event["Event"] == "QueueSummary"}
    findings = []
    if missing := [name for name in wanted if name not in there]:
        findings.append(found(Check.QUEUES, Code.QUEUES_MISSING, queues=", ".join(missing)))
    findings += [
        found(Check.QUEUES, Code.CAMPAIGN_QUEUE_MISSING, campaign=one.name, queue=one.queue)
        for one in campaigns
        if one.queue not in there and one.queue not in wanted
    ]
    findings += await _examine_rules(consultation, [name for name in wanted if name in there])
    return findings or [found(Check.QUEUES, Code.QUEUES_OK, queues=", ".join(wanted))]


async def _examine_rules(consultation: Consultation, queues: Sequence[str]) -> list[Finding]:
    """Whether those of queuerules.conf are loaded, by which who has waited is let to more agents.

    The answer is one response, with a rule in its headers, and no list of events.
    """
    missing = []
    for queue in queues:
        asked = Action(name="QueueRule", headers=(("Rule", queue),))
        if (await consultation.ask(asked)).response.get("RuleList") != queue:
            missing.append(queue)
    return [found(Check.QUEUES, Code.RULES_MISSING, queues=", ".join(missing))] if missing else []


async def examine_slots(consultation: Consultation, wanted: Sequence[str]) -> list[Finding]:
    """Whether agents.conf has as many slots as the settings say."""
    heard = await consultation.ask(actions.agents())
    there = {event["Agent"] for event in heard.events if event["Event"] == "Agents"}
    missing = [slot for slot in wanted if slot not in there]
    if not missing:
        return [found(Check.SLOTS, Code.SLOTS_OK, slots=len(wanted))]
    facts = {"slots": len(wanted), "missing": len(missing), "first": missing[0]}
    return [found(Check.SLOTS, Code.SLOTS_MISSING, **facts)]


async def examine_contexts(consultation: Consultation) -> list[Finding]:
    """Whether our dialplan is loaded, context by context."""
    missing = []
    for context, extension in EXTENSIONS.items():
        match await function(consultation, "DIALPLAN_EXISTS", f"{context},{extension},1"):
            case "":
                return [found(Check.CONTEXTS, Code.FUNCTION_MISSING, module="func_dialplan")]
            case "0":
                missing.append(context)
    findings = await _examine_modules(consultation)
    if missing:
        contexts = ", ".join(missing)
        return [found(Check.CONTEXTS, Code.CONTEXTS_MISSING, contexts=contexts), *findings]
    return findings or [found(Check.CONTEXTS, Code.CONTEXTS_OK, contexts=len(EXTENSIONS))]


async def _examine_modules(consultation: Consultation) -> list[Finding]:
    """Whether the functions are there that our dialplan calls, by the modules that bring them."""
    said = {name: await function(consultation, "IFMODULE", f"{name}.so") for name in MODULES}
    return [
        found(Check.CONTEXTS, Code.MODULE_MISSING, module=name)
        for name, is_there in said.items()
        if is_there == "0"
    ]


async def function(consultation: Consultation, name: str, arguments: str) -> str:
    """A dialplan function's value; "" where Asterisk does not know the function.

    Getvar reads one without a channel, so nothing is called and no context is needed for it.
    """
    asked = Action(name="Getvar", headers=(("Variable", f"{name}({arguments})"),))
    return (await consultation.ask(asked)).response.get("Value", "")


async def examine_clock(consultation: Consultation) -> list[Finding]:
    """Asterisk's clock beside ours: events are stamped by us, queue_log and CDRs by it."""
    before = time.time()
    heard = await consultation.ask(actions.ping())
    return [clock_finding(heard.response.get("Timestamp", ""), before, time.time())]


def clock_finding(timestamp: str, before_s: float, after_s: float) -> Finding:
    """Judge a Ping's Timestamp; it was made between the two readings of our clock."""
    try:
        apart_s = float(timestamp) - (before_s + after_s) / 2
    except ValueError:
        return found(Check.CLOCK, Code.CLOCK_UNTOLD)
    code = Code.CLOCK_OK
    if abs(apart_s) > DRIFT_S:
        code = Code.CLOCK_APART if abs(apart_s) <= WRONG_CLOCK_S else Code.CLOCK_WRONG
    return found(Check.CLOCK, code, seconds=f"{abs(apart_s):.1f}")
