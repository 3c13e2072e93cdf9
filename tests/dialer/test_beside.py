"""A bug in what is only shown is in the log, and ends nothing."""

from structlog.testing import capture_logs

from dialer.beside import TELL_EVERY_S, BesideTheCalls


def test_a_fault_is_told_now_and_then_and_goes_no_further() -> None:
    at_s = [0.0]
    beside = BesideTheCalls(lambda: at_s[0])
    with capture_logs() as told:
        for at_s[0] in (0.0, 1.0, TELL_EVERY_S - 1, TELL_EVERY_S):
            with beside.guarded("pops"):
                raise KeyError("a bug")
        with beside.guarded("announcing"):
            raise ValueError("another")
        with beside.guarded("pops"):
            pass
    assert [one["part"] for one in told] == ["pops", "pops", "announcing"]
