"""Does what `echoic recommend` says beyond its intervals come true as often as it says?

    python benchmarks/recommend_calibration.py [STUDIES [SEED]]

The studies of recommend_coverage.py with all 12 backbones as candidates, and one scenario more, in
which a new model lacks both cascades. What came true is judged by the *expected* accuracy, without
counting noise, and by a score measured *again* on 1,000 other questions. Printed, by scenario: how
often intervals hold, of all and of the candidate put first; probabilities in bins, with Brier
scores (always 1/2: 0.25; always 1/12: 0.076); how often one candidate is said to be the best, or to
beat each other; and the stated gain of a measurement beside the gain in expected accuracy once it
is made and the choice made anew. A cell is "stated > came of it +- standard error over studies
(number)", in percent or points.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

import echoic.analysis.recommend as module
from echoic.analysis.filters import Filters
from echoic.analysis.joint import predictive
from echoic.analysis.metric_choice import Table, choose, fits
from echoic.analysis.recommend import SURE, Recommendation, recommend
from echoic.analysis.scores import Score
from recommend_coverage import ASKED, KNOWN, QUESTIONS, SCENARIOS, TARGET, Study, counted, draw

LACKING = "a new model lacks both cascades"
INTERVALS = [
    "interval of measured, expected",
    "interval of predicted, again",
    "interval of mean only, again",
    "interval of the first, measured, expected",
    "interval of the first, measured, again",
    "interval of the first, predicted, again",
]
LEFT = "best among those left"  # the first and those not told apart from it
SURES = [
    f"{what}, {truth}"
    for what in ("told apart", LEFT, "beats each", "is the best", "first by prediction")
    for truth in ("expected", "again")
]
POINTS = ["points of the first", "gain of training", "gain of the first step", "gain of asking"]
PAIRS = ["measured measured", "measured predicted", "predicted predicted"]
PAIR_BINS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
BEST_BINS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
Row = tuple[float, float]  # a stated number and what came of it
Found = dict[str, np.ndarray]  # by name (n, 3): number of the study and rows


@dataclass(frozen=True)
class Facts:
    """A backbone of a family, with nothing else known."""

    family: str
    licence: str = ""
    parameters: int | None = None


def drawn(scenario: str, rng: np.random.Generator) -> tuple[Study, Study]:
    """One study of a scenario, the one more included, and the same with no text-only score gone."""
    if scenario != LACKING:
        return (study := draw(scenario, rng)), study
    study = draw("families and counting noise", rng)
    new = list(study.families)[-1]
    table = {
        name: {m: y for m, y in row.items() if m != new or not name.endswith("cascade")}
        for name, row in study.table.items()
    }
    return replace(study, table=table), study


def answer(study: Study, rng: np.random.Generator) -> Recommendation:
    """What `echoic recommend` says."""
    scores = [
        Score(model, "", *name.rsplit(" ", 1), "Avg", y, QUESTIONS.get(name, ASKED))
        for name, row in study.table.items()
        for model, y in row.items()
    ]
    traits = {model: Facts(family) for model, family in study.families.items()}
    return recommend(scores, TARGET, traits, Filters(), rng=rng)


def first(table: Table, families: Mapping[str, str]) -> str:
    """The model that is put first."""
    names, counts = list(families), dict.fromkeys(families, ASKED)
    found = fits(table, TARGET, families)
    joint = predictive(table, TARGET, names, choose(found), found[0], counts, families)
    return names[int(np.argmax(joint.mean))]


def outcomes(study: Study, whole: Study, rng: np.random.Generator) -> Iterator[tuple[str, Row]]:
    """All that is said of one study beside what is so, by name."""
    said = answer(study, rng)
    names = list(study.families)
    expected = dict(zip(names, study.expected, strict=True))
    again = counted(study.expected, ASKED, rng)
    again[KNOWN:] = study.truth
    for name, truth in (("expected", expected), ("again", dict(zip(names, again, strict=True)))):
        for what, row in judged(said, np.array([truth[c.model] for c in said.candidates])):
            yield f"{what}, {name}", row
    now = expected[said.candidates[0].model]
    yield "points of the first", (said.candidates[0].accuracy, now)
    gains = {(step.model, step.metric): step.gain for step in said.steps}
    for i, model in enumerate(names[KNOWN:], KNOWN):
        score = {model: float(counted(study.expected[i], ASKED, rng))}
        after = first(study.table | {TARGET: study.table[TARGET] | score}, study.families)
        row = (gains.pop((model, TARGET), 0.0), expected[after] - now)
        yield "gain of training", row
        if said.steps and (said.steps[0].model, said.steps[0].metric) == (model, TARGET):
            yield "gain of the first step", row
    for gain in gains.values():
        yield "gain of asking", (gain, expected[first(whole.table, study.families)] - now)


def judged(said: Recommendation, truth: np.ndarray) -> Iterator[tuple[str, Row]]:
    """Statements about candidates, whose true scores are `truth`, in their order."""
    best = (truth == truth.max()) / np.sum(truth == truth.max())
    tied = [c.model in said.tied for c in said.candidates]
    among = sum(c.p_best for c in said.candidates if c.model in said.tied)
    yield LEFT, (among, best[tied].sum())
    if len(said.tied) == 1:
        measured = said.candidates[0].source == "measured"
        alone = "is the best" if said.sure else "beats each" if measured else "first by prediction"
        yield alone, (said.candidates[0].p_best, best[0])
    for i, a in enumerate(said.candidates):
        inside = (0.95, float(a.low <= truth[i] <= a.high))
        yield f"interval of {a.source}", inside
        yield "P(best)", (a.p_best, best[i])
        if i == 0:
            yield f"interval of the first, {a.source}", inside
            yield "P(best) of the first", (a.p_best, best[i])
        elif a.p_leader_beats >= SURE:
            yield "told apart", (a.p_leader_beats, float(truth[0] > truth[i]))
        for j, b in enumerate(said.candidates[:i]):
            p, won = said.beats[j, i], (np.sign(truth[j] - truth[i]) + 1) / 2
            row = (p, won) if p >= 0.5 else (1 - p, 1 - won)
            yield "P(A beats B)", row
            yield f"P(A beats B), {' '.join(sorted([a.source, b.source]))}", row
            if j == 0:
                yield "P(first beats B)", row


def collect(scenario: str, studies: int, seed: int) -> Found:
    """All that was said in the studies of a scenario."""
    module._repeated = lambda *_: None  # three quarters of the time, and not judged here
    rows = defaultdict(list)
    at = [*SCENARIOS, LACKING].index(scenario)
    for number in range(studies):
        rng = np.random.default_rng([seed, at, number])
        for name, row in outcomes(*drawn(scenario, rng), rng):
            rows[name].append((number, *row))
    return {name: np.array(found) for name, found in rows.items()}


def cell(rows: np.ndarray | None, unit: float = 100) -> str:
    """Stated, came, standard error with studies as clusters, and count; "-" for fewer than 5."""
    if rows is None or len(rows) < 5:
        return "-"
    stated, came = rows[:, 1:].mean(axis=0)
    sums = np.bincount(rows[:, 0].astype(int), rows[:, 2] - came)
    error = np.sqrt(np.sum(sums**2)) / len(rows)
    digits = 1 if unit == 100 else 2
    numbers = [f"{unit * value:.{digits}f}" for value in (stated, came, error)]
    return f"{numbers[0]} > {numbers[1]} +-{numbers[2]} ({len(rows)})"


def show(title: str, found: Mapping[str, Found], names: list[str], unit: float = 100) -> None:
    """A table of scenarios by statements."""
    print(f"\n{title}\nscenario | {' | '.join(names)}")
    for scenario, rows in found.items():
        print(scenario, *(cell(rows.get(name), unit) for name in names), sep=" | ")


def show_bins(found: Mapping[str, Found], name: str, bins: tuple[float, ...]) -> None:
    """A table of scenarios by bins of the stated probability, with Brier scores."""
    print(f"\n{name}\nscenario | Brier | {' | '.join(f'from {low:.0%}' for low in bins[:-1])}")
    for scenario, every in found.items():
        rows = every[name]
        brier = np.mean((rows[:, 1] - rows[:, 2]) ** 2)
        at = np.clip(np.digitize(rows[:, 1], bins), 1, len(bins) - 1)
        cells = [cell(rows[at == i]) for i in range(1, len(bins))]
        print(scenario, f"{brier:.4f}", *cells, sep=" | ")


def main() -> None:
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 11
    scenarios = [*SCENARIOS, LACKING]
    with ProcessPoolExecutor() as pool:
        done = pool.map(partial(collect, studies=studies, seed=seed), scenarios)
        found = dict(zip(scenarios, done, strict=True))
    show("Intervals", found, INTERVALS)
    for truth in ("expected", "again"):
        show_bins(found, f"P(A beats B), {truth}", PAIR_BINS)
        show_bins(found, f"P(first beats B), {truth}", PAIR_BINS)
        show(f"P(A beats B), {truth}", found, [f"P(A beats B), {kind}, {truth}" for kind in PAIRS])
        show_bins(found, f"P(best), {truth}", BEST_BINS)
        show_bins(found, f"P(best) of the first, {truth}", BEST_BINS)
    show("Told apart from the first at 95 %; the first alone is left: P(best)", found, SURES)
    show("Points", found, POINTS, unit=1)


if __name__ == "__main__":
    main()
