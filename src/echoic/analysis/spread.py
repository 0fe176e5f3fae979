"""How far answers move when nothing but chance or wording changes.

A round is one pass over the same questions: a repeat of sampled decoding, or one of several
wordings. Accuracies are fractions from 0 to 1; `sd` is the sample standard deviation over rounds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from echoic.analysis.accuracy import by_question
from echoic.analysis.steady import Steadiness, steadiness
from echoic.errors import NoData
from echoic.verdict import Verdict

Place = tuple[str, int]  # question and variant: what is asked once a round


@dataclass(frozen=True)
class Spread:
    """Over the questions that every round asked (each order of options counts as one).

    `accuracies`: round -> accuracy. `steady`: how the replies of the rounds to a question compare.
    """

    accuracies: Mapping[str, float]
    mean: float
    sd: float
    steady: Steadiness

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
    return Spread(
        accuracies=dict(zip(rounds, accuracies, strict=True)),
        mean=mean(accuracies),
        sd=stdev(accuracies),
        steady=steadiness(zip(*columns, strict=True)),
    )


def repeats(verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    """The verdicts of one run by repeat, counted from 1."""
    rounds: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        rounds.setdefault(str(verdict.repeat + 1), []).append(verdict)
    return rounds
