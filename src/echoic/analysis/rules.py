"""Judge against rules: do two ways of grading the same replies say the same?"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from echoic.analysis.agreement import cohen_kappa
from echoic.analysis.intervals import Proportion
from echoic.analysis.paired import mcnemar
from echoic.errors import NoData
from echoic.verdict import Verdict


@dataclass(frozen=True)
class RulePair:
    """Two rules on the replies that both graded: accuracy of each, agreement, kappa (None when both
    always say the same one thing), replies only one calls right, exact McNemar p."""

    first: str
    second: str
    first_right: Proportion
    second_right: Proportion
    agree: Proportion
    kappa: float | None
    only_first: int
    only_second: int
    p: float


def compare_rules(verdicts: Sequence[Verdict]) -> list[RulePair]:
    """Every two rules that graded at least one reply in common, the judge's pairs first.

    Raises NoData when no reply was graded by two rules.
    """
    names = sorted({r for v in verdicts for r in v.rules}, key=lambda r: (r != "judge", r))
    found = [pair for a, b in combinations(names, 2) if (pair := _pair(a, b, verdicts))]
    if not found:
        raise NoData("no reply was graded by two rules; grade with a judge or free answering")
    return found


def _pair(a: str, b: str, verdicts: Sequence[Verdict]) -> RulePair | None:
    both = [verdict.rules for verdict in verdicts if a in verdict.rules and b in verdict.rules]
    if not both:
        return None
    first = [bool(rules[a].get("correct")) for rules in both]
    second = [bool(rules[b].get("correct")) for rules in both]
    test = mcnemar(first, second)
    try:
        kappa = cohen_kappa(first, second)
    except NoData:
        kappa = None
    return RulePair(
        first=a,
        second=b,
        first_right=Proportion(sum(first), len(both)),
        second_right=Proportion(sum(second), len(both)),
        agree=Proportion(len(both) - test.only_first - test.only_second, len(both)),
        kappa=kappa,
        only_first=test.only_first,
        only_second=test.only_second,
        p=test.p,
    )
