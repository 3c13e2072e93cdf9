"""Regulation profiles: what is shipped, for whom it holds, and what an operator may change."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest

from campaigns.contact import PhoneNumber
from campaigns.kinds import Kind, Mode
from campaigns.law.law_choice import NO_LAW, LawChoice
from campaigns.law.regulation import (
    Per,
    Profile,
    Regulations,
    Sure,
    legal_windows,
    missing_profile,
    profiles_for,
    profiles_of_countries,
)
from campaigns.outcomes import Outcome
from campaigns.windows import CallingWindows, Window, parse
from config.errors import ConfigError
from config.regulation_file import SHIPPED, load_regulations

LAWS = load_regulations()
AUTO = LawChoice()


def profile(name: str) -> Profile:
    found = LAWS.named(name)
    assert found is not None
    return found


def daily(text: str) -> CallingWindows:
    return CallingWindows.every_day(parse(text))


def number(e164: str, country: str = "", retired: Outcome | None = None) -> PhoneNumber:
    return PhoneNumber(id=1, e164=e164, position=1, country=country, retired=retired)


def names(law: LawChoice, *numbers: PhoneNumber) -> set[str]:
    return {one.name for one in profiles_for(law, LAWS, numbers)}


# ── what is shipped (kpi 5) ──────────────────────────────────────────────────────────────


def test_every_shipped_rule_names_its_source_and_how_sure_it_is() -> None:
    for one in LAWS.profiles:
        rules = [one.hours, one.consent, one.abandon, one.message, one.ring, one.caller_id]
        told = [rule for rule in (*rules, *one.limits) if rule is not None]
        assert told
        assert all(len(rule.source) > 10 and rule.sure in Sure for rule in told)


def test_a_profile_carries_the_hash_of_its_text() -> None:
    for one in LAWS.profiles:
        assert one.digest == sha256((SHIPPED / f"{one.name}.toml").read_bytes()).hexdigest()
        assert one.version


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("us-tsr", "08:00-21:00"),
        ("us-fl", "08:00-20:00"),
        ("us-reg-f", "08:00-21:00"),
        ("cn", "08:00-21:00"),
    ],
)
def test_the_legal_hours(name: str, hours: str) -> None:
    assert legal_windows(profile(name), AUTO) == daily(hours)


def test_the_united_states_allow_three_percent_in_thirty_days() -> None:
    tsr = profile("us-tsr")
    assert tsr.abandon is not None
    assert (tsr.abandon.share, tsr.abandon.block_days) == (Fraction(3, 100), 30)
    assert tsr.message is not None
    assert tsr.message.within_s == 2
    assert tsr.ring is not None
    assert tsr.ring.seconds == 15


def test_how_often_a_number_or_a_debt_may_be_called() -> None:
    florida, debts, china = profile("us-fl"), profile("us-reg-f"), profile("cn")
    caps = [(cap.calls, cap.per, cap.within) for one in (florida, debts, china) for cap in one.caps]
    assert caps == [
        (3, Per.NUMBER, timedelta(hours=24)),
        (7, Per.CONTACT, timedelta(days=7)),
        (5, Per.NUMBER, None),
    ]
    assert [(gap.wait, gap.per) for gap in debts.gaps] == [(timedelta(days=7), Per.CONTACT)]
    assert [(gap.wait, gap.per) for gap in china.gaps] == [(timedelta(minutes=1), Per.NUMBER)]


def test_the_united_kingdom_locks_a_number_that_was_abandoned_for_72_hours() -> None:
    (lock,) = profile("uk-ofcom").gaps
    assert lock.wait == timedelta(hours=72)
    assert lock.after == {Outcome.ABANDONED}
    assert lock.spares == {Mode.PREVIEW}
    assert profile("uk-ofcom").caller_id is not None


def test_china_asks_for_a_ground_and_keeps_its_proof() -> None:
    consent = profile("cn").consent
    assert consent is not None
    assert consent.keep >= timedelta(days=30)
    sales, service = consent.demands[Kind.SALES], consent.demands[Kind.CALLBACK]
    assert sales.bases < service.bases
    assert (sales.own, sales.proof) == (True, True)


# ── for whom ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("numbers", "held_by"),
    [
        ([number("+862155550001", "CN")], {"cn"}),
        ([number("+12125550001", "US")], {"us-tsr"}),
        ([number("+13055550001", "US")], {"us-tsr", "us-fl"}),
        ([number("+17875550001", "PR")], {"us-tsr"}),
        ([number("+442075550001", "GB")], {"uk-ofcom"}),
        ([number("+4930555001", "DE")], set()),
        # Several numbers: what holds for any of them holds for the contact.
        ([number("+862155550001", "CN"), number("+12125550001", "US")], {"cn", "us-tsr"}),
        ([number("+862155550001", "CN", Outcome.VACANT)], set()),
        # A number of unknown country is held by all that share its calling code.
        ([number("+447700900123")], {"uk-ofcom"}),
        ([number("+12425550123")], {"us-tsr"}),
        ([number("+12425550123", "BS")], set()),
    ],
)
def test_a_number_is_held_by_the_laws_of_its_country(
    numbers: list[PhoneNumber], held_by: set[str]
) -> None:
    assert names(AUTO, *numbers) == held_by


def test_a_profile_that_is_named_holds_for_every_contact() -> None:
    debts = LawChoice(profiles=("auto", "us-reg-f"))
    assert names(debts, number("+12125550001", "US")) == {"us-tsr", "us-reg-f"}
    assert names(LawChoice(profiles=("cn",)), number("+12125550001", "US")) == {"cn"}
    assert names(NO_LAW, number("+12125550001", "US")) == set()


def test_a_pool_knows_the_laws_of_its_countries_but_not_those_of_some_area_codes() -> None:
    def found(*countries: str) -> set[str]:
        return {one.name for one in profiles_of_countries(AUTO, LAWS, countries)}

    assert found("US") == {"us-tsr"}
    assert found("CN", "GB") == {"cn", "uk-ofcom"}
    assert found() == set()


def test_what_stands_for_nothing_is_told() -> None:
    assert missing_profile(AUTO, LAWS) is None
    assert missing_profile(NO_LAW, Regulations()) is None
    assert missing_profile(AUTO, Regulations()) == "auto"
    assert missing_profile(LawChoice(profiles=("auto", "mars")), LAWS) == "mars"


# ── widening ─────────────────────────────────────────────────────────────────────────────


def test_legal_hours_are_widened_for_a_reason_and_only_where_the_profile_allows_it() -> None:
    early = LawChoice(widened=parse("07:00-22:00"), reason="回访约定在夜班, 2026-11-20 批准")
    assert legal_windows(profile("cn"), early) == daily("07:00-22:00")
    assert legal_windows(profile("us-tsr"), early) == daily("08:00-21:00")


def test_a_widening_never_narrows() -> None:
    late = LawChoice(widened=Window(open=20 * 60, close=22 * 60), reason="x")
    assert legal_windows(profile("cn"), late) == daily("08:00-22:00")


def test_without_a_reason_nothing_is_widened() -> None:
    with pytest.raises(ValueError, match="written reason"):
        LawChoice(widened=parse("07:00-22:00"), reason="  ")


# ── files ────────────────────────────────────────────────────────────────────────────────

MINE = """\
name = "{name}"
title = "Mine"
version = "1"
countries = ["CN"]

