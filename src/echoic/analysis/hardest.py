"""The subcategories that models find hardest, with intervals over questions or their clips."""

from dataclasses import dataclass

import numpy as np

from echoic.analysis.intervals import RESAMPLES, Estimate, cluster_bootstrap
from echoic.analysis.responses import Responses
from echoic.errors import NoData


@dataclass(frozen=True)
class Hard:
    """Mean accuracy over models and questions of a subcategory, a fraction.

    `estimate` is None when all hangs on one question or clip, from which no width is learnt.
    """

    subcategory: str
    mean: float
    questions: int
    estimate: Estimate | None


def hardest(
    table: Responses, *, rng: np.random.Generator, resamples: int = RESAMPLES
) -> list[Hard]:
    """All subcategories, hardest first: the mean over models, resampling whole clips.

    The models are taken as they are: intervals say what other questions of the kind would give. One
    in which no question differs from another (all wrong, say) has no width: that is not certainty.
    """
    names, clips = np.asarray(table.subcategories), np.asarray(table.clusters)
    means, found = table.right.mean(axis=0), []
    for name in dict.fromkeys(table.subcategories):
        values, places = means[names == name], list(clips[names == name])
        try:
            estimate = cluster_bootstrap(list(values), places, rng=rng, resamples=resamples)
        except NoData:
            estimate = None
        found.append(Hard(name, float(values.mean()), len(values), estimate))
    return sorted(found, key=lambda hard: hard.mean)
