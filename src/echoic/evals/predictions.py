"""Scoring replies that were collected elsewhere.

A predictions file is a JSON list or JSONL. Its rows are the official MMAU or MMAR rows with the
reply added under one of their three keys, or `{"id", "prediction"}`. A question without prediction
is wrong and counted as missing: the official scripts drop such rows from the denominator instead.

The file is read twice, first to check it and then to grade it, and a reply is let go of as soon as
it is graded: what is held grows with the number of questions, not with the length of the replies.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.rows import read_rows
from echoic.engine.ask import Reply
from echoic.errors import BadRecord, NoData
from echoic.evals.compare import RuleTable, as_disagreement, disagree, has_twin
from echoic.evals.grade import FREE_RULES, JUDGE, grade
from echoic.evals.judge import Case, Judge, Ruling
from echoic.evals.scores import Score, score_of
from echoic.question import Question
from echoic.records import atomic_stream, file_digest, json_line
from echoic.verdict import Verdict

# Where a row has several, what was taken for the answer goes before the whole output.
KEYS = ("model_prediction", "answer_prediction", "prediction", "model_output")
CHUNK = 1024  # replies that are held, and given to a judge, at once

Draw = Callable[[int, int], None]


@dataclass
class Predictions:
    """A predictions file that was checked against its benchmark.

    `keys` counts the rows by the key that holds their reply; `several` counts those that hold
    another text under another key.
    """

    path: Path
    keys: Counter[str] = field(default_factory=Counter)
    several: int = 0
    key: str = ""

    @property
    def count(self) -> int:
        """How many questions have a reply."""
        return sum(self.keys.values())

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """(question id, reply), in the file's order."""
        for line, row in read_rows(self.path):
            if (held := self._reply(row, f"{self.path}:{line}")) is not None:
                yield row["id"], held[1]

    def _reply(self, row: Mapping[str, Any], where: str) -> tuple[str, str] | None:
        """(key, text) of a row's reply, None when it has none."""
        for key in [self.key] if self.key else KEYS:
            text = row.get(key)
            if text is None:
                continue
            if not isinstance(text, str):
                raise BadRecord(f"{where}: {key!r} must be a text, not {text!r}")
            return key, text
        return None


def check_predictions(path: Path, benchmark: Benchmark, key: str = "") -> Predictions:
    """Read a predictions file once; `key` names the one to take where it is none of the usual.

    Raises BadRecord (file:line) for a row without id, a second prediction, a reply that is no text
    and for predictions to unknown questions; NoData when no row holds a reply.
    """
    found = Predictions(path, key=key)
    known = {question.id for question in benchmark.questions}
    seen: set[str] = set()
    strange: list[str] = []
    for line, row in read_rows(path):
        where, id_ = f"{path}:{line}", row.get("id")
        if not isinstance(id_, str) or not id_:
            raise BadRecord(f"{where}: 'id' must be a question's id, not {id_!r}")
        if id_ in seen:
            raise BadRecord(f"{where}: a second prediction for {id_!r}; keep one")
        seen.add(id_)
        held = found._reply(row, where)
        if held is None:
            continue
        if id_ not in known:
            strange.append(id_)
        found.keys[held[0]] += 1
        found.several += any(row.get(other) not in (None, held[1]) for other in KEYS)
    if strange:
        raise BadRecord(
            f"{len(strange)} predictions are for no question of {benchmark.name}, the first for "
            f"{strange[0]!r}; is it another benchmark or version?"
        )
    if not found.count:
        raise NoData(
            f"{path}: holds no prediction; the reply belongs under {key or ', '.join(KEYS)}"
        )
    return found


def repeats_questions(path: Path) -> bool:
    """Whether the rows are whole questions of MMAU or MMAR with the replies added."""
    row = next((row for _, row in read_rows(path)), {})
    return "choices" in row and "answer" in row


