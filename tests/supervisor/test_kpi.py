"""The fixtures of the definitions' section 4, row by row, and the ground rules of section 1."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervisor import kpi
from supervisor.kpi import AgentTimes, Formula, InboundCounts, OutboundCounts

ICMI = InboundCounts(
    offered=1060,
    answered=1000,
    answered_within=860,
    abandoned=60,
    abandoned_within=20,
    short_abandons=10,
)
VARIANTS = (Formula.SL1, Formula.SL2, Formula.SL3, Formula.SL4, Formula.SL5, Formula.SL6)


@pytest.mark.parametrize(
    ("variant", "percent"),
    list(zip(VARIANTS, (83.02, 86.00, 81.13, 82.69, 82.08, 81.90), strict=True)),
)
def test_row_1_the_icmi_set_gives_all_six_variants(variant: Formula, percent: float) -> None:
    figure = kpi.service_level(ICMI, variant=variant)
    assert figure.value is not None
    assert round(figure.value * 100, 2) == percent
    assert figure.formula == variant


def test_service_level_counts_calls_that_left_otherwise_as_missed_in_sl3_only() -> None:
    counts = InboundCounts(offered=10, answered=5, answered_within=5, left=5)
    assert kpi.service_level(counts).value == 0.5
    assert kpi.service_level(counts, variant=Formula.SL1).value == 1.0


def test_another_formula_is_no_variant_of_service_level() -> None:
    with pytest.raises(ValueError, match="no variant"):
        kpi.service_level(ICMI, variant=Formula.ASA)


def test_row_2_cisco_50_within_30_s_and_80_over_is_38_46() -> None:
    figure = kpi.live_service_level(
        InboundCounts(offered=130, answered=130, answered_within=50), waiting_over=0
    )
    assert figure.value == pytest.approx(0.3846, abs=5e-5)
    assert (figure.numerator, figure.denominator, figure.n) == (50, 130, 130)


def test_row_3_vicidial_uk_29_drops_9_live_7_machines_is_64_44() -> None:
    figure = kpi.drop_rate_uk(
        OutboundCounts(placed=100, answered=45, machines=7, connected=9, dropped=29),
        machines_heard=7,
        live_heard=9,
        window="block 1",
    )
    assert (figure.numerator, figure.denominator) == (16.3125, 25.3125)
    assert figure.value == pytest.approx(0.6444, abs=5e-5)


def test_uk_with_machine_detection_adds_its_estimated_mistakes_to_both_sides() -> None:
    counts = OutboundCounts(placed=200, answered=110, connected=95, dropped=3)
    figure = kpi.drop_rate_uk_amd(counts, false_positives=2.0, window="day")
    assert (figure.numerator, figure.denominator) == (5.0, 100.0)


@pytest.mark.parametrize(("dropped", "left"), [(30, 0), (31, -1), (29, 1)])
def test_row_4_us_three_percent_of_a_thousand_is_allowed_and_one_more_is_not(
    dropped: int, left: int
) -> None:
    counts = OutboundCounts(placed=5000, answered=1100, machines=100, dropped=dropped)
    assert kpi.drop_rate_us(counts, window="block 1").value == dropped / 1000
    assert kpi.drops_left(counts) == left


def test_row_4_block_2_starts_on_day_31() -> None:
    first = date(2026, 11, 1)
    assert kpi.us_block(first, first) == 1
    assert kpi.us_block(first, first + timedelta(days=29)) == 1
    assert kpi.us_block(first, first + timedelta(days=30)) == 2


def test_row_5_rates_of_the_rpc_and_the_cloud_samples() -> None:
    assert kpi.rpc_rate(200, 1000).value == 0.2
    sample = OutboundCounts(placed=100, answered=50, dropped=5)
    assert kpi.outbound_answer_rate(sample).value == 0.5
    assert kpi.drop_rate_us(sample, window="today").value == 0.1


def test_row_6_an_agents_hour() -> None:
    hour = AgentTimes(
        talk_s=30 * 60, hold_s=2 * 60, wrap_up_s=8 * 60, ready_s=10 * 60, paused_s=10 * 60
    )
    assert hour.signed_in_s == 3600
    assert kpi.occupancy(hour).value == 0.8
    assert kpi.utilisation(hour).value == pytest.approx(40 / 60)
    assert kpi.aht(hour, handled=10).value == 240


def test_row_7_an_empty_queue_has_no_figures_at_all() -> None:
    nobody = InboundCounts()
    figures = [
        *(kpi.service_level(nobody, variant=variant) for variant in VARIANTS),
        kpi.live_service_level(nobody, waiting_over=0),
        kpi.asa(nobody),
        kpi.abandon_rate(nobody),
        kpi.abandon_rate_raw(nobody),
        kpi.queue_answer_rate(nobody),
    ]
    assert [figure.value for figure in figures] == [None] * len(figures)


def test_row_7_one_call_that_waits_too_long_counts_at_once() -> None:
    waiting = InboundCounts(offered=1)
    figure = kpi.live_service_level(waiting, waiting_over=1)
    assert (figure.value, figure.numerator, figure.denominator) == (0.0, 0, 1)
    assert kpi.asa(waiting).value is None


def test_no_data_is_none_outbound_too() -> None:
    none, idle = OutboundCounts(), AgentTimes()
    figures = [
        kpi.asr(none),
        kpi.ner(none),
        kpi.outbound_answer_rate(none),
        kpi.contact_rate(none),
        kpi.drop_rate_us(none, window="block 1"),
        kpi.drop_rate_uk(none, machines_heard=0, live_heard=0, window="day"),
        kpi.occupancy(idle),
        kpi.utilisation(idle),
        kpi.aht(idle, handled=0),
    ]
    assert [figure.value for figure in figures] == [None] * len(figures)


def test_ner_stays_up_when_people_are_out_and_falls_when_trunks_fail() -> None:
    out = OutboundCounts(placed=10, answered=1, busy=3, no_answer=5, rejected=1)
    failing = OutboundCounts(placed=10, answered=1)
    assert kpi.ner(out).value == 1.0
    assert kpi.ner(failing).value == 0.1
    assert kpi.asr(out).value == kpi.asr(failing).value


def test_short_abandons_count_neither_as_abandoned_nor_as_offered() -> None:
    counts = InboundCounts(offered=110, answered=90, abandoned=20, short_abandons=10)
    assert kpi.abandon_rate(counts).value == 0.1
    assert kpi.abandon_rate_raw(counts).value == pytest.approx(20 / 110)


@given(
    a=st.integers(1, 500),
    b=st.integers(1, 500),
    wait_a=st.integers(0, 9000),
    wait_b=st.integers(0, 9000),
)
def test_totals_carry_sums_so_that_averages_are_never_averaged(
    a: int, b: int, wait_a: int, wait_b: int
) -> None:
    one = InboundCounts(offered=a, answered=a, waited_s=float(wait_a))
    other = InboundCounts(offered=b, answered=b, waited_s=float(wait_b))
    assert kpi.asa(kpi.added(one, other)).value == (wait_a + wait_b) / (a + b)
