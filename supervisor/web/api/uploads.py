"""Bodies that are files: taken in piece by piece, bounded, into a file that goes with the request.

Owns: the spool, and downloads that are made first and sent then. Must not know what is in them.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from config.language import _
from supervisor.web.api.problems import ProblemError

LARGEST_LIST: Final = 64 << 20
"""Bytes: some 200,000 rows of a dozen columns are 30 MB."""


@asynccontextmanager
async def uploaded(request: Request, name: str) -> AsyncIterator[Path]:
    """The body as a file of that name, which ends with the block.

    Raises:
        ProblemError: it is empty.
    """
    with tempfile.TemporaryDirectory(prefix="waihu-") as folder:
        path = Path(folder) / safe_name(name)
        taken = 0
        with path.open("wb") as file:
            async for piece in request.stream():
                await asyncio.to_thread(file.write, piece)
                taken += len(piece)
        if not taken:
            raise ProblemError(422, "empty", _("the body is empty; send the file as it is"))
        yield path


def safe_name(name: str) -> str:
    """A file's name that leads nowhere else."""
    plain = Path(name.replace("\\", "/")).name.strip(". ")
    return plain if plain and len(plain.encode()) <= 200 else "upload.csv"  # noqa: PLR2004  of a file system's 255


async def whole_body(request: Request) -> bytes:
    """A small body; how long it may be was seen by the guard."""
    return await request.body()


def download_folder() -> Path:
    """A folder for one file that is to be sent."""
    return Path(tempfile.mkdtemp(prefix="waihu-"))


def sent(path: Path) -> FileResponse:
    """The file as the answer; it is gone when it was sent, or when nobody takes it."""
    kinds = {".csv": "text/csv; charset=utf-8"}
    kind = kinds.get(
        path.suffix, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    return FileResponse(
        path, media_type=kind, filename=path.name, background=BackgroundTask(discarded, path)
    )


def discarded(path: Path) -> None:
    """Take away a file of ours and its folder."""
    path.unlink(missing_ok=True)
    path.parent.rmdir()
