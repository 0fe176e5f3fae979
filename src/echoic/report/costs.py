"""What it took: training, time and memory of each stage, tokens and dollars."""

from collections.abc import Mapping, Sequence
from typing import Any

from echoic.report import cells, labels
from echoic.report.beside import Fidelity, Stage, Training, merged, of_study
from echoic.report.cells import Cell, Column, Group, Table
from echoic.report.ledger import in_order
from echoic.report.runs import Run

COUNTED = ("replies", "tokens_in", "tokens_out", "tokens_reasoning")


def token_table(runs: Sequence[Run], stages: Sequence[Stage] = ()) -> Table | None:
    """Replies, tokens and dollars of every run that records them, of judges and captioners."""
    told = [(run, used) for run in in_order(runs) if (used := run.facts.get("usage"))]
    if not told:
        return None
    others = {
        "Judge": [
            (of_study(str(run.facts["judge"]["model"]), run.study), used)
            for run in runs
            if (used := run.facts.get("judge_usage"))
        ],
        "Captions": [pair for stage in stages for pair in stage.usage.items()],
    }
    groups = (
        *(
            Group(title, tuple(_token_row(run, used, some) for run, used in some))
            for title, some in labels.grouped(told, lambda item: labels.evaluation(item[0])).items()
        ),
        *(Group(title, _summed(some)) for title, some in others.items() if some),
    )
    every = [used for _, used in (*told, *others["Judge"], *others["Captions"])]
    dates = sorted({str(used["prices"]) for used in every if used.get("prices")})
    spent = [used["dollars"] for used in every if used.get("dollars") is not None]
    whole = "for these replies" + (", where known" if len(spent) < len(every) else "")
    total = f"{sum(spent):,.2f} US dollars {whole}" if spent else "no price known"
    numbers = ("Replies", "Tokens in", "Tokens out", "Of reasoning", "US dollars")
    return Table(
        key="tokens",
        caption=f"Tokens and dollars: {total}",
        columns=(Column("System", False), Column("Answering", False), *map(Column, numbers)),
        groups=groups,
        labels=2,
        note=" ".join(
            [
                "Tokens as the provider told them, of judges and captioners where a run or study "
                "recorded them. Not in it: failed requests and the writing of training targets.",
                *(f"Dollars at list prices of {', '.join(dates)}." for _ in dates[:1]),
            ]
        ),
        group_name="evaluation",
    )


def _token_row(
    run: Run, used: Mapping[str, Any], among: Sequence[tuple[Run, Any]]
) -> tuple[Cell, ...]:
    return (
        cells.text(labels.system(run)),
        cells.text(labels.details(run, [other for other, _ in among])),
        *_numbers(used),
    )


def _numbers(used: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        *(cells.number(used.get(key)) for key in COUNTED),
        cells.number(used.get("dollars"), "{:,.4f}", "no price known"),
    )


def _summed(some: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[tuple[Cell, ...], ...]:
    """One row for each name, with all that it used."""
    rows = []
    for name, pairs in labels.grouped(some, lambda pair: pair[0]).items():
        found = [used for _, used in pairs]
        costs = [used.get("dollars") for used in found]
        whole: dict[str, Any] = {key: sum(used[key] for used in found) for key in COUNTED}
        whole["dollars"] = None if None in costs else sum(costs)
        rows.append((cells.text(name), cells.text(""), *_numbers(whole)))
    return tuple(rows)


def training_table(trainings: Sequence[Training]) -> Table | None:
    """Steps, loss, time and size of every training."""
    if not trainings:
        return None
    names = ("Warm-up steps", "Steps", "First loss", "Last loss", "Time (min)",
             "Trained parameters (M)", "Targets", "Cut")  # fmt: skip
    groups = tuple(
        Group(
            backbone,
            tuple(
                (
                    cells.text(labels.training(t, some)),
                    cells.number(t.warmup),
                    cells.number(t.steps[-1] if t.steps else None),
                    cells.number(t.losses[0] if t.losses else None, "{:.3f}"),
                    cells.number(t.losses[-1] if t.losses else None, "{:.3f}"),
                    cells.number(None if t.seconds is None else t.seconds / 60, "{:.1f}"),
                    cells.number(None if t.parameters is None else t.parameters / 1e6, "{:.2f}"),
                    cells.number(t.targets),
                    cells.number(t.cut),
                )
                for t in some
            ),
        )
        for backbone, some in labels.grouped(trainings, lambda t: t.backbone).items()
    )
    return Table(
        key="training",
        caption="Training",
        columns=(Column("Recipe", False), *(Column(name) for name in names)),
        groups=groups,
        note=(
            "Losses of different recipes are on different scales (cross-entropy to text, or to a "
            "teacher's distribution): compare the shapes, never the heights. Steps, losses and "
            "time are those after the warm-up of the connector alone, whose time is in the costs "
            "below. Cut: targets whose response did not fit, or ended at the limit on its length."
        ),
        group_name="backbone",
    )


def fidelity_table(files: Sequence[Fidelity], trainings: Sequence[Training]) -> Table | None:
    """The share of seed attributes that the training targets name."""
    found = [(item.name, item.named, item.n) for item in files]
    if not found:
        found = [
            (f"{t.backbone}, {labels.training(t, trainings)}", t.named, 0)
            for t in trainings
            if t.named is not None
        ]
    if not found:
        return None
    rows = tuple(
        (
            cells.text(name),
            cells.percentage(named),
            cells.number(n or None, why="not stated"),
        )
        for name, named, n in found
    )
    return Table(
        key="fidelity",
        caption="How much of the seed the training targets name",
        columns=(
            Column("Targets", False),
            Column("Attributes named (%)"),
            Column("Targets written"),
        ),
        groups=(Group("", rows),),
        note="A target that does not name what is to be heard cannot teach it.",
    )


def stage_tables(stages: Sequence[Stage]) -> tuple[list[Table], list[Table]]:
    """Time, its share and peak memory: by kind of stage, and (to be folded) of every stage."""
    if not stages:
        return [], []
    total = sum(stage.seconds for stage in stages)
    minutes = f"{total / 60:.1f} minutes in all"
    kinds = [
        merged(kind, kind, some)
        for kind, some in labels.grouped(stages, lambda stage: stage.kind).items()
    ]
    shown = [_stage_table("stages", f"Time and memory: {minutes}", kinds, total)]
    if len(kinds) == len(stages):
        return shown, []
    return shown, [_stage_table("every-stage", f"Every stage: {minutes}", stages, total)]


def _stage_table(key: str, caption: str, stages: Sequence[Stage], total: float) -> Table:
    shares = [stage.seconds / total if total else 0.0 for stage in stages]
    rows = tuple(
        (
            cells.text(stage.name),
            cells.number(stage.seconds / 60, "{:.1f}"),
            Cell(f"{100 * share:.0f}%", value=100 * share, bar=True),
            cells.number(stage.peak_rss_mib),
        )
        for stage, share in zip(stages, shares, strict=True)
    )
    heads = ("Time (min)", "Share of time", "Peak memory (MiB)")
    return Table(
        key=key,
        caption=caption,
        columns=(Column("Stage", False), *map(Column, heads)),
        groups=(Group("", rows),),
        note="Stages that ran side by side count with their own time each. A peak is that of the "
        "whole process, which keeps models loaded between stages: during the stage where the "
        "system can count so (Linux), else from the start to its end.",
    )
