"""Correlations over few models, with their width.

Conventions: x and y are (n,) scores of the same models; a coefficient needs at least 4 of them and
two measures that vary. All intervals hold 95% unless `level` says otherwise.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from scipy.stats import kendalltau, norm, rankdata

from echoic.analysis.intervals import LEVEL, Floats
from echoic.errors import NoData

FEWEST_MODELS = 4
PERMUTATIONS = 9_999
BCA_RESAMPLES = 50_000  # its skewed tail moves by 0.1 between seeds at 10,000 and n = 8
EXACT_UP_TO = 8  # 8! = 40,320 orders are enumerated; longer lists are drawn
ROUNDING = 1e-12  # two coefficients closer than this are equal


@dataclass(frozen=True)
class Correlation:
    """Pearson r with Fisher and BCa intervals, both rank coefficients, and a permutation p."""

    n: int
    pearson: float
    fisher_low: float
    fisher_high: float
    bca_low: float
    bca_high: float
    spearman: float
    kendall: float
    p_permutation: float


def correlate(
    x: Sequence[float], y: Sequence[float], *, rng: np.random.Generator, level: float = LEVEL
) -> Correlation:
    """Everything about one pair of measures.

    Raises NoData with the reason when there are fewer than 4 models or a measure does not vary.
    """
    a, b = checked(x, y)
    r = float(pearson(a, b))
    fisher = fisher_interval(r, len(a), level)
    bca = bca_interval(a, b, rng=rng, level=level)
    ranks_a, ranks_b = rankdata(a), rankdata(b)
    return Correlation(
        n=len(a),
        pearson=r,
        fisher_low=fisher[0],
        fisher_high=fisher[1],
        bca_low=bca[0],
        bca_high=bca[1],
        spearman=float(pearson(ranks_a, ranks_b)),
        kendall=float(kendalltau(a, b).statistic),
        p_permutation=permutation_p(a, b, rng=rng),
    )


def checked(x: Sequence[float] | Floats, y: Sequence[float] | Floats) -> tuple[Floats, Floats]:
    """Both measures as arrays, or NoData with the reason why no coefficient is possible."""
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise NoData(f"measures of shapes {a.shape} and {b.shape} cannot be paired")
    if len(a) < FEWEST_MODELS:
        raise NoData(
            f"{len(a)} shared models: a correlation needs at least {FEWEST_MODELS}, "
            "since fewer points fit almost any line"
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise NoData("a score is not a finite number")
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        raise NoData("all models score the same on one measure: it cannot correlate")
    return a, b


def pearson(x: Floats, y: Floats) -> Floats:
    """Pearson's r over the last axis: (..., n) -> (...); nan where a measure does not vary."""
    varies = (np.ptp(x, axis=-1) > 0) & (np.ptp(y, axis=-1) > 0)  # rounding may hide it in dx, dy
    dx, dy = x - x.mean(-1, keepdims=True), y - y.mean(-1, keepdims=True)
    scale = np.sqrt((dx**2).sum(-1) * (dy**2).sum(-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.where(varies, (dx * dy).sum(-1) / scale, np.nan)
    return np.asarray(np.clip(r, -1.0, 1.0), dtype=np.float64)


def fisher_interval(r: float, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Fisher's z interval; (r, r) for a perfect correlation, where z has no finite value.

    Raises NoData with fewer than 4 models, whose z has no finite variance.
    """
    if n < FEWEST_MODELS:
        raise NoData(f"{n} models: Fisher's interval needs at least {FEWEST_MODELS}")
    if 1 - abs(r) < ROUNDING:
        return r, r
    half = float(norm.ppf((1 + level) / 2)) / math.sqrt(n - 3)
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def bca_interval(
    x: Floats,
    y: Floats,
    *,
    rng: np.random.Generator,
    resamples: int = BCA_RESAMPLES,
    level: float = LEVEL,
) -> tuple[float, float]:
    """Bias-corrected and accelerated bootstrap of Pearson's r over models (Efron 1987).

    Differs from scipy.stats.bootstrap: resamples and jackknife samples in which a measure does not
    vary (common at n = 4) are left out instead of making the interval nan, and a bootstrap in which
    all draws fall on one side is held to the last draw. Raises NoData as `checked` does.
    """
    x, y = checked(x, y)
    n = len(x)
    index = rng.integers(0, n, (resamples, n))
    draws = pearson(x[index], y[index])
    draws = np.sort(draws[np.isfinite(draws)])
    r = float(pearson(x, y))
    if draws[-1] - draws[0] < ROUNDING:
        return r, r
    below = float(np.mean(draws < r - ROUNDING) + np.mean(np.abs(draws - r) <= ROUNDING) / 2)
    edge = 1 / (len(draws) + 1)
    bias = float(norm.ppf(min(max(below, edge), 1 - edge)))
    keep = ~np.eye(n, dtype=bool)
    rows = np.nonzero(keep)[1].reshape(n, n - 1)
    jackknife = pearson(x[rows], y[rows])
    spread = np.nanmean(jackknife) - jackknife[np.isfinite(jackknife)]
    scale = float((spread**2).sum()) ** 1.5
    acceleration = float((spread**3).sum()) / (6 * scale) if scale > 0 else 0.0
    tails = norm.ppf([(1 - level) / 2, (1 + level) / 2]) + bias
    shares = norm.cdf(bias + tails / (1 - acceleration * tails))
    low, high = np.quantile(draws, shares)
    return float(low), float(high)


def permutation_p(
    x: Floats, y: Floats, *, rng: np.random.Generator, resamples: int = PERMUTATIONS
) -> float:
    """Two-sided p of Pearson's r when y's order is arbitrary.

    Exact up to 8 models; above, drawn, counting the observed order itself (Phipson & Smyth 2010).
    Raises NoData as `checked` does.
    """
    x, y = checked(x, y)
    r = abs(float(pearson(x, y)))
    if len(x) <= EXACT_UP_TO:
        orders = np.array(list(permutations(range(len(x)))))
        return float(np.mean(np.abs(pearson(x[None], y[orders])) >= r - ROUNDING))
    orders = rng.permuted(np.tile(np.arange(len(x)), (resamples, 1)), axis=1)
    extreme = np.sum(np.abs(pearson(x[None], y[orders])) >= r - ROUNDING)
    return float((extreme + 1) / (resamples + 1))
