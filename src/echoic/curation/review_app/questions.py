"""Questions on their way in: cleaned, dealt into batches, and mixed with planted faults."""

import secrets
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from echoic.curation.planted import Batch, batches_for_people
from echoic.curation.review_app.events import append, hold_items, question_of
from echoic.curation.review_app.tables import IMPORTED, EventRow, ItemRow, VersionRow
from echoic.curation.review_app.texts import stored
from echoic.curation.review_folder import SIZE
from echoic.errors import OutputRefused
from echoic.question import Question


def import_questions(
    session: Session,
    questions: Sequence[Question],
    seed: int,
    *,
    size: int = SIZE,
    rewordings: Mapping[str, str] | None = None,
) -> int:
    """Add the questions that are not here yet, in batches with planted faults, and commit.

    Returns how many were added: those that are held out and asked only with a fault among them,
    faulty copies of others not. Raises OutputRefused when a question is here in other words,
    BadQuestion when two of its options are the same, NoData when there are too few for planted
    faults.
    """
    hold_items(session)
    known = {item.question_id: item for item in session.execute(select(ItemRow)).scalars()}
    wanted = [stored(question) for question in questions]
    for question in wanted:
        if question.id in known and stored(question_of(session, known[question.id], 1)) != question:
            raise OutputRefused(f"{question.id}: is here in other words; use another database")
    here = known.keys() | held_out(session)
    fresh = [question for question in wanted if question.id not in here]
    if not fresh:
        session.commit()
        return 0
    before = len({item.batch for item in known.values()})
    batches, held = batches_for_people(fresh, size=size, seed=seed, rewordings=rewordings)
    for number, batch in enumerate(batches, before + 1):
        _add(session, number, batch, seed)
    names = [question.id for question in held]
    append(session, None, IMPORTED, questions=len(fresh), seed=seed, held=names)
    session.commit()
    return len(fresh)


def _add(session: Session, number: int, batch: Batch, seed: int) -> None:
    for place, question in enumerate(batch.questions):
        item = ItemRow(
            id=secrets.token_hex(8),
            question_id=question.id,
            batch=f"batch-{number:02d}",
            place=place,
            fault=batch.plants.get(question.id, ""),
            seed=seed,
        )
        session.add(item)
        session.flush()
        session.add(VersionRow(item_id=item.id, number=1, record=question.to_record()))


def held_out(session: Session) -> set[str]:
    """Ids of the questions that are asked with a planted fault only, not as they are."""
    rows = session.execute(select(col(EventRow.payload)).where(col(EventRow.kind) == IMPORTED))
    return {id_ for payload in rows.scalars() for id_ in payload.get("held", [])}
