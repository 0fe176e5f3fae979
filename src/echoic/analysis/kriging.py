"""Bayesian linear prediction from few models that come in families.

The model, in points of accuracy, for model i of family f(i) with standardised metrics x (p,):

    y_i = a + x_i b + u_f(i) + e_i
    e ~ N(0, s2 (1 - rho)),  u ~ N(0, s2 rho),  b ~ N(0, s2 kappa^2 / p)

with a flat prior on a and 1/s2 on s2. Given rho (the share of the residual variance that families
share) and kappa (how strong the metrics may be against the residual: small values are strong ridge
penalties) the predictive distribution is a Student t, which is ordinary kriging
with the covariance s2 (V + kappa^2 X X' / p). rho and kappa are not estimated, for
which 8 models are too few: all values of a grid count by their marginal likelihood, which makes the
prediction a mixture of t distributions. Sources: Rasmussen & Williams (2006), section 2.7 (flat
prior on the mean); O'Hagan & Forster (2004), chapter 11 (conjugate linear model). Differs: one
degree of freedom is given away, because the metrics were chosen among several on the same models;
without it 95% intervals hold 91 to 93.5% (benchmarks/recommend_coverage.py, docs/results.md).

Without metrics (p = 0) the prediction is the plain mean of y, for every model the same; the grid
over rho then only sets the width, so that a model of a family never seen gets the room it needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from echoic.analysis.intervals import LEVEL, Floats
from echoic.errors import NoData

SHARED = (0.0, 0.3, 0.6)  # rho
STRENGTHS = (0.5, 1.0, 2.0)  # kappa
CHOICE = 1  # degrees of freedom given away for having chosen the metrics
FEWEST_ROWS = 3  # a mean, the choice, and one degree of freedom for the width
BISECTIONS = 60  # halves the bracket to 1e-18 of its width
SMALLEST_SD = 1e-9  # points; keeps a residual of exactly zero from dividing by zero


@dataclass(frozen=True)
class Rows:
    """Models with a known target: `y` (n,) in points, metrics `x` (n, p), families (n,)."""

    y: Floats
    x: Floats
    families: tuple[str, ...]

    def only(self, keep: NDArray[np.bool_]) -> "Rows":
        """The rows where `keep` (n,) holds."""
        families = tuple(f for f, kept in zip(self.families, keep, strict=True) if kept)
        return Rows(self.y[keep], self.x[keep], families)


@dataclass(frozen=True)
class Mixture:
    """A joint predictive distribution of m targets: weighted multivariate t components.

    Shapes: `weights` (g,), `loc` (g, m), `cov` (g, m, m) the squared scales, `df` shared.
    """

    weights: Floats
    loc: Floats
    cov: Floats
    df: float

    @property
    def mean(self) -> Floats:
        """(m,) points."""
        return np.asarray(self.weights @ self.loc)

    def squared_scales(self) -> Floats:
        """(m, m), within components and between them: a t's covariance is df / (df - 2) of it."""
        centred = self.loc - self.mean  # (g, m)
        within = np.einsum("g,gij->ij", self.weights, self.cov)
        return np.asarray(within + np.einsum("g,gi,gj->ij", self.weights, centred, centred))

    def interval(self, level: float = LEVEL) -> tuple[Floats, Floats]:
        """Central interval of each target, (m,) and (m,), by bisection of the mixture's CDF."""
        low, high = (self._quantile(q) for q in ((1 - level) / 2, (1 + level) / 2))
        return low, high

    def beats(self) -> Floats:
        """(m, m): the probability that target i comes out above target j; 1/2 on the diagonal."""
        variance = np.diagonal(self.cov, axis1=1, axis2=2)  # (g, m)
        scale = np.sqrt(
            np.maximum(variance[:, :, None] + variance[:, None] - 2 * self.cov, SMALLEST_SD**2)
        )
        gap = self.loc[:, :, None] - self.loc[:, None]  # (g, m, m)
        return np.asarray(np.einsum("g,gij->ij", self.weights, stdtr(self.df, gap / scale)))

    def draws(self, count: int, rng: np.random.Generator) -> Floats:
        """(count, m) draws from the joint distribution."""
        which = rng.choice(len(self.weights), count, p=self.weights)
        roots = np.linalg.cholesky(self.cov + SMALLEST_SD**2 * np.eye(self.cov.shape[1]))
        normal = np.einsum("cij,cj->ci", roots[which], rng.normal(size=(count, len(self.mean))))
        stretch = np.sqrt(self.df / rng.chisquare(self.df, count))
        return np.asarray(self.loc[which] + stretch[:, None] * normal)

    def _quantile(self, q: float) -> Floats:
        scale = np.sqrt(np.diagonal(self.cov, axis1=1, axis2=2))  # (g, m)
        reach = 1e4 * scale.max(axis=0)
        low, high = self.loc.min(axis=0) - reach, self.loc.max(axis=0) + reach
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            below = self.weights @ stdtr(self.df, (middle - self.loc) / scale) < q
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray((low + high) / 2)


