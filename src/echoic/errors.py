"""Every deliberate error, one tree.

The command line prints an `EchoicError` as one line and exits with status 1; anything else is a
bug and keeps its traceback. A message says what went wrong, where, why, and what to do.
"""


class EchoicError(Exception):
    """The base of all errors that the user can do something about."""


class BadRecord(EchoicError):
    """A line or file that does not hold what its format promises."""


class BadQuestion(BadRecord):
    """A question that contradicts itself."""


class BadClip(EchoicError):
    """An audio file that cannot be decoded into a usable clip."""


class BadRecipe(EchoicError):
    """A study or training file with a missing, unknown or impossible key."""


class UnknownName(EchoicError):
    """A model, benchmark, captioner or category that does not exist."""


class MissingExtra(EchoicError):
    """A part of echoic that needs an optional dependency which is not installed."""


class FetchFailed(EchoicError):
    """A download that did not arrive, or did not match its pinned hash."""


class CheckpointMismatch(EchoicError):
    """Weights whose names or shapes are not exactly those of the model."""


class ProviderFailed(EchoicError):
    """A model that could not be reached or refused to answer."""


class CostCapReached(EchoicError):
    """The next request could have passed what a run may cost."""


class OutputRefused(EchoicError):
    """An output place that cannot be written, or already holds something else."""


class NotReproduced(EchoicError):
    """Stored results that do not follow from what is stored beside them."""


class NoData(EchoicError):
    """A statistic was asked of nothing: no data is an error, never 0 %."""