@dataclass
class Result:
    """What `echoic score` found, as counts."""

    benchmark: Benchmark
    predictions: Predictions
    rule: str
    judge: Mapping[str, Any] = field(default_factory=dict)
    correct: Counter[str] = field(default_factory=Counter)  # by category
    unparsed: int = 0
    unreadable: int = 0  # answers of the judge that no round made readable
    disagreements: int = 0
    table: RuleTable = field(default_factory=RuleTable)

    def add(self, verdict: Verdict, ruling: Ruling | None) -> None:
        """Count one graded reply."""
        self.correct[verdict.category] += verdict.correct
        self.unparsed += verdict.chosen is None and not verdict.correct
        self.unreadable += ruling is not None and not ruling.readable
        self.disagreements += disagree(verdict)
        self.table.add(verdict)

    @property
    def whole(self) -> Score:
        """The score over all questions."""
        return score_of(self.correct.total(), len(self.benchmark.questions))

    def by_category(self) -> dict[str, Score]:
        """The score of each category, in order of first appearance."""
        sizes = Counter(question.category for question in self.benchmark.questions)
        return {name: score_of(self.correct[name], size) for name, size in sizes.items()}

    @property
    def missing(self) -> int:
        """Questions without a prediction."""
        return len(self.benchmark.questions) - self.predictions.count

    @property
    def twins(self) -> dict[str, int]:
        """Questions whose right option is repeated, and how often each rule took the repetition."""
        asked = sum(map(has_twin, self.benchmark.questions))
        return {"questions": asked, **self.table.twins()}

    def to_record(self) -> dict[str, Any]:
        """The JSON of `echoic score`, a contract: no key more, no key less."""
        whole = self.whole
        return {
            "benchmark": self.benchmark.name,
            "rule": self.rule,
            "n": whole.n,
            "correct": whole.correct,
            "accuracy": whole.accuracy,
            "unparsed": self.unparsed,
            "missing": self.missing,
            "by_category": {name: asdict(row) for name, row in self.by_category().items()},
        }

    def details(self) -> dict[str, Any]:
        """What else decides or qualifies the result: versions, keys, judge, agreement of rules."""
        judge = {**self.judge, "unreadable": self.unreadable} if self.judge else None
        return {
            "benchmark_hash": self.benchmark.version_hash,
            "predictions_hash": file_digest(self.predictions.path),
            "keys": dict(self.predictions.keys),
            "several_keys": self.predictions.several,
            "twins": self.twins,
            "judge": judge,
            "disagreements": self.disagreements,
            "agreement": self.table.agreement(),
        }


def score_predictions(
    benchmark: Benchmark,
    predictions: Predictions,
    rule: str,
    *,
    judge: Judge | None = None,
    disagreements: Path | None = None,
    progress: Draw | None = None,
) -> Result:
    """Grade every prediction; replies on which the rules differ go to the file `disagreements`.

    A judge that is given reads every reply whatever the rule. Raises BadRecord for the rule "judge"
    without one, ProviderFailed when it does not answer, OutputRefused when the file cannot be
    written.
    """
    rules = (*FREE_RULES, JUDGE) if judge else FREE_RULES
    if rule not in rules:
        raise BadRecord(f"rule {rule!r} is none of {', '.join(rules)}")
    result = Result(benchmark, predictions, rule, judge.identity if judge else {})
    questions = {question.id: question for question in benchmark.questions}
    done = 0
    with contextlib.ExitStack() as stack:
        listed = stack.enter_context(atomic_stream(disagreements)) if disagreements else None
        replies = iter(predictions)
        while chunk := list(islice(replies, CHUNK)):
            asked = [(questions[id_], text) for id_, text in chunk]
            for (question, text), ruling in zip(asked, _rulings(judge, asked), strict=True):
                verdict = grade(question, Reply(text), rule=rule, ruling=ruling)
                result.add(verdict, ruling)
                if listed and disagree(verdict):
                    listed.write(json_line(as_disagreement(question, verdict)))
            done += len(chunk)
            if progress:
                progress(done, predictions.count)
    return result


def _rulings(judge: Judge | None, asked: Sequence[tuple[Question, str]]) -> Sequence[Ruling | None]:
    if judge is None:
        return [None] * len(asked)
    return judge.rule(
        [Case(question, text, tuple(range(len(question.options)))) for question, text in asked]
    )
