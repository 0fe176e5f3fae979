"""Scoring a predictions file.

A question without prediction is wrong and counted as missing: the official scripts drop such rows
from the denominator instead. What is held grows with the number of questions, not with the length
of the replies.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from echoic.benchmarks.base import Benchmark
from echoic.engine.ask import Reply
from echoic.errors import BadRecord, NoData
from echoic.evals.compare import RuleTable, as_disagreement, disagree, has_twin
from echoic.evals.grade import FREE_RULES, JUDGE, grade
from echoic.evals.judge import NO_CHOICE, Case, Judge, Ruling
from echoic.evals.predictions import Predictions
from echoic.evals.scores import Score, score_of
from echoic.question import Question
from echoic.records import atomic_stream, file_digest, json_line
from echoic.verdict import Verdict

CHUNK = 1024  # replies that are held, and given to a judge, at once

Draw = Callable[[int, int], None]


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

    def details(self, file: Path) -> dict[str, Any]:
        """What else decides or qualifies the result: versions, keys, judge, agreement of rules.

        `file` holds the predictions as they were given.
        """
        judge = {**self.judge, "unreadable": self.unreadable} if self.judge else None
        return {
            "benchmark_hash": self.benchmark.version_hash,
            "predictions_hash": file_digest(file),
            "keys": dict(self.predictions.by_key),
            "several_keys": self.predictions.several,
            "twins": self.twins,
            "judge": judge,
            "disagreements": self.disagreements,
            "agreement": self.table.agreement(),
        }


class Graded(NamedTuple):
    """A question, the verdict on its reply, and what a judge read (None without one)."""

    question: Question
    verdict: Verdict
    ruling: Ruling | None


def score_predictions(
    benchmark: Benchmark,
    predictions: Predictions,
    rule: str,
    *,
    judge: Judge | None = None,
    disagreements: Path | None = None,
    verdicts: Path | None = None,
    progress: Draw | None = None,
) -> Result:
    """Grade every prediction.

    Replies on which the rules differ go to the file `disagreements`, a verdict on every question
    (missing ones last) to `verdicts`. A judge that is given reads every reply whatever the rule.
    Raises NoData when the benchmark has no key, BadRecord for the rule "judge" without one,
    ProviderFailed when it does not answer, OutputRefused when a file cannot be written.
    """
    if not benchmark.keyed:
        raise NoData(
            f"{benchmark.name}: has no key, as its authors keep it, so nothing can be scored here; "
            "write their evaluation's file with --submission"
        )
    rules = (*FREE_RULES, JUDGE) if judge else FREE_RULES
    if rule not in rules:
        raise BadRecord(f"rule {rule!r} is none of {', '.join(rules)}")
    result = Result(benchmark, predictions, rule, judge.identity if judge else {})
    left = {question.id: question for question in benchmark.questions}
    with contextlib.ExitStack() as stack:
        listed = stack.enter_context(atomic_stream(disagreements)) if disagreements else None
        kept = stack.enter_context(atomic_stream(verdicts)) if verdicts else None
        for question, verdict, ruling in _graded(predictions, left, rule, judge, progress):
            result.add(verdict, ruling)
            if listed and disagree(verdict):
                listed.write(json_line(as_disagreement(question, verdict)))
            if kept:
                kept.write(json_line(verdict.to_record()))
        if kept:
            for question in left.values():
                missing = grade(question, Reply(""), rule=rule, ruling=NO_CHOICE if judge else None)
                kept.write(json_line(missing.to_record()))
    return result


def _graded(
    predictions: Predictions,
    left: dict[str, Question],
    rule: str,
    judge: Judge | None,
    progress: Draw | None,
) -> Iterator[Graded]:
    """Grade the replies to questions of `left`, which go from there."""
    done = 0
    replies = ((id_, text) for id_, text in predictions if id_ in left)
    while chunk := [(left.pop(id_), text) for id_, text in islice(replies, CHUNK)]:
        for (question, text), ruling in zip(chunk, _rulings(judge, chunk), strict=True):
            verdict = grade(question, Reply(text), rule=rule, ruling=ruling)
            yield Graded(question, verdict, ruling)
        done += len(chunk)
        if progress:
            progress(done, predictions.count)


def _rulings(judge: Judge | None, asked: Sequence[tuple[Question, str]]) -> Sequence[Ruling | None]:
    if judge is None:
        return [None] * len(asked)
    return judge.rule(
        [Case(question, text, tuple(range(len(question.options)))) for question, text in asked]
    )
