"""What is hard for whom: accuracy by subcategory, as a heat map and as a profile.

The models are those that stand for their backbones; see `labels.preference`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from echoic.analysis.accuracy import by_group
from echoic.analysis.hardest import Hard, hardest
from echoic.analysis.intervals import Proportion
from echoic.analysis.responses import responses
from echoic.errors import NoData
from echoic.report import cells, labels
from echoic.report.cells import Cell, Column, Group, Table
from echoic.report.contrasts import stream
from echoic.report.leaderboard import Metric, standing_runs
from echoic.report.plots import (
    HEAT,
    INK,
    MUTED,
    RULE,
    SERIES,
    Drawing,
    canvas,
    file_name,
    legend,
    save,
    short,
)
from echoic.report.runs import Run
from echoic.verdict import Verdict

INCH_A_ROW = 0.15
STEP = 10  # of a heat map's scale, in points
INCH_A_LETTER = 0.045  # of names set aslant
FREE_INCHES = 1.0  # axis, model names or legend around the rows
Shares = dict[str, dict[tuple[str, str], Proportion]]


def heat_tables(runs: Sequence[Run]) -> list[Table]:
    """Per evaluation: subcategories by models, tinted by accuracy."""
    return [_table(metric, _shares(row)) for metric, row in standing_runs(runs).items()]


def drawings(runs: Sequence[Run], folder: Path) -> list[Drawing]:
    """Per evaluation: the profile, and the heat map where there are several models."""
    found = []
    for metric, row in standing_runs(runs).items():
        profile = _profile(metric, row, folder)
        found += [profile] if profile else []
        if len(row) > 1:
            found.append(_heat_map(metric, _shares(row), folder))
    return found


def _place(verdict: Verdict) -> tuple[str, str]:
    return labels.category(verdict.category), verdict.subcategory or "other"


def _shares(row: Mapping[str, Run]) -> Shares:
    """Model -> (category, subcategory) -> share."""
    found: Shares = {}
    for name, run in row.items():
        parts = by_group(run.scored, lambda verdict: "\n".join(_place(verdict)))
        found[name] = {(k.split("\n")[0], k.split("\n")[1]): share for k, share in parts.items()}
    return found


def _places(shares: Shares) -> list[tuple[str, str]]:
    """All places: categories in the paper's order, then by name."""
    found = {place for held in shares.values() for place in held}
    order = labels.in_order(category for category, _ in found)
    return sorted(found, key=lambda place: (order.index(place[0]), place[1]))


def _table(metric: Metric, shares: Shares) -> Table:
    places = _places(shares)
    groups = tuple(
        Group(
            category,
            tuple(
                (
                    cells.text(place[1]),
                    *(_heat(held.get(place)) for held in shares.values()),
                )
                for place in places
                if place[0] == category
            ),
        )
        for category in dict.fromkeys(category for category, _ in places)
    )
    mode, benchmark = metric
    return Table(
        key=f"subcategories-{mode}-{benchmark}",
        caption=f"{labels.MODE_TITLES[mode]} by subcategory ({benchmark})",
        columns=(Column("Subcategory", False), *map(Column, shares)),
        groups=groups,
        note="The tint is the accuracy itself. The CSV file holds interval and count of each cell; "
        "few questions a cell leave wide intervals.",
        group_name="category",
    )


def _heat(share: Proportion | None) -> Cell:
    if share is None:
        return cells.absent("none asked")
    return replace(cells.share(share), sub="", heat=share.share)


def _heat_map(metric: Metric, shares: Shares, folder: Path) -> Drawing:
    """Best model left, hardest subcategory of each category on top."""
    mode, benchmark = metric
    columns = sorted(shares, key=lambda name: -_mean(shares[name].values()))
    rows = sorted(_places(shares), key=lambda place: _height(place, shares))
    grid = np.array(
        [
            [100 * s[row].share if row in (s := shares[c]) else np.nan for c in columns]
            for row in rows
        ]
    )
    names = [short(name) for name in columns]
    below = INCH_A_LETTER * max(map(len, names))
    with canvas(FREE_INCHES + below + INCH_A_ROW * len(rows)) as (figure, axes):
        low, high = STEP * np.floor(np.nanmin(grid) / STEP), STEP * np.ceil(np.nanmax(grid) / STEP)
        drawn = axes.pcolormesh(grid, cmap=HEAT, vmin=low, vmax=max(high, low + STEP))
        axes.set_xticks(np.arange(len(columns)) + 0.5, names, rotation=60, ha="right",
                        rotation_mode="anchor", fontsize=6)  # fmt: skip
        axes.set_yticks(np.arange(len(rows)) + 0.5, [short(name) for _, name in rows], fontsize=6)
        axes.invert_yaxis()
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        _mark_categories(axes, [category for category, _ in rows], len(columns))
        bar = figure.colorbar(drawn, ax=axes, location="bottom", shrink=0.6, aspect=28, pad=0.02)
        bar.outline.set_visible(False)
        bar.set_label("Accuracy (%)")
        said = "; ".join(f"{name} {_extremes(shares[name])}" for name in columns)
        title = f"{labels.MODE_TITLES[mode]} by subcategory ({benchmark})"
        return save(
            figure, folder, name=file_name("heat", mode, benchmark), title=title,
            alt=f"Heat map, {len(rows)} subcategories by {len(shares)} models. {said}. The table "
            "holds every number.",
        )  # fmt: skip


