"""A folder of blind reviews: batches with their planted faults, and every reviewer's judgements.

batches/batch-01.json          what reviewers get, the keys and plants they do not see
judgements/<reviewer>.jsonl    one judgement a line; a reviewer's file grows batch by batch
decisions.jsonl                what an adjudicator decided, where one did
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from echoic.curation.decisions import Decision, read_decisions
from echoic.curation.judgements import Judgement, read_judgements
from echoic.curation.planted import Batch, make_batches
from echoic.errors import BadRecord, OutputRefused
from echoic.question import Question
from echoic.records import Journal, atomic_folder, plain_name, read_json, write_json

SIZE = 60
DECISIONS = "decisions.jsonl"


def open_batches(
    folder: Path,
    questions: Sequence[Question],
    *,
    size: int = SIZE,
    seed: int = 0,
    rewordings: Mapping[str, str] | None = None,
) -> list[Batch]:
    """The folder's batches, made now if there are none.

    Raises OutputRefused when they are of other questions, NoData when there are too few.
    """
    found = read_batches(folder)
    if not found:
        found = make_batches(questions, size=size, seed=seed, rewordings=rewordings)
        with atomic_folder(folder / "batches") as work:  # all or none: a part would be another set
            for batch in found:
                write_json(work / f"{batch.name}.json", batch_record(batch))
        return found
    held = {q.id: q for batch in found for q in batch.questions if q.id not in batch.plants}
    if held != {question.id: question for question in questions}:
        raise OutputRefused(f"{folder}: holds batches of other questions; choose another folder")
    return found


def read_batches(folder: Path) -> list[Batch]:
    """All batches, by name. Raises BadRecord or BadQuestion naming the file."""
    return [_batch(path) for path in sorted((folder / "batches").glob("*.json"))]


def batch_record(batch: Batch) -> dict[str, Any]:
    """The JSON object of a batch's file."""
    return {
        "name": batch.name,
        "plants": dict(batch.plants),
        "questions": [question.to_record() for question in batch.questions],
    }


def _batch(path: Path) -> Batch:
    row = read_json(path)
    try:
        questions = tuple(
            Question.from_record(each, f"{path}: question {number}")
            for number, each in enumerate(row["questions"], 1)
        )
        return Batch(str(row["name"]), questions, dict(row["plants"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BadRecord(f"{path}: is no batch of questions ({error!r})") from error


def file_of(folder: Path, reviewer: str) -> Path:
    """Where a reviewer's judgements are."""
    return folder / "judgements" / f"{plain_name(reviewer)}.jsonl"


def add_judgements(folder: Path, judgements: Sequence[Judgement]) -> None:
    """Append to the reviewers' files what they do not hold yet."""
    for reviewer in dict.fromkeys(judgement.reviewer for judgement in judgements):
        with Journal(file_of(folder, reviewer)) as journal:
            known = list(journal.records())
            for judgement in judgements:
                row = judgement.to_record()
                if judgement.reviewer == reviewer and row not in known:
                    journal.append(row)


def all_decisions(folder: Path) -> list[Decision]:
    """Every decision in the folder. Raises BadRecord naming file and line."""
    return read_decisions(folder / DECISIONS)


def all_judgements(folder: Path) -> list[Judgement]:
    """Every judgement in the folder. Raises BadRecord naming file and line."""
    return read_judgements(*sorted((folder / "judgements").glob("*.jsonl")))
