"""What a recording of the AMI stream lacks, as events of ours between Asterisk's.

Owns: which messages and effects of the engine are noted, under which names, and how they are
read back: campaigns and agents on file, claims, seats, breaks, agents' words, outcomes, and the
link's ups and downs. No customer's name or note is in one, and a number nowhere. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from campaigns.campaign import Campaign, CampaignState, Kind, Mode
from campaigns.pacing_choice import AS_USUAL, PacingChoice
from campaigns.retry_policy import RetryPolicy
from campaigns.windows import CallingWindows, Window
from dialer.effects import AmendAttempt, Effect, EndAttempt, SaveSlot
from dialer.messages import (
    AgentRecord,
    CampaignRecord,
    Claimed,
    Loaded,
    Message,
    PauseAgent,
    StopEngine,
)
from dialer.switch_events import LinkDown, LinkUp

RECORDING = "WaihuRecording"
SITE = "WaihuSite"
CAMPAIGN = "WaihuCampaign"
AGENT = "WaihuAgent"
LINK = "WaihuLink"
CLAIMED = "WaihuClaimed"
SEAT = "WaihuSeat"
BREAK = "WaihuBreak"
WORD = "WaihuWord"
ENDED = "WaihuEnded"
STOP = "WaihuStop"

UP, DOWN = "up", "down"
_ALL_DAY = CallingWindows.every_day(Window(open=0, close=24 * 60))
_MANY = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One event of ours. `standing`: it holds until the next with the same key is noted."""

    name: str
    headers: Mapping[str, str]
    standing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What the engine was set up with. `thresholds_s`: the service level's seconds by queue."""

    zone: str = "UTC"
    slots: tuple[str, ...] = ()
    thresholds_s: Mapping[str, float]


def notes_of(said: Message | Effect) -> Iterator[Note]:  # noqa: C901  one line a message
    """What is to be noted of a message or effect; nothing, for most."""
    match said:
        case EndAttempt() | AmendAttempt():
            if said.disposition is not None:
                yield _word(said)
            if isinstance(said, EndAttempt):
                yield Note(name=ENDED, headers=_ended(said))
        case Claimed():
            for claim in said.claims:
                facts = {"Campaign": str(claim.campaign_id), "Contact": str(claim.contact_id)}
                yield Note(name=CLAIMED, headers={"Attempt": claim.attempt, **facts})
        case Loaded():
            yield from map(_campaign, said.campaigns)
            yield from map(_agent, said.agents)
        case SaveSlot():
            yield Note(name=SEAT, headers={"Agent": said.agent, "Slot": said.slot or ""})
        case LinkUp() | LinkDown():
            yield Note(name=LINK, headers=_link(said))
        case PauseAgent():
            yield Note(name=BREAK, headers={"Agent": said.agent, "Reason": said.reason or ""})
        case StopEngine():
            yield Note(name=STOP, headers={"Grace": f"{said.grace_s:g}"})
        case _:
            return


def _ended(said: EndAttempt) -> dict[str, str]:
    return {"Attempt": said.attempt, "Outcome": said.outcome.value}


def _link(said: LinkUp | LinkDown) -> dict[str, str]:
    if isinstance(said, LinkUp):
        return {"Status": UP, "Version": said.version}
    return {"Status": DOWN, "Reason": said.reason}


def site_note(site: SiteFacts) -> Note:
    """The note with which a recording begins."""
    queues = ",".join(f"{name}={after_s:g}" for name, after_s in site.thresholds_s.items())
    headers = {"Zone": site.zone, "Slots": ",".join(site.slots), "Queues": queues}
    return Note(name=SITE, headers=headers, standing=SITE)


def site_of(headers: Mapping[str, str]) -> SiteFacts:
    """Read `site_note` back.

    Raises:
        ValueError, KeyError: it is damaged.
    """
    queues = [pair.partition("=") for pair in headers.get("Queues", "").split(",") if pair]
    return SiteFacts(
        zone=ZoneInfo(headers.get("Zone", "UTC")).key,
        slots=tuple(slot for slot in headers.get("Slots", "").split(",") if slot),
        thresholds_s={name: float(after_s) for name, _, after_s in queues},
    )


