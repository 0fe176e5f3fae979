"""Replies that were collected elsewhere, as a file.

A predictions file is a JSON list or JSONL. Its rows are the official MMAU or MMAR rows with the
reply added under one of their three keys, or `{"id", "prediction"}`.

The file is read row by row, first to check it and then to grade it, so that no reply is held.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.rows import read_rows
from echoic.errors import BadRecord, NoData

# Where a row has several, what was taken for the answer goes before the whole output.
KEYS = ("model_prediction", "answer_prediction", "prediction", "model_output")


@dataclass
class Predictions:
    """A predictions file that was checked against its benchmark.

    `by_key` counts the rows by the key that holds their reply, `several` those with another text
    under another key. Replies to questions that cannot be asked are held, but not counted.
    """

    path: Path
    by_key: Counter[str] = field(default_factory=Counter)
    several: int = 0
    key: str = ""

    @property
    def count(self) -> int:
        """How many questions that can be asked have a reply."""
        return sum(self.by_key.values())

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
    unasked = {one.id for one in benchmark.unasked}
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
        if held is None or id_ in unasked:
            continue
        if id_ not in known:
            strange.append(id_)
        found.by_key[held[0]] += 1
        found.several += any(row.get(other) not in (None, held[1]) for other in KEYS)
    if strange:
        raise BadRecord(
            f"{path}: {len(strange)} predictions are for no question of {benchmark.name}, the "
            f"first for {strange[0]!r}; is it another benchmark or version?"
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
