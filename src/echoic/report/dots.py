"""Dot plots: every system beside its controls, and what it hears of each attribute."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from echoic.analysis.accuracy import by_question
from echoic.analysis.intervals import Proportion
from echoic.report import labels
from echoic.report.contrasts import controls_of, evaluations, first_seeds
from echoic.report.controls import by_attribute
from echoic.report.plots import (
    INK,
    LETTERS_A_LINE,
    MUTED,
    RULE,
    Drawing,
    arms,
    canvas,
    file_name,
    legend,
    save,
    short,
    style,
)
from echoic.report.questions import QuestionBook
from echoic.report.runs import Run

INCH_A_ROW = 0.2
FREE_INCHES = 0.85  # title, axis label and legend around the rows of a dot plot
REAL = "Score"
PLOTTED = ("no-audio", "other-clip", "transcript-only")  # beside audio; the table has the rest
MOST_SYSTEMS = 6  # with a panel of their own; of more the tables and the heat map tell


def control_plots(runs: Sequence[Run], book: QuestionBook, folder: Path) -> list[Drawing]:
    """Score and controls of every system, one panel per mode and benchmark."""
    real = first_seeds([run for run in evaluations(runs) if controls_of(run, runs)])
    drawings = []
    for some in labels.grouped(real, lambda run: f"{run.mode}\n{run.benchmark}").values():
        ordered = sorted(some, key=lambda run: (labels.backbone(run), labels.preference(run)))
        series: dict[str, dict[str, Proportion]] = {REAL: {}}
        for run in ordered:
            name = labels.full_name(run, ordered)
            series[REAL][name] = by_question(run.scored)
            for other in controls_of(run, runs):
                if other.scored:
                    share = by_question(other.scored)
                    series.setdefault(labels.control(other.control), {})[name] = share
        first = ordered[0]
        drawings.append(
            _dots(
                series,
                folder,
                name=file_name("controls", first.mode, first.benchmark),
                title=f"{labels.MODE_TITLES[first.mode]}: score and controls ({first.benchmark})",
                chance=_shared_chance(ordered, book),
            )
        )
    return drawings


def _shared_chance(runs: Sequence[Run], book: QuestionBook) -> float | None:
    """The chance of all runs, None where they differ: the table then has each."""
    found = {book.chance(run) for run in runs}
    return found.pop() if len(found) == 1 else None


def attribute_plots(runs: Sequence[Run], book: QuestionBook, folder: Path) -> list[Drawing]:
    """Accuracy on each attribute (subcategory), audio beside its controls; a panel a system.

    Of several training seeds the lowest is drawn, and systems without controls are left out where
    others have them: the table holds them all. More than MOST_SYSTEMS get no panels.
    """
    audio = first_seeds([run for run in evaluations(runs) if run.mode == "audio"])
    controlled = [run for run in audio if controls_of(run, runs)]
    shown = controlled or audio
    drawings = []
    for run in sorted(shown, key=labels.preference) if len(shown) <= MOST_SYSTEMS else ():
        others = [o for o in controls_of(run, runs) if o.control in PLOTTED and o.scored]
        series = {"Audio": by_attribute(run)} | {
            labels.control(other.control): by_attribute(other) for other in others
        }
        way = labels.details(run, audio)
        drawings.append(
            _dots(
                series,
                folder,
                name=file_name("attributes", run.benchmark, labels.backbone(run), run.recipe, way),
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
            axes.axvline(
                100 * chance, color=MUTED, linewidth=0.9, dashes=(3, 2), label="mean chance"
            )
        for i, (label, values) in enumerate(series.items()):
            lane = (i - (len(series) - 1) / 2) * 0.75 / max(len(series), 2)
            places = [(rows.index(row) + lane, share) for row, share in values.items()]
            axes.errorbar(
                [100 * share.share for _, share in places],
                [place for place, _ in places],
                xerr=[
                    [arms(share)[0][0] for _, share in places],
                    [arms(share)[1][0] for _, share in places],
                ],
                label=label,
                **style(i),
            )
        names = [short(row, LETTERS_A_LINE) for row in rows]
        axes.set_yticks(range(len(rows)), names, color=INK)
        axes.set(xlim=(-2, 102), ylim=(len(rows) - 0.5, -0.5), xlabel="Accuracy (%)")
        axes.grid(axis="y", visible=False)
        for edge in range(1, len(rows)):
            axes.axhline(edge - 0.5, color=RULE, linewidth=0.4)
        legend(figure)
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
