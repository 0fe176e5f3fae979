"""Shares and how sure one can be of them.

Conventions: shares and differences are fractions from 0 to 1 (a report prints percent); an interval
holds 95% unless `level` says otherwise; randomness is passed in.

Contents: `Proportion` (Wilson interval, questions taken as independent), `cluster_bootstrap` (mean
with an interval that respects that several questions hang on one clip), `difference_interval`
(Newcombe, two unpaired shares), `tenths` (how a share is printed).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from echoic.errors import NoData

LEVEL = 0.95
RESAMPLES = 4_000
FEWEST_CLUSTERS = 2
DRAWN_AT_ONCE = 2_000_000
KINDS_FEW = 16  # clusters for each kind of them, from which on kinds are drawn

Floats = NDArray[np.float64]


def tenths(share: float) -> str:
    """A fraction in percent with one decimal, halves away from zero.

    23 of 80 is 28.75%, so 28.8, though the nearest float lies below it.
    """
    exact = Decimal(repr(round(100 * share, 9)))
    return str(exact.quantize(Decimal("0.1"), ROUND_HALF_UP) + 0)


@dataclass(frozen=True)
class Proportion:
    """`correct` of `n`. Raises NoData when n is 0, or when the counts contradict each other.

    `correct` is no whole number where a question brings its share of right variants.
    """

    correct: float
    n: int

    def __post_init__(self) -> None:
        if self.n < 1:
            raise NoData(f"a share of {self.n} questions does not exist; ask at least one")
        if not 0 <= self.correct <= self.n:
            raise NoData(f"{self.correct:g} right of {self.n} is no count")

    @property
    def share(self) -> float:
        """Right answers over questions, 0 to 1."""
        return self.correct / self.n

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Wilson score interval (Wilson 1927), within [0, 1]; scipy's takes whole counts only."""
        z, p, n = NormalDist().inv_cdf((1 + level) / 2), self.share, self.n
        centre, scale = p + z**2 / (2 * n), 1 + z**2 / n
        half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        return max((centre - half) / scale, 0.0), min((centre + half) / scale, 1.0)


@dataclass(frozen=True)
class Estimate:
    """A mean over `n` questions in `clusters` clips, with its bootstrap interval."""

    value: float
    low: float
    high: float
    n: int
    clusters: int


def cluster_sums(values: Floats, clusters: Sequence[str]) -> tuple[Floats, Floats]:
    """Sum and size of each cluster: values (n, ...) -> (clusters, ...) and (clusters,)."""
    if len(values) != len(clusters):
        raise NoData(f"{len(values)} values for {len(clusters)} cluster names; give one for each")
    _, inverse = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    sizes = np.bincount(inverse).astype(np.float64)
    sums = np.zeros((len(sizes), *values.shape[1:]))
    np.add.at(sums, inverse, values)
    return sums, sizes


def resampled_means(
    sums: Floats, sizes: Floats, *, rng: np.random.Generator, resamples: int
) -> Floats:
    """Means under resampling of whole clusters: (clusters, ...) -> (resamples, ...).

    Clusters alike in sums and size are drawn as one kind where there are few kinds: how often each
    comes up is multinomial. Others are drawn in slices, so that memory stays bounded.
    """
    count = len(sizes)
    each = np.column_stack([sums.reshape(count, -1), sizes])
    kinds, alike = np.unique(each, axis=0, return_counts=True)
    if len(kinds) * KINDS_FEW <= count:
        totals = rng.multinomial(count, alike / count, resamples) @ kinds  # (resamples, ... + 1)
        means: Floats = totals[:, :-1] / totals[:, -1:]
        return means.reshape(resamples, *sums.shape[1:])
    slices = []
    for start in range(0, resamples, step := max(1, DRAWN_AT_ONCE // count)):
        drawn = rng.integers(0, count, (min(step, resamples - start), count))
        totals, asked = sums[drawn].sum(axis=1), sizes[drawn].sum(axis=1)
        slices.append(totals / asked.reshape(-1, *[1] * (sums.ndim - 1)))
    return np.concatenate(slices)


def percentile_interval(draws: Floats, level: float = LEVEL) -> tuple[float, float]:
    """The central `level` of bootstrap draws. Raises NoData for none."""
    if not len(draws):
        raise NoData("no draw is left to take an interval from")
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def cluster_bootstrap(
    values: Sequence[float],
    clusters: Sequence[str],
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Estimate:
    """Mean of `values` with a percentile interval over resampled clusters (Davison & Hinkley 1997).

    `values` (n,) are one number a question, `clusters` (n,) the clip each hangs on. Raises NoData
    for no values, and for a single cluster, from which no width can be learnt.
    """
    if not values:
        raise NoData("the mean of no values does not exist")
    sums, sizes = cluster_sums(np.asarray(values, dtype=np.float64), clusters)
    if len(sizes) < FEWEST_CLUSTERS:
        raise NoData("all questions hang on one clip: an interval needs at least two clips")
    draws = resampled_means(sums, sizes, rng=rng, resamples=resamples)
    low, high = percentile_interval(draws, level)
    return Estimate(float(np.mean(values)), low, high, len(values), len(sizes))


def difference_interval(
    first: Proportion, second: Proportion, level: float = LEVEL
) -> tuple[float, float]:
    """First minus second of two unpaired shares: Newcombe's score interval (1998, method 10).

    For published totals alone. Where both runs are at hand, `paired_difference` is narrower.
    """
    (low1, high1), (low2, high2) = first.interval(level), second.interval(level)
    p, q = first.share, second.share
    below, above = math.hypot(p - low1, high2 - q), math.hypot(high1 - p, q - low2)
    return p - q - below, p - q + above
