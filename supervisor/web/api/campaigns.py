"""Campaigns: looked at, created, started and steered.

Owns: these operations. What they do is the same code as `waihu campaign`.
"""

from __future__ import annotations

import tomllib
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request

from campaigns.cli.campaign import deleted, described_at, saved, scene_of
from campaigns.cli.campaign_view import campaign_json, standstill_json
from campaigns.cli.find import find_campaign
from campaigns.cli.next_contacts import next_json
from campaigns.cli.pace import decisions_of, pace_json
from campaigns.cli.standstill import standstill
from campaigns.serving import HIGHEST_PRIORITY, LOWEST_PRIORITY
from config.campaign_file import CampaignFile
from config.errors import ConfigError
from config.language import _
from dialer.acting import CampaignActed, Wish
from store.campaigns import Campaigns
from store.upcoming import upcoming
from supervisor.rights import Right
from supervisor.web.api import shapes
from supervisor.web.api.described import says
from supervisor.web.api.fields import Body, CampaignPath, Name, Why
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.problems import ProblemError
from supervisor.web.api.uploads import whole_body
from supervisor.web.api.visit import Visit, Visiting

router = APIRouter(route_class=GuardedRoute, tags=["campaigns"])

TOML: Final = "application/toml"
Shown = dict[str, Any]


@router.get(
    "/campaigns", **says("List all campaigns, oldest first.", Right.WATCH, shapes.CampaignList)
)
async def list_campaigns(visit: Visiting) -> Shown:
    """What is left of their lists, and the rules they go by."""
    records = await Campaigns(visit.database).records(visit.now)
    return {"campaigns": [campaign_json(record) for record in records]}


@router.get("/campaigns/{campaign}", **says("Show a campaign.", Right.WATCH, shapes.OneCampaign))
async def show_campaign(visit: Visiting, campaign: CampaignPath) -> Shown:
    """With whether it dials; if not, why, and what to do about it."""
    scene = await scene_of(visit.settings, visit.database, campaign, visit.now)
    return {"campaign": campaign_json(scene.record) | standstill_json(standstill(scene))}


_CAMPAIGN_BODY: Final = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "description": "The keys of a campaign's TOML file; see docs/lists-and-rules.md.",
                "required": ["name", "kind", "dial_string", "queue", "windows"],
                "properties": {
                    "name": {"type": "string"},
                    "kind": {"enum": ["callback", "sales"]},
                    "mode": {"enum": ["preview", "progressive", "predictive"]},
                    "dial_string": {"type": "string"},
                    "queue": {"type": "string"},
                    "windows": {"type": "object"},
                },
                "example": {
                    "name": "spring",
                    "kind": "callback",
                    "dial_string": "PJSIP/{number}@trunk",
                    "caller_id": "+862150000000",
                    "queue": "callback",
                    "consent": "contract",
                    "windows": {"mon-fri": ["09:00-12:00", "14:00-20:00"]},
                },
            }
        },
        TOML: {"schema": {"type": "string"}},
    },
}


def _with_campaign(told: dict[str, Any]) -> dict[str, Any]:
    told["openapi_extra"]["requestBody"] = _CAMPAIGN_BODY
    return told


@router.post(
    "/campaigns",
    **_with_campaign(says("Create a campaign.", Right.ACT_CAMPAIGNS, shapes.SavedCampaign)),
)
async def create_campaign(visit: Visiting, request: Request) -> Shown:
    """As JSON, or as the TOML file itself. It dials once it is started."""
    return await _save(visit, await _described(request), change=False)


@router.put(
    "/campaigns/{campaign}",
    **_with_campaign(says("Change a campaign.", Right.ACT_CAMPAIGNS, shapes.SavedCampaign)),
)
async def change_campaign(visit: Visiting, request: Request, campaign: CampaignPath) -> Shown:
    """Its whole description anew; every open contact is judged by it."""
    record = await find_campaign(visit.database, campaign, visit.now)
    described = await _described(request)
    if described.name != record.campaign.name:
        said = _("the body is of another campaign: {name}").format(name=described.name)
        raise ProblemError(422, "another_name", said)
    return await _save(visit, described, change=True)


async def _described(request: Request) -> CampaignFile:
    body = await whole_body(request)
    try:
        if request.headers.get("content-type", "").partition(";")[0].strip() == TOML:
            return CampaignFile.from_flags(tomllib.loads(body.decode()))
        return CampaignFile.from_flags(_object(request, await request.json()))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ProblemError(422, "not_valid", _("the body is neither JSON nor TOML")) from error


def _object(request: Request, found: object) -> dict[str, Any]:
    del request
    if not isinstance(found, dict):
        raise ProblemError(422, "not_valid", _("must be an object"))
    return found


async def _save(visit: Visit, described: CampaignFile, *, change: bool) -> Shown:
    campaign = described_at(visit.settings, described, visit.now)
    record, new = await saved(visit.database, campaign, visit.by(), change=change)
    await visit.tell_engine()
    return {"campaign": campaign_json(record), "added": new}


