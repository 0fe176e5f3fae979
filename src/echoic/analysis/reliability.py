"""Would the same evaluation order the models again?

Coefficients are about differences between models: 1 when all of them repeat, 0 when none does.
Contents: `split_half` (with Spearman-Brown), `cronbach_alpha`, `repeated`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echoic.analysis.correlation import pearson
from echoic.analysis.intervals import Floats, percentile_interval
from echoic.analysis.steady import Steadiness, steadiness
from echoic.errors import NoData
from echoic.verdict import Verdict

SPLITS = 1_000
FEWEST_MODELS = 3


@dataclass(frozen=True)
class SplitHalf:
    """Correlation between halves (mean over splits) with the central 95% of splits, and its mean
    stepped up to the full length. `defined` of `splits` had models that differ in both halves."""

    half: float
    low: float
    high: float
    full: float
    defined: int
    splits: int


def spearman_brown(half: float) -> float:
    """Reliability of a test twice as long (Spearman 1910, Brown 1910). Raises NoData at -1."""
    if half <= -1:
        raise NoData("halves that order the models in reverse have no Spearman-Brown reliability")
    return 2 * half / (1 + half)


def split_half(right: Floats, *, rng: np.random.Generator, splits: int = SPLITS) -> SplitHalf:
    """Random halves of the questions, correlated over models: `right` is (models, questions).

    Raises NoData with fewer than 3 models or 2 questions, when all models score the same, or when
    every split turns their order round.
    """
    _check(right)
    count = right.shape[1]
    found = []
    for _ in range(splits):
        order = rng.permutation(count)
        halves = [right[:, part].mean(axis=1) for part in np.array_split(order, 2)]
        found.append(float(pearson(*halves)))
    r = np.array(found)
    r = r[np.isfinite(r)]
    if not len(r):
        raise NoData("models differ in no half: split-half reliability does not exist")
    half = float(r.mean())
    return SplitHalf(half, *percentile_interval(r), spearman_brown(half), len(r), splits)


def cronbach_alpha(right: Floats) -> float:
    """Cronbach (1951) over questions, Kuder-Richardson 20 for 0 and 1: (models, questions).

    Raises NoData with fewer than 3 models or 2 questions, or when all models score the same.
    """
    _check(right)
    count = right.shape[1]
    total = right.sum(axis=1).var(ddof=1)
    return float(count / (count - 1) * (1 - right.var(axis=0, ddof=1).sum() / total))


def _check(right: Floats) -> None:
    models, questions = right.shape
    if models < FEWEST_MODELS or questions < 2:
        raise NoData(
            f"{models} models on {questions} questions: reliability needs at least "
            f"{FEWEST_MODELS} and 2"
        )
    if np.ptp(right.sum(axis=1)) < 1e-9:
        raise NoData("all models score the same: there are no differences to be reliable")


def repeated(verdicts: Sequence[Verdict]) -> Steadiness:
    """Agreement of a model with itself over all replies to a question (orders, sampled replies).

    Raises NoData when no question was asked twice.
    """
    replies: defaultdict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        replies[verdict.question].append(verdict)
    return steadiness(replies.values())
