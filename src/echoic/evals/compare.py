"""How far the rules say the same of the same replies, and where they do not.

`RuleTable` is told every verdict once and keeps counts only, so that any number of replies fits.
Shares and Cohen's kappa are fractions; kappa is None where it is not defined (both rules always say
one and the same).
"""

from collections import Counter
from collections.abc import Hashable
from typing import Any

from echoic.analysis.agreement import kappa_of_counts
from echoic.errors import NoData
from echoic.evals.grade import JUDGE, LETTER, OFFICIAL
from echoic.question import Question
from echoic.verdict import Verdict

# The pairs that are compared, the one to be trusted less second. The official rule reads no option:
# it is compared in right and wrong alone.
PAIRS = ((JUDGE, LETTER), (JUDGE, OFFICIAL), (LETTER, OFFICIAL))
READERS = (JUDGE, LETTER)
DECIMALS = 4


class RuleTable:
    """Counts of what each rule said, over verdicts that are added one by one."""

    def __init__(self) -> None:
        self._right: dict[tuple[str, str], Counter[tuple[Hashable, Hashable]]] = {}
        self._read: Counter[tuple[Hashable, Hashable]] = Counter()
        self._twins: Counter[str] = Counter()

    def add(self, verdict: Verdict) -> None:
        """Count what the rules said of one reply."""
        rules = verdict.rules
        for pair in PAIRS:
            if rules.keys() >= set(pair):
                said = tuple(bool(rules[rule]["correct"]) for rule in pair)
                self._right.setdefault(pair, Counter())[said[0], said[1]] += 1
        if rules.keys() >= set(READERS):
            self._read[rules[JUDGE]["chosen"], rules[LETTER]["chosen"]] += 1
        for rule, said_ in rules.items():
            self._twins[rule] += chose_twin(said_["chosen"], bool(said_["correct"]), verdict.answer)

    def agreement(self) -> dict[str, Any]:
        """Each pair of rules ("judge, letter") with its 2x2 count of right and wrong, the share of
        replies of which both say the same, and kappa; for judge and letter also of the options.
        """
        told: dict[str, Any] = {}
        for (one, two), counts in self._right.items():
            told[f"{one}, {two}"] = {
                "n": sum(counts.values()),
                "both_right": counts[True, True],
                f"only_{one}_right": counts[True, False],
                f"only_{two}_right": counts[False, True],
                "both_wrong": counts[False, False],
                **_agreeing(counts),
            }
        if self._read:
            told[", ".join(READERS)]["options"] = _agreeing(self._read)
        return told

    def twins(self) -> dict[str, int]:
        """Rule -> how often an option that repeats the right one's text was chosen in its place."""
        return {rule: count for rule, count in self._twins.items() if rule != OFFICIAL}

    def record(self, unreadable: int) -> dict[str, Any]:
        """What `run.json` says of the rules; `unreadable` counts a judge's answers."""
        return {
            "agreement": self.agreement(),
            "twins": self.twins(),
            "judge_unreadable": unreadable,
        }


def _agreeing(counts: Counter[tuple[Hashable, Hashable]]) -> dict[str, float | None]:
    same = sum(count for (one, two), count in counts.items() if one == two)
    try:
        kappa = round(kappa_of_counts(counts), DECIMALS)
    except NoData:
        kappa = None
    return {"raw": round(same / sum(counts.values()), DECIMALS), "kappa": kappa}


def chose_twin(chosen: int | None, correct: bool, answer: int) -> bool:
    """Whether a right choice is another option than the key: one with the same text."""
    return correct and chosen is not None and chosen != answer


def has_twin(question: Question) -> bool:
    """Whether another option reads as the right one."""
    return question.options.count(question.gold) > 1


def disagree(verdict: Verdict) -> bool:
    """Whether rules differ in right or wrong, or judge and letter in the option."""
    rules = verdict.rules
    if len({bool(said["correct"]) for said in rules.values()}) > 1:
        return True
    return len({rules[rule]["chosen"] for rule in READERS if rule in rules}) > 1


def as_disagreement(question: Question, verdict: Verdict) -> dict[str, Any]:
    """What is listed of a reply on which the rules differ: options as texts, None for unparsed."""
    rules = {
        rule: {
            "chosen": None if said["chosen"] is None else question.options[said["chosen"]],
            "correct": said["correct"],
        }
        for rule, said in verdict.rules.items()
    }
    return {
        "id": question.id,
        "options": list(question.options),
        "answer": question.gold,
        "reply": verdict.reply,
        "rules": rules,
    }


def agreement_lines(agreement: dict[str, Any]) -> list[str]:
    """The same for a terminal, one line a pair of rules."""
    lines = []
    for pair, told in agreement.items():
        one, two = pair.split(", ")
        lines.append(
            f"{one} and {two}: same in {100 * told['raw']:.2f}%, kappa {_shown(told['kappa'])}; "
            f"both right {told['both_right']}, only {one} {told[f'only_{one}_right']}, "
            f"only {two} {told[f'only_{two}_right']}, both wrong {told['both_wrong']}"
        )
        if options := told.get("options"):
            lines.append(
                f"  in the option read: same in {100 * options['raw']:.2f}%, "
                f"kappa {_shown(options['kappa'])}"
            )
    return lines


def _shown(kappa: float | None) -> str:
    return "not defined" if kappa is None else f"{kappa:.3f}"
