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
    "whole clips; differences whose interval leaves out zero are set in bold. A recipe trained "
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
        and (other.mode, other.benchmark, other.backbone, other.answering)
        == (run.mode, run.benchmark, run.backbone, run.answering)
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
        merged.append(some[0] if len(some) == 1 else Run(some[0].folder, facts, verdicts))
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
        for a in sorted(audio, key=labels.preference)
        for c in sorted(cascade, key=labels.preference)
        if (c.backbone, c.answering) == (a.backbone, a.answering)
    ]


def _cascade_minus_audio(benchmark: str, runs: Sequence[Run]) -> Table | None:
    pairs = cascade_audio_pairs(runs)
    audio = [a for _, a in pairs]
    rows = labels.grouped(pairs, lambda pair: pair[1].backbone)
    heads = (
        Column("Captions", False),
        Column("Recipe", False),
        Column("Answering", False),
    )
    return _paired_table(
        key=f"cascade-minus-audio-{benchmark}",
        caption=f"Cascade minus audio ({benchmark})",
        heads=heads,
        groups={
            backbone: [((c.captioner, a.recipe, labels.details(a, audio)), c, a) for c, a in some]
            for backbone, some in rows.items()
        },
        note=f"Above zero the captioner helps more than the connector. {PAIRED}",
        group_name="model",
    )


def recipes(runs: Sequence[Run]) -> list[Table]:
    """Per benchmark: recipes against each other on the same backbone, seed and questions."""
    tables = []
    audio = pooled([run for run in evaluations(runs) if run.mode == "audio"])
    for benchmark, group in labels.grouped(audio, lambda run: run.benchmark).items():
        pairs: dict[str, list[tuple[tuple[str, ...], Run, Run]]] = {}
        for a, b in combinations(sorted(group, key=labels.preference), 2):
            same = (a.backbone, a.answering, a.seed, a.prompt_name)
            if a.recipe != b.recipe and same == (b.backbone, b.answering, b.seed, b.prompt_name):
                names = (f"{a.recipe} minus {b.recipe}", labels.details(a, group))
                pairs.setdefault(a.backbone, []).append((names, a, b))
        table = _paired_table(
            key=f"recipes-{benchmark}",
            caption=f"Recipes compared ({benchmark})",
            heads=(Column("Recipes", False), Column("Answering", False)),
            groups=pairs,
            note=PAIRED,
            group_name="model",
        )
        tables += [table] if table else []
    return tables


def _paired_table(
    *,
    key: str,
    caption: str,
    heads: tuple[Column, ...],
    groups: dict[str, list[tuple[tuple[str, ...], Run, Run]]],
    note: str,
    group_name: str,
) -> Table | None:
    runs = [run for rows in groups.values() for _, a, b in rows for run in (a, b)]
    if not runs:
        return None
    names = labels.in_order(labels.category(v.category) for run in runs for v in run.scored)
    made = tuple(
        Group(
            title,
            tuple(
                (*map(cells.text, head), *(points(a, b, name) for name in (WHOLE, *names)))
                for head, a, b in rows
            ),
        )
        for title, rows in groups.items()
    )
    columns = (*heads, *(Column(name) for name in (WHOLE, *names)))
    return Table(
        key=key,
        caption=caption,
        columns=cells.with_counts(columns, made),
        groups=made,
        labels=len(heads),
        note=note,
        group_name=group_name,
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
