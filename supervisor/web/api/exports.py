"""Exports: results and faulty data as files, for whoever owns the data.

Owns: these operations. Each export is in the ledger before it is sent (R25).
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from campaigns.cli.exports import ResultsWanted, write_faulty, write_results
from supervisor.rights import Right
from supervisor.web.api.described import says
from supervisor.web.api.downloads import Form, download
from supervisor.web.api.fields import CampaignPath, InQuery
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.visit import Visiting

router = APIRouter(route_class=GuardedRoute, tags=["exports"])


@router.get(
    "/campaigns/{campaign}/results/export",
    **says("What came of a campaign, as a file.", Right.EXPORT, file=True),
)
async def results(
    visit: Visiting,
    campaign: CampaignPath,
    form: Form = "csv",
    only_list: InQuery = None,
    since: InQuery = None,
    attempts: bool = False,
) -> Response:
    """One row for each contact, or with `attempts` for each call."""
    wanted = ResultsWanted(campaign=campaign, list_name=only_list, since=since, by_call=attempts)
    return await download(
        visit, f"results.{form}", lambda database, order: write_results(database, wanted, order)
    )


@router.get(
    "/faulty/export",
    **says("The numbers that were found wrong, as a file.", Right.EXPORT, file=True),
)
async def faulty(visit: Visiting, form: Form = "csv", campaign: InQuery = None) -> Response:
    """What was found, when and by whom (R2, R6)."""
    return await download(
        visit,
        f"faulty.{form}",
        lambda database, order: write_faulty(database, campaign, visit.zone, order),
    )