@router.delete(
    "/campaigns/{campaign}",
    **says("Delete a campaign in which nobody was called yet.", Right.ACT_CAMPAIGNS, shapes.Done),
)
async def delete_campaign(visit: Visiting, campaign: CampaignPath) -> Shown:
    """With its list. Where somebody was called it is refused: records are kept."""
    record = await find_campaign(visit.database, campaign, visit.now)
    await deleted(visit.database, record, visit.by())
    await visit.tell_engine()
    return {"deleted": record.campaign.name, "contacts": record.contacts}


# ── what is wanted of it ─────────────────────────────────────────────────────────────────


class Reason(Body):
    """Why something is done."""

    why: Why = ""


def _acted(done: CampaignActed) -> Shown:
    return {"campaign": campaign_json(done.record), "engine_running": done.engine_knows}


@router.post(
    "/campaigns/{campaign}/start",
    **says("Start a campaign: dial whoever is due.", Right.ACT_CAMPAIGNS, shapes.ActedCampaign),
)
async def start_campaign(
    visit: Visiting, campaign: CampaignPath, body: Reason | None = None
) -> Shown:
    """From ready, paused or stopped to running."""
    return _acted(await visit.acts.start(campaign, visit.by(_why(body))))


@router.post(
    "/campaigns/{campaign}/pause",
    **says("Pause a campaign.", Right.ACT_CAMPAIGNS, shapes.ActedCampaign),
)
async def pause_campaign(
    visit: Visiting, campaign: CampaignPath, body: Reason | None = None
) -> Shown:
    """No new calls once this is answered; calls under way go on."""
    return _acted(await visit.acts.pause(campaign, visit.by(_why(body))))


@router.post(
    "/campaigns/{campaign}/resume",
    **says("Go on with a paused campaign.", Right.ACT_CAMPAIGNS, shapes.ActedCampaign),
)
async def resume_campaign(
    visit: Visiting, campaign: CampaignPath, body: Reason | None = None
) -> Shown:
    """From paused to running."""
    return _acted(await visit.acts.resume(campaign, visit.by(_why(body))))


@router.post(
    "/campaigns/{campaign}/stop",
    **says("Stop a campaign; it can be started again.", Right.ACT_CAMPAIGNS, shapes.ActedCampaign),
)
async def stop_campaign(
    visit: Visiting, campaign: CampaignPath, body: Reason | None = None
) -> Shown:
    """No more calls."""
    return _acted(await visit.acts.stop(campaign, visit.by(_why(body))))


def _why(body: Reason | None) -> str:
    return "" if body is None else body.why


# ── whom, and how fast ───────────────────────────────────────────────────────────────────


@router.get(
    "/campaigns/{campaign}/next",
    **says("Whom a campaign dials next, in that order.", Right.LISTS, shapes.Upcoming),
)
async def next_contacts(
    visit: Visiting, campaign: CampaignPath, count: Annotated[int, Query(ge=1, le=1000)] = 20
) -> Shown:
    """A preview; nothing is changed by it."""
    record = await find_campaign(visit.database, campaign, visit.now)
    found = await upcoming(visit.database, record.campaign.id, count, visit.now)
    return next_json(record, found)


@router.get(
    "/campaigns/{campaign}/pace",
    **says("Why a predictive campaign dials as it does.", Right.WATCH, shapes.Pace),
)
async def show_pace(
    visit: Visiting, campaign: CampaignPath, last: Annotated[int, Query(ge=1, le=300)] = 15
) -> Shown:
    """The decisions of the last seconds, newest first."""
    record = await find_campaign(visit.database, campaign, visit.now)
    views = await decisions_of(visit.settings, record.campaign.name)
    return pace_json(record.campaign, views, last)


class Steering(Reason):
    """What is to be otherwise; what is left out stays."""

    abandon_percent: float | None = None
    aggressiveness: float | None = None
    amd: bool | None = None
    mode: Name | None = None
    priority: Annotated[int, Query(ge=HIGHEST_PRIORITY, le=LOWEST_PRIORITY)] | None = None


@router.patch(
    "/campaigns/{campaign}/pace",
    **says("Steer a campaign while it runs.", Right.ACT_CAMPAIGNS, shapes.SavedCampaign),
)
async def steer_campaign(visit: Visiting, campaign: CampaignPath, body: Steering) -> Shown:
    """The engine follows within the second; nothing is restarted."""
    pacing = body.model_dump(
        include={"abandon_percent", "aggressiveness", "amd"}, exclude_none=True
    )
    wish = Wish(pacing=pacing, mode=body.mode, priority=body.priority)
    done = await visit.acts.steer(campaign, wish, visit.by(body.why))
    record = await Campaigns(visit.database).get(done.record.campaign.id, visit.now)
    return {"campaign": campaign_json(record), "added": False}
