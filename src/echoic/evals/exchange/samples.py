"""Sample files of lm-evaluation-harness and lmms-eval (`--log_samples`) as predictions.

A row is one document under one filter. lm-eval writes `doc`, `arguments`, `resps` and
`filtered_resps`; lmms-eval drops `doc`, writes the prompt under `input`, and `resps` only where a
filter changed it. The raw reply counts, as the graders here read it; rows that repeat a document
under another filter are one. Of a multiple-choice row the prediction is the option with the highest
log-likelihood (the harness's `acc`, not `acc_norm`).

A row's question is found by an id in the row, or else by its text: the one question whose stem and
options all stand in the prompt. What cannot be found, or shows the options in another order than
the benchmark (letters would mean others), is an error and never dropped.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from echoic.benchmarks.base import Benchmark
from echoic.errors import BadRecord
from echoic.question import Question
from echoic.records import read_jsonl, write_jsonl

REPLIES = ("resps", "filtered_resps")
IDS = ("id", "question_id", "audio_id", "uid")


def is_samples(path: Path) -> bool:
    """Whether the first line of a file is a row of such a sample file."""
    try:
        row = next((row for _, row in read_jsonl(path)), {})
    except BadRecord:
        return False  # another format, or a fault that its own reader tells better
    return "doc_id" in row and any(key in row for key in REPLIES)


@contextmanager
def as_predictions(path: Path, benchmark: Benchmark) -> Iterator[Path]:
    """A file of `{"id", "prediction"}` made of a sample file; any other file as it is.

    Raises BadRecord (file:line) as the module says.
    """
    if not is_samples(path):
        yield path
        return
    with TemporaryDirectory() as folder:
        made = Path(folder, f"{path.stem}.predictions.jsonl")
        rows = predictions(path, benchmark)
        write_jsonl(made, ({"id": id_, "prediction": text} for id_, text in rows.items()))
        yield made


def predictions(path: Path, benchmark: Benchmark) -> dict[str, str]:
    """Question id -> raw reply, or the likeliest option's text."""
    finder = _Finder(benchmark)
    found: dict[str, str] = {}
    for line, row in read_jsonl(path):
        where = f"{path}:{line}"
        question = finder.question(row, where)
        text = _reply(row, question, where)
        if found.setdefault(question.id, text) != text:
            raise BadRecord(
                f"{where}: a second, different reply to {question.id!r}; keep one round in the file"
            )
    return found


class _Finder:
    """Finds the question of a row."""

    def __init__(self, benchmark: Benchmark) -> None:
        self.name = benchmark.name
        self.by_id = {question.id: question for question in benchmark.questions}

    def question(self, row: Mapping[str, Any], where: str) -> Question:
        question = self._by_id(row) or self._by_text(_prompt(row))
        if question is None:
            raise BadRecord(
                f"{where}: no question of {self.name} has its id, and not exactly one has its "
                "text; is it another benchmark or version?"
            )
        _check_order(row, question, where)
        return question

    def _by_id(self, row: Mapping[str, Any]) -> Question | None:
        """By an id in the document, or in a metric that repeats it (lmms-eval's submissions)."""
        for part in (row.get("doc"), *row.values()):
            if isinstance(part, Mapping):
                for key in IDS:
                    if (value := part.get(key)) in self.by_id and isinstance(value, str):
                        return self.by_id[value]
        return None

    def _by_text(self, prompt: str) -> Question | None:
        fits = [
            question
            for question in self.by_id.values()
            if question.stem.strip() in prompt
            and all(option.strip() in prompt for option in question.options)
        ]
        return fits[0] if len(fits) == 1 else None


def _prompt(row: Mapping[str, Any]) -> str:
    """All text that the row shows of its prompt and document."""
    doc = row.get("doc")
    parts = [row.get("input"), row.get("arguments"), doc]
    return "\n".join(text for part in parts for text in _texts(part))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _check_order(row: Mapping[str, Any], question: Question, where: str) -> None:
    doc = row.get("doc")
    shown = doc.get("choices") if isinstance(doc, Mapping) else None
    if isinstance(shown, str):  # lmms-eval keeps lists as JSON
        try:
            shown = json.loads(shown)
        except json.JSONDecodeError:
            return
    if isinstance(shown, list) and [str(text).strip() for text in shown] != [
        text.strip() for text in question.options
    ]:
        raise BadRecord(
            f"{where}: shows other options to {question.id!r}, or in another order; score it with "
            "the edition that was asked"
        )


def _reply(row: Mapping[str, Any], question: Question, where: str) -> str:
    held = next((row[key] for key in REPLIES if row.get(key)), None)
    if not isinstance(held, list):
        raise BadRecord(f"{where}: holds no reply ({' or '.join(REPLIES)})")
    if len(held) == 1 and (text := _text(held[0])) is not None:
        return text
    scores = [_likelihood(one) for one in held]
    if len(scores) != len(question.options) or None in scores:
        raise BadRecord(
            f"{where}: {len(held)} replies to {question.id!r}, which has {len(question.options)} "
            "options: neither one text nor a log-likelihood for each option"
        )
    values = [score for score in scores if score is not None]
    best = [at for at, value in enumerate(values) if value == max(values)]
    return question.options[best[0]] if len(best) == 1 else ""


def _text(value: Any) -> str | None:
    """The first reply of one request, None where it is no text."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) else None


def _likelihood(value: Any) -> float | None:
    """The log-likelihood in `[[-1.2, False]]`, `["-1.2", "False"]` and the like."""
    while isinstance(value, list) and value:
        value = value[0]
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
