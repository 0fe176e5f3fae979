"""A user's own runs as rows of the paper's tables: only where benchmark and mode are the same.

`akb-open` is not AKB-2000: its runs match no column, and are reported in tables of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from echoic.analysis.accuracy import by_group, by_question
from echoic.analysis.intervals import Proportion
from echoic.analysis.scores import WHOLE
from echoic.report import cells, labels
from echoic.report.cells import Group
from echoic.report.paper.numbers import Paper
from echoic.report.runs import Run

HERE = "This study"
ALIASES = {"Audio Quality": "Quality"}  # our taxonomy's name -> Table 1's heading

Shares = dict[tuple[str, str], Proportion]


@dataclass(frozen=True)
class Row:
    """One system: its backbone, a name that tells it from others, and its shares by column."""

    backbone: str
    block: str
    name: str
    shares: Shares
    standing: bool


@dataclass(frozen=True)
class Mine:
    """The runs that can stand beside the paper's numbers."""

    rows: tuple[Row, ...]

    def groups(self, places: Sequence[tuple[str, str]]) -> tuple[Group, ...]:
        """Blocks of rows that have at least one of the columns."""
        found = [row for row in self.rows if any(place in row.shares for place in places)]
        return tuple(
            Group(
                title,
                tuple(
                    (cells.text(row.name), *(cells.share(row.shares.get(p)) for p in places))
                    for row in rows
                ),
            )
            for title, rows in labels.grouped(found, lambda row: row.block).items()
        )

    def points(self, a: tuple[str, str], b: tuple[str, str]) -> list[tuple[str, float, float]]:
        """(backbone, x, y) in percent for backbones whose standing rows hold both columns."""
        x, y = self._standing(a), self._standing(b)
        return [(name, x[name], y[name]) for name in x if name in y]

    def _standing(self, place: tuple[str, str]) -> dict[str, float]:
        found: dict[str, float] = {}
        for row in self.rows:
            if row.standing and place in row.shares:
                found.setdefault(row.backbone, 100 * row.shares[place].share)
        return found


def beside(paper: Paper, runs: Sequence[Run]) -> Mine:
    """Rows of the runs on the paper's benchmarks. A backbone's standing run comes first."""
    metrics = {metric.casefold(): metric for metric, _ in paper.backbones}
    real = [run for run in runs if not run.control and run.scored and _metric(run) in metrics]
    ordered = sorted(real, key=lambda run: (labels.backbone(run), labels.preference(run)))
    rows: dict[tuple[str, str], Row] = {}
    standing: set[tuple[str, str]] = set()
    for run in ordered:
        metric = metrics[_metric(run)]
        block, name = _block(run), _name(run, ordered)
        first = (labels.backbone(run), metric) not in standing
        standing.add((labels.backbone(run), metric))
        before = rows.get((block, name))
        shares = _shares(run, metric)
        if before:
            shares, first = before.shares | shares, first or before.standing
        rows[block, name] = Row(labels.backbone(run), block, name, shares, first)
    return Mine(tuple(rows.values()))


def _metric(run: Run) -> str:
    return f"{run.benchmark} {run.mode}".casefold()


def _block(run: Run) -> str:
    return {
        "text": HERE,
        "cascade": f"{HERE}: {run.captioner or 'unnamed'} captions + LLM",
        "audio": f"{HERE}: LALM, recipe {run.recipe or 'not stated'}",
    }[run.mode]


def _name(run: Run, among: Sequence[Run]) -> str:
    """The backbone, with what tells several runs of it in one column apart."""
    peers = [
        other
        for other in among
        if (_metric(other), _block(other), labels.backbone(other))
        == (_metric(run), _block(run), labels.backbone(run))
    ]
    return labels.told_apart(labels.backbone(run), run, peers)


def _shares(run: Run, metric: str) -> Shares:
    parts = by_group(run.scored, lambda verdict: labels.category(verdict.category))
    whole = {(metric, WHOLE): by_question(run.scored)}
    return whole | {(metric, ALIASES.get(name, name)): share for name, share in parts.items()}
