"""The file that the official evaluations read: the benchmark's own rows with the replies added.

MMAU (README and evaluation.py of Sakshi113/MMAU): the original file with the prediction added to
every row; the README names the key `model_prediction`, the script reads `model_output`. MMAR's
script reads `answer_prediction`. All three are written, so any of them finds it. The official
scripts leave rows without a prediction out of the denominator: here such a row gets "", which
they count as wrong.

As the official matcher compares words, a reply that is only a letter gets nothing from it. Under
rule `letter` the text of the option that the letter parse reads stands in for the reply; a reply
that it cannot read becomes "". Under rule `official` the reply stands as it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.rows import read_rows
from echoic.errors import BadRecord, OutputRefused
from echoic.evals.grade import LETTER
from echoic.evals.parse import parse_choice
from echoic.question import Question
from echoic.records import write_atomic

KEYS = ("model_prediction", "model_output", "answer_prediction")


@dataclass(frozen=True)
class Submitted:
    """What a submission holds: its rows, how many have no prediction and how many none readable."""

    rows: int
    missing: int
    unparsed: int


def write_submission(
    benchmark: Benchmark, questions: Path, predictions: Mapping[str, str], rule: str, out: Path
) -> Submitted:
    """Write the rows of the file `questions` with their predictions to `out`.

    Raises OutputRefused when `out` exists, BadRecord when a prediction is for no row.
    """
    if out.exists():
        raise OutputRefused(f"{out}: exists already; remove it or choose another place")
    rows = [dict(row) for _, row in read_rows(questions)]
    ids = {row.get("id") for row in rows}
    if strange := [id_ for id_ in predictions if id_ not in ids]:
        raise BadRecord(
            f"{questions}: has no question {strange[0]!r}, and {len(strange)} predictions are for "
            "such; is it another benchmark or version?"
        )
    known = {question.id: question for question in benchmark.questions}
    unparsed = 0
    for row in rows:
        reply = predictions.get(row["id"], "")
        text = _said(known.get(row["id"]), reply) if rule == LETTER else reply
        unparsed += bool(reply) and not text
        row.update(dict.fromkeys(KEYS, text))
    write_atomic(out, json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    return Submitted(len(rows), sum(row["id"] not in predictions for row in rows), unparsed)


def _said(question: Question | None, reply: str) -> str:
    """The option that the reply names; "" for none, or where the row is no question."""
    if question is None:
        return ""
    chosen = parse_choice(reply, question.options)
    return "" if chosen is None else question.options[chosen]
