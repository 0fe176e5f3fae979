"""Two runs on the same questions.

Runs are compared on the questions that both answered, never on their separate totals. Differences
are fractions from -1 to 1, first minus second.

Contents: `aligned`, `paired_difference` (bootstrap clustered by clip), `mcnemar` (exact), `holm`,
`compare_all` (every two of several runs).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import binomtest

from echoic.analysis.accuracy import per_question
from echoic.analysis.intervals import LEVEL, RESAMPLES, Estimate, cluster_bootstrap
from echoic.errors import NoData
from echoic.verdict import Verdict


@dataclass(frozen=True)
class Aligned:
    """Scores of two runs on their shared questions, and the clip each question hangs on.

    A question without a clip is a cluster of its own.
    """

    first: tuple[float, ...]
    second: tuple[float, ...]
    clusters: tuple[str, ...]


def aligned(first: Sequence[Verdict], second: Sequence[Verdict]) -> Aligned:
    """Line two runs up by question id. Raises NoData when they share no question."""
    ours, theirs = per_question(first), per_question(second)
    shared = [question for question in ours if question in theirs]
    if not shared:
        raise NoData(
            "the two runs share no question; compare runs asked alike (--benchmark, --answering)"
        )
    clip = {verdict.question: verdict.clip or verdict.question for verdict in first}
    return Aligned(
        first=tuple(ours[question] for question in shared),
        second=tuple(theirs[question] for question in shared),
        clusters=tuple(clip[question] for question in shared),
    )


def paired_difference(
    pair: Aligned,
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Estimate:
    """Mean of first minus second, with an interval from resampling whole clips.

    Raises NoData when all questions hang on one clip.
    """
    differences = [a - b for a, b in zip(pair.first, pair.second, strict=True)]
    return cluster_bootstrap(differences, pair.clusters, rng=rng, resamples=resamples, level=level)


@dataclass(frozen=True)
class McNemar:
    """Questions only the first run had right, only the second had right, and the two-sided p."""

    only_first: int
    only_second: int
    p: float


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> McNemar:
    """Exact McNemar test (a binomial test on the questions where the runs disagree).

    p is 1 when they never disagree. Takes questions as independent: with several questions a clip,
    prefer `paired_difference`. Raises NoData for no questions or unequal lengths.
    """
    if not first or len(first) != len(second):
        raise NoData(f"a paired test needs equal, non-empty runs; got {len(first)}, {len(second)}")
    ours = sum(a and not b for a, b in zip(first, second, strict=True))
    theirs = sum(b and not a for a, b in zip(first, second, strict=True))
    p = float(binomtest(ours, ours + theirs).pvalue) if ours + theirs else 1.0
    return McNemar(ours, theirs, p)


def holm(p: Sequence[float]) -> list[float]:
    """Holm's (1979) step-down adjustment: the chance of any false finding stays below the level."""
    order = np.argsort(p, kind="stable")
    adjusted, highest = [0.0] * len(p), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - rank) * p[index]))
        adjusted[index] = highest
    return adjusted


@dataclass(frozen=True)
class Comparison:
    """Two runs: difference as a fraction, and McNemar's counts, p and p after Holm.

    `difference` is None when all questions hang on one clip; the test is None when a question was
    asked in several variants, which no exact test counts.
    """

    first: str
    second: str
    n: int
    difference: Estimate | None
    test: McNemar | None
    p_holm: float | None


def compare_all(
    runs: Mapping[str, Sequence[Verdict]],
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> list[Comparison]:
    """Every two runs on the questions they share; Holm's correction over all tests made.

    Raises NoData for fewer than two runs, or two that share no question.
    """
    if len(runs) < 2:
        raise NoData("a comparison needs two runs or more")
    found = []
    for first, second in combinations(runs, 2):
        pair = aligned(runs[first], runs[second])
        try:
            difference = paired_difference(pair, rng=rng, resamples=resamples)
        except NoData:
            difference = None
        found.append((first, second, len(pair.first), difference, _whole_test(pair)))
    adjusted = iter(holm([test.p for *_, test in found if test]))
    return [Comparison(*row, p_holm=next(adjusted) if row[-1] else None) for row in found]


def _whole_test(pair: Aligned) -> McNemar | None:
    if any(score not in (0.0, 1.0) for score in (*pair.first, *pair.second)):
        return None
    return mcnemar([score == 1 for score in pair.first], [score == 1 for score in pair.second])
