"""The value of one more evaluation: what a single further measurement is expected to settle.

Choosing the candidate with the best expectation now loses points whenever another turns out better.
That expected loss is the width of the answer that matters. A measurement moves expectations before
the choice is made, which lowers the loss by

    gain = E[max_i E(y_i | measurement)] - max_i E(y_i) >= 0      (points),

the expected value of sample information (Raiffa & Schlaifer 1961; "knowledge gradient": Frazier,
Powell & Dayanik 2009, 10.1287/ijoc.1080.0314). A measured score moves its own expectation only by
the part of its variance that is not counting noise, and by a Student t, as the prediction has.
Text-only scores move it as far as predictions differ between models. The maximum is integrated
over one variable.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from echoic.analysis.effort import QUESTIONS, asking_hours, training_hours
from echoic.analysis.intervals import Floats
from echoic.analysis.kriging import Mixture, counting_variance

NODES = 2_000  # equally likely values of the one variable that is integrated over
NO_GAIN = 0.005  # points; less is called nothing


@dataclass(frozen=True)
class Step:
    """Measure `metric` of `model`: expected gain in points, mean width of all intervals then over
    now (0 to 1), and the cost in GPU-hours."""

    model: str
    metric: str
    gain: float
    width_left: float
    hours: float

    @property
    def per_hour(self) -> float:
        """Points gained per GPU-hour."""
        return self.gain / self.hours


def steps(
    names: Sequence[str],
    joint: Mixture,
    *,
    measured: Sequence[bool],
    lacking: Sequence[Sequence[str]],
    spread: float,
    between: float,
    sizes: Sequence[int | None],
    target: str,
    questions: Mapping[str, int],
) -> list[Step]:
    """Every measurement that is missing, most gain per GPU-hour first.

    `lacking` names the chosen metrics that a model has no score on; once it has them, `spread` is
    the scale of its prediction, and `between` how far predictions differ between models (standard
    deviation). Models with a measured target offer nothing.
    """
    mean, cov = joint.mean, joint.squared_scales()
    variance = np.diagonal(cov)
    found = []
    for i, name in enumerate(names):
        if measured[i]:
            continue
        noise = counting_variance(min(max(mean[i], 0), 100), questions.get(target) or QUESTIONS)
        moves = cov[:, i] / np.sqrt(cov[i, i])
        left = variance - moves**2
        left[i], moves[i] = noise, moves[i] * max(1 - noise / cov[i, i], 0)
        hours = training_hours(sizes[i]) + asking_hours("audio", questions.get(target), sizes[i])
        worth = gain(mean, moves, joint.df)
        found.append(Step(name, target, worth, _width_left(variance, left), hours))
        if lacking[i]:
            moves, left = np.zeros(len(names)), variance.copy()
            moves[i], left[i] = between, min(spread**2, cov[i, i])
            hours = sum(
                asking_hours(metric.rsplit(" ", 1)[1], questions.get(metric), sizes[i])
                for metric in lacking[i]
            )
            metric, worth = " + ".join(lacking[i]), gain(mean, moves)
            found.append(Step(name, metric, worth, _width_left(variance, left), hours))
    worthy = [step for step in found if step.gain > NO_GAIN]
    return sorted(worthy, key=lambda step: -step.per_hour)


def gain(mean: Floats, moves: Floats, df: float = math.inf) -> float:
    """E max(mean + moves z) - max(mean) for a Student t of `df`; `mean`, `moves` (m,) points."""
    z = t.ppf((np.arange(NODES) + 0.5) / NODES, df)
    best = (mean[:, None] + moves[:, None] * z).max(axis=0).mean()
    return max(float(best - mean.max()), 0.0)


def _width_left(before: Floats, after: Floats) -> float:
    return float(np.sqrt(np.maximum(after, 0.0)).sum() / np.sqrt(before).sum())