def kernel(first: Sequence[str], second: Sequence[str]) -> Floats:
    """1 where two models are of one family, else 0: (n, m)."""
    return np.asarray(np.asarray(first)[:, None] == np.asarray(second)[None], dtype=np.float64)


def predict(rows: Rows, x: Floats, families: Sequence[str], floor: float = 0.0) -> Mixture:
    """The joint predictive distribution of new models with metrics `x` (m, p), in points.

    `floor` is the sampling variance of a measured target (points squared, see
    `counting_variance`): no residual variance is believed to be smaller. Raises NoData with fewer
    than 3 rows.
    """
    n, p = rows.x.shape
    if n < FEWEST_ROWS:
        raise NoData(f"{n} models with a known target: a prediction needs at least {FEWEST_ROWS}")
    centre = rows.x.mean(axis=0)
    spread = np.where(np.ptp(rows.x, axis=0) > 0, rows.x.std(axis=0), np.inf)  # no spread: no use
    known, new = (rows.x - centre) / spread, (x - centre) / spread
    rho, strength = (grid.ravel()[:, None, None] for grid in _grid(p))
    slope = strength**2 / max(p, 1)
    # Covariances in units of s2, for every grid point: (g, n, n), (g, n, m), (g, m, m)
    cov = _covariance(known, known, kernel(rows.families, rows.families), rho, slope)
    cov += (1 - rho) * np.eye(n)
    across = _covariance(known, new, kernel(rows.families, families), rho, slope)
    ahead = _covariance(new, new, kernel(families, families), rho, slope)
    ahead += (1 - rho) * np.eye(len(new))
    if p == 0:
        across = np.zeros_like(across)  # the mean alone never leans on relatives
    return _mixture(rows.y, cov, across, ahead, floor, plain=p == 0)


def _grid(p: int) -> tuple[Floats, Floats]:
    rho, strength = np.meshgrid(SHARED, STRENGTHS if p else (0.0,))
    return rho, strength


def _covariance(a: Floats, b: Floats, same: Floats, rho: Floats, slope: Floats) -> Floats:
    return np.asarray(rho * same + slope * (a @ b.T))


def _mixture(
    y: Floats, cov: Floats, across: Floats, ahead: Floats, floor: float, *, plain: bool
) -> Mixture:
    """Kriging with an unknown mean, at every grid point at once."""
    n = len(y)
    ones = np.ones((len(cov), n, 1))
    targets = np.broadcast_to(y[:, None], ones.shape)
    solved = np.linalg.solve(cov, np.concatenate([ones, targets, across], axis=2))  # (g, n, 2 + m)
    inv_one, inv_y, inv_across = solved[..., 0], solved[..., 1], solved[..., 2:]
    precision = inv_one.sum(axis=1)  # 1' C^-1 1
    level = (inv_one @ y) / precision  # the weighted mean, (g,)
    rest = inv_y @ y - level**2 * precision
    variance = np.maximum(rest / (n - 1 - CHOICE), max(floor, SMALLEST_SD**2))
    log_weight = -(np.linalg.slogdet(cov)[1] + np.log(precision) + (n - 1) * np.log(variance)) / 2
    weights = np.exp(log_weight - log_weight.max())
    if plain:
        level = np.full(len(cov), y.mean())
        error = cov.mean(axis=(1, 2))  # variance of the plain mean
    else:
        error = 1 / precision
    residual = inv_y - level[:, None] * inv_one  # C^-1 (y - a)
    loc = level[:, None] + (residual[:, None] @ across)[:, 0]
    left = 1 - (inv_one[:, None] @ across)[:, 0]  # how much of the mean is still needed
    unit = ahead - np.swapaxes(across, 1, 2) @ inv_across
    unit = unit + error[:, None, None] * left[:, :, None] * left[:, None, :]
    return Mixture(
        weights / weights.sum(), loc, unit * variance[:, None, None], float(n - 1 - CHOICE)
    )


def counting_variance(accuracy: float, n: int) -> float:
    """Sampling variance of an accuracy in percent over n questions, points squared.

    Agresti & Coull's adjustment (1998, 10.1080/00031305.1998.10480550: two more right, two more
    wrong), so that 100 % still has some. Raises NoData for no questions.
    """
    if n < 1:
        raise NoData(f"an accuracy over {n} questions does not exist")
    share = (accuracy / 100 * n + 2) / (n + 4)
    return 1e4 * share * (1 - share) / (n + 4)
