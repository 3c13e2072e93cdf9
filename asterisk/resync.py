"""What lives on the switch, and what it is able to do, asked anew after each LinkUp.

Owns: the survey, three lists and our dialplan's state made into one SwitchSurveyed. Must not know
what the engine concludes from it. A survey only reads, and is whole or it is none: half a list
would end calls that are alive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from asterisk import actions
from asterisk.link import Link
from asterisk.translate import Headers, caller_number, channel_of, number_of, slot_of, text_of
from dialer.switch_events import SwitchSurveyed, Waiting

LIST_TIMEOUT_S = 10.0

UP = "6"
"""The ChannelState of an answered channel."""

_AWAY = frozenset({"", "AGENT_LOGGEDOFF", "AGENT_UNKNOWN"})


async def survey(link: Link, timeout_s: float = LIST_TIMEOUT_S) -> SwitchSurveyed:
    """Ask for agents, queues and channels, one list after the other.

    Raises:
        LinkLost: the link was lost meanwhile; the next LinkUp brings another survey.
        AnswerOverdue: a list did not end in time.
        ActionRejected: our AMI rights do not allow a list, or its module is not loaded.
    """
    agents = await link.send(actions.agents(), timeout_s)
    queues = await link.send(actions.queue_status(), timeout_s)
    channels = await link.send(actions.core_show_channels(), timeout_s)
    # Asked last: whoever is in no list has been remembered by now. An older dialplan does not.
    unmet = await link.send(actions.unmet(), timeout_s)
    told = text_of(unmet.headers, "Value")
    seen = surveyed(agents.items, queues.items, channels.items, told)
    return replace(seen, lacking=await _lacking(link, timeout_s))


async def _lacking(link: Link, timeout_s: float) -> frozenset[str]:
    """The contexts that predictive needs and that are certainly not there."""
    there = {
        context: await link.send(actions.has_context(context), timeout_s)
        for context in actions.UNKEPT_CONTEXTS
    }
    return frozenset(
        context for context, answer in there.items() if text_of(answer.headers, "Value") == "0"
    )


def surveyed(
    agents: Sequence[Headers],
    queues: Sequence[Headers],
    channels: Sequence[Headers],
    unmet: str = "",
) -> SwitchSurveyed:
    """The three lists and the dialplan's memory, made into one."""
    return SwitchSurveyed(
        agents=logged_in(agents),
        paused=paused_slots(queues),
        calls=living_calls(channels),
        talking=talks(agents, channels),
        members=memberships(queues),
        penalties=penalties(queues),
        waiting=waiting_callers(queues),
        at_message=hearing_message(channels),
        unmet=frozenset(one for one in unmet.split("+") if one),
    )


def logged_in(items: Iterable[Headers]) -> dict[str, str]:
    """Slots that somebody sits in, and the id of the channel that does."""
    present = (item for item in items if text_of(item, "Status") not in _AWAY)
    return {text_of(item, "Agent"): channel_of(item) for item in present}


def paused_slots(items: Iterable[Headers]) -> dict[str, str]:
    """Slots that are paused in any queue, and the reason, "" where none is told."""
    paused = (item for item in items if text_of(item, "Paused") == "1")
    told = ((slot_of(text_of(item, "Location")), text_of(item, "PausedReason")) for item in paused)
    return {slot: reason for slot, reason in told if slot is not None}


def memberships(items: Iterable[Headers]) -> dict[str, dict[str, str]]:
    """Slots that are in queues: by queue, the login under which."""
    found: dict[str, dict[str, str]] = {}
    for item in items:
        slot, queue = slot_of(text_of(item, "Location")), text_of(item, "Queue")
        if slot is not None and queue:
            found.setdefault(slot, {})[queue] = text_of(item, "Name")
    return found


def penalties(items: Iterable[Headers]) -> dict[str, dict[str, int]]:
    """The number that each slot has in each of its queues."""
    found: dict[str, dict[str, int]] = {}
    for item in items:
        slot, queue = slot_of(text_of(item, "Location")), text_of(item, "Queue")
        if slot is not None and queue:
            found.setdefault(slot, {})[queue] = number_of(item, "Penalty")
    return found


def waiting_callers(items: Iterable[Headers]) -> dict[str, Waiting]:
    """Who waits in a queue, for how long already, and from which number."""
    entries = (item for item in items if text_of(item, "Event") == "QueueEntry")
    return {
        channel_of(item): Waiting(
            queue=text_of(item, "Queue"),
            waited_s=float(number_of(item, "Wait")),
            number=caller_number(item),
        )
        for item in entries
    }


def living_calls(items: Iterable[Headers]) -> dict[str, bool]:
    """Ids of living channels, and whether each is up."""
    return {channel_of(item): text_of(item, "ChannelState") == UP for item in items}


def hearing_message(items: Iterable[Headers]) -> frozenset[str]:
    """Ids of channels that are in our message."""
    there = (item for item in items if text_of(item, "Context") == actions.UNSERVED_CONTEXT)
    return frozenset(channel_of(item) for item in there)


def talks(agents: Iterable[Headers], channels: Iterable[Headers]) -> dict[str, str]:
    """Slots whose agent hears somebody, and the id of the channel that they hear.

    The list of agents names the channel, not its id. A call that came through a queue is heard
    over its Local leg, whose id it is then.
    """
    ids = {text_of(item, "Channel"): channel_of(item) for item in channels}
    heard = ((text_of(item, "Agent"), text_of(item, "TalkingToChan")) for item in agents)
    return {slot: ids[channel] for slot, channel in heard if channel and channel in ids}
