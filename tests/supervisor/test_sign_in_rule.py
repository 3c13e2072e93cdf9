"""R25: who guesses waits longer and longer, in virtual time; nobody is locked out for long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from supervisor.sign_in_failures import ENTRY_EVERY_S, MOST_NAMED, SignInFailures
from supervisor.sign_in_rule import FORGOTTEN_S, OF_ACCOUNT, OF_ADDRESS, Patience, SignInRule

HOUR_S = 3600.0


def guesses_in(hours: float, rule: SignInRule, *, addresses: int = 1) -> int:
    """How often an account can be guessed at by who tries again as soon as it is allowed."""
    now, until, made = 0.0, hours * HOUR_S, 0
    while now < until:
        wait_s = rule.begin("li", f"10.0.0.{made % addresses}", now)
        made += wait_s == 0.0
        now += max(wait_s, 0.01)
    return made


def test_the_first_tries_are_free_and_then_the_wait_doubles() -> None:
    rule, waits, now = SignInRule(), [], 0.0
    for _try in range(12):
        wait_s = rule.begin("li", "10.0.0.7", now)
        waits.append(wait_s)
        now += wait_s
        assert wait_s == 0.0 or rule.begin("li", "10.0.0.7", now) == 0.0
    assert waits[:5] == [0.0] * 5
    assert waits[5:11] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]


def test_a_try_while_one_waits_counts_for_nothing() -> None:
    rule = SignInRule()
    for _try in range(5):
        rule.begin("li", "10.0.0.7", 0.0)
    assert {rule.begin("li", "10.0.0.7", 0.5) for _try in range(1000)} == {0.5}


def test_from_many_addresses_an_account_is_guessed_at_once_a_minute_at_most() -> None:
    assert guesses_in(24, SignInRule(), addresses=100) <= 24 * 60 + 20


def test_one_address_is_held_up_longer_than_the_account() -> None:
    rule, now, made = SignInRule(), 0.0, 0
    while now < 24 * HOUR_S:
        wait_s = rule.begin(f"account {made}", "10.0.0.7", now)
        made += wait_s == 0.0
        now += max(wait_s, 0.01)
    assert made < 200, "another account each time does not help"


def test_who_signs_in_forgets_the_accounts_tries_but_not_the_addresss() -> None:
    rule = SignInRule()
    for n in range(30):
        rule.begin(f"guess {n}", "10.0.0.7", 0.0)
        if rule.begin("own", "10.0.0.8", 0.0) == 0.0:
            rule.was_right("own", "10.0.0.8")
    assert rule.begin("own", "10.0.0.8", 0.0) == 0.0, "thirty good ones in a row"
    assert rule.begin("own", "10.0.0.7", 0.0) > 0.0


def test_after_an_hour_of_quiet_everything_is_forgotten() -> None:
    rule = SignInRule()
    for n in range(8):
        rule.begin("li", "10.0.0.7", n * 100.0)
    assert rule.begin("li", "10.0.0.7", 700.0 + FORGOTTEN_S) == 0.0
    assert len(rule) == 2


def test_memory_is_bounded_whoever_is_named() -> None:
    rule = SignInRule(most=100)
    for n in range(10_000):
        rule.begin(f"account {n}", f"10.0.{n // 250}.{n % 250}", 0.0)
    assert len(rule) <= 202


@given(st.integers(0, 10_000), st.sampled_from([OF_ACCOUNT, OF_ADDRESS]))
def test_waits_only_grow_and_never_beyond_the_longest(tries: int, patience: Patience) -> None:
    wait_s, next_s = patience.wait_s(tries), patience.wait_s(tries + 1)
    assert 0.0 <= wait_s <= next_s <= patience.longest_s


def test_failures_are_told_once_a_minute_with_all_since() -> None:
    failures = SignInFailures()
    assert failures.due(0.0) is None
    failures.add("li", "10.0.0.7")
    first = failures.due(0.0)
    assert first is not None
    assert (first["rows"], first["accounts"]) == (1, {"li": 1})
    for n in range(500):
        failures.add(None if n % 2 else "li", f"10.0.{n}.1")
        assert failures.due(1.0) is None
    second = failures.due(ENTRY_EVERY_S)
    assert second is not None
    assert (second["rows"], second["unknown"], second["accounts"]) == (500, 250, {"li": 250})
    assert len(second["addresses"]) == MOST_NAMED
    assert failures.due(10 * ENTRY_EVERY_S) is None, "nothing since"
