"""What the app refuses to do, and why: each becomes one line on a page, never a traceback."""

from echoic.errors import EchoicError


class Refused(EchoicError):
    """The base of all that an account may run into."""


class Forbidden(Refused):
    """An operation that this account's role does not include."""


class Invalid(Refused):
    """A form or file whose values cannot be taken."""


class Stale(Refused):
    """The item has been edited, decided or removed since it was shown."""


class AlreadyDone(Refused):
    """An answer or judgement that has been given, or a decision that has been made."""


class NotAnswered(Refused):
    """A judgement before the answer: the key is not shown yet."""


class TooManyTries(Refused):
    """Too many failed log-ins; `wait_s` tells after how many seconds to try again."""

    def __init__(self, wait_s: int) -> None:
        minutes = -(-wait_s // 60)
        unit = "minute" if minutes == 1 else "minutes"
        super().__init__(f"too many failed log-ins; try again in {minutes} {unit}")
        self.wait_s = wait_s
