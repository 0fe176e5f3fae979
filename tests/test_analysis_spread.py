"""How far answers move between rounds of the same questions."""

import pytest

from echoic.analysis.spread import repeats, spread
from echoic.errors import NoData
from echoic.verdict import Verdict


def verdict(question: str, chosen: int | None, *, repeat: int = 0, variant: int = 0) -> Verdict:
    """The right option is 0."""
    return Verdict(
        question, "c", "s", chosen, chosen == 0, "letter", "", variant=variant, answer=0,
        order=(0, 1), repeat=repeat,
    )  # fmt: skip


def test_mean_sd_and_steadiness_of_three_rounds() -> None:
    choices: dict[str, list[int | None]] = {
        "always": [0, 0, 0], "never": [1, 1, 1], "mixed": [0, 1, 1], "unread": [None, None, None],
    }  # fmt: skip
    verdicts = [
        verdict(question, chosen, repeat=at)
        for question, some in choices.items()
        for at, chosen in enumerate(some)
    ]
    found = spread(repeats(verdicts))
    assert found.accuracies == {"1": 0.5, "2": 0.25, "3": 0.25}
    assert found.mean == pytest.approx(1 / 3)
    assert found.sd == pytest.approx(0.1443, abs=1e-4)
    assert (found.low, found.high, found.steady.n) == (0.25, 0.5, 4)
    assert (found.steady.same, found.steady.right, found.steady.wrong) == (2, 1, 2)
    assert found.steady.agreement == pytest.approx((1 + 1 + 1 / 3 + 0) / 4)


def test_rounds_that_never_differ_have_no_spread() -> None:
    found = spread({"a": [verdict("q", 0)], "b": [verdict("q", 0)]})
    assert (found.mean, found.sd, found.steady.agreement, found.steady.same) == (1, 0, 1, 1)


def test_only_questions_that_every_round_asked_are_compared() -> None:
    found = spread({"a": [verdict("q", 0), verdict("r", 1)], "b": [verdict("q", 0)]})
    assert (found.steady.n, found.accuracies) == (1, {"a": 1.0, "b": 1.0})


def test_one_round_or_nothing_shared_is_no_spread() -> None:
    with pytest.raises(NoData, match="at least two"):
        spread({"a": [verdict("q", 0)]})
    with pytest.raises(NoData, match="share no question"):
        spread({"a": [verdict("q", 0)], "b": [verdict("r", 0)]})
