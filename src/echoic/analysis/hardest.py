"""The subcategories that models find hardest, with intervals over questions."""

from dataclasses import dataclass

import numpy as np

from echoic.analysis.intervals import RESAMPLES, Estimate, cluster_bootstrap
from echoic.analysis.responses import Responses
from echoic.errors import NoData


@dataclass(frozen=True)
class Hard:
    """Mean accuracy over models and questions of a subcategory, a fraction.

    `estimate` is None when the subcategory has a single question, from which no width is learnt.
    """

    subcategory: str
    mean: float
    questions: int
    estimate: Estimate | None


def hardest(
    table: Responses, *, rng: np.random.Generator, resamples: int = RESAMPLES
) -> list[Hard]:
    """All subcategories, hardest first: the mean over models, resampling questions.

    The models are taken as they are: intervals say what other questions of the kind would give.
    """
    names = np.asarray(table.subcategories)
    means, found = table.right.mean(axis=0), []
    for name in dict.fromkeys(table.subcategories):
        values = means[names == name]
        places = [q for q, s in zip(table.questions, table.subcategories, strict=True) if s == name]
        try:
            estimate = cluster_bootstrap(list(values), places, rng=rng, resamples=resamples)
        except NoData:
            estimate = None
        found.append(Hard(name, float(values.mean()), len(values), estimate))
    return sorted(found, key=lambda hard: hard.mean)
