"""What reviewers said about questions: one record per reviewer and question.

A judgement belongs to what was shown (stem and options, whatever their order), so that moving keys
to other letters keeps it and changing a word voids it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from echoic.errors import BadRecord
from echoic.question import Question
from echoic.records import digest, read_jsonl

MODEL, HUMAN = "model", "human"
TEXTS = ("question", "content", "reviewer", "kind", "answer", "comment", "batch")
VERDICTS = ("clear", "distractors")


@dataclass(frozen=True)
class Judgement:
    """A blind reading of one question.

    `content` is `shown(question)`; `kind` is "model" or "human"; `answer` is the chosen option's
    text, "" when the reviewer found no single right one. `clear`: the stem can be understood in one
    way; `distractors`: the other three options are wrong and plausible. `batch` names the batch it
    was given in.
    """

    question: str
    content: str
    reviewer: str
    kind: str
    answer: str
    clear: bool
    distractors: bool
    comment: str = ""
    batch: str = ""

    def passes(self, question: Question) -> bool:
        """Whether the reviewer found the key, and nothing wrong."""
        return self.answer == question.gold and self.clear and self.distractors

    @classmethod
    def from_record(cls, row: Mapping[str, Any], where: str) -> "Judgement":
        """Build from a JSON object. Raises BadRecord naming `where` and the faulty key."""
        if wrong := set(row) ^ set(cls.__dataclass_fields__):
            raise BadRecord(f"{where}: key {min(wrong)!r} is missing or unknown")
        for key, value in row.items():
            if not isinstance(value, bool if key in VERDICTS else str):
                raise BadRecord(f"{where}: {key!r} is {value!r}")
        if row["kind"] not in (MODEL, HUMAN):
            raise BadRecord(f"{where}: kind {row['kind']!r} is neither {MODEL!r} nor {HUMAN!r}")
        return cls(**row)

    def to_record(self) -> dict[str, Any]:
        """The JSON object of this judgement."""
        return asdict(self)


def shown(question: Question) -> str:
    """Identity of what a reviewer sees, whatever the order of options: 64 hex digits."""
    return digest([question.stem, sorted(question.options)])


def read_judgements(*paths: Path) -> list[Judgement]:
    """All judgements of JSONL files. Raises BadRecord naming file and line."""
    return [
        Judgement.from_record(row, f"{path}:{number}")
        for path in paths
        for number, row in read_jsonl(path)
    ]


def by_question(
    questions: Sequence[Question], judgements: Iterable[Judgement]
) -> dict[str, list[Judgement]]:
    """Question id -> the last judgement of each reviewer about that question as it stands now."""
    content = {question.id: shown(question) for question in questions}
    latest: dict[tuple[str, str], Judgement] = {}
    for judgement in judgements:
        if content.get(judgement.question) == judgement.content:
            latest[judgement.question, judgement.reviewer] = judgement
    found: dict[str, list[Judgement]] = defaultdict(list)
    for (question, _), judgement in latest.items():
        found[question].append(judgement)
    return dict(found)
