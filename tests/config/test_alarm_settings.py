"""`[alarms]` and `service_target`: what an operator writes is what supervisors are alarmed by."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.loading import load_settings
from dialer.settings_anew import alarm_limits
from supervisor.alarm_rules import Limits


def written(folder: Path, text: str) -> Path:
    path = folder / "waihu.toml"
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_word_the_defaults_hold(tmp_path: Path) -> None:
    limits = alarm_limits(load_settings(written(tmp_path, "")))
    usual = Limits(targets=limits.targets)
    assert limits == usual
    assert set(limits.targets.values()) == {0.8}


def test_each_limit_comes_from_its_setting(tmp_path: Path) -> None:
    text = """
[alarms]
wait_s = 45
break_s = 600
breaks_s = { lunch = 1800, training = 7200 }
wrap_up_s = 60
talk_s = 900
network_fails_percent = 5
answer_rate_percent = 20
[[queues]]
name = "inbound"
service_target = 90
"""
    limits = alarm_limits(load_settings(written(tmp_path, text)))
    assert (limits.wait_s, limits.break_s, limits.wrap_up_s, limits.talk_s) == (45, 600, 60, 900)
    assert limits.breaks_s == {"lunch": 1800, "training": 7200}
    assert (limits.network_fails, limits.answer_rate) == (0.05, 0.2)
    assert limits.targets == {"waihu-inbound": 0.9}


@pytest.mark.parametrize("fault", ["wait_s = 0", "wait = 5", "network_fails_percent = 101"])
def test_a_limit_that_makes_no_sense_is_refused_by_its_name(tmp_path: Path, fault: str) -> None:
    with pytest.raises(ConfigError, match="alarms"):
        load_settings(written(tmp_path, f"[alarms]\n{fault}\n"))
