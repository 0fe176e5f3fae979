"""Differences between models in a score table: to a reference, and along a lineage.

Accuracies are in percent, differences in percentage points with 95% intervals of two independent
shares (Newcombe 1998, 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, method 10:
Wilson's limits combined). A table does not say who was right where; models asked the same questions
are compared more sharply from their verdicts (`echoic.analysis.paired`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from echoic.analysis.intervals import Proportion, difference_interval
from echoic.analysis.scores import WHOLE, Score
from echoic.errors import BadRecord, NoData, UnknownName

SIZES_ALIKE = 1.5  # generations are compared at sizes that differ by less than this factor
STAGES = ("base", "SFT", "DPO", "instruct")


@dataclass(frozen=True)
class Difference:
    """`first` minus `second` in points; low and high are None when a count n is not known."""

    kind: str
    metric: str
    first: str
    second: str
    points: float
    low: float | None
    high: float | None


class Lineage(Protocol):
    """Where a backbone comes from; "" and None mean unknown."""

    @property
    def family(self) -> str: ...  # noqa: D102

    @property
    def generation(self) -> str: ...  # noqa: D102

    @property
    def stage(self) -> str: ...  # noqa: D102

    @property
    def parameters(self) -> int | None: ...  # noqa: D102

    @property
    def release(self) -> str: ...  # noqa: D102


def gaps(scores: Sequence[Score], reference: str, category: str = WHOLE) -> list[Difference]:
    """Every model minus the reference on each metric both have.

    Raises UnknownName when the reference has no score in the category.
    """
    table = _cells(scores, category)
    if not any(reference in column for column in table.values()):
        raise UnknownName(f"no score of {reference!r} in category {category!r}")
    return [
        _difference("gap", column[model], column[reference])
        for column in table.values()
        if reference in column
        for model in column
        if model != reference
    ]


def lineage(
    scores: Sequence[Score], origins: Mapping[str, Lineage], category: str = WHOLE
) -> list[Difference]:
    """Later minus earlier generation, later minus earlier stage, larger minus smaller model.

    Only one thing changes in a pair: generations share family and stage at about one size, stages
    share family, generation and size, sizes share family, generation and stage. Of a longer chain
    neighbours are compared. Models with an unknown fact are in no pair that needs it. Raises NoData
    when there is no pair.
    """
    pairs = _pairs({score.model: origins[score.model] for score in scores})
    found = [
        _difference(kind, column[first], column[second])
        for column in _cells(scores, category).values()
        for kind, first, second in pairs
        if first in column and second in column
    ]
    if not found:
        raise NoData("no two of these models are of one lineage, as far as their facts are known")
    return found


def _pairs(origins: Mapping[str, Lineage]) -> list[tuple[str, str, str]]:
    known = [name for name, origin in origins.items() if origin.family]
    found = []
    for name in known:
        for kind, follows in (("generation", _newer), ("stage", _further), ("size", _larger)):
            before = [other for other in known if follows(origins[other], origins[name])]
            between = [
                other
                for other in before
                if not any(follows(origins[other], origins[third]) for third in before)
            ]
            found += [(kind, name, other) for other in between]
    return found


def _newer(old: Lineage, new: Lineage) -> bool:
    """Whether `new` is a later generation of `old`'s line, at about its size."""
    if (old.family, old.stage) != (new.family, new.stage) or not old.stage:
        return False
    if old.generation == new.generation or not (old.parameters and new.parameters):
        return False
    alike = max(old.parameters, new.parameters) < SIZES_ALIKE * min(old.parameters, new.parameters)
    return alike and bool(old.release) and old.release < new.release


def _further(early: Lineage, late: Lineage) -> bool:
    """Whether `late` is a later training stage of the same model."""
    same = (early.family, early.generation, early.parameters)
    if same != (late.family, late.generation, late.parameters) or early.parameters is None:
        return False
    if early.stage not in STAGES or late.stage not in STAGES:
        return False
    return STAGES.index(early.stage) < STAGES.index(late.stage)


def _larger(small: Lineage, large: Lineage) -> bool:
    """Whether `large` is a larger model of the same generation and stage."""
    same = (small.family, small.generation, small.stage)
    if same != (large.family, large.generation, large.stage) or not (small.stage):
        return False
    return (small.parameters or math.inf) < (large.parameters or 0)


def _cells(scores: Sequence[Score], category: str) -> dict[str, dict[str, Score]]:
    table: dict[str, dict[str, Score]] = {}
    for score in scores:
        if score.category == category:
            held = table.setdefault(score.metric, {}).setdefault(score.model, score)
            if held.accuracy != score.accuracy:
                raise BadRecord(f"{score.model!r} has two scores on {score.metric}: keep one")
    return table


def _difference(kind: str, first: Score, second: Score) -> Difference:
    gap, low, high = first.accuracy - second.accuracy, None, None
    if first.n is not None and second.n is not None:
        shares = (_counted(first.accuracy, first.n), _counted(second.accuracy, second.n))
        below, above = difference_interval(*shares)
        low, high = 100 * below, 100 * above
    return Difference(kind, first.metric, first.model, second.model, gap, low, high)


def _counted(accuracy: float, n: int) -> Proportion:
    return Proportion(round(accuracy * n / 100), n)
