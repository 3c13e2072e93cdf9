"""What an alarm says, and what to do first about it, in the reader's language.

Owns: one sentence per code; codes that are not known here (a newer engine's) are shown as they
are. Must not know screens.
"""

from __future__ import annotations

from collections.abc import Mapping

from config.words import QUEUE_PREFIX
from supervisor.alarm_rules import Act, AlarmCode, Kind
from supervisor.fault_words import fault_sentence
from supervisor.snapshot import AlarmView, Why
from supervisor.terminal_text import duration
from supervisor.words import Translate, pause_word, why_sentence


def alarm_sentence(alarm: AlarmView, _: Translate) -> str:
    """What is wrong, with its facts."""
    sentence = _sentences(_).get(alarm.code)
    if sentence is None:
        return f"{alarm.name} {alarm.code.replace('_', ' ')}".strip()
    try:
        return sentence.format(**_facts(alarm, _))
    except (KeyError, IndexError, ValueError):
        return f"{alarm.name} {alarm.code.replace('_', ' ')}".strip()


def _facts(alarm: AlarmView, _: Translate) -> dict[str, str]:
    """The params as a reader wants them: short names, durations, the reason in words."""
    facts = {"name": shown_name(alarm), **alarm.params}
    limit_s = facts.get("limit_s", "")
    if limit_s.isdecimal():
        facts["limit"] = duration(float(limit_s))
    if "fault" in facts:
        facts["fault"] = fault_sentence(facts["fault"], _)
    if "why" in facts:
        facts["why"] = why_sentence(Why(code=facts["why"]), _)
    if "reason" in facts:
        facts["reason"] = pause_word(facts["reason"], _) or _("on break")
    return facts


def shown_name(alarm: AlarmView) -> str:
    """Whom or what it is about, as people call it."""
    return alarm.name.removeprefix(QUEUE_PREFIX) if alarm.kind == Kind.QUEUE else alarm.name


def _sentences(_: Translate) -> Mapping[str, str]:
    return {
        AlarmCode.LINK_DOWN: _("no link to Asterisk: {fault}"),
        AlarmCode.STORE_FAULT: _("no new calls, living ones are served: {fault}"),
        AlarmCode.SET_ASIDE: _("writes set aside: {n}; waihu doctor tells what to do"),
        AlarmCode.SINK_DOWN: _("live data does not reach {sink}: {fault}"),
        AlarmCode.NO_FREE_AGENT: _("callers wait, and no agent is free"),
        AlarmCode.QUEUE_WAIT: _("{name}: somebody waits longer than {limit}"),
        AlarmCode.QUEUE_UNSTAFFED: _("{name}: callers wait, and nobody serves it"),
        AlarmCode.SERVICE_LEVEL: _("{name}: service level {percent} % (n {n}), target {target} %"),
        AlarmCode.ABANDON_CAP: _("{name}: {percent} % abandoned, cap {cap} %, {left} left"),
        AlarmCode.ANSWER_RATE: _("{name}: {percent} % answer (n {n}), usual is {norm} %"),
        AlarmCode.NETWORK_FAILS: _("{name}: no network for {failed} of {n} calls"),
        AlarmCode.CAMPAIGN_STUCK: _("{name} does not dial: {why}"),
        AlarmCode.AGENT_PHONE: _("{name}: the phone is not ready"),
        AlarmCode.AGENT_MISSED: _("{name} did not react to a call"),
        AlarmCode.AGENT_BREAK: _("{name}: {reason} for more than {limit}"),
        AlarmCode.AGENT_WRAP_UP: _("{name}: wrap-up for more than {limit}"),
        AlarmCode.AGENT_TALK: _("{name}: in a talk for more than {limit}"),
    }


def act_words(_: Translate) -> Mapping[str, str]:
    """What to do first, in two or three words."""
    return {
        Act.DOCTOR: "waihu doctor",
        Act.LEND: _("lend agents"),
        Act.PAUSE_CAMPAIGN: _("pause it"),
        Act.STEER: _("steer it"),
        Act.EXPLAIN: _("see why"),
        Act.END_BREAK: _("end a break"),
        Act.CALL_AGENT: _("talk to them"),
        Act.LISTEN: _("listen in"),
    }
