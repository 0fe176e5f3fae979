"""Item analysis: which questions tell models apart, and which look wrong.

Input is a table of 0 and 1 (models, questions). With few models (17 in arXiv:2603.19195) only a
one-parameter model is fitted. Contents: `item_rest`, `rasch` and `analyse`, which lists suspicious
questions with the number that chance alone would list.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import t

from echoic.analysis.correlation import pearson
from echoic.analysis.intervals import Floats
from echoic.analysis.responses import Responses
from echoic.errors import NoData

FEWEST_MODELS = 4
NODES = 41  # of Gauss-Hermite quadrature over ability
STEPS = 500  # of EM; each takes one Newton step a question
CONVERGED = 1e-6  # logits
SMALLEST_SPREAD = 0.05  # logits; abilities as good as equal would leave the scale to chance
ALPHA = 0.05  # one-sided, of an item-rest correlation below zero


@dataclass(frozen=True)
class Rasch:
    """Difficulties (k,) and abilities (m,) in logits, the abilities centred on 0 before shrinking.

    Difficulty is +-inf for a question that all models got wrong or right: no finite estimate
    exists. `spread` is the standard deviation of ability.
    """

    difficulty: Floats
    ability: Floats
    spread: float
    log_likelihood: float


@dataclass(frozen=True)
class Item:
    """One question: share of models right, Rasch difficulty in logits, item-rest correlation.

    The correlation is None when all models do the same on it. `suspicion` is "" or the reason.
    """

    question: str
    subcategory: str
    right: float
    difficulty: float
    item_rest: float | None
    p_negative: float | None
    suspicion: str


@dataclass(frozen=True)
class ItemAnalysis:
    """All items, and how many negative correlations chance alone would list."""

    items: tuple[Item, ...]
    expected_by_chance: float

    @property
    def suspicious(self) -> list[Item]:
        """Those with a suspicion, the most negative correlation first."""
        found = [item for item in self.items if item.suspicion]
        return sorted(found, key=lambda item: 0.0 if item.item_rest is None else item.item_rest)


def item_rest(right: Floats) -> Floats:
    """Correlation of each question with the score on all others: (m, k) -> (k,), nan if undefined.

    The rest, not the total: a question correlates with itself (Henrysson 1963).
    """
    rest = right.sum(axis=1, keepdims=True) - right
    return pearson(right.T, rest.T)


def rasch(right: Floats) -> Rasch:
    """Marginal maximum likelihood of P(right) = 1 / (1 + exp(difficulty - ability)).

    Ability is normal over models with mean 0 and an estimated spread; EM after Bock & Aitkin (1981,
    10.1007/BF02293801), abilities are posterior means. Raises NoData when every question is
    answered alike by all models, since nothing is left to estimate from.
    """
    models = len(right)
    told = (right.sum(axis=0) > 0) & (right.sum(axis=0) < models)
    if models < 2 or not told.any():
        raise NoData("all models do the same on every question: no Rasch difficulty exists")
    data = right[:, told]
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    log_prior = np.log(weights / weights.sum())
    share = data.mean(axis=0)
    b, spread = np.log((1 - share) / share), 1.0
    for _ in range(STEPS):
        posterior, _ = _posterior(data, b, spread * nodes, log_prior)
        chance = expit(spread * nodes[:, None] - b)  # (nodes, k)
        mass = posterior.sum(axis=0)  # (nodes,)
        step = (mass @ chance - data.sum(axis=0)) / (mass @ (chance * (1 - chance)))
        step = np.clip(step, -1, 1)
        before = spread
        spread = float(max(np.sqrt((mass @ (spread * nodes) ** 2) / models), SMALLEST_SPREAD))
        b = b + step
        if np.abs(step).max() < CONVERGED and abs(spread - before) < CONVERGED:
            break
    posterior, log_likelihood = _posterior(data, b, spread * nodes, log_prior)
    difficulty = np.where(right.mean(axis=0) > 0, -np.inf, np.inf)
    difficulty[told] = b
    return Rasch(difficulty, posterior @ (spread * nodes), spread, log_likelihood)


def _posterior(data: Floats, b: Floats, ability: Floats, log_prior: Floats) -> tuple[Floats, float]:
    """Posterior over quadrature nodes (m, nodes), and the marginal log likelihood."""
    logit = ability[:, None] - b  # (nodes, k)
    log_joint = data @ logit.T - np.logaddexp(0, logit).sum(axis=1) + log_prior  # (m, nodes)
    top = log_joint.max(axis=1, keepdims=True)
    total = np.exp(log_joint - top).sum(axis=1, keepdims=True)
    return np.exp(log_joint - top) / total, float((top + np.log(total)).sum())


def analyse(table: Responses) -> ItemAnalysis:
    """Difficulty, discrimination and suspicion of every question.

    Suspicious: better models get it wrong more often (item-rest correlation below zero at one-sided
    5%), or no model gets it right. Raises NoData with fewer than 4 models or variants.
    """
    right = table.whole
    if len(right) < FEWEST_MODELS:
        raise NoData(f"{len(right)} models: item analysis needs at least {FEWEST_MODELS}")
    difficulty, r = rasch(right).difficulty, item_rest(right)
    p = _p_negative(r, len(right))
    items = [
        Item(
            question=question,
            subcategory=table.subcategories[i],
            right=float(right[:, i].mean()),
            difficulty=float(difficulty[i]),
            item_rest=float(r[i]) if np.isfinite(r[i]) else None,
            p_negative=float(p[i]) if np.isfinite(r[i]) else None,
            suspicion=_suspicion(right[:, i], float(p[i])),
        )
        for i, question in enumerate(table.questions)
    ]
    return ItemAnalysis(tuple(items), ALPHA * float(np.isfinite(r).sum()))


def _p_negative(r: Floats, n: int) -> Floats:
    """One-sided p of a correlation this far below zero, by Student's t with n - 2 degrees."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(t.cdf(r * np.sqrt((n - 2) / (1 - r**2)), n - 2))


def _suspicion(right: Sequence[float] | Floats, p: float) -> str:
    if not np.any(right):
        return "no model is right"
    return "better models are wrong more often" if p < ALPHA else ""
