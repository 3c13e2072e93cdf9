"""Settings that are read again: what changes at once, and of what Asterisk has to be told."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from asterisk.settings_facts import pbx_facts
from config.settings import (
    AmiSettings,
    InboundSettings,
    PathSettings,
    QueueSettings,
    Settings,
    Strategy,
)
from dialer.cli_choice import _row
from dialer.settings_anew import changes_between

SKILLED = {"name": "waihu-inbound", "skill": "english", "least": 5}


def settings(**queue: object) -> Settings:
    return Settings(
        ami=AmiSettings(secret=SecretStr("x" * 16)),
        paths=PathSettings(database=Path("w.db"), run=Path("run"), log=Path("w.log")),
        inbound=InboundSettings(call_back="callback"),
        queues=[QueueSettings.model_validate({**SKILLED, **queue})],
    )


OTHERWISE: dict[str, object] = {
    "service_level_s": 30,
    "service_level": "SL1",
    "service_target": 90,
    "short_abandon_s": 3,
    "strategy": Strategy.RANDOM,
    "call_back": ("abandoned",),
    "skill": "german",
    "least": 4,
    "wider": [{"after_s": 30, "least": 2}],
    "last_agent_s": 20,
    "announce_position": True,
    "announce_wait": True,
    "announce_every_s": 30,
}


def test_everything_that_is_set_of_a_queue_is_looked_at_here() -> None:
    assert OTHERWISE.keys() == QueueSettings.model_fields.keys() - {"name"}


@pytest.mark.parametrize("name", OTHERWISE)
def test_asterisk_is_named_where_its_files_change_and_only_there(name: str) -> None:
    before, after = settings(), settings(**{name: OTHERWISE[name]})
    changes = changes_between(before, after)
    assert changes.applied == ("queues.waihu-inbound",)
    assert bool(changes.asterisks) == (pbx_facts(before) != pbx_facts(after))


def test_a_queue_that_is_new_and_one_that_has_gone_are_asterisks_too() -> None:
    before = settings()
    other = before.model_copy(update={"queues": [QueueSettings(name="waihu-night")]})
    changes = changes_between(before, other)
    assert changes.asterisks == ("queues.waihu-inbound", "queues.waihu-night")


@pytest.mark.parametrize(("reason", "idle"), [("idle", "1:05"), ("not_free", "–")])
def test_who_is_not_free_is_not_idle(reason: str, idle: str) -> None:
    """`waihu queue next`: 0:00 would be an agent who has just become free."""
    seen = {"agent": "1001", "level": 1, "idle_s": 65.0, "reason": reason, "lent": False}
    assert _row(seen)[2] == idle
