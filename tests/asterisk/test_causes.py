"""What became of a call: every row that was measured, and every code there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.causes import OUTCOME_OF_CAUSE, SwitchWord, never_rang, outcome_of
from campaigns.outcomes import Outcome

# case, success, reason, DialStatus, cause, TechCause, outcome. A cause of None: no Hangup came.
MEASURED = [
    ("answered", True, 4, "ANSWER", 16, "", None),
    ("SIP 486", False, 0, "BUSY", 17, "486", Outcome.BUSY),
    ("Hangup(17)", False, 0, "BUSY", 17, "", Outcome.BUSY),
    ("Busy() behind Local", False, 5, "BUSY", 0, "", Outcome.BUSY),
    ("SIP 503", False, 0, "CONGESTION", 34, "503", Outcome.CONGESTION),
    ("Hangup(34)", False, 0, "CONGESTION", 34, "", Outcome.CONGESTION),
    ("Congestion() behind Local", False, 8, "CONGESTION", 0, "", Outcome.CONGESTION),
    ("SIP 404", False, 0, "NOANSWER", 1, "404", Outcome.VACANT),
    ("Hangup(1)", False, 0, "NOANSWER", 1, "", Outcome.VACANT),
    ("SIP 410", False, 0, "NOANSWER", 22, "410", Outcome.NUMBER_CHANGED),
    ("SIP 484", False, 0, "NOANSWER", 28, "484", Outcome.VACANT),
    ("SIP 603", False, 0, "NOANSWER", 21, "603", Outcome.REJECTED),
    ("SIP 480", False, 0, "NOANSWER", 19, "480", Outcome.NO_ANSWER),
    ("ring timeout on 22", False, 3, "", 19, "480", Outcome.NO_ANSWER),
    ("ring timeout on 16", False, 3, "", 0, "", Outcome.NO_ANSWER),
    ("no such extension", False, 0, "", 0, "", Outcome.FAILED),
    ("no such context", False, 0, "", 0, "", Outcome.FAILED),
    ("no such technology", False, 0, "", None, "", Outcome.FAILED),
    ("no such endpoint", False, 0, "", None, "", Outcome.FAILED),
]


@pytest.mark.parametrize("row", MEASURED, ids=[row[0] for row in MEASURED])
def test_each_measured_case_has_its_outcome(
    row: tuple[str, bool, int, str, int | None, str, Outcome | None],
) -> None:  # R2
    _, success, reason, dial_status, cause, tech_cause, outcome = row
    word = SwitchWord(
        success=success,
        reason=reason,
        cause=cause,
        tech_cause=tech_cause,
        dial_status=dial_status,
    )
    assert outcome_of(word) is outcome


LISTED = {
    1: Outcome.VACANT,
    17: Outcome.BUSY,
    18: Outcome.NO_ANSWER,
    19: Outcome.NO_ANSWER,
    20: Outcome.SWITCHED_OFF,
    21: Outcome.REJECTED,
    22: Outcome.NUMBER_CHANGED,
    28: Outcome.VACANT,
    34: Outcome.CONGESTION,
    38: Outcome.CONGESTION,
    42: Outcome.CONGESTION,
}


@pytest.mark.parametrize("cause", range(1, 128))
def test_every_cause_has_its_outcome_and_an_unknown_one_is_our_failure(cause: int) -> None:
    word = SwitchWord(success=False, reason=0, cause=cause)
    assert outcome_of(word) is LISTED.get(cause, Outcome.FAILED)


@pytest.mark.parametrize("reason", range(9))
def test_every_reason_has_its_outcome_where_the_cause_is_silent(reason: int) -> None:
    expected = {3: Outcome.NO_ANSWER, 5: Outcome.BUSY, 8: Outcome.CONGESTION}
    word = SwitchWord(success=False, reason=reason, cause=0)
    assert outcome_of(word) is expected.get(reason, Outcome.FAILED)


def test_a_cause_is_believed_before_reason_and_dial_status() -> None:
    word = SwitchWord(success=False, reason=5, cause=1, dial_status="NOANSWER")
    assert outcome_of(word) is Outcome.VACANT


def test_a_ring_timeout_is_believed_before_the_cause() -> None:
    assert outcome_of(SwitchWord(success=False, reason=3, cause=34)) is Outcome.NO_ANSWER


def test_the_hangup_alone_decides_when_the_response_never_came() -> None:
    assert outcome_of(SwitchWord(cause=17)) is Outcome.BUSY


def test_a_call_that_rang_and_failed_for_no_known_reason_counts_as_no_answer() -> None:  # R5
    assert outcome_of(SwitchWord(success=False, reason=0, cause=127, rang=True)) is (
        Outcome.NO_ANSWER
    )


def test_a_phone_is_switched_off_only_when_the_network_says_so() -> None:
    said = SwitchWord(success=False, reason=0, cause=20, tech_cause="480 Phone Switched Off")
    assert outcome_of(said) is Outcome.SWITCHED_OFF
    assert outcome_of(SwitchWord(success=False, reason=0, cause=19, tech_cause="480")) is (
        Outcome.NO_ANSWER
    )


def test_a_ring_timeout_in_which_nothing_rang_is_told_apart() -> None:
    assert never_rang(SwitchWord(success=False, reason=3, cause=19))
    assert not never_rang(SwitchWord(success=False, reason=3, cause=19, rang=True))
    assert not never_rang(SwitchWord(success=False, reason=0, cause=19))


@given(
    reason=st.none() | st.integers(0, 8),
    cause=st.none() | st.integers(0, 127),
    dial_status=st.sampled_from(["", "ANSWER", "BUSY", "CHANUNAVAIL", "CANCEL", "odd", "DONTCALL"]),
    tech_cause=st.text(max_size=8),
    rang=st.booleans(),
    success=st.none() | st.booleans(),
)
def test_any_words_at_all_end_in_one_outcome_and_only_success_in_none(
    reason: int | None,
    cause: int | None,
    dial_status: str,
    tech_cause: str,
    *,
    rang: bool,
    success: bool | None,
) -> None:
    word = SwitchWord(
        reason=reason,
        cause=cause,
        dial_status=dial_status,
        tech_cause=tech_cause,
        rang=rang,
        success=success,
    )
    assert (outcome_of(word) is None) is (success is True)


def test_no_cause_in_the_table_is_one_of_our_side() -> None:
    assert Outcome.FAILED not in OUTCOME_OF_CAUSE.values()
