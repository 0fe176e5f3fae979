"""Models by questions: the table that item analysis and reliability start from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from echoic.analysis.accuracy import per_question
from echoic.analysis.intervals import Floats
from echoic.errors import NoData
from echoic.verdict import Verdict


@dataclass(frozen=True)
class Responses:
    """`right` (models, questions): 1 right, 0 wrong, a share where a question was asked in several
    variants. Only questions that every model answered are in it; `clusters` is the clip that each
    hangs on, or the question itself."""

    models: tuple[str, ...]
    questions: tuple[str, ...]
    subcategories: tuple[str, ...]
    clusters: tuple[str, ...]
    right: Floats

    @property
    def whole(self) -> Floats:
        """`right` as 0 and 1. Raises NoData where a question has several variants."""
        if not np.isin(self.right, (0.0, 1.0)).all():
            raise NoData("a question was asked in several variants; this needs one verdict each")
        return self.right


def responses(runs: Mapping[str, Sequence[Verdict]]) -> Responses:
    """Line runs up by question, model name -> verdicts. Raises NoData when they share none."""
    if not runs:
        raise NoData("no run to analyse")
    scores = {name: per_question(verdicts) for name, verdicts in runs.items()}
    first = next(iter(scores))
    shared = [q for q in scores[first] if all(q in found for found in scores.values())]
    if not shared:
        raise NoData(
            "the runs share no question; compare runs asked alike (--benchmark, --answering)"
        )
    place = {verdict.question: verdict for verdict in runs[first]}
    return Responses(
        models=tuple(scores),
        questions=tuple(shared),
        subcategories=tuple(place[question].subcategory for question in shared),
        clusters=tuple(place[question].clip or question for question in shared),
        right=np.array([[found[q] for q in shared] for found in scores.values()]),
    )
