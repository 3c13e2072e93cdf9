"""R25: passwords as they are kept, and what comparing them costs everybody else."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type

from supervisor.web.passwords import MOST_WAITING, Passwords, TooManyError
from tests.web.served_site import PASSWORD, QUICK, ServedSite, sign_in

STRONGER = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)


async def test_what_is_kept_is_argon2id_and_each_time_another() -> None:
    passwords = Passwords()
    first, second = await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$"), "RFC 9106, the second choice"
    assert first != second
    assert PasswordHasher().type is Type.ID


@pytest.mark.parametrize("kept", [None, "", "no hash at all", "$argon2id$v=19$m=64,t=1,p=1$x$y"])
async def test_what_cannot_be_compared_is_not_right_and_takes_a_comparison(
    kept: str | None,
) -> None:
    passwords = Passwords(QUICK)
    assert not (await passwords.compare(kept, PASSWORD)).right
    assert passwords.compared == 1


async def test_full_width_signs_are_the_usual_ones() -> None:
    passwords = Passwords(QUICK)
    kept = await passwords.hash("ｃorrect horse")
    assert (await passwords.compare(kept, "correct horse")).right


async def test_stronger_parameters_renew_the_hash_at_the_next_sign_in(served: ServedSite) -> None:
    await served.account("li")
    before = await served.accounts.password_of("li")
    assert before is not None
    compared = await Passwords(STRONGER).compare(before[1], PASSWORD)
    assert compared.renewed is not None
    await served.accounts.renew_password("li", before[1], compared.renewed)
    after = await served.accounts.password_of("li")
    assert after is not None
    assert "t=2" in after[1]
    async with served.client() as client:
        assert (await sign_in(client, "li")).status_code == 200
    last = await served.accounts.password_of("li")
    assert last is not None
    assert "t=1" in last[1], "the site's own parameters again"


async def test_no_more_wait_than_can_be_served_soon() -> None:
    passwords = Passwords(QUICK)
    kept = await passwords.hash(PASSWORD)
    asked = (passwords.compare(kept, PASSWORD) for _ in range(3 * MOST_WAITING))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [one for one in answers if isinstance(one, TooManyError)]
    assert len(refused) == 2 * MOST_WAITING
    assert (await passwords.compare(kept, PASSWORD)).right, "it is over as soon as it is served"
