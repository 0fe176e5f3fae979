"""The value of one more evaluation: what a single further measurement is expected to settle.

Choosing the candidate with the best expectation now loses points whenever another turns out better.
That expected loss is the width of the answer that matters. A measurement moves expectations before
the choice is made, which lowers the loss by

    gain = E[max_i E(y_i | measurement)] - max_i E(y_i) >= 0      (points),

the expected value of sample information (Raiffa & Schlaifer 1961; "knowledge gradient": Frazier,
Powell & Dayanik 2009, 10.1287/ijoc.1080.0314). Expectations are updated as for a joint normal with
the prediction's mean and covariance, for which the maximum is integrated over one variable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from echoic.analysis.effort import asking_hours, training_hours
from echoic.analysis.intervals import Floats
from echoic.analysis.kriging import Mixture

NODES = 2_000  # equally likely values of the one standard normal that is integrated over
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
    sizes: Sequence[int | None],
    target: str,
    questions: Mapping[str, int],
) -> list[Step]:
    """Every measurement that is missing, most gain per GPU-hour first.

    `lacking` names the chosen metrics that a model has no score on; `spread` is the standard
    deviation of a prediction once it has them. Models with a measured target offer nothing.
    """
    mean, cov = joint.mean, joint.covariance()
    found = []
    for i, name in enumerate(names):
        if measured[i]:
            continue
        moves = cov[:, i] / np.sqrt(cov[i, i])
        hours = training_hours(sizes[i]) + asking_hours("audio", questions.get(target), sizes[i])
        found.append(Step(name, target, gain(mean, moves), _width_left(cov, moves), hours))
        if lacking[i]:
            moves = np.zeros(len(names))
            moves[i] = np.sqrt(max(cov[i, i] - spread**2, 0.0))
            hours = sum(
                asking_hours(metric.rsplit(" ", 1)[1], questions.get(metric), sizes[i])
                for metric in lacking[i]
            )
            metric = " + ".join(lacking[i])
            found.append(Step(name, metric, gain(mean, moves), _width_left(cov, moves), hours))
    worthy = [step for step in found if step.gain > NO_GAIN]
    return sorted(worthy, key=lambda step: -step.per_hour)


def gain(mean: Floats, moves: Floats) -> float:
    """E max(mean + moves z) - max(mean), z standard normal; `mean` and `moves` are (m,) points."""
    z = ndtri((np.arange(NODES) + 0.5) / NODES)
    best = (mean[:, None] + moves[:, None] * z).max(axis=0).mean()
    return max(float(best - mean.max()), 0.0)


def _width_left(cov: Floats, moves: Floats) -> float:
    before = np.sqrt(np.diagonal(cov))
    after = np.sqrt(np.maximum(np.diagonal(cov) - moves**2, 0.0))
    return float(after.sum() / before.sum())