def _height(place: tuple[str, str], shares: Shares) -> tuple[int, float]:
    """Sort key: the category's place, then the mean over the models."""
    order = labels.in_order(category for held in shares.values() for category, _ in held)
    return order.index(place[0]), _mean([s[place] for s in shares.values() if place in s])


def _mean(found: Iterable[Proportion]) -> float:
    return float(np.mean([one.share for one in found]))


def _mark_categories(axes: Any, names: Sequence[str], width: int) -> None:
    """A gap above each category, and its name at the right."""
    for name in dict.fromkeys(names):
        first, size = names.index(name), names.count(name)
        axes.axhline(first, color=RULE, linewidth=1.5)
        axes.text(width * 1.015, first + size / 2, name if size > 2 else name[:6], rotation=270,
                  va="center", ha="left", fontsize=6, color=MUTED)  # fmt: skip


def _extremes(held: Mapping[tuple[str, str], Proportion]) -> str:
    ranked = sorted(held, key=lambda place: held[place].share)
    low, high = ranked[0], ranked[-1]
    return (
        f"from {100 * held[low].share:.0f}% ({low[1]}) to {100 * held[high].share:.0f}% ({high[1]})"
    )


def _profile(metric: Metric, row: Mapping[str, Run], folder: Path) -> Drawing | None:
    """Mean over the models with its interval, hardest subcategory first, every model as a mark.

    None where the models share no question.
    """
    mode, benchmark = metric
    named = {
        name: [replace(v, subcategory=" · ".join(_place(v))) for v in run.scored]
        for name, run in row.items()
    }
    try:
        table = responses(named)
    except NoData:
        return None
    hard = hardest(table, rng=stream("profile", mode, benchmark))
    names = np.asarray(table.subcategories)
    models = {one.subcategory: table.right[:, names == one.subcategory].mean(1) for one in hard}
    with canvas(FREE_INCHES + INCH_A_ROW * len(hard)) as (figure, axes):
        _draw_profile(axes, hard, models)
        legend(figure, columns=3)
        worst = ", ".join(f"{one.subcategory} {100 * one.mean:.0f}%" for one in hard[:5])
        best = ", ".join(f"{one.subcategory} {100 * one.mean:.0f}%" for one in hard[:-4:-1])
        return save(
            figure, folder, name=file_name("profile", mode, benchmark),
            title=f"{labels.MODE_TITLES[mode]}, hardest first ({benchmark})",
            alt=f"Mean accuracy of {len(row)} models by subcategory, with intervals over "
            f"questions. Hardest: {worst}. Easiest: {best}.",
        )  # fmt: skip


def _draw_profile(axes: Any, hard: Sequence[Hard], models: Mapping[str, Any]) -> None:
    categories = labels.in_order(one.subcategory.split(" · ")[0] for one in hard)
    for i, category in enumerate(categories):
        rows = [y for y, one in enumerate(hard) if one.subcategory.split(" · ")[0] == category]
        colour = SERIES[i % len(SERIES)]
        for y in rows:
            dots = 100 * models[hard[y].subcategory]
            if len(dots) > 1:
                axes.plot(dots, [y] * len(dots), "|", color=MUTED, markersize=4, alpha=0.55)
            if (found := hard[y].estimate) is not None:
                axes.plot([100 * found.low, 100 * found.high], [y, y], color=colour, linewidth=1.3)
        means = [100 * hard[y].mean for y in rows]
        axes.plot(means, rows, "o", color=colour, markersize=4, label=category)
    axes.set_yticks(range(len(hard)), [short(one.subcategory.split(" · ")[1]) for one in hard],
                    fontsize=6, color=INK)  # fmt: skip
    axes.set(xlim=(-2, 102), ylim=(len(hard) - 0.4, -0.6), xlabel="Accuracy (%)")
    axes.grid(axis="y", color=RULE, linewidth=0.3)
