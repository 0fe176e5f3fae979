"""The figures: category scatter, correlations, training curves."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from echoic.analysis.accuracy import by_question
from echoic.analysis.intervals import Proportion, tenths
from echoic.analysis.scores import WHOLE, Pair
from echoic.report import labels
from echoic.report.beside import Training
from echoic.report.contrasts import evaluations, first_seeds
from echoic.report.plots import (
    LETTERS_A_LINE,
    MUTED,
    SERIES,
    Drawing,
    arms,
    canvas,
    file_name,
    legend,
    save,
    short,
    style,
)
from echoic.report.runs import Run

NAMED_UP_TO = 8  # more names than these cover each other at column width
PANEL_INCHES, INCH_A_NAME_ROW = 2.65, 0.125


def category_scatters(runs: Sequence[Run], folder: Path) -> list[Drawing]:
    """Cascade (x) against audio (y), one panel per benchmark and domain, as the paper's Figure 3.

    Every audio run is set against the cascade that stands for its backbone, on the questions that
    both were asked.
    """
    real = first_seeds(evaluations(runs))
    drawings = []
    for benchmark, group in labels.grouped(real, lambda run: run.benchmark).items():
        heard = sorted((run for run in group if run.mode == "audio"), key=labels.preference)
        points = [
            (f"{labels.full_name(audio, heard)}, {cascade.captioner}", *on_shared(cascade, audio))
            for audio in heard
            if (cascade := standing_cascade(group, audio))
        ]
        names = labels.in_order(
            labels.category(v.category) for _, _, audio in points for v in audio.scored
        )
        for name in (WHOLE, *names) if points else ():
            found = [
                (label, in_category(cascade, name), in_category(audio, name))
                for label, cascade, audio in points
            ]
            kept = [(label, x, y) for label, x, y in found if x and y]
            if kept:
                drawings.append(_scatter(benchmark, name, kept, folder))
    return drawings


def standing_cascade(runs: Sequence[Run], audio: Run) -> Run | None:
    """The cascade that stands for an audio run's backbone, answering the same way."""
    found = [
        run
        for run in runs
        if run.mode == "cascade"
        and not run.control
        and (run.study, run.backbone, run.answering)
        == (audio.study, audio.backbone, audio.answering)
    ]
    return min(found, key=labels.preference, default=None)


def on_shared(first: Run, second: Run) -> tuple[Run, Run]:
    """Both runs with their verdicts on the questions that both were asked."""
    shared = {v.question for v in first.verdicts} & {v.question for v in second.verdicts}
    one, other = (
        replace(run, verdicts=tuple(v for v in run.verdicts if v.question in shared))
        for run in (first, second)
    )
    return one, other


def in_category(run: Run, name: str) -> Proportion | None:
    """A run's accuracy in one category, or None when nothing of it was asked."""
    verdicts = [v for v in run.scored if name in (WHOLE, labels.category(v.category))]
    return by_question(verdicts) if verdicts else None


def _scatter(
    benchmark: str,
    name: str,
    points: Sequence[tuple[str, Proportion, Proportion]],
    folder: Path,
) -> Drawing:
    title = "All domains" if name == WHOLE else name
    with canvas(PANEL_INCHES + INCH_A_NAME_ROW * len(points)) as (figure, axes):
        axes.axline((0, 0), slope=1, color=MUTED, linewidth=0.8, dashes=(4, 3))
        for i, (label, x, y) in enumerate(points):
            _cross(axes, i, label, x, y)
        edges = [100 * e for _, x, y in points for p in (x, y) for e in p.interval()]
        low, high = max(0, min(edges) - 4), min(100, max(edges) + 4)
        axes.set(xlim=(low, high), ylim=(low, high), title=title)
        axes.set(xlabel="Cascade accuracy (%)", ylabel="Audio accuracy (%)")
        axes.set_aspect("equal")
        legend(figure, columns=1)
        said = "; ".join(
            f"{label}: cascade {tenths(x.share)}%, audio {tenths(y.share)}%"
            for label, x, y in points
        )
        return save(
            figure,
            folder,
            name=file_name("scatter", benchmark, name),
            title=f"{title} ({benchmark})",
            alt=f"Cascade against audio accuracy, {title.lower()}, {benchmark}. {said}.",
        )


def _cross(axes: Any, i: int, label: str, x: Proportion, y: Proportion) -> None:
    """One point with both Wilson intervals."""
    axes.errorbar(100 * x.share, 100 * y.share, xerr=arms(x), yerr=arms(y), label=label, **style(i))


def correlation_panels(pairs: Sequence[Pair], folder: Path) -> list[Drawing]:
    """One panel per pair of metrics: points always, a coefficient only with enough models."""
    return [_correlation(pair, folder) for pair in pairs if pair.n]


def _correlation(pair: Pair, folder: Path) -> Drawing:
    if pair.correlation is None:
        verdict = f"n = {pair.n}: no coefficient"
    else:
        c = pair.correlation
        verdict = f"r = {c.pearson:.2f} [{c.fisher_low:.2f}, {c.fisher_high:.2f}], n = {c.n}"
    with canvas(2.5) as (figure, axes):
        axes.scatter(pair.x, pair.y, s=26, color=SERIES[0], zorder=3)
        named = zip(pair.models, pair.x, pair.y, strict=True) if pair.n <= NAMED_UP_TO else ()
        for model, x, y in named:
            axes.annotate(
                short(model),
                (x, y),
                xytext=(0, 6),
                textcoords="offset points",
                ha="center",
                fontsize=6.5,
            )
        axes.margins(0.28)
        axes.set_title(verdict, fontsize=7.5)
        axes.set(xlabel=f"{short(pair.a)} (%)", ylabel=f"{short(pair.b)} (%)")
        points = "; ".join(
            f"{model}: {x:.1f}%, {y:.1f}%"
            for model, x, y in zip(pair.models, pair.x, pair.y, strict=True)
        )
        return save(
            figure,
            folder,
            name=file_name("correlation", pair.a, pair.b),
            title=f"{pair.a} and {pair.b}",
            alt=f"{pair.a} against {pair.b}. {verdict}. {points}. {pair.reason}".strip(),
        )


def training_curves(trainings: Sequence[Training], folder: Path) -> list[Drawing]:
    """Loss by step, one panel per backbone, one line per recipe."""
    drawings = []
    drawn = [training for training in trainings if training.steps]
    for backbone, some in labels.grouped(drawn, lambda t: t.backbone).items():
        with canvas(2.3) as (figure, axes):
            for i, training in enumerate(some):
                axes.plot(
                    training.steps,
                    training.losses,
                    label=labels.training(training, some),
                    color=SERIES[i % len(SERIES)],
                    linestyle=("-", "--", "-.", ":")[i % 4],
                )
            axes.set(xlabel="Step", ylabel="Loss", title=short(backbone, LETTERS_A_LINE))
            axes.set_ylim(bottom=0)
            legend(figure)
            said = "; ".join(
                f"{labels.training(t, some)}: from {t.losses[0]:.2f} to {t.losses[-1]:.2f} "
                f"in {t.steps[-1]} steps"
                for t in some
            )
            drawings.append(
                save(
                    figure,
                    folder,
                    name=file_name("training", backbone),
                    title=backbone,
                    alt=f"Training loss of {backbone}. {said}.",
                )
            )
    return drawings
