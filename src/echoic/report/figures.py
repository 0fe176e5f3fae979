"""The figures: category scatter, correlations, controls, attributes, training curves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from echoic.analysis.accuracy import by_question
from echoic.analysis.intervals import Proportion
from echoic.analysis.scores import WHOLE, Pair
from echoic.report import labels
from echoic.report.contrasts import controls_of, evaluations, first_seeds
from echoic.report.controls import by_attribute
from echoic.report.plots import (
    INK,
    MARKERS,
    MUTED,
    PAPER,
    RULE,
    SERIES,
    Drawing,
    canvas,
    file_name,
    save,
)
from echoic.report.questions import QuestionBook
from echoic.report.runs import Run, Training

INCH_A_ROW = 0.2
FREE_INCHES = 0.85  # title, axis label and legend around the rows of a dot plot
REAL = "Score"
PLOTTED = ("no-audio", "other-clip", "transcript-only")  # beside audio; the table has the rest


def category_scatters(runs: Sequence[Run], folder: Path) -> list[Drawing]:
    """Cascade (x) against audio (y), one panel per benchmark and domain, as the paper's Figure 3.

    Every audio run is set against the cascade that stands for its backbone.
    """
    real = first_seeds(evaluations(runs))
    drawings = []
    for benchmark, group in labels.grouped(real, lambda run: run.benchmark).items():
        points = [
            (labels.system(audio), cascade, audio)
            for audio in sorted(group, key=labels.preference)
            if audio.mode == "audio" and (cascade := standing_cascade(group, audio))
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
        and (run.backbone, run.answering) == (audio.backbone, audio.answering)
    ]
    return min(found, key=labels.preference, default=None)


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
    with canvas(2.9) as (figure, axes):
        axes.axline((0, 0), slope=1, color=MUTED, linewidth=0.8, dashes=(4, 3))
        for i, (label, x, y) in enumerate(points):
            _cross(axes, i, label, x, y)
        edges = [100 * e for _, x, y in points for p in (x, y) for e in p.interval()]
        low, high = max(0, min(edges) - 4), min(100, max(edges) + 4)
        axes.set(xlim=(low, high), ylim=(low, high), title=title)
        axes.set(xlabel="Cascade accuracy (%)", ylabel="Audio accuracy (%)")
        axes.set_aspect("equal")
        _legend(figure, columns=2)
        said = "; ".join(
            f"{label}: cascade {100 * x.share:.1f}%, audio {100 * y.share:.1f}%"
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
    axes.errorbar(
        100 * x.share, 100 * y.share, xerr=_arms(x), yerr=_arms(y), label=label, **_style(i)
    )


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
        for model, x, y in zip(pair.models, pair.x, pair.y, strict=True):
            axes.annotate(
                model, (x, y), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=6.5
            )
        axes.margins(0.28)
        axes.set_title(verdict, fontsize=7.5)
        axes.set(xlabel=f"{pair.a} (%)", ylabel=f"{pair.b} (%)")
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


def control_plots(runs: Sequence[Run], book: QuestionBook, folder: Path) -> list[Drawing]:
    """Score and controls of every backbone, one panel per mode and backbone."""
    real = first_seeds([run for run in evaluations(runs) if controls_of(run, runs)])
    panels = labels.grouped(real, lambda run: f"{run.mode}\n{run.benchmark}\n{run.backbone}")
    drawings = []
    for some in panels.values():
        ordered = sorted(some, key=labels.preference)[: len(SERIES)]
        series = {_series_name(run, ordered): _with_controls(run, runs) for run in ordered}
        first = ordered[0]
        title = f"{labels.MODE_TITLES[first.mode]}, {first.backbone}"
        drawings.append(
            _dots(
                series,
                folder,
                name=file_name("controls", first.mode, first.benchmark, first.backbone),
                title=f"{title} ({first.benchmark})",
                chance=book.chance(first),
            )
        )
    return drawings


def _series_name(run: Run, among: Sequence[Run]) -> str:
    name = run.recipe or run.captioner or run.backbone
    ways = {labels.details(other, among) for other in among}
    return f"{name}, {labels.details(run, among)}" if len(ways) > 1 else name


def _with_controls(run: Run, runs: Sequence[Run]) -> dict[str, Proportion]:
    controls = [other for other in controls_of(run, runs) if other.scored]
    return {REAL: by_question(run.scored)} | {
        labels.control(other.control): by_question(other.scored) for other in controls
    }


def attribute_plots(runs: Sequence[Run], book: QuestionBook, folder: Path) -> list[Drawing]:
    """Accuracy on each attribute (subcategory), audio beside its controls; a panel a system.

    Of several training seeds the lowest is drawn, and systems without controls are left out where
    others have them: the table holds them all.
    """
    audio = first_seeds([run for run in evaluations(runs) if run.mode == "audio"])
    controlled = [run for run in audio if controls_of(run, runs)]
    drawings = []
    for run in sorted(controlled or audio, key=labels.preference):
        others = [o for o in controls_of(run, runs) if o.control in PLOTTED and o.scored]
        series = {"Audio": by_attribute(run)} | {
            labels.control(other.control): by_attribute(other) for other in others
        }
        way = labels.details(run, audio)
        drawings.append(
            _dots(
                series,
                folder,
                name=file_name("attributes", run.benchmark, run.backbone, run.recipe, way),
                title=f"{labels.system(run)}, {way} ({run.benchmark})",
                chance=book.chance(run),
            )
        )
    return drawings


def _dots(
    series: Mapping[str, Mapping[str, Proportion]],
    folder: Path,
    *,
    name: str,
    title: str,
    chance: float | None,
) -> Drawing:
    """A dot plot: rows down the side, one mark with interval for each series that has the row."""
    rows = list(dict.fromkeys(row for values in series.values() for row in values))
    height = FREE_INCHES + INCH_A_ROW * len(rows) * (1 + 0.15 * (len(series) - 1))
    with canvas(height) as (figure, axes):
        if chance is not None:
            axes.axvline(100 * chance, color=MUTED, linewidth=0.9, dashes=(3, 2), label="chance")
        for i, (label, values) in enumerate(series.items()):
            lane = (i - (len(series) - 1) / 2) * 0.75 / max(len(series), 2)
            places = [(rows.index(row) + lane, share) for row, share in values.items()]
            axes.errorbar(
                [100 * share.share for _, share in places],
                [place for place, _ in places],
                xerr=[
                    [_arms(share)[0][0] for _, share in places],
                    [_arms(share)[1][0] for _, share in places],
                ],
                label=label,
                **_style(i),
            )
        axes.set_yticks(range(len(rows)), rows, color=INK)
        axes.set(xlim=(-2, 102), ylim=(len(rows) - 0.5, -0.5), xlabel="Accuracy (%)")
        axes.grid(axis="y", visible=False)
        for edge in range(1, len(rows)):
            axes.axhline(edge - 0.5, color=RULE, linewidth=0.4)
        _legend(figure, columns=2)
        return save(figure, folder, name=name, title=title, alt=_dots_alt(title, series, chance))


def _dots_alt(
    title: str, series: Mapping[str, Mapping[str, Proportion]], chance: float | None
) -> str:
    said = ". ".join(
        f"{label}: " + ", ".join(f"{row} {100 * p.share:.0f}%" for row, p in values.items())
        for label, values in series.items()
    )
    line = "" if chance is None else f" Chance is {100 * chance:.0f}%."
    return f"{title}. {said}.{line}"


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
            axes.set(xlabel="Step", ylabel="Loss", title=backbone)
            axes.set_ylim(bottom=0)
            _legend(figure, columns=2)
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


def _arms(share: Proportion) -> list[list[float]]:
    """Lengths of an error bar's two arms in points, (2, 1); never below 0 by rounding."""
    low, high = share.interval()
    return [[max(0.0, 100 * (share.share - low))], [max(0.0, 100 * (high - share.share))]]


def _style(i: int) -> dict[str, Any]:
    return {
        "fmt": MARKERS[i % len(MARKERS)],
        "color": SERIES[i % len(SERIES)],
        "markersize": 4.5,
        "markeredgecolor": PAPER,
        "markeredgewidth": 0.4,
        "elinewidth": 1.1,
        "capsize": 0,
        "zorder": 3,
    }


def _legend(figure: Any, *, columns: int) -> None:
    """Below the axes, where it covers neither data nor title."""
    figure.legend(loc="outside lower center", ncols=columns, handletextpad=0.4, columnspacing=1.2)
