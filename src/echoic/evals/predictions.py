"""Scoring replies that were collected elsewhere.

A predictions file is a JSON list or JSONL. Its rows are the official MMAU or MMAR rows with the
reply added under one of their three keys, or `{"id", "prediction"}`. A question without prediction
is wrong and counted as missing: the official scripts drop such rows from the denominator instead.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from echoic.benchmarks.base import Benchmark, read_rows
from echoic.engine.ask import Reply
from echoic.errors import BadRecord, NoData
from echoic.evals.grade import grade
from echoic.evals.scores import score, scores_by_category
from echoic.verdict import Verdict

KEYS = ("model_prediction", "model_output", "answer_prediction", "prediction")


def read_predictions(path: Path) -> dict[str, str]:
    """Question id -> reply, of the rows that have one. Raises BadRecord (file:line), NoData."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for line, row in read_rows(path):
        where = f"{path}:{line}"
        id_ = row.get("id")
        if not isinstance(id_, str) or not id_:
            raise BadRecord(f"{where}: 'id' must be a question's id, not {id_!r}")
        if id_ in seen:
            raise BadRecord(f"{where}: a second prediction for {id_!r}; keep one")
        seen.add(id_)
        text = _prediction(row, where)
        if text is not None:
            found[id_] = text
    if not found:
        raise NoData(f"{path}: holds no prediction; the reply belongs under {', '.join(KEYS)}")
    return found


def repeats_questions(path: Path) -> bool:
    """Whether the rows are whole questions of MMAU or MMAR with the replies added."""
    row = next((row for _, row in read_rows(path)), {})
    return "choices" in row and "answer" in row


def _prediction(row: Mapping[str, Any], where: str) -> str | None:
    """The row's reply, None when it has none."""
    held = {key: row[key] for key in KEYS if row.get(key) is not None}
    for key, value in held.items():
        if not isinstance(value, str):
            raise BadRecord(f"{where}: {key!r} must be a text, not {value!r}")
    if len(set(held.values())) > 1:
        raise BadRecord(f"{where}: {' and '.join(held)} differ; keep the one to be scored")
    return next(iter(held.values()), None)


def judge(benchmark: Benchmark, predictions: Mapping[str, str], rule: str) -> list[Verdict]:
    """A verdict for every question that can be asked.

    Raises BadRecord for a prediction to an unknown question, NoData when the benchmark has no key.
    """
    if not benchmark.keyed:
        raise NoData(
            f"{benchmark.name}: has no key, as its authors keep it, so nothing can be scored here; "
            "write their evaluation's file with --submission"
        )
    known = {question.id for question in benchmark.questions}
    known |= {one.id for one in benchmark.unasked}
    strange = [id_ for id_ in predictions if id_ not in known]
    if strange:
        raise BadRecord(
            f"{len(strange)} predictions are for no question of {benchmark.name}, the first for "
            f"{strange[0]!r}; is it another benchmark or version?"
        )
    return [
        grade(question, Reply(predictions.get(question.id, "")), rule=rule)
        for question in benchmark.questions
    ]


def report(
    benchmark: Benchmark, predictions: Mapping[str, str], rule: str
) -> tuple[dict[str, Any], list[Verdict]]:
    """The result of `echoic score` as written to JSON, and the verdicts behind it."""
    verdicts = judge(benchmark, predictions, rule)
    total = score(verdicts)
    unread = [v for v in verdicts if v.chosen is None and v.question in predictions]
    record = {
        "benchmark": benchmark.name,
        "rule": rule,
        "n": total.n,
        "correct": total.correct,
        "accuracy": total.accuracy,
        "unparsed": len(unread),
        "missing": sum(verdict.question not in predictions for verdict in verdicts),
        "by_category": {name: asdict(row) for name, row in scores_by_category(verdicts).items()},
    }
    return record, verdicts
