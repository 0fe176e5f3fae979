"""Which backbone to train: predicted audio accuracy with its width, and who cannot be told apart.

From text-only scores (knowledge, cascade) of all models and audio scores of some. A model whose
audio score is known keeps it, with the width that its count of questions gives; every other gets a
prediction interval. All numbers are percent or percentage points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from echoic.analysis import next_step
from echoic.analysis.effort import QUESTIONS
from echoic.analysis.filters import Filters, Traits
from echoic.analysis.intervals import LEVEL, Floats
from echoic.analysis.joint import lacking, measured_bounds, predictive, spread_between, spread_with
from echoic.analysis.kriging import Mixture
from echoic.analysis.metric_choice import (
    Fit,
    Table,
    choose,
    fits,
    predictors,
    repeated_choice,
    rows_of,
)
from echoic.analysis.next_step import Step
from echoic.analysis.scores import WHOLE, Score, metrics
from echoic.errors import NoData, UnknownName

SURE = 0.95  # the leader must beat a model with this probability to be told apart from it
DRAWS = 20_000


@dataclass(frozen=True)
class Candidate:
    """One backbone: `source` is "measured", "predicted", or "mean only" (a score is missing).

    `p_best` is the probability that it is the best of all candidates, `p_leader_beats` that the
    first candidate beats it.
    """

    model: str
    family: str
    source: str
    accuracy: float
    low: float
    high: float
    p_best: float
    p_leader_beats: float

    @property
    def width(self) -> float:
        """High minus low, in points."""
        return self.high - self.low


@dataclass(frozen=True)
class Recommendation:
    """The answer, best expectation first, and all that says how far to trust it."""

    target: str
    chosen: Fit
    fits: tuple[Fit, ...]
    repeated: tuple[float, float] | None  # error with the choice inside, and the plain mean's
    candidates: tuple[Candidate, ...]
    beats: Floats  # (candidates, candidates)
    left_out: Mapping[str, str]
    steps: tuple[Step, ...]
    uncounted: tuple[str, ...]  # models whose n on the target is not stated

    @property
    def tied(self) -> list[str]:
        """The leader and all that it does not beat with probability 0.95."""
        return [c.model for i, c in enumerate(self.candidates) if i == 0 or c.p_leader_beats < SURE]

    @property
    def sure(self) -> bool:
        """Whether the leader may be called the best: measured, and better than all at once with
        probability 0.95. A prediction that far ahead of all measured models was mostly lucky."""
        first = self.candidates[0]
        return len(self.tied) == 1 and first.source == "measured" and first.p_best >= SURE

    def to_record(self) -> dict[str, object]:
        """The JSON object."""
        names = [candidate.model for candidate in self.candidates]
        return {
            "target": self.target,
            "level": LEVEL,
            "chosen": self.chosen.name,
            "models": list(self.chosen.models),
            "families": len(set(self.chosen.rows.families)),
            "errors": [error_record(fit) for fit in self.fits],
            "repeated_choice_error": self.repeated and self.repeated[0],
            "repeated_choice_mean_only": self.repeated and self.repeated[1],
            "mean_only_wins": not self.chosen.metrics,
            "candidates": [asdict(c) | {"width": c.width} for c in self.candidates],
            "sure": self.sure,
            "cannot_tell_apart": self.tied if len(self.tied) > 1 else [],
            "beats": [
                {"a": a, "b": b, "p": float(self.beats[i, j])}
                for i, a in enumerate(names)
                for j, b in enumerate(names)
                if i < j
            ],
            "next": [asdict(step) | {"per_hour": step.per_hour} for step in self.steps],
            "left_out": dict(self.left_out),
            "n_not_stated": list(self.uncounted),
        }


def error_record(fit: Fit) -> dict[str, object]:
    """Errors of a set of metrics beside the plain mean's on the same models, in points."""
    return {
        "metrics": list(fit.metrics),
        "n": len(fit.models),
        "leave_one_model_out": fit.by_model,
        "leave_one_family_out": fit.by_family,
        "mean_only_leave_one_model_out": fit.mean_by_model,
        "mean_only_leave_one_family_out": fit.mean_by_family,
    }


