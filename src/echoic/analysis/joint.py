"""Predicted and measured scores of a target as one joint distribution, in percent."""

from collections.abc import Mapping, Sequence

import numpy as np

from echoic.analysis.intervals import Proportion
from echoic.analysis.kriging import Mixture, counting_variance, predict
from echoic.analysis.metric_choice import Fit, Table, features


def _floor(rows: Fit, counts: Mapping[str, int]) -> float:
    known = [counts[model] for model in rows.models]
    return float(
        np.mean([counting_variance(y, n) for y, n in zip(rows.rows.y, known, strict=True)])
    )


def predictive(
    table: Table,
    target: str,
    names: Sequence[str],
    chosen: Fit,
    mean: Fit,
    counts: Mapping[str, int],
    families: Mapping[str, str],
) -> Mixture:
    """One joint distribution: predictions, predictions by the mean alone, and measured scores.

    Measured scores and those of models that lack a chosen metric are taken as independent of the
    rest; sampling error of measured scores is normal, here with the t's slightly longer tails.
    """
    whole = [name for name in names if not lacking(table, chosen, name)]
    full = predict(
        chosen.rows,
        features(table, chosen.metrics, whole),
        [families[name] for name in whole],
        _floor(chosen, counts),
    )
    blind = predict(mean.rows, np.zeros((1, 0)), [""], _floor(mean, counts))
    blind_mean, blind_variance = float(blind.mean[0]), float(blind.weights @ blind.cov[:, 0, 0])
    g, m = len(full.weights), len(names)
    loc, cov = np.full((g, m), blind_mean), np.tile(np.eye(m) * blind_variance, (g, 1, 1))
    at = [names.index(name) for name in whole]
    loc[:, at] = full.loc
    cov[np.ix_(range(g), at, at)] = full.cov
    for i, name in enumerate(names):
        if name in table[target]:
            loc[:, i] = table[target][name]
            cov[:, i, :] = cov[:, :, i] = 0.0
            cov[:, i, i] = counting_variance(table[target][name], counts[name])
    return Mixture(full.weights, loc, cov, full.df)


def spread_with(chosen: Fit) -> float:
    """Scale of a prediction for an average model of a new family, in points."""
    middle = chosen.rows.x.mean(axis=0, keepdims=True)
    return float(np.sqrt(predict(chosen.rows, middle, [""]).squared_scales()[0, 0]))


def spread_between(chosen: Fit) -> float:
    """Standard deviation of predictions over models of new families, in points.

    The metrics of the measured models stand for those of others.
    """
    found = predict(chosen.rows, chosen.rows.x, [""] * len(chosen.models))
    return float(found.mean.std(ddof=1))


def measured_bounds(accuracy: float, n: int) -> tuple[float, float]:
    """Wilson interval of a measured accuracy, in percent."""
    low, high = Proportion(round(accuracy * n / 100), n).interval()
    return 100 * low, 100 * high


def lacking(table: Table, chosen: Fit, model: str) -> list[str]:
    """The chosen metrics on which a model has no score."""
    return [name for name in chosen.metrics if model not in table[name]]
