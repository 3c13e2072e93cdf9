"""The operator's faults, as lines."""

from __future__ import annotations

from pathlib import Path

from config.errors import ConfigError, Fault


def test_a_single_text_stands_alone() -> None:
    assert str(ConfigError("there is no campaign")) == "there is no campaign"


def test_file_and_line_stand_in_front() -> None:
    error = ConfigError("is not TOML", file=Path("callback.toml"), line=3)
    assert str(error) == "callback.toml:3: is not TOML"


def test_all_faults_are_told_in_the_order_of_their_lines() -> None:
    error = ConfigError.of(
        [
            Fault(text="is not a number", key="cps", line=20),
            Fault(text='"4 hors" is not a duration', key="retry.delay", line=12),
            Fault(text="is missing", key="queue"),
        ],
        file=Path("callback.toml"),
    )
    assert str(error).splitlines() == [
        "callback.toml: queue: is missing",
        'callback.toml:12: retry.delay: "4 hors" is not a duration',
        "callback.toml:20: cps: is not a number",
    ]


def test_a_fault_of_the_environment_names_no_file() -> None:
    fault = Fault(text="is wrong", key="WAIHU_AGI_PORT", elsewhere=True)
    assert str(ConfigError.of([fault], file=Path("waihu.toml"))) == "WAIHU_AGI_PORT: is wrong"
