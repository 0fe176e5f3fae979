"""What a claim is: a statement, and checks computed from the paper's own numbers.

A claim holds when all of its checks do, holds partly when some do, does not hold when none does.
Nothing here knows the outcome beforehand: change a number in the data and the verdict follows.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from echoic.analysis.intervals import difference_interval
from echoic.report.paper.numbers import Entry, Paper, order

HOLDS, PARTLY, FAILS = "holds", "holds partly", "does not hold"
PAPER, PAGE, OURS = "paper", "authors' page", "ours"
TEXT = "AKB-2000 text"
CASCADES = ("MMAU cascade", "MMAR cascade")
AUDIO = ("MMAU audio", "MMAR audio")
TEXT_ONLY = (TEXT, *CASCADES)
METRICS = (*TEXT_ONLY, *AUDIO)


@dataclass(frozen=True)
class Check:
    """One thing that must be true for the claim, with the numbers that decide it."""

    numbers: str
    holds: bool


@dataclass(frozen=True)
class Claim:
    """A statement in our words, whose it is, where its numbers stand, and its checks."""

    key: str
    says: str
    whose: str
    where: str
    checks: tuple[Check, ...]

    @property
    def met(self) -> int:
        """How many checks hold."""
        return sum(check.holds for check in self.checks)

    @property
    def verdict(self) -> str:
        """From the checks alone."""
        if self.met == len(self.checks):
            return HOLDS
        return PARTLY if self.met else FAILS


Rule = Callable[[Paper], Claim]


def claim(
    key: str, says: str, *, whose: str, where: str
) -> Callable[[Callable[[Paper], Iterable[Check]]], Rule]:
    """Make a claim of a function that yields its checks.

    `whose`: PAPER for what the paper's text, tables or figures say, PAGE for what its authors'
    page sums it up as, OURS for what its numbers invite to conclude.
    """
    return lambda checks: lambda paper: Claim(key, says, whose, where, tuple(checks(paper)))


def shown(value: float) -> str:
    """An accuracy or a difference with at most two decimals, a true minus."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "0") else text.replace("-", "−")


def chain(values: Mapping[str, float], models: Sequence[str]) -> str:
    """Models with their scores, in the order a claim puts them."""
    return " → ".join(f"{model} {shown(values[model])}" for model in models)


def rising(values: Mapping[str, float], models: Sequence[str]) -> bool:
    """Whether each model scores more than the one before."""
    return all(values[low] < values[high] for low, high in itertools.pairwise(models))


def above(
    name: str, upper: Mapping[str, float], lower: Mapping[str, float], kinds: tuple[str, str]
) -> Check:
    """Whether the lowest of `upper` scores more than the highest of `lower`."""
    low, high = order(upper)[-1], order(lower)[0]
    return Check(
        f"{name}: lowest {kinds[0]} {low} {shown(upper[low])}, highest {kinds[1]} {high} "
        f"{shown(lower[high])}",
        upper[low] > lower[high],
    )


def gap(first: Entry, second: Entry) -> tuple[float, float, str]:
    """Bounds of first minus second in points, unpaired, and the difference in words."""
    assert first.proportion is not None  # averages carry their counts
    assert second.proportion is not None
    low, high = (100 * edge for edge in difference_interval(first.proportion, second.proportion))
    points = first.score.accuracy - second.score.accuracy
    return low, high, f"{shown(points)} points [{low:.1f}, {high:.1f}]".replace("-", "−")


def besides(names: Iterable[str]) -> str:
    """The exceptions to a count, "" when there are none."""
    return f"; not for {', '.join(found)}" if (found := list(names)) else ""
