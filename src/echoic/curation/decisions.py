"""What an adjudicator decided on questions whose readers differ.

Like a judgement, a decision belongs to what was shown: a changed word voids it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from echoic.curation.judgements import shown
from echoic.errors import BadRecord
from echoic.question import Question
from echoic.records import read_jsonl

ACCEPT, REJECT = "accept", "reject"


@dataclass(frozen=True)
class Decision:
    """One decision; `content` is `judgements.shown(question)`."""

    question: str
    content: str
    decision: str
    adjudicator: str
    comment: str = ""

    @classmethod
    def from_record(cls, row: Mapping[str, Any], where: str) -> "Decision":
        """Build from a JSON object. Raises BadRecord naming `where` and the faulty key."""
        if wrong := set(row) ^ set(cls.__dataclass_fields__):
            raise BadRecord(f"{where}: key {min(wrong)!r} is missing or unknown")
        for key, value in row.items():
            if not isinstance(value, str):
                raise BadRecord(f"{where}: {key!r} is {value!r}")
        if row["decision"] not in (ACCEPT, REJECT):
            raise BadRecord(f"{where}: decision {row['decision']!r} is no {ACCEPT} or {REJECT}")
        return cls(**row)

    def to_record(self) -> dict[str, str]:
        """The JSON object of this decision."""
        return asdict(self)


def read_decisions(path: Path) -> list[Decision]:
    """All decisions of a JSONL file; none when there is no such file."""
    if not path.exists():
        return []
    return [Decision.from_record(row, f"{path}:{number}") for number, row in read_jsonl(path)]


def decided(questions: Sequence[Question], decisions: Iterable[Decision]) -> dict[str, str]:
    """Question id -> the last decision on that question as it stands now."""
    content = {question.id: shown(question) for question in questions}
    return {
        decision.question: decision.decision
        for decision in decisions
        if content.get(decision.question) == decision.content
    }
