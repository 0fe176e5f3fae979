"""One multiple-choice question, checked at birth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from echoic.errors import BadQuestion, NoData
from echoic.records import digest, read_jsonl

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
UNKEYED = -1  # in place of the answer, where the right one is not known
REQUIRED = ("id", "stem", "options", "answer", "category", "subcategory")


@dataclass(frozen=True)
class Question:
    """A stem with options, one of which is right.

    `answer` is an index from 0, or UNKEYED where the authors keep the right one. `clip` is the
    audio file the question is about, relative to the benchmark's folder, or "" for a text-only
    question. `lead` holds the words that naturally begin an answer ("Instrument:"); likelihood
    scoring puts them before each option. `evidence` carries what proves the key (a formula with
    its numbers, pronunciations, the scene's truth).
    """

    id: str
    stem: str
    options: tuple[str, ...]
    answer: int
    category: str
    subcategory: str
    clip: str = ""
    source: str = ""
    lead: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.id:
            raise BadQuestion(f"a question without an id: {self.stem[:60]!r}")
        if not self.stem.strip():
            raise BadQuestion(f"{self.id}: the stem is empty")
        if not 2 <= len(self.options) <= len(LETTERS):
            raise BadQuestion(f"{self.id}: {len(self.options)} options; 2 to 26 are possible")
        if self.keyed and not 0 <= self.answer < len(self.options):
            raise BadQuestion(
                f"{self.id}: answer {self.answer} is no index into {len(self.options)} options"
            )

    @property
    def keyed(self) -> bool:
        """Whether the right option is known."""
        return self.answer != UNKEYED

    @property
    def gold(self) -> str:
        """The right option's text. Raises NoData when it is not known."""
        if not self.keyed:
            raise NoData(f"{self.id}: has no key")
        return self.options[self.answer]

    @property
    def hash(self) -> str:
        """Identity of what is asked: 64 hex digits over stem, options, answer, clip and lead."""
        return digest([self.stem, self.options, self.answer, self.clip, self.lead])

    @classmethod
    def from_record(cls, row: Mapping[str, Any], where: str) -> "Question":
        """Build from a JSON object. Raises BadQuestion naming `where` and the faulty key."""
        known = set(cls.__dataclass_fields__)
        unknown = sorted(set(row) - known)
        if unknown:
            raise BadQuestion(
                f"{where}: unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}"
            )
        missing = [key for key in REQUIRED if key not in row]
        if missing:
            raise BadQuestion(f"{where}: no key {missing[0]!r}")
        options, answer = row["options"], row["answer"]
        if not isinstance(options, list | tuple) or not all(isinstance(o, str) for o in options):
            raise BadQuestion(f"{where}: 'options' must be a list of strings")
        if type(answer) is not int:
            raise BadQuestion(f"{where}: 'answer' must be an index from 0, not {answer!r}")
        if answer == UNKEYED:
            raise BadQuestion(f"{where}: {row['id']}: answer {answer} is no index from 0")
        for key in sorted(set(row) - {"options", "answer", "evidence"}):
            if not isinstance(row[key], str):
                raise BadQuestion(f"{where}: {key!r} must be text, not {row[key]!r}")
        try:
            return cls(**{**row, "options": tuple(options)})
        except BadQuestion as error:
            raise BadQuestion(f"{where}: {error}") from error

    def to_record(self) -> dict[str, Any]:
        """The JSON object of this question; empty optional fields are left out."""
        row = {name: getattr(self, name) for name in self.__dataclass_fields__}
        row["options"] = list(self.options)
        return {key: value for key, value in row.items() if value not in ("", {})}


def read_questions(path: Path) -> list[Question]:
    """All questions of a JSONL file, in order.

    Raises BadQuestion (file:line) on a faulty or repeated question, NoData on an empty file.
    """
    questions = [Question.from_record(row, f"{path}:{number}") for number, row in read_jsonl(path)]
    check_unique(questions, str(path))
    return questions


def check_unique(questions: Iterable[Question], where: str) -> None:
    """Raise BadQuestion when two questions share an id, NoData when there are none."""
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise BadQuestion(f"{where}: two questions have the id {question.id!r}")
        seen.add(question.id)
    if not seen:
        raise NoData(f"{where}: holds no question")
