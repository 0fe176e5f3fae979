"""One row a backbone: the run that stands for it everywhere; and several studies side by side."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from echoic.analysis.accuracy import by_question
from echoic.analysis.scores import WHOLE
from echoic.report import cells, labels
from echoic.report.cells import Cell, Column, Group, Table
from echoic.report.contrasts import PAIRED, evaluations, points
from echoic.report.runs import Run

Metric = tuple[str, str]  # mode, benchmark


def standing_runs(runs: Sequence[Run]) -> dict[Metric, dict[str, Run]]:
    """Metric -> name of the backbone -> the run that stands for it, text before cascade before
    audio."""
    found: dict[Metric, dict[str, Run]] = {}
    order = list(labels.MODE_TITLES)
    real = sorted(evaluations(runs), key=lambda run: (order.index(run.mode), run.benchmark))
    for run in real:
        row = found.setdefault((run.mode, run.benchmark), {})
        name = labels.backbone(run)
        row[name] = min(row.get(name, run), run, key=labels.preference)
    return found


def leaderboard(runs: Sequence[Run]) -> Table | None:
    """Every backbone's accuracy in every evaluation; None for a single backbone.

    The order is that of the first evaluation. Ranks (the shading) compare models that answered
    under equal conditions.
    """
    table = standing_runs(runs)
    names = list(dict.fromkeys(name for row in table.values() for name in row))
    if len(names) < 2:
        return None
    shaded = {metric: _ranked(list(row.items())) for metric, row in table.items()}
    first = next(iter(shaded.values()))
    names.sort(key=lambda name: -(first[name].value or 0) if name in first else 1)
    rows = tuple(
        (
            cells.text(name),
            *(column.get(name, cells.absent()) for column in shaded.values()),
        )
        for name in names
    )
    columns = [Column("Backbone", False)]
    columns += [Column(f"{labels.MODE_TITLES[mode]}, {benchmark}") for mode, benchmark in table]
    groups = (Group("", rows),)
    return Table(
        key="leaderboard",
        caption="Every backbone in every evaluation",
        columns=cells.with_counts(columns, groups),
        groups=groups,
        note=" ".join(_conditions(table)),
    )


def _ranked(row: Sequence[tuple[str, Run]]) -> dict[str, Cell]:
    """Name -> its cell, shaded by rank among those with the same captioner or recipe that were
    asked the same way, on the same part of the questions."""
    found: dict[str, Cell] = {}
    among = [run for _, run in row]
    for some in labels.grouped(row, lambda item: _condition(item[1], among)).values():
        shaded = cells.ranked(
            [[cells.share(by_question(run.scored), bar=True)] for _, run in some], 0
        )
        found |= {name: cell for (name, _), (cell,) in zip(some, shaded, strict=True)}
    return found


def _condition(run: Run, among: Sequence[Run]) -> str:
    how = (run.recipe or run.captioner, labels.details(run, among))
    return ", ".join(part for part in how if part)


def _conditions(table: dict[Metric, dict[str, Run]]) -> list[str]:
    """A sentence for each evaluation: under which conditions its runs stand."""
    found = []
    for (mode, benchmark), row in table.items():
        among = list(row.values())
        ways = sorted({_condition(run, among) for run in among})
        found.append(f"{labels.MODE_TITLES[mode]}, {benchmark}: {'; '.join(ways)}.")
    return [
        *found,
        "Ranks are taken among equal conditions only; whether a difference is real, the intervals "
        "tell.",
    ]


def side_by_side(runs: Sequence[Run], studies: Sequence[str]) -> list[Table]:
    """Per mode and benchmark: each system in every study, and the paired differences between a
    study and the one before it. None for a single study."""
    if len(studies) < 2:
        return []
    real = sorted(evaluations(runs), key=labels.preference)
    modes = labels.grouped(real, lambda run: f"{run.mode}-{run.benchmark}")
    order = list(labels.MODE_TITLES)
    ordered = sorted(modes.items(), key=lambda item: (order.index(item[1][0].mode), item[0]))
    return [_side_table(key, some, studies) for key, some in ordered]


def _side_table(key: str, runs: Sequence[Run], studies: Sequence[str]) -> Table:
    rows = []
    systems = labels.grouped(runs, lambda run: "\n".join(_head(run, runs)))
    for some in systems.values():
        held = {run.study: run for run in reversed(some)}
        shares = [
            cells.share(by_question(held[study].scored)) if study in held else cells.absent()
            for study in studies
        ]
        gaps = [_gap(held.get(late), held.get(early)) for early, late in pairwise(studies)]
        rows.append((*map(cells.text, _head(some[0], runs)), *shares, *gaps))
    columns = [Column("System", False), Column("Answering", False), *map(Column, studies)]
    columns += [Column(f"{late} minus {early}") for early, late in pairwise(studies)]
    groups = (Group("", tuple(rows)),)
    mode, benchmark = runs[0].mode, runs[0].benchmark
    return Table(
        key=f"studies-{key}",
        caption=f"{labels.MODE_TITLES[mode]}: the studies side by side ({benchmark})",
        columns=cells.with_counts(columns, groups),
        groups=groups,
        labels=2,
        note=f"One column a study. {PAIRED}",
    )


def _head(run: Run, among: Sequence[Run]) -> tuple[str, str]:
    """A system whatever its study, and how it answered (with its wording where several were)."""
    several = len({other.prompt_name for other in among}) > 1
    how = labels.way(run) + (f", prompt {run.prompt_name}" if several else "")
    return labels.system(replace(run, study="")), how


def _gap(late: Run | None, early: Run | None) -> Cell:
    if late is None or early is None:
        return cells.absent("in one study")
    if late.text("benchmark_hash") != early.text("benchmark_hash"):
        return cells.absent("other questions")
    return points(late, early, WHOLE)
