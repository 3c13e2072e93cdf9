"""What the switch can do to us, as exceptions.

Owns: the `PbxError` family, and `UnsafeValue` for what we must never send. Must not know links
or actions. A failed *call* is an outcome and never one of these. The first line of a docstring
is the message's style.
"""

from __future__ import annotations


class PbxError(Exception):
    """The switch did not do what it was asked."""


class LoginRefused(PbxError):  # noqa: N818 - named for what happened, as the house does
    """Asterisk refuses the AMI login of "waihu": Authentication failed."""

    def __init__(self, username: str, text: str) -> None:
        super().__init__(f'Asterisk refuses the AMI login of "{username}": {text}')
        self.username = username
        self.text = text

    @property
    def cure(self) -> str:
        """What the operator can do about it, in one line."""
        return (
            f"compare user and secret with [{self.username}] in manager.conf, its permit/deny "
            "lines with our address, then run `manager reload` in Asterisk"
        )


class LinkLost(PbxError):  # noqa: N818 - named for what happened, as the house does
    """The AMI link is down: connection refused.

    `written`: whether anything of the action may have left us. False only where that is certain;
    then the action was not run and never will be.
    """

    def __init__(self, reason: str, *, written: bool = True) -> None:
        super().__init__(f"The AMI link is down: {reason}")
        self.reason = reason
        self.written = written


class AnswerOverdue(PbxError):  # noqa: N818 - named for what happened, as the house does
    """Asterisk did not answer QueuePause within 5 s."""

    def __init__(self, action: str, timeout_s: float) -> None:
        super().__init__(f"Asterisk did not answer {action} within {timeout_s:g} s")
        self.action = action


class ActionRejected(PbxError):  # noqa: N818 - named for what happened, as the house does
    """Asterisk rejects QueuePause: Interface not found."""

    def __init__(self, action: str, text: str) -> None:
        super().__init__(f"Asterisk rejects {action}: {text}")
        self.action = action
        self.text = text


class UnsafeValue(ValueError):  # noqa: N818 - as above
    """The value of Channel may not go to the switch: it holds a line break.

    The value itself is not in the message: it may be a customer's.
    """

    def __init__(self, header: str, why: str) -> None:
        super().__init__(f"The value of {header} may not go to the switch: {why}")
        self.header = header
