"""The paper's three tables, for the models that ran: knowledge, cascade, audio.

One table per benchmark: scores on two question sets never share a column. Ranks (the shading)
compare models under equal conditions only: same captioner or recipe, same way of answering.
"""

from collections.abc import Callable, Sequence

from echoic.analysis.accuracy import by_group, by_question, unparsed
from echoic.analysis.scores import WHOLE
from echoic.report import cells, labels
from echoic.report.cells import Cell, Column, Group, Table
from echoic.report.runs import Run
from echoic.verdict import Verdict

TITLES = {
    "text": "Auditory knowledge from text alone",
    "cascade": "Cascade: a captioner listens, the text model answers",
    "audio": "Audio: the trained audio language model listens itself",
}
NOTES = {
    "text": "Layout of the paper's Table 1.",
    "cascade": "Layout of the paper's Table 3, one block per captioner.",
    "audio": "Layout of the paper's Table 4, one block per training recipe.",
}
SHADING = (
    "A stronger tint means a higher rank among the models of the same block and way of answering, "
    "as in the paper; a rank says nothing about whether a difference is real, the intervals do."
)
RELATED = " †"
RELATED_NOTE = "† a model of this family wrote or reviewed questions of this set."
TYPE_NOTE = (
    "Type-of-audio questions (“speech, music or a sound?”) are left out of these averages and "
    "reported apart, since almost every model answers them."
)


def main_tables(runs: Sequence[Run], mode: str) -> list[Table]:
    """One table per benchmark of this mode; none when nothing of the mode ran."""
    chosen = [run for run in runs if run.mode == mode and not run.control and run.scored]
    return [
        _table(f"{mode}-{benchmark}", f"{TITLES[mode]} ({benchmark})", mode, group)
        for benchmark, group in labels.grouped(chosen, lambda run: run.benchmark).items()
    ]


def type_tables(runs: Sequence[Run]) -> list[Table]:
    """Accuracy on type-of-audio questions alone, cascade and audio side by side."""
    chosen = [run for run in runs if not run.control and run.type_questions]
    tables = []
    for benchmark, group in labels.grouped(chosen, lambda run: run.benchmark).items():
        columns = (Column("System", False), Column("Answering", False), Column("Accuracy"))
        groups = tuple(
            Group(
                labels.MODE_TITLES[mode],
                tuple(
                    (
                        cells.text(labels.system(run)),
                        cells.text(labels.details(run, some)),
                        cells.share(by_question(run.type_questions)),
                    )
                    for run in sorted(some, key=labels.preference)
                ),
            )
            for mode, some in labels.grouped(group, lambda run: run.mode).items()
        )
        tables.append(
            Table(
                key=f"type-{benchmark}",
                caption=f"Type-of-audio questions, reported apart ({benchmark})",
                columns=cells.with_counts(columns, groups),
                groups=groups,
                labels=2,
                group_name="mode",
            )
        )
    return tables


def _table(key: str, caption: str, mode: str, runs: Sequence[Run]) -> Table:
    names = labels.in_order(
        labels.category(verdict.category) for run in runs for verdict in run.scored
    )
    columns = (
        Column("Model", False),
        Column("Answering", False),
        *(Column(name) for name in (WHOLE, *names)),
        Column("Unparsed"),
    )
    blocks = labels.grouped(runs, _block(mode))
    groups = tuple(
        Group(_block_title(mode, name), _rows(block, runs, names))
        for name, block in sorted(blocks.items())
    )
    sentences = [NOTES[mode], labels.rule_note(runs), SHADING]
    if mode != "text" and any(run.type_questions for run in runs):
        sentences.append(TYPE_NOTE)
    if any(run.related for run in runs):
        sentences.append(RELATED_NOTE)
    return Table(
        key=key,
        caption=caption,
        columns=cells.with_counts(columns, groups),
        groups=groups,
        labels=2,
        note=" ".join(sentences),
        group_name={"text": "set", "cascade": "captioner", "audio": "recipe"}[mode],
    )


def _block(mode: str) -> Callable[[Run], str]:
    keys: dict[str, Callable[[Run], str]] = {
        "text": lambda run: "",
        "cascade": lambda run: run.captioner or "captioner not stated",
        "audio": lambda run: run.recipe or "recipe not stated",
    }
    return keys[mode]


def _block_title(mode: str, name: str) -> str:
    return {"text": "", "cascade": f"Captions: {name}", "audio": f"Recipe: {name}"}[mode]


def _rows(
    block: Sequence[Run], among: Sequence[Run], names: Sequence[str]
) -> tuple[tuple[Cell, ...], ...]:
    """Rows of one block, best first; ranks are taken within each way of answering."""
    rows: list[tuple[Cell, ...]] = []
    best_first = sorted(block, key=lambda run: -by_question(run.scored).share)
    ways = labels.grouped(
        sorted(best_first, key=labels.preference), lambda run: labels.details(run, among)
    )
    for way, runs in ways.items():
        numbers = cells.ranked([_numbers(run.scored, names) for run in runs], 0)
        rows += [
            (
                cells.text(labels.backbone(run) + (RELATED if run.related else "")),
                cells.text(way),
                *scores,
                cells.rate(unparsed(run.scored)),
            )
            for run, scores in zip(runs, numbers, strict=True)
        ]
    return tuple(rows)


def _numbers(verdicts: Sequence[Verdict], names: Sequence[str]) -> list[Cell]:
    groups = by_group(verdicts, lambda verdict: labels.category(verdict.category))
    return [
        cells.share(by_question(verdicts)),
        *(
            cells.share(groups[name]) if name in groups else cells.absent("none asked")
            for name in names
        ),
    ]
