"""Which flows are in force when some of them are broken (R9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from config.loading import load_settings
from dialer.hotline import Hotline
from dialer.messages import Now

SETTINGS = """\
[inbound]
flow = "hotline"
[inbound.flows]
"4008005678" = "night"
"""
FIT = 'start = "a"\nrescue = "a"\nlanguages = ["en"]\n[step.a]\ndo = "hangup"\n'


async def nobody(_question: object) -> Mapping[str, str]:
    return {}


def test_the_number_of_a_broken_flow_goes_to_its_queue_not_into_anothers_flow(
    tmp_path: Path,
) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "hotline.toml").write_text(FIT, "utf-8")
    night = tmp_path / "flows" / "night.toml"
    night.write_text("start =", "utf-8")
    (tmp_path / "waihu.toml").write_text(SETTINGS, "utf-8")
    settings = load_settings(tmp_path / "waihu.toml")
    now = Now(utc=datetime(2026, 11, 23, tzinfo=UTC), mono=0.0)
    hotline = Hotline(settings, lambda: now, nobody)
    assert hotline.desk.flows.choose("4008005678") is None
    other = hotline.desk.flows.choose("4008001234")
    assert other is not None
    assert other.name == "hotline"

    night.write_text(FIT, "utf-8")
    assert hotline.take(settings, hotline.read(settings)) == ["night"]
    mended = hotline.desk.flows.choose("4008005678")
    assert mended is not None
    assert mended.name == "night"
    hotline.close()
