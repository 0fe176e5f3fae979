"""One graded reply."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from echoic.errors import BadRecord
from echoic.records import read_jsonl


@dataclass(frozen=True)
class Verdict:
    """What a reply to a question was worth.

    `rule` names the rule whose `chosen` and `correct` count: "official", "letter", "judge" or
    "likelihood". `chosen` is an option index from 0, or None when the rule could not read one (then
    `correct` is False, unless the official rule, which reads no option, says otherwise). `rules`
    holds what every rule that was applied said: rule -> {"chosen", "correct"}. `scores` are the
    mean log-probabilities per token of the options, for likelihood answering.
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

    def __post_init__(self) -> None:
        if not self.question or not self.rule:
            raise BadRecord(f"a verdict needs a question and a rule, got {self.question!r}")

    def to_record(self) -> dict[str, Any]:
        """The JSON object of this verdict."""
        row = {name: getattr(self, name) for name in self.__dataclass_fields__}
        row["scores"] = list(self.scores)
        return row

    @classmethod
    def from_record(cls, row: Mapping[str, Any], where: str) -> "Verdict":
        """Build from a JSON object. Raises BadRecord naming `where`."""
        try:
            values = dict(row)
            values["scores"] = tuple(values.get("scores", ()))
            return cls(**values)
        except TypeError as error:
            raise BadRecord(f"{where}: no verdict: {error}") from error


def read_verdicts(path: Path) -> list[Verdict]:
    """All verdicts of a JSONL file, in order."""
    return [Verdict.from_record(row, f"{path}:{number}") for number, row in read_jsonl(path)]
