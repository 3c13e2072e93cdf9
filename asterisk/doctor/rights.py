"""What our AMI user may do, held against what we ask of Asterisk.

Owns: which right each of our actions needs, and the judgement on the list that Asterisk gives.
Pure. The rights are those of the shipped template of manager.conf; more is a risk, less a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from asterisk.doctor.codes import Check, Code
from asterisk.doctor.findings import Finding, found

NEEDED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Agents": frozenset({"agent"}),
        "CoreSettings": frozenset({"reporting", "system"}),
        "CoreShowChannels": frozenset({"reporting", "system"}),
        "Getvar": frozenset({"call", "reporting"}),
        "Hangup": frozenset({"call", "system"}),
        "ListCommands": frozenset(),
        "Originate": frozenset({"originate"}),
        "Ping": frozenset(),
        "QueueAdd": frozenset({"agent"}),
        "QueuePause": frozenset({"agent"}),
        "QueuePenalty": frozenset({"agent"}),
        "QueueRemove": frozenset({"agent"}),
        "QueueStatus": frozenset(),
        "Redirect": frozenset({"call"}),
    }
)
"""The actions of `asterisk.actions` and the rights of which Asterisk wants one."""

OURS = ("originate", "call", "agent", "reporting")
"""What `write` says in our manager.conf."""

QUEUE_MODULE = "app_queue"
AGENT_MODULE = "app_agent_pool"
_MODULES = {
    "Agents": AGENT_MODULE,
    "QueueAdd": QUEUE_MODULE,
    "QueuePause": QUEUE_MODULE,
    "QueuePenalty": QUEUE_MODULE,
    "QueueRemove": QUEUE_MODULE,
    "QueueStatus": QUEUE_MODULE,
}
_PRIVILEGES = re.compile(r"\(Priv: ([a-z,<>]+)\)$")


def judge_rights(user: str, offered: Mapping[str, str], *, agents_known: bool) -> list[Finding]:
    """The findings on a ListCommands response.

    Args:
        user: its name in manager.conf.
        offered: the actions, each with Asterisk's description.
        agents_known: whether Asterisk knows the action Agents, allowed or not.
    """
    absent = _absent_modules(offered, agents_known=agents_known)
    without_module = [name for name in NEEDED if _MODULES.get(name) in absent]
    refused = [name for name in NEEDED if name not in offered and name not in without_module]
    findings = [found(Check.RIGHTS, Code.MODULE_MISSING, module=module) for module in absent]
    if refused:
        missing = [right for right in OURS if any(right in NEEDED[name] for name in refused)]
        facts = {"user": user, "rights": ",".join(missing), "actions": ", ".join(refused)}
        findings.append(found(Check.RIGHTS, Code.RIGHTS_MISSING, **facts))
    if excess := excess_rights(offered.values()):
        facts = {"user": user, "rights": ",".join(excess), "enough": ",".join(OURS)}
        findings.append(found(Check.RIGHTS, Code.RIGHTS_EXCESS, **facts))
    return findings or [found(Check.RIGHTS, Code.RIGHTS_OK, user=user, rights=",".join(OURS))]


def _absent_modules(offered: Mapping[str, str], *, agents_known: bool) -> list[str]:
    """Everybody may ask for QueueStatus: where it is not offered, there is no app_queue."""
    absent = [] if "QueueStatus" in offered else [QUEUE_MODULE]
    return absent if agents_known else [*absent, AGENT_MODULE]


def excess_rights(descriptions: Iterable[str]) -> list[str]:
    """Rights that the user has and we do not use.

    An action that is offered and that one right alone opens proves that right.
    """
    wanted = (_PRIVILEGES.search(text) for text in descriptions)
    classes = (set(match[1].split(",")) - {"all", "<none>"} for match in wanted if match)
    return sorted({next(iter(names)) for names in classes if len(names) == 1} - set(OURS))
