"""Exports as answers: made beside the engine, noted in the ledger, then sent (R25).

Owns: the way of every export. Numbers in them are whole, so whoever takes one must see numbers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi.responses import FileResponse

from campaigns.cli.export_order import ExportOrder
from config.language import _
from dialer.cli_progress import Told
from store.database import Database
from supervisor.rights import Right
from supervisor.web.api.problems import ProblemError
from supervisor.web.api.uploads import discarded, download_folder, sent
from supervisor.web.api.visit import Visit

Form = Literal["csv", "xlsx"]
Write = Callable[[Database, ExportOrder], Awaitable[object]]


async def download(visit: Visit, name: str, write: Write) -> FileResponse:
    """Write the file, and answer with it.

    Raises:
        ProblemError: who asks need not see numbers.
    """
    if not visit.sees_numbers:
        said = _("your account may not do this: it takes the right “{right}”")
        raise ProblemError(403, "no_right", said.format(right=Right.SEE_NUMBERS.value))
    path = download_folder() / name

    async def work(database: Database, told: Told) -> None:
        order = ExportOrder(file=path, named=name, by=visit.who, now=visit.now, told=told)
        await write(database, order)

    try:
        await visit.site.long_work.run(visit.settings, work)
    except BaseException:
        discarded(path)
        raise
    return sent(path)
