"""Paired comparisons: cascade against audio, recipe against recipe; the parts controls build on.

Every contrast is taken on the questions both runs answered, in the same way of answering, with an
interval from resampling whole clips. The random stream of a contrast hangs on the two runs' names
alone, so that adding a run changes no other interval.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from echoic.analysis.intervals import Estimate
from echoic.analysis.paired import aligned, paired_difference
from echoic.analysis.scores import WHOLE
from echoic.errors import NoData
from echoic.records import digest
from echoic.report import cells, labels
from echoic.report.cells import Cell, Column, Group, Table
from echoic.report.runs import Run
from echoic.verdict import Verdict

PAIRED = (
    "Percentage points on the questions both answered, with 95% bootstrap intervals that resample "
    "whole clips; differences whose interval leaves out zero are set in bold. “All alike”: all "
    "clips differ by the same, which shows no width and is no certainty (bold from 6 clips on, by "
    "the sign test). A recipe trained "
    "with several seeds counts with its mean over them."
)


def stream(*names: str) -> np.random.Generator:
    """A generator that depends on these names only."""
    return np.random.default_rng(int(digest(list(names))[:16], 16))


def contrast(first: Run, second: Run, category: str = WHOLE) -> Estimate | None:
    """First minus second in one category, or None when no clip-wise interval exists."""
    try:
        pair = aligned(_within(first, category), _within(second, category))
        return paired_difference(pair, rng=stream(identity(first), identity(second), category))
    except NoData:
        return None


def controls_of(run: Run, runs: Sequence[Run]) -> list[Run]:
    """The control runs of an evaluation: same benchmark, model and way of answering.

    A control that does not state a recipe or captioner (it needs none) serves all of them.
    """
    found = [
        other
        for other in runs
        if other.control
        and (other.study, other.mode, other.benchmark, other.backbone, other.answering)
        == (run.study, run.mode, run.benchmark, run.backbone, run.answering)
        and other.text("recipe") in ("", run.text("recipe"))
        and other.captioner in ("", run.captioner)
        and other.seed in ("", run.seed)
        and other.prompt_name in ("", run.prompt_name)
    ]
    return sorted(found, key=lambda other: labels.control_order(other.control))


def pooled(runs: Sequence[Run]) -> list[Run]:
    """Trainings that differ only in their seed as one run, for paired contrasts alone.

    A question then counts with its mean over the seeds: the interval speaks about questions and
    clips, for these trainings.
    """
    merged = []
    for some in labels.grouped(
        runs, lambda run: identity(replace(run, facts={**run.facts, "recipe": run.recipe}))
    ).values():
        facts = {**some[0].facts, "recipe": some[0].recipe}
        verdicts = tuple(verdict for run in some for verdict in run.verdicts)
        pool = replace(some[0], facts=facts, verdicts=verdicts)
        merged.append(pool if len(some) > 1 else some[0])
    return merged


def first_seeds(runs: Sequence[Run]) -> list[Run]:
    """Of trainings that differ only in their seed the one with the lowest, for drawing."""
    found: dict[str, Run] = {}
    for run in sorted(runs, key=labels.preference):
        found.setdefault(identity(replace(run, facts={**run.facts, "recipe": run.recipe})), run)
    return list(found.values())


def cascade_minus_audio(runs: Sequence[Run]) -> list[Table]:
    """Per benchmark: what a caption brings over the model's own ear, by model and domain."""
    return [
        table
        for benchmark, group in labels.grouped(evaluations(runs), lambda run: run.benchmark).items()
        if (table := _cascade_minus_audio(benchmark, group))
    ]


def cascade_audio_pairs(runs: Sequence[Run]) -> list[tuple[Run, Run]]:
    """Every cascade with every audio run of its backbone, answered alike, on one benchmark."""
    audio = pooled([run for run in runs if run.mode == "audio"])
    cascade = [run for run in runs if run.mode == "cascade"]
    return [
        (c, a)
        for a in sorted(audio, key=_by_backbone)
        for c in sorted(cascade, key=labels.preference)
        if (c.study, c.backbone, c.answering) == (a.study, a.backbone, a.answering)
    ]


def _cascade_minus_audio(benchmark: str, runs: Sequence[Run]) -> Table | None:
    found = cascade_audio_pairs(runs)
    audio = [a for _, a in found]
    pairs = [
        ((labels.backbone(a), c.captioner, a.recipe, labels.details(a, audio)), c, a)
        for c, a in found
    ]
    return _paired_table(
        key=f"cascade-minus-audio-{benchmark}",
        caption=f"Cascade minus audio ({benchmark})",
        heads=("Model", "Captions", "Recipe", "Answering"),
        pairs=pairs,
        note=f"Above zero the captioner helps more than the connector. {PAIRED}",
    )


def _by_backbone(run: Run) -> tuple[object, ...]:
    return labels.backbone(run), labels.preference(run)


def recipes(runs: Sequence[Run]) -> list[Table]:
    """Per benchmark: recipes against each other on the same backbone, seed and questions."""
    tables = []
    audio = pooled([run for run in evaluations(runs) if run.mode == "audio"])
    for benchmark, group in labels.grouped(audio, lambda run: run.benchmark).items():
        pairs = [
            ((labels.backbone(a), f"{a.recipe} minus {b.recipe}", labels.details(a, group)), a, b)
            for a, b in combinations(sorted(group, key=_by_backbone), 2)
            if a.recipe != b.recipe and _alike(a) == _alike(b)
        ]
        table = _paired_table(
            key=f"recipes-{benchmark}",
            caption=f"Recipes compared ({benchmark})",
            heads=("Model", "Recipes", "Answering"),
            pairs=pairs,
            note=PAIRED,
        )
        tables += [table] if table else []
    return tables


def _alike(run: Run) -> tuple[str, ...]:
    """What two recipes must share to be compared."""
    return run.study, run.backbone, run.answering, run.seed, run.prompt_name


def _paired_table(
    *,
    key: str,
    caption: str,
    heads: Sequence[str],
    pairs: Sequence[tuple[tuple[str, ...], Run, Run]],
    note: str,
) -> Table | None:
    """One row a pair, first run minus second, whole and by category; None without a pair."""
    if not pairs:
        return None
    found = {v.category for _, a, b in pairs for run in (a, b) for v in run.scored}
    names = (WHOLE, *labels.in_order(map(labels.category, found)))
    rows = tuple(
        (*map(cells.text, head), *(points(a, b, name) for name in names)) for head, a, b in pairs
    )
    columns = [*(Column(head, False) for head in heads), *map(Column, names)]
    groups = (Group("", rows),)
    return Table(
        key=key,
        caption=caption,
        columns=cells.with_counts(columns, groups),
        groups=groups,
        labels=len(heads),
        note=note,
    )


def evaluations(runs: Sequence[Run]) -> list[Run]:
    """The runs that are no controls."""
    return [run for run in runs if not run.control and run.scored]


def _within(run: Run, category: str) -> list[Verdict]:
    return [v for v in run.scored if category in (WHOLE, labels.category(v.category))]


def identity(run: Run) -> str:
    """A name that tells this run from all others of a study."""
    parts = (run.mode, run.control, run.benchmark, labels.system(run), run.answering)
    return "/".join((*parts, run.prompt_name, run.training_seed, run.seed))


def points(first: Run, second: Run, category: str) -> Cell:
    """`contrast` as a cell, which says why when there is none."""
    if not (_within(first, category) and _within(second, category)):
        return cells.absent("none asked")
    return cells.difference(contrast(first, second, category), "too few clips")
