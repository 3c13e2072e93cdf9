"""Prometheus' own tool, out of Debian's package: it judges rules and figures."""

from __future__ import annotations

from pathlib import Path

from asterisk.lab.program import load_debs

PARTS = Path(__file__).parents[1] / ".parts"


def promtool() -> list[str]:
    """The command line that starts it; one program without libraries of its own."""
    return [str(load_debs().bring("prometheus", PARTS) / "usr/bin/promtool")]
