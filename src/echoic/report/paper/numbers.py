"""The numbers of arXiv 2603.19195 as printed, from the CSV files beside this module.

Accuracies are in percent. What was read off a plot, and what is missing, is said in data/README.md.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from echoic.analysis.intervals import Proportion
from echoic.analysis.scores import WHOLE, Pair, Score, backbones_only, correlations
from echoic.models.backbone import facts

SOURCE = "arXiv 2603.19195"
FILES = {
    "Table 1": "table1_knowledge.csv",
    "Table 2": "table2_hardest_subcategories.csv",
    "Table 3": "table3_cascade.csv",
    "Table 4": "table4_audio.csv",
    "Figure 3": "figure3_audio_by_category.csv",
}
PRINTED = "printed_correlations.csv"
WHOLE_TABLES = ("Table 1", "Table 3", "Table 4", "Figure 3")  # scores of models, not of means
PROPRIETARY = "Proprietary"


@dataclass(frozen=True)
class Entry:
    """One printed number: the score, its digits as printed, and the right answers behind it."""

    score: Score
    digits: str
    correct: int | None

    @property
    def place(self) -> tuple[str, str]:
        """The column it stands in: metric and category."""
        return self.score.metric, self.score.category

    @property
    def proportion(self) -> Proportion | None:
        """The counts, or None where the percentage fits none or no n is stated."""
        if self.correct is None or self.score.n is None:
            return None
        return Proportion(self.correct, self.score.n)


@dataclass(frozen=True)
class PrintedCorrelation:
    """A coefficient that a figure prints."""

    figure: int
    a: str
    b: str
    category: str
    r: str


@dataclass(frozen=True)
class Paper:
    """All entries by table, and the questions the claims ask of them."""

    tables: dict[str, tuple[Entry, ...]]
    printed: tuple[PrintedCorrelation, ...]

    @cached_property
    def scores(self) -> tuple[Score, ...]:
        """Every score of a model: Tables 1, 3, 4 and Figure 3's heights."""
        return tuple(entry.score for name in WHOLE_TABLES for entry in self.tables[name])

    @cached_property
    def backbones(self) -> dict[tuple[str, str], dict[str, Entry]]:
        """(metric, category) -> backbone -> entry, without published systems and captioners."""
        table: dict[tuple[str, str], dict[str, Entry]] = {}
        kept = set(backbones_only(self.scores))
        for name in WHOLE_TABLES:
            for entry in self.tables[name]:
                if entry.score in kept:
                    table.setdefault(entry.place, {})[entry.score.model] = entry
        return table

    def column(self, metric: str, category: str = WHOLE) -> dict[str, float]:
        """Backbone -> accuracy in percent, in the order printed."""
        found = self.backbones[metric, category]
        return {model: entry.score.accuracy for model, entry in found.items()}

    def group(self, metric: str, beginning: str, category: str = WHOLE) -> dict[str, float]:
        """Rows of the groups that begin so (`Published`, `Captioner`), by model."""
        return {
            entry.score.model: entry.score.accuracy
            for name in WHOLE_TABLES
            for entry in self.tables[name]
            if entry.place == (metric, category) and entry.score.group.startswith(beginning)
        }

    def open_weight(self, metric: str, category: str = WHOLE) -> dict[str, float]:
        """Backbones whose makers published the weights."""
        found = self.backbones[metric, category]
        return {
            model: entry.score.accuracy
            for model, entry in found.items()
            if PROPRIETARY not in entry.score.group
        }

    def family(self, metric: str, name: str) -> dict[str, float]:
        """Backbones of one family."""
        column = self.column(metric)
        return {model: value for model, value in column.items() if facts(model).family == name}

    def categories(self, metric: str) -> list[str]:
        """Categories of a metric, without the whole, in the order printed."""
        return [c for m, c in self.backbones if m == metric and c != WHOLE]

    @property
    def hardest(self) -> dict[str, float]:
        """Table 2: subcategory -> mean accuracy in percent, in the order printed."""
        return {entry.score.category: entry.score.accuracy for entry in self.tables["Table 2"]}

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Figure 2: every pair of averages over the backbones both have."""
        return tuple(correlations(backbones_only(self.scores)))

    def pair(self, a: str, b: str) -> Pair:
        """One of them."""
        return next(pair for pair in self.pairs if (pair.a, pair.b) == (a, b))

    @cached_property
    def domain_pairs(self) -> dict[tuple[str, str], Pair]:
        """Figure 3: (benchmark, domain) -> cascade against audio within that domain."""
        kept = backbones_only(self.scores)
        found = {}
        for metric, category in self.backbones:
            benchmark, _, mode = metric.rpartition(" ")
            if mode == "audio" and category != WHOLE:
                some = [score for score in kept if score.benchmark == benchmark]
                (found[benchmark, category],) = correlations(some, category=category)
        return found


def read_paper() -> Paper:
    """The paper's numbers, from the files that ship with the package."""
    return Paper(
        tables={name: tuple(map(_entry, rows(file))) for name, file in FILES.items()},
        printed=tuple(
            PrintedCorrelation(int(row["figure"]), row["a"], row["b"], row["category"], row["r"])
            for row in rows(PRINTED)
        ),
    )


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one of the files; rows without a number (gaps) are left out."""
    text = (files("echoic.report.paper") / "data" / name).read_text(encoding="utf-8")
    return [row for row in csv.DictReader(io.StringIO(text)) if row.get("accuracy", row.get("r"))]


def _entry(row: dict[str, str]) -> Entry:
    n, k = row.get("n") or "", row.get("k") or ""
    score = Score(
        model=row["model"],
        group=row["group"],
        benchmark=row["benchmark"],
        mode=row["mode"],
        category=row["category"],
        accuracy=float(row["accuracy"]),
        n=int(n) if n else None,
    )
    return Entry(score, row["accuracy"], int(k) if k else None)


def order(values: Mapping[str, float]) -> list[str]:
    """Models from best to worst; ties in the order printed."""
    return sorted(values, key=lambda model: -values[model])


def mean(values: Iterable[float]) -> float:
    """The plain mean of some accuracies."""
    found: Sequence[float] = list(values)
    return sum(found) / len(found)
