"""Reports: what came of the calls, what queues have done, how satisfied callers were.

Owns: these operations; as JSON, or as a file.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from campaigns.cli.find import find_campaign
from campaigns.cli.queue_report import Wanted, made, queue_report_json, write_report
from campaigns.cli.reports import ServiceLevel, report_json
from campaigns.cli.survey_report import By as SurveyBy
from campaigns.cli.survey_report import Wanted as SurveyWanted
from campaigns.cli.survey_report import survey_json
from dialer.cli_progress import Told
from dialer.cli_times import month_or_days
from store.campaigns import Campaigns
from store.database import Database
from store.reports import Reports
from store.surveys import answers
from supervisor.intervals import By
from supervisor.kpi import Formula
from supervisor.rights import Right
from supervisor.web.api import shapes
from supervisor.web.api.described import says
from supervisor.web.api.downloads import Form
from supervisor.web.api.fields import InQuery, Words
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.uploads import discarded, download_folder, sent
from supervisor.web.api.visit import Visiting

router = APIRouter(route_class=GuardedRoute, tags=["reports"])
Shown = dict[str, Any]


@router.get(
    "/reports/outcomes",
    **says("What came of the calls, by campaign (R7).", Right.REPORTS, shapes.Reports),
)
async def outcomes(visit: Visiting, campaign: InQuery = None) -> Shown:
    """The outcome tree with counts, the contacts by state, and when the next falls due."""
    if campaign is None:
        records = await Campaigns(visit.database).records(visit.now)
    else:
        records = (await find_campaign(visit.database, campaign, visit.now),)
    reports = Reports(visit.database)
    found = [await reports.outcomes(record.campaign.id, visit.now) for record in records]
    return {"reports": [report_json(one) for one in found]}


def _queue_query(
    since: Annotated[InQuery, Query(alias="from", description="The first day; else today.")] = None,
    until: Annotated[InQuery, Query(alias="to", description="The last day; else today.")] = None,
    by: By = By.DAY,
    queue: Words = None,
    sl: Annotated[ServiceLevel | None, Query(description="Else each queue's own.")] = None,
) -> Wanted:
    return Wanted(
        since=since,
        until=until,
        by=by,
        queues=tuple(queue or ()),
        service_level=None if sl is None else Formula(sl.value),
    )


Asked = Annotated[Wanted, Depends(_queue_query)]


@router.get(
    "/reports/queues",
    **says("What queues have done, by interval (R18).", Right.REPORTS, shapes.OneReport),
)
async def queues(visit: Visiting, asked: Asked) -> Shown:
    """Each figure with its formula; a call belongs to the interval in which it was offered."""

    async def work(database: Database, told: Told) -> Shown:
        told(0, None)
        return queue_report_json(await made(visit.settings, database, asked, visit.now))

    return {"report": await visit.site.long_work.run(visit.settings, work)}


@router.get(
    "/reports/queues/export",
    **says("The same as a file.", Right.REPORTS, file=True),
)
async def queues_file(visit: Visiting, asked: Asked, form: Form = "csv") -> Response:
    """A row for each interval and queue: counts and sums, which may be added, and figures."""
    path = download_folder() / f"queues.{form}"

    async def work(database: Database, told: Told) -> None:
        told(0, None)
        report = await made(visit.settings, database, asked, visit.now)
        await asyncio.to_thread(write_report, report, path)

    try:
        await visit.site.long_work.run(visit.settings, work)
    except BaseException:
        discarded(path)
        raise
    return sent(path)


@router.get(
    "/reports/survey",
    **says("What callers said after the call, as a score (R21).", Right.REPORTS, shapes.Figures),
)
async def survey(
    visit: Visiting,
    by: SurveyBy = SurveyBy.AGENT,
    since: InQuery = None,
    until: InQuery = None,
    below: Annotated[
        float | None, Query(ge=0, le=100, description="List the calls whose score is below it.")
    ] = None,
) -> Shown:
    """Of the last 31 days, if nothing is said. Questions not answered count neither way."""
    first, last = month_or_days(since, until, visit.zone, visit.now)
    wanted = SurveyWanted(since=first, until=last, by=by, below=below)
    given = await answers(visit.database, first, last)
    return survey_json(given, wanted, visit.zone)
