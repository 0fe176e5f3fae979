"""Verdicts as the numbers that are printed: percent with two decimals and 95% Wilson intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from echoic.analysis.accuracy import accuracy, by_question
from echoic.analysis.intervals import Proportion
from echoic.verdict import Verdict

DECIMALS = 2


@dataclass(frozen=True)
class Score:
    """Accuracy of some verdicts. `n` and `correct` count replies; the rest is in percent."""

    n: int
    correct: int
    accuracy: float
    low: float
    high: float


def score(verdicts: Sequence[Verdict]) -> Score:
    """Accuracy with its interval. Raises NoData for no verdicts.

    Several verdicts on one question (orders of its options) are no independent evidence: for the
    interval each question counts once, with its share of right verdicts.
    """
    return _score(accuracy(verdicts), by_question(verdicts))


def score_of(correct: int, n: int) -> Score:
    """Accuracy of `n` questions that were asked once. Raises NoData for none."""
    share = Proportion(correct, n)
    return _score(share, share)


def _score(replies: Proportion, questions: Proportion) -> Score:
    low, high = questions.interval()
    percent = [round(100 * share, DECIMALS) for share in (replies.share, low, high)]
    return Score(replies.n, int(replies.correct), *percent)


def scores_by_category(verdicts: Sequence[Verdict]) -> dict[str, Score]:
    """The score of each category, in order of first appearance."""
    categories = dict.fromkeys(verdict.category for verdict in verdicts)
    return {
        name: score([verdict for verdict in verdicts if verdict.category == name])
        for name in categories
    }


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """One line per category, and the whole as "Avg", for a terminal."""
    return rows_of({**scores_by_category(verdicts), "Avg": score(verdicts)})


def rows_of(scores: Mapping[str, Score]) -> list[str]:
    """One line per score, for a terminal."""
    width = max(map(len, scores))
    return [
        f"  {name:<{width}}  {row.accuracy:6.2f}%  [{row.low:6.2f}, {row.high:6.2f}]  "
        f"{row.correct} of {row.n}"
        for name, row in scores.items()
    ]
