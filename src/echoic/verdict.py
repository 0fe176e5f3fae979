"""One graded reply."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from echoic.errors import BadRecord, NoData
from echoic.records import read_jsonl


@dataclass(frozen=True)
class Verdict:
    """What a reply to a question was worth.

    `rule` names the rule whose `chosen` and `correct` count: "official", "letter", "judge" or
    "likelihood". `chosen` is an option index from 0, or None when the rule could not read one (then
    `correct` is False, unless the official rule, which reads no option, says otherwise). `rules`
    holds what every rule that was applied said: rule -> {"chosen", "correct"}. `scores` are the
    mean log-probabilities per token of the options, for likelihood answering. `chosen` and `answer`
    always count the options as the question has them; `variant` numbers the orders and `repeat` the
    samples of one question, both from 0; `order` says in which order the model saw
    them (place -> option index), () when they were not listed.
    """

    question: str
    category: str
    subcategory: str
    chosen: int | None
    correct: bool
    rule: str
    reply: str
    clip: str = ""
    variant: int = 0
    answer: int = -1
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    scores: tuple[float, ...] = ()
    order: tuple[int, ...] = ()
    repeat: int = 0

    def __post_init__(self) -> None:
        if not self.question or not self.rule:
            raise BadRecord(f"a verdict needs a question and a rule, got {self.question!r}")

    def as_shown(self) -> "Verdict":
        """This verdict with `chosen` and `answer` as places (0 is A) in the order the model saw.

        Raises NoData when the options were not listed, BadRecord for a choice that is none of them.
        """
        if not self.order:
            raise NoData(f"{self.question}: the options were not listed, so none had a place")
        try:
            chosen = None if self.chosen is None else self.order.index(self.chosen)
            return replace(self, chosen=chosen, answer=self.order.index(self.answer))
        except ValueError as error:
            raise BadRecord(
                f"{self.question}: choice {self.chosen} or answer {self.answer} is not among the "
                f"options {self.order}; run this evaluation again"
            ) from error

    def to_record(self) -> dict[str, Any]:
        """The JSON object of this verdict."""
        row = {name: getattr(self, name) for name in self.__dataclass_fields__}
        row["scores"], row["order"] = list(self.scores), list(self.order)
        return row

    @classmethod
    def from_record(cls, row: Mapping[str, Any], where: str) -> "Verdict":
        """Build from a JSON object. Raises BadRecord naming `where`."""
        try:
            values = dict(row)
            values["scores"] = tuple(values.get("scores", ()))
            values["order"] = tuple(values.get("order", ()))
            verdict = cls(**values)
        except (TypeError, ValueError) as error:
            raise BadRecord(f"{where}: no verdict: {error}") from error
        except BadRecord as error:
            raise BadRecord(f"{where}: {error}") from error
        for name, kinds in KINDS.items():
            if type(value := getattr(verdict, name)) not in kinds:
                raise BadRecord(f"{where}: {name} cannot be {value!r}; run this evaluation again")
        if not all(type(said) is dict for said in verdict.rules.values()):
            raise BadRecord(
                f"{where}: rules cannot be {verdict.rules!r}; run this evaluation again"
            )
        return verdict


KINDS: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("question", "category", "subcategory", "rule", "reply", "clip"), (str,)),
    **dict.fromkeys(("variant", "answer", "repeat"), (int,)),
    "chosen": (int, type(None)),
    "correct": (bool,),
    "rules": (dict,),
}
"""What JSON may hold for each value of a verdict."""


def read_verdicts(path: Path) -> list[Verdict]:
    """All verdicts of a JSONL file, in order."""
    return [Verdict.from_record(row, f"{path}:{number}") for number, row in read_jsonl(path)]
