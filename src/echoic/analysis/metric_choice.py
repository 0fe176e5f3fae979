"""Which text-only metrics predict a target best, by the error on models left out.

Errors are root mean squares in points. A set of metrics is judged on the models that have all of
them and the target, against the plain mean on the same models; the set with the smallest ratio of
the two is chosen. The plain mean is always among the sets (ratio 1), and so wins whenever no metric
helps. Sets: no metric, each metric, all metrics together.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from echoic.analysis.intervals import Floats
from echoic.analysis.kriging import FEWEST_ROWS, Rows, predict
from echoic.errors import NoData

FEWEST_MODELS = 5  # below, the variance of a prediction does not exist
Mask = NDArray[np.bool_]
Table = Mapping[str, Mapping[str, float]]  # metric -> model -> accuracy in percent


@dataclass(frozen=True)
class Fit:
    """A set of metrics (none: the plain mean), the models behind it, and its errors in points."""

    metrics: tuple[str, ...]
    models: tuple[str, ...]
    rows: Rows

    @property
    def name(self) -> str:
        """The metrics' names, or "mean only"."""
        return " + ".join(self.metrics) or "mean only"

    @cached_property
    def by_model(self) -> float:
        """Root mean square error over models left out one at a time."""
        return self._error(_singles(self.rows), self.rows)

    @cached_property
    def mean_by_model(self) -> float:
        """The same of the plain mean on the same models."""
        return self._error(_singles(self.rows), _columns(self.rows, ()))

    @cached_property
    def by_family(self) -> float | None:
        """The same over families left out; None when one leaves too few models, or is the only."""
        return left_out(self.rows, _families(self.rows))

    @cached_property
    def mean_by_family(self) -> float | None:
        """The same of the plain mean on the same models."""
        return left_out(_columns(self.rows, ()), _families(self.rows))

    @property
    def ratio(self) -> float:
        """Error over that of the plain mean on the same models."""
        return self.by_model / self.mean_by_model if self.mean_by_model > 0 else math.inf

    def _error(self, folds: Sequence[Mask], rows: Rows) -> float:
        error = left_out(rows, folds)
        assert error is not None, "at least 5 models, one left out"
        return error


def fits(table: Table, target: str, families: Mapping[str, str]) -> list[Fit]:
    """Every set of metrics that enough models have, the plain mean first.

    Raises NoData when fewer than 5 models have the target and some text-only score, or all of them
    score the same.
    """
    known, usable = table.get(target, {}), predictors(table)
    scored = [model for model in known if any(model in table[name] for name in usable)]
    if len(scored) < FEWEST_MODELS:
        raise NoData(
            f"{len(scored)} models have {target} and a text-only score: a prediction needs at "
            f"least {FEWEST_MODELS}"
        )
    if len({known[model] for model in scored}) == 1:
        raise NoData(f"all models score the same on {target}: there is nothing to predict")
    sets: list[tuple[str, ...]] = [(), *((name,) for name in usable)]
    sets += [tuple(usable)] if len(usable) > 1 else []
    found = []
    for names in sets:
        models = [model for model in scored if all(model in table[name] for name in names)]
        rows = rows_of(table, target, names, models, families)
        if len(models) < FEWEST_MODELS:
            continue
        if np.ptp(rows.y) > 0 and (np.ptp(rows.x, axis=0) > 0).all():
            found.append(Fit(names, tuple(models), rows))
    return found


def predictors(table: Table) -> list[str]:
    """The text-only metrics: knowledge and cascade, which need no training."""
    return [name for name in table if not name.endswith(" audio")]


def rows_of(
    table: Table,
    target: str,
    names: Sequence[str],
    models: Sequence[str],
    families: Mapping[str, str],
) -> Rows:
    """The models as rows; `families` gives each its family."""
    y = np.array([table[target][model] for model in models])
    return Rows(y, features(table, names, models), tuple(families[model] for model in models))


def features(table: Table, names: Sequence[str], models: Sequence[str]) -> Floats:
    """The metrics of these models: (models, metrics)."""
    found = [[table[name][model] for name in names] for model in models]
    return np.array(found, dtype=np.float64).reshape(len(models), len(names))


def choose(found: Sequence[Fit]) -> Fit:
    """The set with the smallest error against the plain mean; the earlier one in a tie."""
    return min(found, key=lambda fit: fit.ratio)


def best_columns(rows: Rows, sets: Sequence[Sequence[int]]) -> Sequence[int]:
    """Of sets of columns the one with the smallest leave-one-model-out error, the first in a tie.

    Columns that do not vary once a model is left out say nothing there and do no harm.
    """
    return min(sets, key=lambda columns: left_out(_columns(rows, columns), _singles(rows)) or 0.0)


def repeated_choice(rows: Rows, sets: Sequence[Sequence[int]]) -> tuple[float, float] | None:
    """Leave-one-model-out error when the choice of columns, too, is made without the model.

    The plain mean's on the same models comes second. None with too few models.
    """
    if len(rows.y) < FEWEST_MODELS:
        return None
    errors, plain = [], _columns(rows, ())
    for held in _singles(rows):
        columns = best_columns(rows.only(~held), sets)
        errors.append(_misses(_columns(rows, columns), held))
    return _rms(errors), _rms([_misses(plain, held) for held in _singles(rows)])


def left_out(rows: Rows, folds: Sequence[Mask]) -> float | None:
    """Root mean square error over folds of rows held out; None when too few rows are left."""
    if any((~held).sum() < FEWEST_ROWS for held in folds):
        return None
    return _rms([_misses(rows, held) for held in folds])


def _columns(rows: Rows, columns: Sequence[int]) -> Rows:
    return Rows(rows.y, rows.x[:, list(columns)], rows.families)


def _singles(rows: Rows) -> list[Mask]:
    return list(np.eye(len(rows.y), dtype=bool))


def _families(rows: Rows) -> list[Mask]:
    names = np.asarray(rows.families)
    return [names == name for name in dict.fromkeys(rows.families)]


def _misses(rows: Rows, held: Mask) -> Floats:
    kept, tested = rows.only(~held), rows.only(held)
    if rows.x.shape[1] == 0:
        return np.asarray(kept.y.mean() - tested.y)
    return np.asarray(predict(kept, tested.x, tested.families).mean - tested.y)


def _rms(errors: Sequence[Floats]) -> float:
    return float(np.sqrt(np.mean(np.concatenate(errors) ** 2)))
