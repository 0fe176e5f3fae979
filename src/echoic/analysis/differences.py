"""Differences between models in a score table: to a reference, and along a lineage.

Accuracies are in percent, differences in percentage points with 95% intervals of two independent
shares (Newcombe 1998, 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, method 10:
Wilson's limits combined). A table does not say who was right where; models asked the same questions
are compared more sharply from their verdicts (`echoic.analysis.paired`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from echoic.analysis.intervals import Proportion, difference_interval
from echoic.analysis.lineage import Lineage, pairs
from echoic.analysis.scores import WHOLE, Score, cells
from echoic.errors import NoData, UnknownName


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


def gaps(scores: Sequence[Score], reference: str, category: str = WHOLE) -> list[Difference]:
    """Every model minus the reference on each metric both have.

    Raises UnknownName when the reference has no score in the category, else as `cells` does.
    """
    table = cells(scores, category)
    if not any(reference in column for column in table.values()):
        names = dict.fromkeys(model for column in table.values() for model in column)
        raise UnknownName(
            f"no score of {reference!r} in category {category!r}; there are {', '.join(names)}"
        )
    return [
        _difference("gap", column[model], column[reference])
        for column in table.values()
        if reference in column
        for model in column
        if model != reference
    ]


def cascade_minus_audio(scores: Sequence[Score]) -> list[Difference]:
    """What captions bring over the model's own ear, by benchmark, category and model.

    Raises NoData when no model has both scores on one benchmark and category.
    """
    found = []
    for category in dict.fromkeys(score.category for score in scores):
        table = cells(scores, category)
        for benchmark in dict.fromkeys(score.benchmark for score in scores):
            cascade = table.get(f"{benchmark} cascade", {})
            audio = table.get(f"{benchmark} audio", {})
            for model in cascade:
                if model in audio:
                    one = _difference("cascade - audio", cascade[model], audio[model])
                    found.append(replace(one, metric=f"{benchmark} {category}"))
    if not found:
        raise NoData("no model has both a cascade and an audio score on one benchmark")
    return found


def lineage(
    scores: Sequence[Score], origins: Mapping[str, Lineage], category: str = WHOLE
) -> list[Difference]:
    """Later minus earlier generation, later minus earlier stage, larger minus smaller model.

    The pairs are those of `echoic.analysis.lineage`. Raises NoData when there is none.
    """
    chains = pairs({score.model: origins[score.model] for score in scores})
    found = [
        _difference(kind, column[first], column[second])
        for column in cells(scores, category).values()
        for kind, first, second in chains
        if first in column and second in column
    ]
    if not found:
        raise NoData("no two of these models are of one lineage, as far as their facts are known")
    return found


def _difference(kind: str, first: Score, second: Score) -> Difference:
    gap, low, high = first.accuracy - second.accuracy, None, None
    if first.n is not None and second.n is not None:
        shares = (_counted(first.accuracy, first.n), _counted(second.accuracy, second.n))
        below, above = difference_interval(*shares)
        low, high = 100 * below, 100 * above
    return Difference(kind, first.metric, first.model, second.model, gap, low, high)


def _counted(accuracy: float, n: int) -> Proportion:
    return Proportion(round(accuracy * n / 100), n)
