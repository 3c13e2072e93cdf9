"""The outcome tree as data (R2, R3, R6)."""

import pytest

from campaigns.campaign import Kind, counts_as_success, dispositions_of
from campaigns.contact import ContactState
from campaigns.outcomes import RULES, Branch, Disposition, Ending, Outcome, outcome_of, rule_of

TREE = {  # R2
    Branch.WRONG_CONTACT: {"vacant", "fax", "number_changed", "wrong_record"},
    Branch.NOT_THROUGH: {
        "busy",
        "no_answer",
        "congestion",
        "rejected",
        "switched_off",
        "machine",
        "abandoned",
        "stopped",
        "lost",
    },
    Branch.CONNECTED: {
        "success",
        "success_proxy",
        "unsuccessful",
        "appointment",
        "refused",
        "undisposed",
    },
    Branch.OWN_SIDE: {"failed", "not_sent", "skipped"},
}


@pytest.mark.parametrize("branch", Branch)
def test_every_outcome_hangs_on_its_branch(branch: Branch) -> None:
    assert {outcome for outcome in Outcome if rule_of(outcome).branch is branch} == TREE[branch]


def test_every_outcome_has_a_rule() -> None:
    assert set(RULES) == set(Outcome)


def test_every_word_of_an_agent_is_an_outcome() -> None:
    assert [outcome_of(word).value for word in Disposition] == [word.value for word in Disposition]


def test_only_our_own_failures_and_congestion_take_none_of_the_days_dials() -> None:
    uncounted = {outcome for outcome in Outcome if not rule_of(outcome).counted}
    assert uncounted == {
        Outcome.FAILED,
        Outcome.NOT_SENT,
        Outcome.SKIPPED,
        Outcome.CONGESTION,
    }


def test_a_call_of_unknown_fate_counts() -> None:
    assert rule_of(Outcome.LOST).counted


def test_vacant_fax_and_changed_numbers_retire_the_number() -> None:  # R6
    retiring = {outcome for outcome in Outcome if rule_of(outcome).retires_number}
    assert retiring == {Outcome.VACANT, Outcome.FAX, Outcome.NUMBER_CHANGED}


def test_a_wrong_record_is_faulty_data_whatever_the_number() -> None:  # R6
    assert rule_of(Outcome.WRONG_RECORD).ends is Ending.FAULTY


def test_successes_and_refusals_are_final() -> None:
    final = {outcome for outcome in Outcome if rule_of(outcome).ends is Ending.DONE}
    assert final == {Outcome.SUCCESS, Outcome.SUCCESS_PROXY, Outcome.REFUSED}


def test_only_a_refusal_puts_a_person_on_the_do_not_call_list() -> None:
    assert [outcome for outcome in Outcome if rule_of(outcome).do_not_call] == [Outcome.REFUSED]


def test_what_nobody_has_spoken_of_may_be_amended_and_undisposed_waits_for_the_next_day() -> None:
    assert [outcome for outcome in Outcome if rule_of(outcome).amendable] == [
        Outcome.LOST,
        Outcome.UNDISPOSED,
    ]
    assert [outcome for outcome in Outcome if rule_of(outcome).next_day] == [Outcome.UNDISPOSED]


@pytest.mark.parametrize("ending", Ending)
def test_an_ending_is_a_state_of_a_contact(ending: Ending) -> None:
    assert ContactState(ending.value) is not ContactState.OPEN


def test_a_family_members_word_is_a_success_of_call_backs_alone() -> None:  # R3
    assert counts_as_success(Outcome.SUCCESS_PROXY, Kind.CALLBACK)
    assert not counts_as_success(Outcome.SUCCESS_PROXY, Kind.SALES)
    assert Disposition.SUCCESS_PROXY in dispositions_of(Kind.CALLBACK)
    assert Disposition.SUCCESS_PROXY not in dispositions_of(Kind.SALES)


@pytest.mark.parametrize("kind", Kind)
def test_whatever_else_connected_is_no_success(kind: Kind) -> None:  # R3
    successes = {outcome for outcome in Outcome if counts_as_success(outcome, kind)}
    assert Outcome.SUCCESS in successes
    assert successes <= {Outcome.SUCCESS, Outcome.SUCCESS_PROXY}
