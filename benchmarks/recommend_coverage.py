"""Do the 95% intervals of `echoic recommend` hold 95%? Simulated studies with a known truth.

    python benchmarks/recommend_coverage.py [STUDIES]

Each study has 8 backbones with text-only and audio scores and 4 with text-only scores alone, drawn
from 7 families (the first 8 from 5 of them). Audio accuracy depends on an ability, on family
effects, on the model's own deviation, and on counting 1,000 questions; three text-only metrics
measure the ability with error. The metrics are chosen and the intervals made by the code that
`echoic recommend` runs. Every scenario but the first breaks the model behind the intervals in one
way. Printed: the share of the 4 later measured scores inside their interval, its standard error
over studies, the share for families seen and new, and the median width in points.
"""

import sys
from dataclasses import dataclass

import numpy as np

from echoic.analysis.metric_choice import choose, fits
from echoic.analysis.recommend import predictive

KNOWN, NEW = 8, 4
QUESTIONS = {"knowledge text": 2_000, "one cascade": 1_000, "two cascade": 1_000}
TARGET, ASKED = "some audio", 1_000
SCENARIOS = {
    "families and counting noise": "as the model assumes",
    "metrics say nothing": "the slope is 0",
    "no family effects": "residuals are independent",
    "families differ in ability": "text and audio share families",
    "saturating": "the relation is a curve",
    "step": "audio has two levels only",
    "long tails": "deviations are Student t with 3 degrees of freedom",
    "unequal spread": "abler models deviate more",
}


@dataclass(frozen=True)
class Study:
    """Scores by metric and model, the new models' audio scores, families, whether they are new.

    `expected` (models,) is the accuracy in percent that endless questions would give.
    """

    table: dict[str, dict[str, float]]
    truth: np.ndarray
    expected: np.ndarray
    families: dict[str, str]
    unseen: np.ndarray


def counted(share: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Accuracies in percent that n questions give."""
    return 100 * rng.binomial(n, share / 100) / n


def draw(scenario: str, rng: np.random.Generator) -> Study:
    """One study of a scenario."""
    total = KNOWN + NEW
    family = np.concatenate([rng.choice(5, KNOWN), rng.choice(7, NEW)])
    ability = rng.normal(size=total)
    if scenario == "families differ in ability":
        ability = np.sqrt(0.5) * (rng.normal(size=7)[family] + ability)
    shared = 0.0 if scenario == "no family effects" else rng.choice([0.2, 0.5])
    own = (
        rng.standard_t(3, total) / np.sqrt(3)
        if scenario == "long tails"
        else rng.normal(size=total)
    )
    residual = np.sqrt(shared) * rng.normal(size=7)[family] + np.sqrt(1 - shared) * own
    effect = {
        "metrics say nothing": np.zeros(total),
        "saturating": -0.8 * np.exp(-ability),
        "step": 2.0 * (ability > 0),
    }.get(scenario, ability)
    spread = 3.5 * (np.exp(0.4 * ability) if scenario == "unequal spread" else 1.0)
    expected = np.clip(60 + 4 * effect + spread * residual, 1, 99)
    audio = counted(expected, ASKED, rng)
    text = {
        name: counted(np.clip(75 + 7 * ability + 2 * rng.normal(size=total), 1, 99), n, rng)
        for name, n in QUESTIONS.items()
    }
    names = [f"m{i}" for i in range(total)]
    table = {name: dict(zip(names, map(float, row), strict=True)) for name, row in text.items()}
    table[TARGET] = dict(zip(names[:KNOWN], map(float, audio[:KNOWN]), strict=True))
    families = dict(zip(names, map(str, family), strict=True))
    return Study(table, audio[KNOWN:], expected, families, ~np.isin(family[KNOWN:], family[:KNOWN]))


def covered(study: Study) -> tuple[np.ndarray, np.ndarray, str]:
    """Whether each later score lies in its interval, the widths in points, and what was chosen."""
    found = fits(study.table, TARGET, study.families)
    chosen = choose(found)
    names = [name for name in study.families if name not in study.table[TARGET]]
    counts = dict.fromkeys(study.families, ASKED)
    joint = predictive(study.table, TARGET, names, chosen, found[0], counts, study.families)
    low, high = joint.interval()
    return (low <= study.truth) & (study.truth <= high), high - low, chosen.name


def main() -> None:
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    print("scenario | inside | error | seen family | new family | width | mean only chosen")
    for number, scenario in enumerate(SCENARIOS):
        rng = np.random.default_rng([7, number])
        drawn = [draw(scenario, rng) for _ in range(studies)]
        results = [covered(study) for study in drawn]
        inside = np.array([result[0] for result in results])
        unseen = np.array([study.unseen for study in drawn])
        width = np.median([result[1] for result in results])
        mean = np.mean([result[2] == "mean only" for result in results])
        error = inside.mean(axis=1).std() / np.sqrt(studies)
        print(
            f"{scenario} | {inside.mean():.1%} | {error:.1%} | {inside[~unseen].mean():.1%} | "
            f"{inside[unseen].mean():.1%} | {width:.1f} | {mean:.0%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
