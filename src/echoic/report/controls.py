"""Scores beside their controls: tables of what guessing, wording and presence alone would give."""

from collections.abc import Sequence

from echoic.analysis.accuracy import by_group, by_question
from echoic.analysis.controls import control_corrected, corrected
from echoic.analysis.intervals import Estimate, Proportion
from echoic.analysis.paired import aligned
from echoic.analysis.scores import WHOLE
from echoic.errors import NoData
from echoic.report import cells, labels
from echoic.report.cells import Cell, Column, Group, Table
from echoic.report.contrasts import PAIRED, controls_of, evaluations, identity, points, stream
from echoic.report.questions import QuestionBook
from echoic.report.runs import Run


def control_scores(runs: Sequence[Run], book: QuestionBook) -> list[Table]:
    """Per benchmark and mode: the score beside its controls and chance."""
    tables = []
    for (mode, benchmark), group in _by_place(runs).items():
        names = sorted({c.control for run in group for c in controls_of(run, runs)},
                       key=labels.control_order)  # fmt: skip
        if not names:
            continue
        rows = tuple(
            (
                cells.text(labels.system(run)),
                cells.text(labels.details(run, group)),
                cells.share(by_question(run.scored)),
                *(_control_cell(run, runs, name) for name in names),
                cells.percentage(book.chance(run)),
            )
            for run in sorted(group, key=labels.preference)
            if controls_of(run, runs)
        )
        heads = [
            Column("System", False), Column("Answering", False), Column("Score"),
            *(Column(labels.control(name)) for name in names), Column("Chance"),
        ]  # fmt: skip
        meanings = "; ".join(
            f"{labels.control(name).lower()}: {labels.CONTROL_MEANINGS[name]}"
            for name in names
            if name in labels.CONTROL_MEANINGS
        )
        groups = (Group("", rows),)
        tables.append(
            Table(
                key=f"controls-{mode}-{benchmark}",
                caption=f"{labels.MODE_TITLES[mode]}: the score and its controls ({benchmark})",
                columns=cells.with_counts(heads, groups),
                groups=groups,
                labels=2,
                note=f"{meanings[:1].upper()}{meanings[1:]}.",
            )
        )
    return tables


def control_gains(runs: Sequence[Run], book: QuestionBook) -> list[Table]:
    """Per benchmark and mode: score minus each floor (paired), and the score corrected for it."""
    tables = []
    for (mode, benchmark), group in _by_place(runs).items():
        ordered = [run for run in sorted(group, key=labels.preference) if floors(run, runs)]
        found = [floors(run, runs) for run in ordered]
        names = sorted({name for some in found for name in some}, key=labels.control_order)
        if not names:
            continue
        heads = [Column(name, False) for name in ("System", "Answering")]
        heads += [Column(labels.control(name)) for name in names] + [Column("Chance")]
        both = [
            tuple(
                (
                    cells.text(labels.system(run)),
                    cells.text(labels.details(run, group)),
                    *(make(run, some[n]) if n in some else cells.absent()
                      for n in names),
                    _above_chance(run, book.chance(run), correct),
                )
                for run, some in zip(ordered, found, strict=True)
            )
            for make, correct in ((_gain, False), (_corrected, True))
        ]  # fmt: skip
        groups = (Group("Score minus floor", both[0]), Group("Corrected score", both[1]))
        tables.append(
            Table(
                key=f"gains-{mode}-{benchmark}",
                caption=f"{labels.MODE_TITLES[mode]}: what is left above each floor ({benchmark})",
                columns=cells.with_counts(heads, groups),
                groups=groups,
                labels=2,
                note=(
                    "The corrected score is (score − floor) / (100 − floor): 0 when the floor "
                    f"does as well, 100 when every answer is right. {PAIRED}"
                ),
                group_name="measure",
            )
        )
    return tables


def floors(run: Run, runs: Sequence[Run]) -> dict[str, Run]:
    """The controls that take something away; another order of options takes nothing away."""
    return {c.control: c for c in controls_of(run, runs) if c.scored and c.control != "shuffled"}


def _gain(run: Run, other: Run) -> Cell:
    return points(run, other, WHOLE)


def _above_chance(run: Run, floor: float | None, correct: bool) -> Cell:
    if floor is None:
        return cells.absent("not known")
    score = by_question(run.scored).share
    value = corrected(score, floor) if correct else score - floor
    text = cells.unsigned(value) if correct else cells.signed(value)
    return Cell(text, value=100 * value)


def by_attribute(run: Run) -> dict[str, Proportion]:
    """Accuracy by "Category: attribute", categories in the paper's order."""
    groups = by_group(
        run.scored, lambda v: f"{labels.category(v.category)}: {v.subcategory or 'other'}"
    )
    order = labels.in_order(labels.category(v.category) for v in run.scored)
    return dict(
        sorted(groups.items(), key=lambda item: (order.index(item[0].split(": ")[0]), item[0]))
    )


def attribute_tables(runs: Sequence[Run]) -> list[Table]:
    """Per benchmark: every attribute of every audio system beside its controls."""
    tables = []
    for (mode, benchmark), group in _by_place(runs).items():
        if mode != "audio":
            continue
        names = sorted(
            {name for run in group for name in floors(run, runs)},
            key=labels.control_order,
        )
        groups = tuple(
            Group(f"{labels.system(run)}, {labels.details(run, group)}",
                  _attribute_rows(run, runs, names))
            for run in sorted(group, key=labels.preference)
        )  # fmt: skip
        columns = [Column("Attribute", False), Column("Audio")]
        columns += [Column(labels.control(name)) for name in names]
        tables.append(
            Table(
                key=f"attributes-{benchmark}",
                caption=f"Accuracy by attribute, audio and controls ({benchmark})",
                columns=cells.with_counts(columns, groups),
                groups=groups,
                group_name="system",
            )
        )
    return tables


def _attribute_rows(
    run: Run, runs: Sequence[Run], names: Sequence[str]
) -> tuple[tuple[Cell, ...], ...]:
    found = {name: by_attribute(other) for name, other in floors(run, runs).items()}
    return tuple(
        (
            cells.text(attribute),
            cells.share(value),
            *(cells.share(found.get(name, {}).get(attribute)) for name in names),
        )
        for attribute, value in by_attribute(run).items()
    )


def _by_place(runs: Sequence[Run]) -> dict[tuple[str, str], list[Run]]:
    places: dict[tuple[str, str], list[Run]] = {}
    for mode in labels.MODE_TITLES:
        for run in evaluations(runs):
            if run.mode == mode:
                places.setdefault((mode, run.benchmark), []).append(run)
    return places


def _control_cell(run: Run, runs: Sequence[Run], name: str) -> Cell:
    found = [other for other in controls_of(run, runs) if other.control == name and other.scored]
    return cells.share(by_question(found[0].scored)) if found else cells.absent()


def above_floor(run: Run, other: Run) -> Estimate | None:
    """The score corrected for its control, or None when no clip-wise interval exists."""
    try:
        pair = aligned(run.scored, other.scored)
        return control_corrected(pair, rng=stream(identity(run), identity(other), "corrected"))
    except NoData:
        return None


def _corrected(run: Run, other: Run) -> Cell:
    return cells.gain(above_floor(run, other), "too few clips")