def _word(said: EndAttempt | AmendAttempt) -> Note:
    disposition = said.disposition.value if said.disposition else ""
    at = said.appointment_at.isoformat() if said.appointment_at else ""
    headers = {"Attempt": said.attempt, "Disposition": disposition, "Appointment": at}
    return Note(name=WORD, headers=headers)


def _campaign(record: CampaignRecord) -> Note:
    campaign = record.campaign
    headers = {
        "Campaign": str(campaign.id),
        "Name": campaign.name,
        "State": record.state.value,
        "Kind": campaign.kind.value,
        "Queue": campaign.queue,
        "RingTimeout": str(campaign.ring_timeout_s),
        "WrapUp": str(campaign.wrap_up_s),
        "MaxCalls": str(campaign.max_calls),
        "CallsPerSecond": f"{campaign.cps:g}",
        "Mode": campaign.mode.value,
        "Screened": "yes" if campaign.pacing.amd else "no",
    }
    return Note(name=CAMPAIGN, headers=headers, standing=f"{CAMPAIGN}/{campaign.id}")


def campaign_of(headers: Mapping[str, str]) -> CampaignRecord:
    """Read a campaign's note back; windows are open, for the record says when it was dialed.

    Raises:
        ValueError, KeyError: it is damaged.
    """
    campaign = made_up_campaign(
        int(headers["Campaign"]),
        name=headers.get("Name", headers["Campaign"]),
        kind=Kind(headers["Kind"]),
        queue=headers["Queue"],
        ring_timeout_s=int(headers["RingTimeout"]),
        wrap_up_s=int(headers["WrapUp"]),
        max_calls=int(headers["MaxCalls"]),
        cps=float(headers["CallsPerSecond"]),
        mode=Mode(headers.get("Mode", Mode.PROGRESSIVE)),
        pacing=PacingChoice(amd=headers.get("Screened") == "yes"),
    )
    return record_of(campaign, CampaignState(headers["State"]))


def made_up_campaign(
    number: int,
    *,
    name: str,
    queue: str,
    ring_timeout_s: int,
    kind: Kind = Kind.CALLBACK,
    wrap_up_s: int = 60,
    max_calls: int = _MANY,
    cps: float = float(_MANY),
    mode: Mode = Mode.PROGRESSIVE,
    pacing: PacingChoice = AS_USUAL,
) -> Campaign:
    """A campaign that dials whatever the record says, at any hour."""
    return Campaign(
        id=number,
        name=name,
        kind=kind,
        mode=mode,
        pacing=pacing,
        dial_string="Local/{number}",
        caller_id="",
        queue=queue,
        ring_timeout_s=ring_timeout_s,
        windows=_ALL_DAY,
        zone=ZoneInfo("UTC"),
        retry=RetryPolicy(),
        max_calls=max_calls,
        cps=cps,
        wrap_up_s=wrap_up_s,
    )


def record_of(campaign: Campaign, state: CampaignState) -> CampaignRecord:
    """The campaign as if on file; how much of its list is left is not recorded."""
    return CampaignRecord(
        campaign=campaign,
        state=state,
        contacts=0,
        open_contacts=0,
        due_contacts=0,
        next_due_at=None,
    )


def _agent(record: AgentRecord) -> Note:
    queues = ",".join(record.queues)
    headers = {"Agent": record.agent, "Queues": queues, "Slot": record.slot or ""}
    return Note(name=AGENT, headers=headers, standing=f"{AGENT}/{record.agent}")


def agent_of(headers: Mapping[str, str]) -> AgentRecord:
    """Read an agent's note back.

    Raises:
        KeyError: it is damaged.
    """
    queues = tuple(queue for queue in headers["Queues"].split(",") if queue)
    login = headers["Agent"]
    return AgentRecord(agent=login, name=login, queues=queues, slot=headers["Slot"] or None)
