"""What goes out and comes in: review folders, Label Studio tasks, Argilla records.

A review folder is what `review_folder` reads, so that `echoic bench assemble --reviews` counts it.
Label Studio and Argilla get the questions blind: no key, source or planted fault can be told.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from echoic.curation.decisions import Decision
from echoic.curation.judgements import shown
from echoic.curation.planted import Batch
from echoic.curation.review_app import argilla, label_studio
from echoic.curation.review_app.accounts import Account, Role, accounts, new_account
from echoic.curation.review_app.adjudicate import decisions
from echoic.curation.review_app.events import (
    BATCH_ORDER,
    append,
    hold_items,
    judgement_of,
    questions_of,
    readings,
)
from echoic.curation.review_app.labels import Label, Task
from echoic.curation.review_app.refusals import Invalid
from echoic.curation.review_app.tables import (
    ANSWERED,
    EXPORTED,
    JUDGED,
    LABELS_IMPORTED,
    ItemRow,
)
from echoic.curation.review_folder import DECISIONS, batch_record, file_of
from echoic.errors import BadRecord
from echoic.question import Question
from echoic.records import atomic_folder, write_json, write_jsonl

FOLDER, LABEL_STUDIO, ARGILLA = "folder", "label-studio", "argilla"
FORMATS = (FOLDER, LABEL_STUDIO, ARGILLA)


@dataclass(frozen=True)
class Imported:
    """How many labels were taken in, and how many were not, by reason."""

    taken: int
    known: int
    incomplete: int
    stale: int


def export_folder(session: Session, folder: Path, by: Account | None = None) -> int:
    """Write a review folder with questions.jsonl; commits the event. Returns the judgements in it.

    Edited questions stand in their batches as they are now. Raises OutputRefused when `folder`
    exists.
    """
    items = _items(session)
    wordings = questions_of(session)
    names = {account.id: account.name for account in accounts(session)}
    rows: dict[str, list[dict[str, Any]]] = {}
    for said in readings(session):
        if said.judged:
            name, item = names[said.account_id], items[said.item_id]
            judgement = judgement_of(said, wordings[item.id], name, item.batch)
            rows.setdefault(name, []).append(judgement.to_record())
    settled = [
        Decision(
            question=made.question.id,
            content=shown(made.question),
            decision=made.decision,
            adjudicator=made.adjudicator,
            comment=made.comment,
        ).to_record()
        for made in decisions(session)
    ]
    candidates = [wordings[item.id].to_record() for item in items.values() if not item.fault]
    with atomic_folder(folder) as work:
        for batch in _batches(items, wordings):
            write_json(work / "batches" / f"{batch.name}.json", batch_record(batch))
        for name, told in rows.items():
            write_jsonl(file_of(work, name), told)
        if settled:
            write_jsonl(work / DECISIONS, settled)
        write_jsonl(work / "questions.jsonl", candidates)
    count = sum(map(len, rows.values()))
    append(session, by, EXPORTED, format=FOLDER, judgements=count)
    session.commit()
    return count


def _items(session: Session) -> dict[str, ItemRow]:
    rows = session.execute(select(ItemRow).order_by(*BATCH_ORDER))
    return {item.id: item for item in rows.scalars()}


def _batches(items: dict[str, ItemRow], wordings: dict[str, Question]) -> list[Batch]:
    found: dict[str, list[ItemRow]] = {}
    for item in items.values():
        found.setdefault(item.batch, []).append(item)
    return [
        Batch(
            name,
            tuple(wordings[item.id] for item in here),
            {item.question_id: item.fault for item in here if item.fault},
        )
        for name, here in found.items()
    ]


def zip_bytes(session: Session, by: Account | None = None) -> bytes:
    """The review folder as a zip file."""
    stream = io.BytesIO()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "review"
        export_folder(session, root, by)
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(root.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(root.parent))
    return stream.getvalue()


def tasks(session: Session) -> list[Task]:
    """Every item that is read, in batch order, with its finished readings."""
    names = {account.id: account.name for account in accounts(session)}
    wordings = questions_of(session)
    said: dict[str, list[Label]] = {}
    for reading in readings(session):
        if reading.judged:
            said.setdefault(reading.item_id, []).append(
                Label(
                    item=reading.item_id,
                    version=reading.version,
                    reader=names[reading.account_id],
                    answer=reading.first,
                    correct=None if reading.inferred else reading.correct,
                    clear=reading.clear,
                    distractors=reading.distractors,
                    comment=reading.comment,
                )
            )
    return [
        Task(
            item=item.id,
            version=item.version,
            stem=wordings[item.id].stem,
            options=wordings[item.id].options,
            category=wordings[item.id].category,
            subcategory=wordings[item.id].subcategory,
            labels=tuple(said.get(item.id, ())),
        )
        for item in _items(session).values()
    ]


def to_label_studio(session: Session, by: Account | None = None) -> list[dict[str, Any]]:
    """Label Studio tasks with annotations, for `label_studio.CONFIG`; commits the event."""
    rows = [label_studio.to_row(task) for task in tasks(session)]
    append(session, by, EXPORTED, format=LABEL_STUDIO)
    session.commit()
    return rows


def to_argilla(session: Session, by: Account | None = None) -> list[dict[str, Any]]:
    """Argilla records with responses; commits the event."""
    rows = [argilla.to_row(task) for task in tasks(session)]
    append(session, by, EXPORTED, format=ARGILLA)
    session.commit()
    return rows


def read_rows(data: bytes, name: str) -> list[Any]:
    """The rows of a JSON list or of JSON lines. Raises BadRecord naming the file as `name`."""
    try:
        text = data.decode("utf-8-sig")
        if text.lstrip().startswith("["):
            rows: list[Any] = json.loads(text)
            return rows
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except (ValueError, RecursionError) as error:  # of UTF-8 or of JSON, also when nested too deep
        raise BadRecord(f"{name} is neither JSON nor JSONL: {error}") from error


def read_file(path: Path) -> list[Any]:
    """The rows of a file. Raises BadRecord naming it."""
    try:
        return read_rows(path.read_bytes(), f"{path}:")
    except OSError as error:
        raise BadRecord(f"{path}: cannot be read: {error.strerror}; check the path") from error


def import_labels(session: Session, rows: Sequence[Any], by: Account | None = None) -> Imported:
    """Take in what readers said elsewhere, all or nothing, and commit.

    Rows are Label Studio tasks or Argilla records. A reader without an account gets one that nobody
    can log in to. What a reader has already said here stays; of two labels of one reader on one
    question the first is taken. Raises Invalid naming the row that is
    neither, or when no label belongs to an item here.
    """
    kind = _format(rows)
    read = label_studio.labels_of if kind == LABEL_STUDIO else argilla.labels_of
    known = {argilla.user_id(account.name): account.name for account in accounts(session)}
    labels = [
        replace(label, reader=known.get(label.reader, label.reader))
        for number, row in enumerate(rows, 1)
        for label in read(row, f"row {number}")
    ]
    taken = _Intake(session, kind, by).take(labels)
    if labels and taken.stale == len(labels):
        session.rollback()
        raise Invalid(f"none of {len(labels)} labels belongs to a question here as it stands now")
    append(session, by, LABELS_IMPORTED, format=kind, taken=taken.taken, known=taken.known,
           incomplete=taken.incomplete, stale=taken.stale)  # fmt: skip
    session.commit()
    return taken


def _format(rows: Sequence[Any]) -> str:
    if not rows:
        raise Invalid("the file holds no tasks or records")
    kinds: set[str] = set()
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict) and isinstance(row.get("data"), dict):
            kinds.add(LABEL_STUDIO)
        elif isinstance(row, dict) and isinstance(row.get("fields"), dict):
            kinds.add(ARGILLA)
        else:
            raise Invalid(f"row {number} is neither a Label Studio task nor an Argilla record")
    if len(kinds) > 1:
        raise Invalid("the file mixes Label Studio tasks and Argilla records")
    return kinds.pop()


class _Intake:
    """Labels on their way into events."""

    def __init__(self, session: Session, kind: str, by: Account | None) -> None:
        self.session, self.kind, self.by = session, kind, by
        hold_items(session)
        self.items = _items(session)
        self.wordings = questions_of(session)
        self.said = {(said.account_id, said.item_id) for said in readings(session)}
        self.people = {account.name.casefold(): account for account in accounts(session)}

    def take(self, labels: Sequence[Label]) -> Imported:
        """Write what can be written, and count the rest."""
        count = {"taken": 0, "known": 0, "incomplete": 0, "stale": 0}
        for label in labels:
            count[self._one(label)] += 1
        return Imported(**count)

    def _one(self, label: Label) -> str:
        item = self.items.get(label.item)
        if item is None or item.version != label.version:
            return "stale"
        if label.answer is None or label.clear is None or label.distractors is None:
            return "incomplete"
        question = self.wordings[item.id]
        answer = label.chosen(question.options)
        account = self._account(label.reader)
        if (account.id, item.id) in self.said:
            return "known"
        inferred = label.correct is None
        correct = answer == question.gold if inferred else label.correct
        append(self.session, account, ANSWERED, item, answer=answer, imported=self.kind)
        append(
            self.session, account, JUDGED, item, correct=correct, clear=label.clear,
            distractors=label.distractors, comment=label.comment, imported=self.kind,
            inferred=inferred,
        )  # fmt: skip
        self.said.add((account.id, item.id))
        return "taken"

    def _account(self, name: str) -> Account:
        found = self.people.get(name.casefold())
        if found is None:
            found = new_account(self.session, name, None, Role.ANNOTATOR, self.by)
            self.people[name.casefold()] = found
        if found.role != Role.ANNOTATOR:
            raise Invalid(f"{name} is {found.role} here: rename the reader in the file")
        return found
