"""The append-only log, and what follows from it: readings of items as they stand now.

An event is live unless a later one voids it. A reading is one annotator's live answer and judgement
of one version of an item; readings of earlier versions stay in the log and count no more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select, text, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from echoic.curation.judgements import HUMAN, Judgement, shown
from echoic.curation.review_app.accounts import Account
from echoic.curation.review_app.refusals import Stale
from echoic.curation.review_app.tables import (
    ANSWERED,
    JUDGED,
    AccountRow,
    EventRow,
    ItemRow,
    VersionRow,
)
from echoic.question import Question

_LATER = aliased(EventRow)
# An event was not undone.
LIVE = ~exists().where(col(_LATER.voids) == col(EventRow.id))
# Batches as they are counted: the hundredth after the eleventh.
BATCH_ORDER = (func.length(col(ItemRow.batch)), col(ItemRow.batch), col(ItemRow.place))
AGAIN = "[answered again after the key was shown]"


@dataclass(frozen=True)
class Reading:
    """What one annotator has said of one version of an item.

    `answer` is the chosen option's text, "" when none was found right. `first` is the answer that
    was given before the key was shown, undone or not: the one that counts. `after_key`: `answer`
    was given again after an undo, when the key had been seen. The verdicts are None until judged;
    `inferred`: nobody said whether the key is right, the answer tells.
    """

    account_id: int
    item_id: str
    version: int
    answer: str
    first: str
    after_key: bool = False
    inferred: bool = False
    correct: bool | None = None
    clear: bool | None = None
    distractors: bool | None = None
    comment: str = ""
    edit: dict[str, Any] | None = None

    @property
    def judged(self) -> bool:
        """Whether the judgement was given too."""
        return self.correct is not None


def append(
    session: Session,
    account: Account | None,
    kind: str,
    item: ItemRow | None = None,
    *,
    voids: int | None = None,
    **payload: Any,
) -> EventRow:
    """Write one event, without committing."""
    row = EventRow(
        account_id=account.id if account else None,
        kind=kind,
        item_id=item.id if item else None,
        version=item.version if item else None,
        voids=voids,
        payload=payload,
    )
    session.add(row)
    session.flush()
    return row


def hold(session: Session, account: Account) -> None:
    """Keep other requests of this account waiting until the transaction ends."""
    session.execute(
        select(col(AccountRow.id))
        .where(col(AccountRow.id) == account.id)
        .with_for_update(key_share=True)  # events that refer to it need not wait
    ).one()


def hold_items(session: Session) -> None:
    """Keep everybody else from changing or adding items until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE item IN EXCLUSIVE MODE"))


def held_item(session: Session, item_id: str, version: int | None = None) -> ItemRow:
    """The item, kept from others until the transaction ends. Raises Stale when `version` is old."""
    item: ItemRow | None = session.execute(
        select(ItemRow)
        .where(col(ItemRow.id) == item_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if item is None:
        raise Stale("this question is not here any more; go on with the next one")
    if version is not None and item.version != version:
        raise Stale("this question was edited in the meantime; read it again")
    return item


def question_of(session: Session, item: ItemRow, version: int | None = None) -> Question:
    """The wording of an item: as it stands now, or an earlier one."""
    row = session.get_one(VersionRow, (item.id, version or item.version))
    return Question.from_record(row.record, item.question_id)


def questions_of(session: Session) -> dict[str, Question]:
    """Item id -> its wording as it stands now, for all items."""
    rows = session.execute(
        select(col(ItemRow.id), col(ItemRow.question_id), col(VersionRow.record)).join(
            VersionRow,
            (col(VersionRow.item_id) == col(ItemRow.id))
            & (col(VersionRow.number) == col(ItemRow.version)),
        )
    )
    return {id_: Question.from_record(record, name) for id_, name, record in rows}


def readings(
    session: Session,
    *,
    account: Account | None = None,
    item: ItemRow | None = None,
    earlier: bool = False,
) -> list[Reading]:
    """Live readings in the order of answering: of current versions, or `earlier` ones as well."""
    current = col(EventRow.version) == col(ItemRow.version)
    query = (
        select(
            col(EventRow.account_id),
            col(EventRow.item_id),
            col(EventRow.version),
            col(EventRow.kind),
            col(EventRow.payload),
            LIVE,
        )
        .join(
            ItemRow,
            (col(EventRow.item_id) == col(ItemRow.id)) & (true() if earlier else current),
        )
        .where(col(EventRow.kind).in_((ANSWERED, JUDGED)))
        .order_by(col(EventRow.id))
    )
    if account:
        query = query.where(col(EventRow.account_id) == account.id)
    if item:
        query = query.where(col(EventRow.item_id) == item.id)
    return _folded(session.execute(query))


def _folded(rows: Iterable[tuple[Any, ...]]) -> list[Reading]:
    said: dict[tuple[int, str, int], dict[str, Any]] = {}
    for account_id, item_id, version, kind, payload, live in rows:
        told = said.setdefault((account_id, item_id, version), {})
        if kind == ANSWERED:
            told.setdefault("first", payload["answer"])
        if live:
            told.update(payload)
    return [
        Reading(
            account_id=account_id,
            item_id=item_id,
            version=version,
            answer=told["answer"],
            first=told["first"],
            after_key=told.get("after_key", False),
            inferred=told.get("inferred", False),
            correct=told.get("correct"),
            clear=told.get("clear"),
            distractors=told.get("distractors"),
            comment=told.get("comment", ""),
            edit=told.get("edit"),
        )
        for (account_id, item_id, version), told in said.items()
        if "answer" in told
    ]


def judgement_of(said: Reading, question: Question, reviewer: str, batch: str) -> Judgement:
    """A finished reading as a record of the review folder.

    The answer from before the key was shown counts. Who calls the key wrong has found no single
    right option, whatever they answered: the record has no other place for that objection.
    """
    again = [AGAIN] if said.after_key else []
    objects = not said.correct and not said.inferred
    return Judgement(
        question=question.id,
        content=shown(question),
        reviewer=reviewer,
        kind=HUMAN,
        answer="" if objects else said.first,
        clear=bool(said.clear),
        distractors=bool(said.distractors),
        comment=" ".join([said.comment, *again]).strip(),
        batch=batch,
    )