[hours]
windows = {{ "every day" = ["10:00-12:00"] }}
source = "our counsel, 2026-11-01"
sure = "M"
"""


def test_an_operators_file_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(MINE.format(name="cn"))
    (tmp_path / "b.toml").write_text(MINE.format(name="house"))
    laws = load_regulations(tmp_path)
    assert {one.name for one in laws.profiles} == {one.name for one in LAWS.profiles} | {"house"}
    mine = laws.named("cn")
    assert mine is not None
    assert legal_windows(mine, AUTO) == daily("10:00-12:00")
    assert mine.digest != profile("cn").digest


def test_a_folder_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    assert load_regulations(tmp_path / "none") == LAWS


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(MINE.format(name="house"))
    (tmp_path / "b.toml").write_text(MINE.format(name="house"))
    with pytest.raises(ConfigError, match="two files"):
        load_regulations(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('source = "our counsel, 2026-11-01"\n', "", 6, "is missing"),
        ('sure = "M"', 'sure = "certain"', 9, "is not one of H, M or L"),
        ('["CN"]', '["China"]', 4, "is not a country"),
        ('"house"', '"auto"', 1, "must be small letters"),
        ("10:00-12:00", "12:00-10:00", 7, "closes before it opens"),
        ('countries = ["CN"]\n', "", None, "countries or prefixes"),
        ("[hours]", "[ours]", 6, "did you mean hours"),
    ],
)
def test_a_wrong_file_is_refused_with_the_line(
    *, tmp_path: Path, old: str, new: str, line: int | None, said: str
) -> None:
    path = tmp_path / "house.toml"
    path.write_text(MINE.format(name="house").replace(old, new))
    with pytest.raises(ConfigError, match=said) as refused:
        load_regulations(tmp_path)
    assert refused.value.file == path
    assert line is None or line in {fault.line for fault in refused.value.faults}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('[[caps]]\ncalls = 0\nper = "number"\nwithin = "day"', "at least 1"),
        ('[[caps]]\ncalls = 3\nper = "household"\nwithin = "day"', "is not one of number or"),
        ('[[caps]]\ncalls = 3\nper = "number"\nwithin = "week"', "is not a duration"),
        ('[[gaps]]\nwait = "0s"\nper = "number"', "longer than nothing"),
        ('[[gaps]]\nwait = "1h"\nper = "number"\nafter = ["not_sent"]', "reached anybody"),
        ("[abandon]\npercent = 130\nblock_days = 30", "at most 100"),
    ],
)
def test_a_rule_that_is_none_is_refused(tmp_path: Path, rule: str, said: str) -> None:
    sourced = f'{rule}\nsource = "our counsel"\nsure = "L"\n'
    (tmp_path / "house.toml").write_text(MINE.format(name="house") + sourced)
    with pytest.raises(ConfigError, match=said):
        load_regulations(tmp_path)


def test_prefixes_narrow_a_country_down() -> None:
    narrow = replace(profile("cn"), prefixes=("+8610",))
    assert narrow.covers("CN", "+861055550001")
    assert not narrow.covers("CN", "+862155550001")
