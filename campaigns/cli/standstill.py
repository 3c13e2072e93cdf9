"""Why a campaign dials nobody just now, and what to do about it: one line each.

Owns: which of several reasons is told first, and the next step. Must not look anything up.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from campaigns.campaign import CampaignState, Kind, Mode
from campaigns.cli.standing import closed_words, standing_words
from campaigns.judge import Code, EngineFacts
from config.language import _
from dialer.cli_times import moment
from dialer.messages import CampaignRecord
from supervisor.snapshot import Why
from supervisor.words import why_sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Standstill:
    """Why nobody is dialed, and the next step (a command, or what to wait for; "": neither)."""

    code: str
    why: str
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A campaign, the engine that should dial it, and the clock.

    `refusal`: what the last look says of somebody who seemed ready, where nobody passes it.
    """

    record: CampaignRecord
    engine: EngineFacts | None
    now: datetime
    next_due: datetime | None = None
    refusal: tuple[Code, str] | None = None


_SHUT: Final = frozenset(
    {
        Code.OUTSIDE_WINDOW,
        Code.LEGAL_HOURS,
        Code.HOLIDAY,
        Code.CALENDAR_ENDS,
        Code.LIST_PAUSED,
        Code.NO_WINDOW,
        Code.HOURS_APART,
    }
)


def standstill(scene: Scene) -> Standstill | None:
    """The reason that comes first for the one who reads it; None: it dials.

    What an operator can change at once goes before what only time changes.
    """
    return _switched_off(scene) or _nobody_due(scene) or _engine_objects(scene)


def _switched_off(scene: Scene) -> Standstill | None:
    record, name = scene.record, shlex.quote(scene.record.campaign.name)
    if not record.contacts:
        step = f"waihu list import FILE --campaign {name}"
        return Standstill(code="no_list", why=_("its list is empty"), step=step)
    match record.state:
        case CampaignState.RUNNING:
            return None
        case CampaignState.PAUSED:
            step = f"waihu campaign resume {name}"
        case CampaignState.READY | CampaignState.STOPPED:
            step = f"waihu campaign start {name}"
    code = f"campaign_{record.state.value}"
    return Standstill(code=code, why=why_sentence(Why(code=code), _), step=step)


def _nobody_due(scene: Scene) -> Standstill | None:
    record = scene.record
    if record.due_contacts:
        return _refused(scene)
    if not record.open_contacts and not record.held_contacts:
        name = shlex.quote(record.campaign.name)
        return Standstill(
            code="all_closed", why=_worked_off(record), step=f"waihu report outcomes {name}"
        )
    held = record.held_contacts
    # Who would be dialed but for the clock or a list's pause tells more than whoever never would.
    shut = [code for code in held if code in _SHUT]
    code = max(shut or held, key=lambda one: held[one])
    words = standing_words().get(code, code.replace("_", " "))
    said = _("{n} of {all} contacts {wait}")
    why = said.format(n=f"{held[code]:,}", all=f"{record.contacts:,}", wait=words)
    return Standstill(code=code, why=why, step=_step(code, scene))


def _refused(scene: Scene) -> Standstill | None:
    if scene.refusal is None:
        return None
    code, sentence = scene.refusal
    name = shlex.quote(scene.record.campaign.name)
    return Standstill(code=code, why=sentence, step=f"waihu campaign next {name}")


def _worked_off(record: CampaignRecord) -> str:
    parts = (f"{word} {n:,}" for word, n in closed_words(record))
    return _("the list is worked off ({parts})").format(parts=", ".join(parts))


def _step(code: str, scene: Scene) -> str:
    """What ends the wait; where only time does, when that is."""
    known = _steps(scene.record).get(code)
    if known is not None:
        return known
    if scene.next_due is None or scene.next_due <= scene.now:
        return "waihu why NUMBER"
    time = moment(scene.next_due, scene.record.campaign.zone, scene.now)
    return _("wait: the next one is due {time}").format(time=time)


def _steps(record: CampaignRecord) -> Mapping[str, str]:
    name, ends = shlex.quote(record.campaign.name), record.campaign.calendar
    year = "" if ends is None or ends.last is None else str(ends.last.year + 1)
    file = "" if ends is None else f"{ends.name}-{year}.toml"
    change = "waihu campaign create FILE --change"
    ground = _ground_step(record)
    return {
        Code.CONSENT: ground,
        Code.CONSENT_PROOF: ground,
        Code.CALENDAR_ENDS: _(
            "put {file} into the folder calendars beside the settings; then: waihu reload"
        ).format(file=file),
        Code.LIST_PAUSED: f"waihu list resume {name} LIST",
        Code.LIST_WITHDRAWN: f"waihu list import FILE --campaign {name}",
        Code.FILTERED: change,
        Code.FILTER_UNCLEAR: change,
        Code.NO_WINDOW: change,
        Code.HOURS_APART: change,
        Code.LAW_UNKNOWN: "waihu doctor",
        Code.UNDISPOSED: "waihu agent undisposed",
        Code.IN_CALL: "waihu watch",
        Code.IN_TURN: "waihu queue show",
        Code.DO_NOT_CALL: "waihu dnc list",
    }


def _ground_step(record: CampaignRecord) -> str:
    match record.campaign.kind:
        case Kind.CALLBACK:
            return _('consent = "contract" in the campaign\'s file, or waihu contact consent')
        case Kind.SALES:
            return _("consent with its proof, in the list's columns or by waihu contact consent")


def _engine_objects(scene: Scene) -> Standstill | None:
    engine = scene.engine
    if engine is None:
        return Standstill(code="no_engine", why=_("no engine is running"), step="waihu run")
    mode = scene.record.campaign.mode
    agents = mode is not Mode.PREVIEW
    objections = (
        (Code.LINK_DOWN, not engine.link_up, "waihu doctor"),
        (Code.STOPPING, engine.stopping, "waihu run"),
        (Code.STORE_AWAY, not engine.store_ok, "waihu doctor"),
        (Code.DIALPLAN, engine.dialplan_lacks, "waihu doctor"),
        (Code.NO_AGENTS, agents and not engine.agents_logged_in, "waihu agent list"),
        (Code.AGENTS_BUSY, mode is Mode.PROGRESSIVE and not engine.agents_free, "waihu watch"),
        (Code.MAX_CALLS, engine.max_calls_reached, "waihu watch"),
    )
    if engine.breaker_until is not None and engine.breaker_until > scene.now:
        left = round((engine.breaker_until - scene.now).total_seconds())
        why = why_sentence(Why(code="breaker", params={"for_s": str(left)}), _)
        return Standstill(code=Code.BREAKER, why=why, step="waihu doctor")
    return next(
        (
            Standstill(code=code, why=why_sentence(Why(code=code), _), step=step)
            for code, objects, step in objections
            if objects
        ),
        None,
    )
