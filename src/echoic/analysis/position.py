"""Does the place of an option decide whether it is chosen?

Positions count from 0 (A). The verdicts are those of one run in which the order of the options was
drawn anew for each variant; `chosen` and `answer` are places as the model saw them, and `options`
says how many options each verdict's question had (n,).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from echoic.analysis.intervals import Proportion
from echoic.errors import NoData
from echoic.verdict import Verdict


@dataclass(frozen=True)
class Position:
    """One place: how often it was chosen, how often a blind choice would be it, and the accuracy
    when the right option stands there (None when it never does)."""

    index: int
    chosen: Proportion
    uniform: float
    accuracy: Proportion | None


@dataclass(frozen=True)
class Consistency:
    """Questions asked in several orders: right in all, right in some, right in none."""

    always: int
    sometimes: int
    never: int

    @property
    def n(self) -> int:
        """All questions that were asked at least twice."""
        return self.always + self.sometimes + self.never


def positions(verdicts: Sequence[Verdict], options: Sequence[int]) -> list[Position]:
    """Choice share and accuracy of every place, over verdicts whose choice could be read.

    Raises NoData when no choice could be read, or when the option counts do not match.
    """
    if len(verdicts) != len(options):
        raise NoData(f"{len(verdicts)} verdicts for {len(options)} option counts; give one each")
    read = [
        (verdict, count)
        for verdict, count in zip(verdicts, options, strict=True)
        if verdict.chosen is not None
    ]
    if not read:
        raise NoData("no reply names an option, so no position can be favoured")
    chosen = Counter(verdict.chosen for verdict, _ in read)
    places = range(max(count for _, count in read))
    asked = Counter(verdict.answer for verdict in verdicts)
    right = Counter(verdict.answer for verdict in verdicts if verdict.correct)
    return [
        Position(
            index=place,
            chosen=Proportion(chosen[place], len(read)),
            uniform=sum(1 / count for _, count in read if place < count) / len(read),
            accuracy=Proportion(right[place], asked[place]) if asked[place] else None,
        )
        for place in places
    ]


def bias(places: Sequence[Position]) -> float:
    """Total variation distance between chosen and uniform shares: 0 fair, near 1 one place only."""
    return sum(abs(place.chosen.share - place.uniform) for place in places) / 2


def consistency(verdicts: Sequence[Verdict]) -> Consistency:
    """How many questions keep their verdict when only the order of the options changes.

    Raises NoData when no question was asked in two orders.
    """
    outcomes: defaultdict[str, list[bool]] = defaultdict(list)
    for verdict in verdicts:
        outcomes[verdict.question].append(verdict.correct)
    several = [runs for runs in outcomes.values() if len(runs) > 1]
    if not several:
        raise NoData("no question was asked in two orders; ask at least two permutations")
    always = sum(all(runs) for runs in several)
    never = sum(not any(runs) for runs in several)
    return Consistency(always, len(several) - always - never, never)
