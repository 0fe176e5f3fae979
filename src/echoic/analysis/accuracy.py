"""Accuracy over verdicts, whole and by group.

Every verdict counts: one that no rule could read is wrong, and shows up in `unparsed`. Shares are
fractions from 0 to 1. A group without a verdict does not appear; no verdicts at all is NoData.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from echoic.analysis.intervals import Proportion
from echoic.errors import NoData
from echoic.verdict import Verdict


def accuracy(verdicts: Sequence[Verdict]) -> Proportion:
    """Right verdicts over all verdicts. Raises NoData for none."""
    return Proportion(sum(verdict.correct for verdict in verdicts), len(verdicts))


def by_group(verdicts: Iterable[Verdict], group: Callable[[Verdict], str]) -> dict[str, Proportion]:
    """`by_question` of each group, in order of first appearance. Raises NoData for no verdict."""
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(group(verdict), []).append(verdict)
    if not groups:
        raise NoData("no verdict to group; run the evaluation first")
    return {name: by_question(members) for name, members in groups.items()}


def unparsed(verdicts: Sequence[Verdict]) -> Proportion:
    """The share of replies in which the rule that counts could read no option."""
    return Proportion(
        sum(verdict.chosen is None and not verdict.correct for verdict in verdicts), len(verdicts)
    )


def by_rule(verdicts: Sequence[Verdict]) -> dict[str, Proportion]:
    """Accuracy of the same replies under every rule that judged all of them, a question once."""
    if not verdicts:
        raise NoData("no verdict to compare rules on")
    shared = set(verdicts[0].rules).intersection(*(verdict.rules for verdict in verdicts))
    return {rule: by_question(verdicts, rule) for rule in sorted(shared)}


def per_question(verdicts: Iterable[Verdict], rule: str = "") -> dict[str, float]:
    """Question id -> share of its variants answered right (0 or 1 when it was asked once).

    Under the rule that counts, or under `rule`, which must have judged every verdict.
    """
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for verdict in verdicts:
        asked[verdict.question] += 1
        found = verdict.rules[rule].get("correct") if rule else verdict.correct
        right[verdict.question] += bool(found)
    return {question: right[question] / count for question, count in asked.items()}


def by_question(verdicts: Sequence[Verdict], rule: str = "") -> Proportion:
    """Accuracy in which every question counts once, whatever the number of its variants.

    Several verdicts on one question are no independent evidence: the question brings its share of
    right ones. Equal to `accuracy` when every question was asked once. Raises NoData for none.
    """
    shares = per_question(verdicts, rule)
    right = math.fsum(shares.values())
    return Proportion(int(right) if right.is_integer() else right, len(shares))
