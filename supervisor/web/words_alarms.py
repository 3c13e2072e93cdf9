"""What alarms say on the wallboard and what they suggest: key -> English.

Every code of `supervisor.alarm_rules` has its sentence, every act its button: a test holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from config.language import mark

ALARM_WORDS: Final[Mapping[str, str]] = {
    "board.alarm.link_down": mark("The link to Asterisk is down: {fault}"),
    "board.alarm.store_fault": mark("The database: {fault}"),
    "board.alarm.set_aside": mark("{n} writes were set aside by the database."),
    "board.alarm.sink_down": mark("Live data does not reach {sink}: {fault}"),
    "board.alarm.no_free_agent": mark("Callers wait, and no agent is ready."),
    "board.alarm.queue_wait": mark("A caller waits longer than {limit}."),
    "board.alarm.queue_unstaffed": mark("Callers wait, and nobody serves this queue."),
    "board.alarm.service_level": mark("Service level {percent} % (n {n}), target {target} %."),
    "board.alarm.abandon_cap": mark("Drop rate {percent} %, cap {cap} %: {left} more may be lost."),
    "board.alarm.answer_rate": mark("Answer rate {percent} % (n {n}), usual is {norm} %."),
    "board.alarm.network_fails": mark("{failed} of {n} calls were not carried by the network."),
    "board.alarm.campaign_stuck": mark("Does not dial: {why}."),
    "board.alarm.agent_phone": mark("The phone does not answer."),
    "board.alarm.agent_missed": mark("Missed calls, and is not ready since."),
    "board.alarm.agent_break": mark("Break over {limit}."),
    "board.alarm.agent_wrap_up": mark("After-call work over {limit}."),
    "board.alarm.agent_talk": mark("Talks for more than {limit}."),
    "board.suggest.doctor": mark("What to do"),
    "board.suggest.lend": mark("Lend an agent"),
    "board.suggest.pause_campaign": mark("Pause the campaign"),
    "board.suggest.steer": mark("Change the pace"),
    "board.suggest.explain": mark("See why"),
    "board.suggest.end_break": mark("End the break"),
    "board.suggest.breaks": mark("See who is on a break"),
    "board.suggest.call_agent": mark("See the agent"),
    "board.suggest.listen": mark("Listen"),
    "board.help.doctor": mark(
        "On the engine's machine, waihu doctor says what is wrong and what to do."
    ),
}
