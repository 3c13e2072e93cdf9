#!/usr/bin/env python3
"""Take the README's picture of a running engine's live view.

.venv/bin/python docs/picture.py .run/waihu.sock docs/live.svg
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
from pathlib import Path

from rich.console import Console

from dialer.client import EngineClient
from dialer.wire import Do
from supervisor.snapshot import Snapshot, from_json
from supervisor.terminal import render

SIZE = (112, 26)
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Fonts that would be fetched from elsewhere; the reader's own will do."""


async def look(socket: Path) -> Snapshot:
    """The snapshot of now."""
    async with EngineClient(socket) as engine:
        return from_json((await engine.ask(Do.SNAPSHOT)).facts)


def main() -> None:
    """Write the picture."""
    snapshot = asyncio.run(look(Path(sys.argv[1])))
    console = Console(
        record=True,
        width=SIZE[0],
        height=SIZE[1],
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    console.print(render(snapshot, size=SIZE, now=snapshot.ts, _=str, hint=""))
    picture = FONT_FACE.sub("", console.export_svg(title="waihu watch"))
    Path(sys.argv[2]).write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
