"""`waihu simulate`: from given figures, from the campaign's own calls, and what it refuses."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from campaigns.outcomes import Outcome
from dialer.effects import EndAttempt, NoteProgress
from tests.cli.terminal import ALL_DAY, Terminal, utc_now
from tests.store.room import Room

BRIEF = ("--agents", "2,4", "--seeds", "2", "--hours", "0.5", "--contacts", "200")
FIGURES = ("--answer-rate", "40", "--talk", "60", "--wrap", "10", "--ring", "10")


def test_given_figures_give_a_forecast_for_each_staffing(waihu: Terminal) -> None:
    waihu.campaign()
    told = waihu.well("simulate", "hot", *BRIEF, *FIGURES, "--json").json
    assert told["model"]["answered"] == [0.4]
    assert told["model"]["calls"] == 0
    assert (told["model"]["talk_s"], told["model"]["wrap_up_s"]) == (60.0, 10.0)
    two, four = told["forecasts"]
    assert (two["agents"], four["agents"]) == (2, 4)
    assert [run["seed"] for run in two["runs"]] == [1, 2]
    assert four["runs"][0]["placed"] > 1.5 * two["runs"][0]["placed"]
    share = two["utilisation"]
    assert 0 < share["p5"] <= share["mean"] <= share["p95"] < 1
    assert two["abandon_rate"]["mean"] == 0


def test_the_same_seeds_give_the_same_forecast(waihu: Terminal) -> None:
    waihu.campaign()
    first, second = (
        waihu.well("simulate", "hot", *BRIEF, *FIGURES, "--json").json["forecasts"]
        for _ in range(2)
    )
    for one, other in zip(first, second, strict=True):
        assert [run["placed"] for run in one["runs"]] == [run["placed"] for run in other["runs"]]


def test_people_are_told_on_what_it_rests(waihu: Terminal) -> None:
    waihu.campaign()
    told = waihu.well("simulate", "hot", *BRIEF, "--answer-rate", "40", "--mode", "predictive")
    for words in ("given figures", "40.0 %", "120.0 s", "200 contacts (made-up)", "cap", "3 %"):
        assert words in told.out
    assert "predictive" in told.first_line


def test_the_campaigns_own_list_is_worked_off_by_its_own_rules(waihu: Terminal) -> None:
    waihu.campaign()
    waihu.contact()
    brief = ("--agents", "1", "--seeds", "1", "--days", "2", "--answer-rate", "0")
    told = waihu.well("simulate", "hot", *brief, "--busy", "0", "--json").json
    (run,) = told["forecasts"][0]["runs"]
    assert told["contacts"] == 1
    assert 4 <= run["placed"] <= 9  # three a day, on the parts of three days at most
    assert run["answered"] == 0


def test_a_made_up_list_is_called_under_the_law_of_its_country(waihu: Terminal) -> None:
    plain = ("--kind", "callback", "--queue", "callback", "--dial-string", "PJSIP/{number}@t")
    waihu.well("campaign", "create", "--name", "lawful", *plain, "--window", ALL_DAY)
    told = waihu.well("simulate", "lawful", *BRIEF, *FIGURES, "--json").json
    hour = datetime.fromisoformat(told["start"]).astimezone(ZoneInfo("Asia/Shanghai")).hour
    assert 8 <= hour < 21  # though the campaign's own window is open all day
    assert told["forecasts"][0]["runs"][0]["placed"] > 0
    assert told["forecasts"][0]["runs"][0]["held"] == 0


def test_its_own_calls_make_the_model(waihu: Terminal) -> None:
    waihu.campaign()
    rows = "\n".join(f"C-{n},李{n},+86138100{n:05}" for n in range(120))
    path = waihu.list_of(f"编号,姓名,电话\n{rows}\n", "many.csv")
    waihu.well("list", "import", str(path), "--campaign", "hot")
    waihu.well("campaign", "start", "hot")

    async def write(room: Room) -> None:
        at = utc_now() - timedelta(hours=3)
        await room.hopper.recover(at)
        for n in range(110):
            at += timedelta(seconds=60)
            (claim,), _ = await room.hopper.claim(1, 1, at)
            assert (await room.hopper.mark_sent(claim.attempt, "1001", at)).dialable
            if n % 2:
                end = EndAttempt(
                    attempt=claim.attempt,
                    outcome=Outcome.NO_ANSWER,
                    at=at + timedelta(seconds=28),
                )
                await room.write(end)
                continue
            answered, bridged = at + timedelta(seconds=9), at + timedelta(seconds=10)
            over = at + timedelta(seconds=40)
            times = {"answered_at": answered, "bridged_at": bridged, "ended_at": over}
            await room.write(NoteProgress(attempt=claim.attempt, **times))
            said = over + timedelta(seconds=12)
            await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.SUCCESS, at=said))
        assert not room.failed

    waihu.on_file(write)
    told = waihu.well("simulate", "hot", *BRIEF, "--json").json["model"]
    assert (told["calls"], told["talks"]) == (110, 55)
    assert told["answered"] == [0.5]
    assert told["ends"] == {"no_answer": 1.0}
    assert (told["answer_s"], told["talk_s"]) == pytest.approx((9.0, 30.0))
    assert told["wrap_up_s"] == pytest.approx(20.0)  # until the next call of the same agent
    shown = waihu.well("simulate", "hot", *BRIEF, "--talk", "80").out
    assert "110 calls of its own" in shown
    assert "and given figures" in shown


def test_the_picture_is_an_svg_with_a_line_for_each_run(waihu: Terminal, tmp_path: Path) -> None:
    waihu.campaign()
    file = tmp_path / "course.svg"
    waihu.well("simulate", "hot", *BRIEF, *FIGURES, "--picture", str(file))
    root = ET.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314  our own
    assert len(root.findall("{http://www.w3.org/2000/svg}polyline")) == 4


def test_machines_are_heard_by_agents_or_hung_up_on(waihu: Terminal) -> None:
    waihu.campaign()
    brief = (*BRIEF, *FIGURES, "--mode", "predictive", "--machines", "50")
    heard = waihu.well("simulate", "hot", *brief, "--json").json
    judged = waihu.well("simulate", "hot", *brief, "--amd", "--amd-mistaken", "20", "--json").json
    assert (heard["model"]["amd"]["used"], judged["model"]["amd"]["used"]) == (False, True)
    (of_heard, *_), (of_judged, *_) = heard["forecasts"], judged["forecasts"]
    assert of_heard["machine_share"]["mean"] == pytest.approx(0.5, abs=0.15)
    assert of_judged["machine_share"]["mean"] < 0.3
    assert of_heard["screened_out"]["mean"] == of_heard["mistaken"]["mean"] == 0
    assert 0 < of_judged["mistaken_rate"]["mean"] < 0.5
    told = waihu.well("simulate", "hot", *brief, "--amd", "--amd-verdict", "3").out
    assert "after 3.0 s; 4 % of persons are hung up on" in told
    assert "50.0 % of the answered" in told


def test_agents_may_have_shifts_breaks_absences_and_callers(waihu: Terminal) -> None:
    waihu.campaign(window="mon-sun=09:00-18:00")
    floor = ("--shift", "10:00-11:00,13:00-14:00", "--shift", "13:00-15:00", "--breaks", "20")
    more = ("--break-length", "3", "--absent", "10", "--inbound", "30", "--inbound-aht", "60")
    brief = ("--agents", "6", "--seeds", "2", "--days", "1", "--contacts", "900", *FIGURES)
    (found,) = waihu.well("simulate", "hot", *brief, *floor, *more, "--json").json["forecasts"]
    assert found["callers"]["mean"] == pytest.approx(90, abs=30)  # in three hours
    assert 0.3 < found["in_time"]["mean"] < 1  # two or three agents, who talk to others as well
    # Six, but half of them for two of the three hours, a tenth absent and a fifth on breaks.
    assert 2 < found["agents_there"]["mean"] < 4
    told = waihu.well("simulate", "hot", *brief, *floor, *more).out
    assert "10:00-11:00,13:00-14:00 | 13:00-15:00, by turns" in told
    assert "20 % of the time, 3 min each" in told
    assert "10 % of the agents" in told
    assert "30 callers an hour, 50 s each" in told


def test_what_cannot_be_forecast_is_refused(waihu: Terminal) -> None:
    waihu.campaign()
    assert "no such campaign" in waihu.fails(1, "simulate", "cold", *FIGURES)
    thin = waihu.fails(2, "simulate", "hot", "--contacts", "10")
    assert "0 calls" in thin
    assert "--answer-rate" in thin
    assert "--contacts 1000" in waihu.fails(2, "simulate", "hot", *FIGURES)


@pytest.mark.parametrize(
    ("figures", "complaint"),
    [
        (("--agents", "ten"), "“ten” is no list of staffings"),
        (("--agents", "0"), "a staffing is 1 to 1000 agents"),
        (("--agents", "5,5000"), "a staffing is 1 to 1000 agents"),
        (("--agents", ","), "is no list of staffings"),
        (("--days", "1", "--hours", "2"), "not both"),
        (("--busy", "70"), "more than all"),
        (("--talk", "0"), "--talk"),
        (("--answer-rate", "140"), "--answer-rate"),
        (("--cap", "50"), "--cap"),
        (("--shift", "9-12"), "--shift 9-12: write it as 09:00-12:00,13:00-18:00"),
        (("--shift", "13:00-18:00,09:00-12:00"), "in order"),
        (("--breaks", "95"), "--breaks"),
        (("--mode", "psychic"), "--mode"),
        (("--hours", "nan"), "--hours"),
    ],
)
def test_figures_that_make_no_sense_are_refused(
    waihu: Terminal, figures: tuple[str, ...], complaint: str
) -> None:
    waihu.campaign()
    given = ("--answer-rate", "40", "--contacts", "10")
    told = waihu.fails(2, "simulate", "hot", *given, *figures)
    assert complaint in told
