"""How far answers move when nothing but chance or wording changes.

A round is one pass over the same questions: a repeat of sampled decoding, or one of several
wordings. Accuracies are fractions from 0 to 1; `sd` is the sample standard deviation over rounds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import mean, stdev

from echoic.analysis.accuracy import by_question
from echoic.errors import NoData
from echoic.verdict import Verdict

Place = tuple[str, int]  # question and variant: what is asked once a round


@dataclass(frozen=True)
class Spread:
    """Over `n` questions that every round asked (each order of options counts as one).

    `accuracies`: round -> accuracy. `same`: questions with the same choice in every round, `right`
    and `wrong`: those right or wrong in every round, `agreement`: how often two rounds choose the
    same. A reply that could not be read is never the same as another.
    """

    accuracies: Mapping[str, float]
    mean: float
    sd: float
    same: int
    right: int
    wrong: int
    agreement: float
    n: int

    @property
    def low(self) -> float:
        """The accuracy of the worst round."""
        return min(self.accuracies.values())

    @property
    def high(self) -> float:
        """The accuracy of the best round."""
        return max(self.accuracies.values())


def spread(rounds: Mapping[str, Sequence[Verdict]]) -> Spread:
    """Compare rounds on the questions that all of them asked.

    Raises NoData for fewer than two rounds, or when they share no question.
    """
    if len(rounds) < 2:
        raise NoData(f"{len(rounds)} round has no spread; ask at least two")
    asked: list[dict[Place, Verdict]] = [
        {(v.question, v.variant): v for v in verdicts} for verdicts in rounds.values()
    ]
    shared = [place for place in asked[0] if all(place in others for others in asked[1:])]
    if not shared:
        raise NoData("the rounds share no question; compare rounds over the same questions")
    columns = [[found[place] for place in shared] for found in asked]
    accuracies = [by_question(column).share for column in columns]
    rows = list(zip(*columns, strict=True))
    return Spread(
        accuracies=dict(zip(rounds, accuracies, strict=True)),
        mean=mean(accuracies),
        sd=stdev(accuracies),
        same=sum(_share_alike(row) == 1 for row in rows),
        right=sum(all(verdict.correct for verdict in row) for row in rows),
        wrong=sum(not any(verdict.correct for verdict in row) for row in rows),
        agreement=mean(_share_alike(row) for row in rows),
        n=len(rows),
    )


def repeats(verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    """The verdicts of one run by repeat, counted from 1."""
    rounds: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        rounds.setdefault(str(verdict.repeat + 1), []).append(verdict)
    return rounds


def _share_alike(row: Sequence[Verdict]) -> float:
    """Of all pairs of rounds, the share that chose the same option of one question."""
    pairs = list(combinations([verdict.chosen for verdict in row], 2))
    return sum(a is not None and a == b for a, b in pairs) / len(pairs)