def recommend(
    scores: Sequence[Score],
    target: str | None,
    traits: Mapping[str, Traits],
    filters: Filters,
    *,
    rng: np.random.Generator,
) -> Recommendation:
    """Rank the backbones of `scores` by expected `target` (such as "MMAU audio").

    `traits` knows every model. A model of unknown family counts as a family of its own. An n that
    is not stated counts as 1,000 questions, and the model is listed as uncounted. Raises
    UnknownName for a target without scores, NoData when too few models have it, no candidate is
    left, or no text-only score is there.
    """
    table = metrics(scores)
    target = target_name(table, target)
    families = {model: traits[model].family or model for model in traits}
    found = fits(table, target, families)
    chosen = choose(found)
    with_text = {model for name in predictors(table) for model in table[name]}
    models = list(dict.fromkeys([*table[target], *(s.model for s in scores)]))
    refused = {model: filters.refusal(traits[model]) for model in models}
    refused |= {m: "no text-only score" for m in models if m not in with_text and not refused[m]}
    names = [model for model in models if not refused[model]]
    if not names:
        raise NoData("no backbone is left after the filters; widen --licence or --max-parameters")
    stated = {s.model: s.n for s in scores if s.metric == target and s.category == WHOLE}
    counts = {model: n or QUESTIONS for model, n in stated.items()}
    joint = predictive(table, target, names, chosen, found[0], counts, families)
    order = np.argsort(-joint.mean, kind="stable")
    steps = next_step.steps(
        names,
        joint,
        measured=[name in table[target] for name in names],
        lacking=[lacking(table, chosen, name) for name in names],
        spread=spread_with(chosen),
        between=spread_between(chosen),
        sizes=[traits[name].parameters for name in names],
        target=target,
        questions=_questions(scores),
    )
    return Recommendation(
        target=target,
        chosen=chosen,
        fits=tuple(found),
        repeated=_repeated(table, target, families),
        candidates=_candidates(table, target, names, joint, order, counts, families, chosen, rng),
        beats=joint.beats()[np.ix_(order, order)],
        left_out={model: why for model, why in refused.items() if why},
        steps=tuple(steps),
        uncounted=tuple(model for model, n in stated.items() if n is None),
    )


def target_name(table: Table, asked: str | None) -> str:
    """The audio metric to predict: the one asked for (in any capitals), or the only one."""
    audio = [name for name in table if name.endswith(" audio")]
    if not audio:
        raise NoData(
            "no audio scores: a prediction learns from models whose audio score is known; give a "
            "table of such models too ('echoic report --paper' writes the published scores)"
        )
    if asked is None and len(audio) > 1:
        raise UnknownName(f"several audio metrics ({', '.join(audio)}): choose one with --target")
    if asked is None:
        return audio[0]
    for name in audio:
        if name.casefold() == asked.casefold():
            return name
    raise UnknownName(f"no audio metric {asked!r}; there are {', '.join(audio)}")


def _questions(scores: Sequence[Score]) -> dict[str, int]:
    return {s.metric: s.n for s in scores if s.category == WHOLE and s.n is not None}


def _repeated(table: Table, target: str, families: Mapping[str, str]) -> tuple[float, float] | None:
    """The error with the choice inside, on the models that have every metric; None when too few."""
    usable = predictors(table)
    models = [m for m in table[target] if all(m in table[name] for name in usable)]
    sets: list[list[int]] = [[], *([i] for i in range(len(usable)))]
    sets += [list(range(len(usable)))] if len(usable) > 1 else []
    return repeated_choice(rows_of(table, target, usable, models, families), sets)


def _candidates(
    table: Table,
    target: str,
    names: Sequence[str],
    joint: Mixture,
    order: NDArray[np.intp],
    counts: Mapping[str, int],
    families: Mapping[str, str],
    chosen: Fit,
    rng: np.random.Generator,
) -> tuple[Candidate, ...]:
    low, high = joint.interval()
    best = np.bincount(joint.draws(DRAWS, rng).argmax(axis=1), minlength=len(names)) / DRAWS
    beaten = joint.beats()[order[0]]
    found = []
    for i in order:
        name, bounds = names[i], (_percent(low[i]), _percent(high[i]))
        source = "predicted" if chosen.metrics and not lacking(table, chosen, name) else "mean only"
        if name in table[target]:
            source, bounds = "measured", measured_bounds(table[target][name], counts[name])
        found.append(
            Candidate(
                model=name,
                family=families[name],
                source=source,
                accuracy=_percent(joint.mean[i]),
                low=bounds[0],
                high=bounds[1],
                p_best=float(best[i]),
                p_leader_beats=float(beaten[i]),
            )
        )
    return tuple(found)


def _percent(value: float) -> float:
    """Held to 0 to 100: a line knows no bounds."""
    return min(max(float(value), 0.0), 100.0)
