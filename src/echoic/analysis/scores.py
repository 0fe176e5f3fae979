"""Score tables: one accuracy per model, benchmark, mode and category.

Accuracies are in percent here, as in the tables people publish. A metric is "<benchmark> <mode>"
over the category `Avg`; models link two metrics by having a score on both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from echoic.analysis.correlation import Correlation, correlate
from echoic.errors import BadRecord, NoData

WHOLE = "Avg"
MODES = ("text", "cascade", "audio")
# Beginnings of the groups that are no backbones under test, or are one a second time.
LEFT_OUT = ("published", "captioner", "variants")


@dataclass(frozen=True)
class Score:
    """One cell of a table: `accuracy` in percent over `n` questions (None when not stated)."""

    model: str
    group: str
    benchmark: str
    mode: str
    category: str
    accuracy: float
    n: int | None = None

    def __post_init__(self) -> None:
        if not (self.model and self.benchmark and self.category):
            raise BadRecord("model, benchmark and category must not be empty")
        if self.mode not in MODES:
            raise BadRecord(f"mode {self.mode!r} is none of {', '.join(MODES)}")
        if not 0 <= self.accuracy <= 100:
            raise BadRecord(f"accuracy {self.accuracy} is not between 0 and 100 percent")
        if self.n is not None and self.n < 1:
            raise BadRecord(f"n is {self.n}; it counts questions and starts at 1")

    @property
    def metric(self) -> str:
        """The name of the column this score belongs to."""
        return f"{self.benchmark} {self.mode}"


@dataclass(frozen=True)
class Pair:
    """Two metrics over their shared models: a correlation, or the reason why there is none."""

    a: str
    b: str
    models: tuple[str, ...]
    x: tuple[float, ...]
    y: tuple[float, ...]
    correlation: Correlation | None
    reason: str = ""

    @property
    def n(self) -> int:
        """How many models have both scores."""
        return len(self.models)

    def to_record(self) -> dict[str, object]:
        """The JSON object of this pair; without a coefficient the values are null."""
        row: dict[str, object] = {"a": self.a, "b": self.b, "n": self.n}
        for name in list(Correlation.__dataclass_fields__)[1:]:
            row[name] = None if self.correlation is None else getattr(self.correlation, name)
        return row | ({"reason": self.reason} if self.reason else {})


def backbones_only(scores: Iterable[Score]) -> list[Score]:
    """Without published systems and captioner comparisons, which are no backbones under test, and
    variants, in which a backbone would count twice. Raises NoData when nothing else is there.
    """
    kept = [score for score in scores if not score.group.lower().startswith(LEFT_OUT)]
    if not kept:
        raise NoData("every row belongs to a published system, a captioner comparison or a variant")
    return kept


def cells(scores: Iterable[Score], category: str = WHOLE) -> dict[str, dict[str, Score]]:
    """Metric -> model -> score in one category; text before cascade before audio.

    The same row twice counts once. Raises BadRecord when a model has two different scores on one
    metric, since a statistic could not know which to take; NoData when nothing is left.
    """
    table: dict[str, dict[str, Score]] = {}
    chosen = [score for score in scores if score.category == category]
    for score in sorted(chosen, key=lambda score: MODES.index(score.mode)):
        held = table.setdefault(score.metric, {}).setdefault(score.model, score)
        if held.accuracy != score.accuracy:
            raise BadRecord(
                f"{score.model!r} has two scores on {score.metric} ({held.accuracy:g} and "
                f"{score.accuracy:g}, group {score.group!r}): keep one, or rename one of them"
            )
    if not table:
        raise NoData(f"no score in category {category!r}")
    return table


def metrics(scores: Iterable[Score], category: str = WHOLE) -> dict[str, dict[str, float]]:
    """Metric -> model -> accuracy in percent in one category. Raises as `cells` does."""
    return {
        metric: {model: score.accuracy for model, score in column.items()}
        for metric, column in cells(scores, category).items()
    }


def categories(scores: Iterable[Score]) -> list[str]:
    """The categories but Avg in order of first appearance. Raises NoData when there is none."""
    found = list(dict.fromkeys(s.category for s in scores if s.category != WHOLE))
    if not found:
        raise NoData(f"no score in a category other than {WHOLE}")
    return found


def correlations(scores: Sequence[Score], *, seed: int = 0, category: str = WHOLE) -> list[Pair]:
    """Every pair of metrics over the models both have. Each pair draws from its own stream."""
    table = metrics(scores, category)
    names = list(table)
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    streams = np.random.default_rng(seed).spawn(len(pairs))
    return [_pair(a, b, table, rng) for (a, b), rng in zip(pairs, streams, strict=True)]


def _pair(a: str, b: str, table: dict[str, dict[str, float]], rng: np.random.Generator) -> Pair:
    models = tuple(model for model in table[a] if model in table[b])
    x = tuple(table[a][model] for model in models)
    y = tuple(table[b][model] for model in models)
    try:
        return Pair(a, b, models, x, y, correlate(x, y, rng=rng))
    except NoData as error:
        return Pair(a, b, models, x, y, None, str(error))
