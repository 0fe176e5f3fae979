"""Does the place of an option decide whether it is chosen?

Places count from 0 (A), in the order in which the model saw the options (`Verdict.as_shown`). The
verdicts are those of one run in which that order was drawn anew for each variant.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from echoic.analysis.intervals import Proportion
from echoic.analysis.steady import Steadiness, steadiness
from echoic.errors import NoData
from echoic.verdict import Verdict


@dataclass(frozen=True)
class Position:
    """One place: how often it was chosen, how often a blind choice would be it, and the accuracy
    when the right option stands there (None when it never does)."""

    index: int
    chosen: Proportion
    uniform: float
    accuracy: Proportion | None


def positions(verdicts: Sequence[Verdict]) -> list[Position]:
    """Choice share and accuracy of every place, the shares over replies that could be read.

    Raises NoData when no choice could be read, or when options were scored and never listed.
    """
    shown = [verdict.as_shown() for verdict in verdicts]
    read = [verdict for verdict in shown if verdict.chosen is not None]
    if not read:
        raise NoData("no reply names an option, so no position can be favoured")
    chosen = Counter(verdict.chosen for verdict in read)
    asked = Counter(verdict.answer for verdict in shown)
    right = Counter(verdict.answer for verdict in shown if verdict.correct)
    sizes = Counter(len(verdict.order) for verdict in read)
    return [
        Position(
            index=place,
            chosen=Proportion(chosen[place], len(read)),
            uniform=sum(n / size for size, n in sizes.items() if place < size) / len(read),
            accuracy=Proportion(right[place], asked[place]) if asked[place] else None,
        )
        for place in range(max(sizes))
    ]


def bias(places: Sequence[Position]) -> float:
    """Total variation distance between chosen and uniform shares: 0 fair, near 1 one place only.

    Raises NoData for no place.
    """
    if not places:
        raise NoData("no place was offered, so none can be favoured")
    return sum(abs(place.chosen.share - place.uniform) for place in places) / 2


def bias_by_chance(places: Sequence[Position]) -> float:
    """The `bias` that blind choices would show on average over as many replies, none being biased.

    Each share is taken as normal with its binomial variance, replies as independent. Raises NoData
    for no place.
    """
    if not places:
        raise NoData("no place was offered, so none can be favoured")
    variances = [place.uniform * (1 - place.uniform) / place.chosen.n for place in places]
    return sum(math.sqrt(2 / math.pi * variance) for variance in variances) / 2


def consistency(verdicts: Sequence[Verdict]) -> Steadiness:
    """How steady choices are when only the order of the options changes.

    Each repeat of sampled decoding counts as a question of its own. Raises NoData when no question
    was asked in two orders.
    """
    orders: defaultdict[tuple[str, int], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        orders[verdict.question, verdict.repeat].append(verdict)
    return steadiness(orders.values())
