"""The adjudicator's queue: items whose readers differ, and the decision on them.

A decision is an event on one version of an item. "edit" makes the next version: what was said of
the old one counts no more, and the item is in all queues again. Planted faults never come up here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from echoic.curation.assemble import READERS
from echoic.curation.decisions import ACCEPT, REJECT
from echoic.curation.review_app.accounts import Account, Role, accounts
from echoic.curation.review_app.desk import Edit
from echoic.curation.review_app.events import (
    BATCH_ORDER,
    Reading,
    append,
    held_item,
    hold,
    question_of,
    questions_of,
    readings,
)
from echoic.curation.review_app.refusals import AlreadyDone, Forbidden, Invalid, Stale
from echoic.curation.review_app.standing import decided
from echoic.curation.review_app.tables import DECIDED, EDITED, REOPENED, ItemRow, VersionRow
from echoic.curation.review_app.texts import comment_of
from echoic.question import Question
from echoic.records import digest

EDIT = "edit"
DECISIONS = (ACCEPT, REJECT, EDIT)
CRITERIA = ("answer", "correct", "clear", "distractors")
FIELDS = {"answer": "first"}  # what was answered before the key was shown
PROPOSED = "edit proposed"


@dataclass(frozen=True)
class Opinion:
    """One reader's reading without a name; an answer is "" when no option was found right.

    `answer` was given before the key was shown; `again` after it, None when there is none.
    """

    reader: str
    answer: str
    again: str | None
    correct: bool
    clear: bool
    distractors: bool
    comment: str
    edit: Edit | None


@dataclass(frozen=True)
class Dispute:
    """An item to decide on: its wording, what readers said, and on what they differ."""

    item_id: str
    version: int
    stem: str
    options: tuple[str, ...]
    key: str
    category: str
    subcategory: str
    opinions: tuple[Opinion, ...]
    differs: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """A decision that stands: on which question, what, and by whom."""

    item_id: str
    version: int
    question: Question
    decision: str
    adjudicator: str
    comment: str


def disputes(session: Session) -> list[Dispute]:
    """Undecided items that two readers or more have judged and differ on, oldest batch first.

    A proposed edit counts as a difference.
    """
    said = judged_readings(session)
    closed = decided(session)
    wordings = questions_of(session)
    found: list[Dispute] = []
    items = session.execute(
        select(ItemRow).where(col(ItemRow.fault) == "").order_by(*BATCH_ORDER)
    ).scalars()
    for item in items:
        here = said.get(item.id, [])
        differs = differences(here)
        if differs and item.id not in closed:
            found.append(_dispute(item, wordings[item.id], here, differs))
    return found


def judged_readings(session: Session) -> dict[str, list[Reading]]:
    """Item id -> its readers' finished readings of its current version."""
    said: dict[str, list[Reading]] = {}
    for reading in readings(session):
        if reading.judged:
            said.setdefault(reading.item_id, []).append(reading)
    return said


def differences(here: Sequence[Reading]) -> tuple[str, ...]:
    """On what the readers of one version differ; nothing while there are fewer than two."""
    if len(here) < READERS:
        return ()
    differs = [
        name
        for name in CRITERIA
        if len({getattr(said, FIELDS.get(name, name)) for said in here}) > 1
    ]
    return (*differs, *([PROPOSED] if any(said.edit for said in here) else []))


def _dispute(
    item: ItemRow, question: Question, here: list[Reading], differs: tuple[str, ...]
) -> Dispute:
    """Readers in an order that differs from item to item, so that none can be followed."""
    mixed = sorted(here, key=lambda said: digest([item.id, said.account_id]))
    opinions = tuple(_opinion(f"Reader {at}", said) for at, said in enumerate(mixed, 1))
    return Dispute(
        item_id=item.id,
        version=item.version,
        stem=question.stem,
        options=question.options,
        key=question.gold,
        category=question.category,
        subcategory=question.subcategory,
        opinions=opinions,
        differs=differs,
    )


def _opinion(reader: str, said: Reading) -> Opinion:
    return Opinion(
        reader=reader,
        answer=said.first,
        again=said.answer if said.after_key else None,
        correct=bool(said.correct),
        clear=bool(said.clear),
        distractors=bool(said.distractors),
        comment=said.comment,
        edit=Edit.from_record(said.edit) if said.edit else None,
    )


def _settles(account: Account) -> None:
    if account.role not in (Role.ADJUDICATOR, Role.OWNER):
        raise Forbidden(f"{account.name} is {account.role}: only adjudicators and owners decide")


def _candidate(session: Session, account: Account, item_id: str, version: int) -> ItemRow:
    _settles(account)
    hold(session, account)
    item = held_item(session, item_id, version)
    if item.fault:
        raise Stale("this question is not up for a decision")
    return item


def decide(
    session: Session,
    account: Account,
    item_id: str,
    version: int,
    decision: str,
    edit: Edit | None = None,
    comment: str = "",
) -> int:
    """Accept or reject an item as it stands, or edit it, and commit. Returns its version now.

    Raises Forbidden, Stale, AlreadyDone, Invalid.
    """
    item = _candidate(session, account, item_id, version)
    if decision not in DECISIONS:
        raise Invalid(f"the decision {decision!r} is none of {', '.join(DECISIONS)}")
    if (edit is None) == (decision == EDIT):
        raise Invalid("an edit belongs to the decision to edit, and to no other")
    comment = comment_of(comment, "a reason")
    if item.id in decided(session):
        raise AlreadyDone("this question is decided; reopen it to decide again")
    if edit:
        edited = edit.applied(question_of(session, item))
        append(session, account, EDITED, item, comment=comment, edit=edit.to_record())
        item.version += 1
        row = VersionRow(item_id=item.id, number=item.version, record=edited.to_record())
        session.add_all([item, row])
    else:
        append(session, account, DECIDED, item, decision=decision, comment=comment)
    session.commit()
    return item.version


def reopen(session: Session, account: Account, item_id: str, version: int) -> None:
    """Take back the decision on an item and commit; it may be disputed and judged again.

    Raises Forbidden, and Stale when there is no decision on this version.
    """
    item = _candidate(session, account, item_id, version)
    decision = decided(session).get(item.id)
    if decision is None:
        raise Stale("there is no decision to take back")
    append(session, account, REOPENED, item, voids=decision.id)
    session.commit()


def decisions(session: Session) -> list[Standing]:
    """All decisions that stand, in the order they were made."""
    wordings = questions_of(session)
    names = {account.id: account.name for account in accounts(session)}
    rows = sorted(decided(session).values(), key=lambda row: row.id or 0)
    return [
        Standing(
            item_id=str(row.item_id),
            version=row.version or 0,
            question=wordings[str(row.item_id)],
            decision=str(row.payload["decision"]),
            adjudicator=names[row.account_id or 0],
            comment=str(row.payload["comment"]),
        )
        for row in rows
    ]
