"""`waihu campaign pace`: why a predictive campaign dials as it does, and its steering."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.cells import cell_len

from campaigns.cli import pace
from dialer.pacing import Limit
from supervisor.snapshot import PaceView, pace_from_json, pace_to_json
from tests.commands.one_site import START, Place, Site
from tests.dialer.predictive_stage import PREDICTIVE

PREDICTIVE_START = (*START, ("campaign", "pace", "回访一", "--mode", "predictive"))


@pytest.fixture
def predictive(started: Site) -> Site:
    started.ok("campaign", "pace", "回访一", "--mode", "predictive")
    return started


def pacing_of(site: Site) -> Any:
    return site.ok("campaign", "show", "回访一", "--json").json["campaign"]


def steering_of(site: Site) -> list[Any]:
    return [pacing_of(site)[name] for name in ("predictive", "mode", "priority")]


# ── without an engine ────────────────────────────────────────────────────────────────────


def test_without_an_engine_nothing_is_decided_and_it_says_so(predictive: Site) -> None:
    said = predictive.ok("campaign", "pace", "回访一").out
    assert "predictive: more calls than agents are free" in said
    assert "No engine is running" in said
    shown = predictive.ok("campaign", "pace", "回访一", "--json").json
    assert shown == {
        "v": 1,
        "campaign": "回访一",
        "mode": "predictive",
        "engine_running": False,
        "decisions": [],
    }


def test_another_mode_is_not_paced_and_the_way_there_is_shown(started: Site) -> None:
    said = started.ok("campaign", "pace", "回访一").out
    assert "Only predictive campaigns are paced" in said
    assert "--mode predictive" in said


def test_a_campaign_that_is_not_there_is_named(started: Site) -> None:
    done = started("campaign", "pace", "nowhere")
    assert done.code == 1
    assert "there is no such campaign" in done.err


def test_it_is_steered_without_an_engine(predictive: Site) -> None:
    flags = ("--cap", "1.5", "--aggressiveness", "0.5", "--amd", "--priority", "2")
    predictive.ok("campaign", "pace", "回访一", *flags)
    found = pacing_of(predictive)
    assert found["predictive"] == {
        "abandon_percent": 1.5,
        "cap_percent": 1.5,
        "aggressiveness": 0.5,
        "amd": True,
    }
    assert (found["priority"], found["mode"]) == (2, "predictive")


def test_what_is_not_said_stays(predictive: Site) -> None:
    predictive.ok("campaign", "pace", "回访一", "--cap", "1", "--amd")
    predictive.ok("campaign", "pace", "回访一", "--aggressiveness", "0")
    predictive.ok("campaign", "pace", "回访一", "--priority", "9")
    found = pacing_of(predictive)
    assert found["predictive"]["abandon_percent"] == 1
    assert (found["predictive"]["aggressiveness"], found["predictive"]["amd"]) == (0, True)
    predictive.ok("campaign", "pace", "回访一", "--no-amd", "--mode", "progressive")
    found = pacing_of(predictive)
    assert (found["predictive"]["amd"], found["mode"], found["priority"]) == (
        False,
        "progressive",
        9,
    )


def test_a_cap_beyond_the_laws_is_the_laws(started: Site) -> None:
    started.ok("campaign", "pace", "回访一", "--mode", "predictive", "--cap", "10")
    found = pacing_of(started)["predictive"]
    assert found["abandon_percent"] == 10
    assert found["cap_percent"] <= 3


@pytest.mark.parametrize(
    "flags",
    [
        ("--cap", "0"),
        ("--cap", "-1"),
        ("--cap", "11"),
        ("--cap", "NaN"),
        ("--cap", "three"),
        ("--aggressiveness", "1.1"),
        ("--aggressiveness", "-0.1"),
        ("--aggressiveness", "nan"),
        ("--aggressiveness", "bold"),
        ("--mode", "manual"),
        ("--priority", "0"),
        ("--priority", "10"),
        ("--last", "0"),
        ("--last", "301"),
    ],
    ids=" ".join,
)
def test_nonsense_is_refused_in_one_clear_word_and_changes_nothing(
    flags: tuple[str, str], predictive: Site
) -> None:
    before = steering_of(predictive)
    done = predictive("campaign", "pace", "回访一", *flags)
    assert done.code == 2
    assert done.err
    assert "Traceback" not in done.err
    assert not done.out
    assert steering_of(predictive) == before


def test_a_predictive_campaign_says_how_it_dials(predictive: Site) -> None:
    predictive.ok("campaign", "pace", "回访一", "--aggressiveness", "0.8", "--amd")
    said = predictive.ok("campaign", "show", "回访一").out
    assert "at most 3 % of those who answer find no agent; 80% of that is spent; AMD" in said


# ── with an engine; its Asterisk is away ─────────────────────────────────────────────────


@pytest.fixture
def running(site: Site) -> Iterator[Site]:
    site.brings_files()
    for command in PREDICTIVE_START:
        site.ok(*command)
    with Place(folder=site.folder, environment=site.environment).spawn("run") as process:
        try:
            assert process.stdout is not None
            assert "is running" in process.stdout.readline()
            yield site
        finally:
            process.terminate()
            process.communicate(timeout=20)


def test_an_engine_that_has_decided_nothing_says_when_it_will(running: Site) -> None:
    shown = running.ok("campaign", "pace", "回访一", "--json").json
    assert (shown["engine_running"], shown["decisions"]) == (True, [])
    assert "begins when it hears the switch" in running.ok("campaign", "pace", "回访一").out


def test_the_engine_follows_at_once(running: Site) -> None:
    running.ok("campaign", "pace", "回访一", "--mode", "preview")
    said = running.ok("campaign", "pace", "回访一").out
    assert "Only predictive campaigns are paced" in said
    running.ok("campaign", "pace", "回访一", "--mode", "predictive", "--cap", "2")
    assert pacing_of(running)["predictive"]["cap_percent"] == 2


# ── what is shown of decisions ───────────────────────────────────────────────────────────


def a_view(second: int = 0, **changes: Any) -> PaceView:
    plain = PaceView(
        at=datetime(2026, 11, 23, 1, 0, tzinfo=UTC) + timedelta(seconds=second),
        placed=7,
        limit=Limit.PRICE.value,
        free=12,
        waiting=1,
        in_flight=1480,
        expected_free=123.4,
        expected_answers=229.15,
        answer_rate=0.187,
        risk=0.0521,
        price=0.047,
        left=12.3,
        cap=0.03,
        aggressiveness=1.0,
        day_answered=12340,
        day_abandoned=310,
        block_answered=234560,
        block_abandoned=6900,
    )
    return replace(plain, **changes)


def printed(capsys: pytest.CaptureFixture[str], *views: PaceView) -> list[str]:
    pace._print(PREDICTIVE, views)  # noqa: SLF001  what the command shows
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("language", [None, "zh-CN", "zh-TW"])
def test_a_row_of_every_limit_fits_into_a_hundred_columns(
    language: str | None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    speaking: Callable[[str | None], None],
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    speaking(language)
    views = [a_view(-n, limit=limit.value) for n, limit in enumerate(Limit)]
    lines = printed(capsys, *views)
    assert max(cell_len(line.rstrip()) for line in lines) <= 100
    assert sum("1480" in line and ":" in line for line in lines) >= len(Limit)


def test_every_limit_has_its_words() -> None:
    asking = {Limit.ASKING}  # of preview alone
    for limit in set(Limit) - asking:
        assert pace.limit_sentence(limit) != limit.value
        assert pace.limit_word(limit)


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (12.9, "12 calls"),
        (0.5, "not one yet"),
        (0.0, "not one yet"),
        (-2.5, "none: 2.5 too many; each free agent gets one call"),
    ],
)
def test_what_may_still_be_lost_is_said_in_calls(
    left: float, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert any(said in line for line in printed(capsys, a_view(left=left)))


def test_before_anybody_has_answered_no_share_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    nobody = a_view(day_answered=0, day_abandoned=0)
    assert any("nobody has answered yet" in line for line in printed(capsys, nobody))


def test_a_decision_survives_the_wire() -> None:
    assert pace_from_json(pace_to_json(a_view())) == a_view()
    for broken in (None, [], {}, {**pace_to_json(a_view()), "free": "many"}):
        with pytest.raises(ValueError, match="no decision"):
            pace_from_json(broken)


def test_what_amd_costs_is_reckoned_by_its_usual_error() -> None:
    assert pace._amd(a_view(machines=120, persons=960)) == (  # noqa: SLF001  as above
        "120 hung up as machines, 960 persons; "
        "with its usual error some 40 of the former were people"
    )
    assert "some 0 of" in pace._amd(a_view(persons=960))  # noqa: SLF001  as above
