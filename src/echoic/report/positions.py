"""Position bias: which places are chosen over shuffled options, and how accurate each place is."""

from collections.abc import Sequence

from echoic.analysis.position import (
    Position,
    bias,
    bias_by_chance,
    consistency,
    positions,
)
from echoic.errors import NoData
from echoic.question import LETTERS
from echoic.report import cells, labels
from echoic.report.cells import Cell, Column, Group, Table
from echoic.report.runs import Run


def position_tables(runs: Sequence[Run]) -> list[Table]:
    """Per benchmark: which places are chosen, and how accurate each is, over shuffled options."""
    shuffled = [run for run in runs if run.control == "shuffled"]
    tables = []
    for benchmark, group in labels.grouped(shuffled, lambda run: run.benchmark).items():
        found = [
            (run, places)
            for run in sorted(group, key=labels.preference)
            if (places := _places(run))
        ]
        if found:
            tables += [_chosen_table(benchmark, found), _accuracy_table(benchmark, found)]
    return tables


def _places(run: Run) -> list[Position]:
    try:
        return positions(run.verdicts)
    except NoData:
        return []


def _chosen_table(benchmark: str, found: Sequence[tuple[Run, list[Position]]]) -> Table:
    width = max(len(places) for _, places in found)
    heads = [Column("System", False), *(Column(LETTERS[i]) for i in range(width))]
    heads += [Column(n) for n in ("Bias", "By chance", "Same choice", "Always right")]
    rows = tuple(
        (
            cells.text(_name(run, [other for other, _ in found])),
            *_padded([cells.share(place.chosen) for place in places], width),
            cells.percentage(bias(places)),
            cells.percentage(bias_by_chance(places)),
            *_steadiness(run),
        )
        for run, places in found
    )
    blind = {", ".join(f"{100 * place.uniform:.3g}" for place in places) for _, places in found}
    groups = (Group("", rows),)
    return Table(
        key=f"positions-{benchmark}",
        caption=f"Position bias: places chosen over shuffled options ({benchmark})",
        columns=cells.with_counts(heads, groups),
        groups=groups,
        note=(
            f"In percent. A blind choice would take the places {'; '.join(sorted(blind))}% of the "
            "time. Bias is the total variation distance from it: 0 fair, 75 when one of four "
            "places is always taken; by chance: what as many blind choices would show on average. "
            "Same choice: questions that got the same option in every "
            "order; always right: those answered right in every order. "
            "n under a place counts replies that could be read, taken as independent."
        ),
    )


def _accuracy_table(benchmark: str, found: Sequence[tuple[Run, list[Position]]]) -> Table:
    width = max(len(places) for _, places in found)
    heads = [Column("System", False), *(Column(LETTERS[i]) for i in range(width))]
    rows = tuple(
        (
            cells.text(_name(run, [other for other, _ in found])),
            *_padded([cells.share(place.accuracy) for place in places], width),
        )
        for run, places in found
    )
    groups = (Group("", rows),)
    return Table(
        key=f"position-accuracy-{benchmark}",
        caption=f"Accuracy by the place of the right option ({benchmark})",
        columns=cells.with_counts(heads, groups),
        groups=groups,
        note="Of all replies to questions whose right option stood there, in every order; n counts "
        "replies, taken as independent.",
    )


def _padded(found: list[Cell], width: int) -> list[Cell]:
    return found + [cells.absent("no such place")] * (width - len(found))


def _name(run: Run, among: Sequence[Run]) -> str:
    peers = [other for other in among if other.mode == run.mode]
    return f"{labels.MODE_TITLES.get(run.mode, run.mode)}: {labels.full_name(run, peers)}"


def _steadiness(run: Run) -> tuple[Cell, Cell]:
    try:
        found = consistency(run.verdicts)
    except NoData:
        return cells.absent("asked once"), cells.absent("asked once")
    return cells.share(found.same_share), cells.share(found.right_share)
