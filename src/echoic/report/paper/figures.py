"""Figures 2 and 3 of the paper from its tables, with the user's models drawn beside.

Users' points are never part of a coefficient: other captions, prompts or training make another
metric of the same benchmark.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from echoic.analysis.scores import WHOLE, Pair
from echoic.models.backbone import facts
from echoic.report.paper.mine import Mine
from echoic.report.paper.numbers import Paper
from echoic.report.paper.shifted import Shifted, shifted_panel
from echoic.report.plots import (
    INK,
    MARKERS,
    MUTED,
    PAPER,
    SERIES,
    Drawing,
    canvas,
    file_name,
    save,
)

FAMILIES = ("Qwen", "Llama", "Phi", "OLMo")
OTHERS = "Proprietary"
HERE = "This study"
NAMED_UP_TO = 8  # more names than these cover each other at column width
PANEL_INCHES = 2.9
LEGEND_COLUMNS = 5  # as many names as fit one line
AXES_POINTS = (150, 105)  # what the points of a panel spread over, about
MARK_POINTS, NAME_POINTS, LETTER_POINTS, CLEAR_POINTS = 6, 6, 3.5, 4
SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))

Point = tuple[str, float, float]


def figure_2(paper: Paper, mine: Mine, folder: Path) -> list[Drawing]:
    """One panel for each pair of averages."""
    return [
        _panel(
            pair,
            mine.points((pair.a, WHOLE), (pair.b, WHOLE)),
            folder,
            name=file_name("paper-figure-2", pair.a, pair.b),
            title=f"{pair.a} and {pair.b}",
        )
        for pair in paper.pairs
    ]


def figure_3(paper: Paper, mine: Mine, folder: Path) -> list[Drawing]:
    """One panel for each benchmark and domain: cascade (x, Table 3) against audio (y)."""
    return [
        _panel(
            pair,
            mine.points((pair.a, category), (pair.b, category)),
            folder,
            name=file_name("paper-figure-3", benchmark, category),
            title=f"{benchmark}, {category}",
            category=category,
            shifted=shifted_panel(paper, benchmark, category),
        )
        for (benchmark, category), pair in paper.domain_pairs.items()
    ]


def _panel(
    pair: Pair,
    own: Sequence[Point],
    folder: Path,
    *,
    name: str,
    title: str,
    category: str = WHOLE,
    shifted: Shifted | None = None,
) -> Drawing:
    c = pair.correlation
    assert c is not None  # the paper's metrics share 8 models or more
    verdict = f"r = {c.pearson:.2f} [{c.fisher_low:.2f}, {c.fisher_high:.2f}], n = {c.n}"
    points = list(zip(pair.models, pair.x, pair.y, strict=True))
    with canvas(PANEL_INCHES) as (figure, axes):
        _families(axes, points)
        if shifted:
            _ghosts(axes, shifted)
        if own:
            _series(axes, HERE, [(x, y) for _, x, y in own], len(FAMILIES) + 1)
        axes.margins(0.12)
        if len(points) <= NAMED_UP_TO:
            _names(axes, points)
        axes.set_title(verdict.replace("-", "−"), fontsize=7.5)
        part = "" if category == WHOLE else f", {category}"
        axes.set(xlabel=f"{pair.a}{part} (%)", ylabel=f"{pair.b}{part} (%)")
        names = len(axes.get_legend_handles_labels()[1])
        figure.legend(
            loc="outside lower center", ncols=names if names <= LEGEND_COLUMNS else 3,
            handletextpad=0.1, columnspacing=0.7,
        )  # fmt: skip
        return save(
            figure,
            folder,
            name=name,
            title=title,
            alt=f"{pair.a} against {pair.b}, {title}. {verdict}. "
            f"{_said(points)}.{_said_own(own)}{_said_shift(shifted)}",
        )


def _families(axes: Any, points: Sequence[Point]) -> None:
    for i, family in enumerate((*FAMILIES, OTHERS)):
        some = [(x, y) for model, x, y in points if _family(model) == family]
        if some:
            _series(axes, family, some, i)


def _family(model: str) -> str:
    found = facts(model).family
    return found if found in FAMILIES else OTHERS


def _series(axes: Any, label: str, points: Sequence[tuple[float, float]], i: int) -> None:
    axes.plot(
        [x for x, _ in points],
        [y for _, y in points],
        MARKERS[i],
        color=SERIES[i],
        label=label,
        markersize=5,
        markeredgecolor=PAPER,
        markeredgewidth=0.4,
        zorder=3,
    )


def _ghosts(axes: Any, shifted: Shifted) -> None:
    """Where the published figure draws the models whose x comes from another column."""
    label = f"drawn at {shifted.column}"
    for own, moved, y in shifted.moved.values():
        axes.plot([own, moved], [y, y], color=MUTED, linewidth=0.8, linestyle=":", zorder=1)
        axes.plot(
            [moved], [y], MARKERS[2], markersize=5, markerfacecolor="none",
            markeredgecolor=MUTED, markeredgewidth=0.9, label=label, zorder=2,
        )  # fmt: skip
        label = "_"


def _names(axes: Any, points: Sequence[Point]) -> None:
    """Each name beside its point, on the side where it covers least (greedy, in points' order)."""
    xs, ys = [x for _, x, _ in points], [y for _, _, y in points]
    across = AXES_POINTS[0] / ((max(xs) - min(xs)) or 1)
    up = AXES_POINTS[1] / ((max(ys) - min(ys)) or 1)
    taken = [_box(((x - min(xs)) * across, (y - min(ys)) * up), (0, 0), MARK_POINTS, MARK_POINTS)
             for _, x, y in points]  # fmt: skip
    for model, x, y in points:
        width = LETTER_POINTS * len(model)
        at = ((x - min(xs)) * across, (y - min(ys)) * up)
        boxes = [_box(at, side, width, NAME_POINTS) for side in SIDES]
        best = min(range(len(SIDES)), key=lambda i: sum(_overlap(boxes[i], t) for t in taken))
        taken.append(boxes[best])
        dx, dy = SIDES[best]
        axes.annotate(
            model, (x, y), xytext=(dx * CLEAR_POINTS, dy * CLEAR_POINTS),
            textcoords="offset points", fontsize=NAME_POINTS, color=INK,
            ha={-1: "right", 0: "center", 1: "left"}[dx],
            va={-1: "top", 0: "center", 1: "bottom"}[dy],
        )  # fmt: skip


def _box(
    at: tuple[float, float], side: tuple[int, int], width: float, height: float
) -> tuple[float, float, float, float]:
    """Left, bottom, right, top of something `width` x `height` on one side of a point."""
    left = at[0] + side[0] * CLEAR_POINTS + (side[0] - 1) * width / 2
    bottom = at[1] + side[1] * CLEAR_POINTS + (side[1] - 1) * height / 2
    return left, bottom, left + width, bottom + height


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """The area two boxes share."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    tall = min(a[3], b[3]) - max(a[1], b[1])
    return wide * tall if wide > 0 and tall > 0 else 0.0


def _said(points: Sequence[Point]) -> str:
    return "; ".join(f"{model}: {x:.1f}%, {y:.1f}%" for model, x, y in points)


def _said_own(own: Sequence[Point]) -> str:
    return f" {HERE}, not in r: {_said(own)}." if own else ""


def _said_shift(shifted: Shifted | None) -> str:
    if shifted is None:
        return ""
    moved = "; ".join(f"{m}: {x:.1f}% for {own:.1f}%" for m, (own, x, _) in shifted.moved.items())
    return (
        f" Hollow: x taken from the column {shifted.column} ({moved}), "
        f"which gives r = {shifted.r:.2f}."
    )
