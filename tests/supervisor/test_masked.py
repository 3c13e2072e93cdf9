"""R25: numbers as those see them who need not see all of them."""

import pytest

from campaigns.phone.masked import masked


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+8613812345678", "138****5678"),
        ("13812345678", "138****5678"),
        ("+442079460123", "442****0123"),
        ("88886666", "8****66"),
        ("8001", "****1"),
        ("", ""),
    ],
)
def test_enough_is_hidden_and_enough_is_shown(number: str, shown: str) -> None:
    assert masked(number) == shown
