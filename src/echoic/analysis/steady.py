"""How often a model chooses the same option when one question is asked again.

One notion for other orders of the options, repeats of sampled decoding, and other wordings: the
option counts, not its place, and a reply that could not be read is never the same as another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import mean

from echoic.analysis.intervals import Proportion
from echoic.errors import NoData
from echoic.verdict import Verdict


@dataclass(frozen=True)
class Steadiness:
    """Of `n` questions asked at least twice: how many got the same option every time (`same`), were
    right every time (`right`) or never (`wrong`); and how often two replies to one question choose
    the same, a fraction averaged over questions (`agreement`)."""

    n: int
    same: int
    right: int
    wrong: int
    agreement: float

    @property
    def same_share(self) -> Proportion:
        """`same` of `n`; its interval takes questions as independent."""
        return Proportion(self.same, self.n)

    @property
    def right_share(self) -> Proportion:
        """`right` of `n`."""
        return Proportion(self.right, self.n)


def steadiness(asked: Iterable[Sequence[Verdict]]) -> Steadiness:
    """Compare the replies to each question; `asked` holds the verdicts of one question each.

    Questions asked once say nothing and are left out. Raises NoData when there is no other.
    """
    several = [verdicts for verdicts in asked if len(verdicts) > 1]
    if not several:
        raise NoData("no question was asked twice; ask with repeats or several permutations")
    shares = [_alike(verdicts) for verdicts in several]
    return Steadiness(
        n=len(several),
        same=sum(share == 1 for share in shares),
        right=sum(all(verdict.correct for verdict in some) for some in several),
        wrong=sum(not any(verdict.correct for verdict in some) for some in several),
        agreement=mean(shares),
    )


def _alike(verdicts: Sequence[Verdict]) -> float:
    """Of all pairs of replies, the share that chose the same option."""
    pairs = list(combinations([verdict.chosen for verdict in verdicts], 2))
    return sum(a is not None and a == b for a, b in pairs) / len(pairs)
