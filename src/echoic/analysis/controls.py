"""What is left of a score once guessing is taken off.

Shares are fractions from 0 to 1. The corrected score is (score - floor) / (1 - floor): 0 when the
model does no better than its control, 1 when it is always right, negative when the control wins.
The floor is a control run on the same questions (no audio, another clip), or chance.
"""

from collections.abc import Sequence

import numpy as np

from echoic.analysis.intervals import (
    FEWEST_CLUSTERS,
    LEVEL,
    RESAMPLES,
    Estimate,
    Proportion,
    cluster_sums,
    percentile_interval,
    resampled_means,
)
from echoic.analysis.paired import Aligned
from echoic.errors import NoData


def chance(options: Sequence[int]) -> float:
    """Expected accuracy of blind guessing over questions with these option counts (n,)."""
    if not options:
        raise NoData("chance over no questions does not exist")
    if min(options) < 1:
        raise NoData("a question without options has no chance level")
    return sum(1 / count for count in options) / len(options)


def corrected(score: float, floor: float) -> float:
    """(score - floor) / (1 - floor). Raises NoData for a floor of 1, which leaves no room."""
    if floor >= 1:
        raise NoData("the control is always right: nothing is left that hearing could add")
    return (score - floor) / (1 - floor)


def chance_corrected(
    score: Proportion, floor: float, level: float = LEVEL
) -> tuple[float, float, float]:
    """`corrected` of an accuracy against chance, with its Wilson limits corrected alike."""
    low, high = score.interval(level)
    return corrected(score.share, floor), corrected(low, floor), corrected(high, floor)


def control_corrected(
    pair: Aligned,
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Estimate:
    """`corrected` of a run (first) against its control (second), resampling whole clips.

    Resamples in which the control is always right say nothing and are left out. Raises NoData when
    the control is always right, or all questions hang on one clip.
    """
    both = np.column_stack([pair.first, pair.second])  # (n, 2)
    score, floor = both.mean(axis=0)
    value = corrected(float(score), float(floor))
    sums, sizes = cluster_sums(both, pair.clusters)
    if len(sizes) < FEWEST_CLUSTERS:
        raise NoData("all questions hang on one clip: an interval needs at least two clips")
    draws = resampled_means(sums, sizes, rng=rng, resamples=resamples)  # (resamples, 2)
    draws = draws[draws[:, 1] < 1]
    low, high = percentile_interval((draws[:, 0] - draws[:, 1]) / (1 - draws[:, 1]), level)
    return Estimate(value, low, high, len(both), len(sizes))
