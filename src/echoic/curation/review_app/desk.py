"""An annotator's desk: the next question, the answer, the judgement, and undo.

The key leaves this module only in a view whose answer is stored. Every annotator has an order of
their own within a batch, and of the options of a question; batches come in the same order to all,
so that questions are soon read twice and a batch's planted faults are soon all answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from echoic.curation.decisions import REJECT
from echoic.curation.review_app.accounts import Account, Role
from echoic.curation.review_app.events import (
    LIVE,
    Reading,
    append,
    held_item,
    hold,
    question_of,
    readings,
)
from echoic.curation.review_app.refusals import AlreadyDone, Forbidden, Invalid, NotAnswered, Stale
from echoic.curation.review_app.standing import (
    decision_on,
    first_in_queue,
    judged,
    last_undone,
    open_items,
)
from echoic.curation.review_app.tables import (
    ANSWERED,
    JUDGED,
    UNDONE,
    EventRow,
    ItemRow,
)
from echoic.curation.review_app.texts import (
    TEXT_CHARACTERS,
    comment_of,
    line,
    lines,
    storable,
)
from echoic.errors import BadQuestion
from echoic.question import Question
from echoic.records import digest


@dataclass(frozen=True)
class Edit:
    """Another wording of a question: as many options as before, `key` one of them."""

    stem: str
    options: tuple[str, ...]
    key: str

    def applied(self, question: Question) -> Question:
        """The question with this wording. Raises Invalid when it does not make one."""
        options = tuple(map(line, self.options))
        stem, key = lines(self.stem), line(self.key)
        if len(options) != len(question.options):
            raise Invalid(f"an edit keeps {len(question.options)} options")
        if not all(options) or len({option.casefold() for option in options}) < len(options):
            raise Invalid("every option of an edit needs words of its own")
        if key not in options:
            raise Invalid("the key of an edit must be one of its options")
        if max(map(len, (stem, *options))) > TEXT_CHARACTERS:
            raise Invalid(f"a stem or option has at most {TEXT_CHARACTERS} characters")
        if not all(map(storable, (stem, *options))):
            raise Invalid("an edit holds half a character or a NUL, which cannot be stored")
        try:
            edited = replace(question, stem=stem, options=options, answer=options.index(key))
        except BadQuestion as error:
            raise Invalid("the stem of an edit is empty") from error
        if edited == question:
            raise Invalid("this edit changes nothing")
        return edited

    def to_record(self) -> dict[str, Any]:
        """As stored in an event."""
        return {"stem": self.stem, "options": list(self.options), "key": self.key}

    @classmethod
    def from_record(cls, row: Mapping[str, Any]) -> "Edit":
        """As read from an event."""
        return cls(row["stem"], tuple(row["options"]), row["key"])


@dataclass(frozen=True)
class View:
    """What an annotator sees of one item: nothing of its origin, fault or other readers.

    `options` are in this annotator's order. `answer` is None before answering, "" for "none of
    them"; `key` is None until then.
    """

    item_id: str
    version: int
    stem: str
    options: tuple[str, ...]
    category: str
    subcategory: str
    answer: str | None = None
    key: str | None = None


def next_item(session: Session, account: Account) -> View | None:
    """The item to show: one that waits for its judgement, else one undone, else the next in order.

    None when all is judged. Raises Forbidden for other roles than annotators.
    """
    _annotates(account)
    waiting = open_items(session, account)
    ids = {item.id for item in waiting}
    _, answered = judged(session, account)
    again = [id_ for id_ in (last_undone(session, account), *answered) if id_ in ids]
    if again:
        return view(session, account, str(again[-1]))
    first = first_in_queue(account, waiting)
    return view(session, account, first.id) if first else None


def view(session: Session, account: Account, item_id: str) -> View:
    """One item as this annotator sees it. Raises Stale, Forbidden."""
    _annotates(account)
    item = session.get(ItemRow, item_id)
    if item is None:
        raise Stale("this question is not here any more; go on with the next one")
    question = question_of(session, item)
    said = _reading(session, account, item)
    order = sorted(
        question.options,
        key=lambda option: digest([item.seed, account.name, item.question_id, option]),
    )
    return View(
        item_id=item.id,
        version=item.version,
        stem=question.stem,
        options=tuple(order),
        category=question.category,
        subcategory=question.subcategory,
        answer=said.answer if said else None,
        key=question.gold if said else None,
    )


def _reading(session: Session, account: Account, item: ItemRow) -> Reading | None:
    found = readings(session, account=account, item=item)
    return found[0] if found else None


def _annotates(account: Account) -> None:
    if account.role != Role.ANNOTATOR:
        raise Forbidden(f"{account.name} is {account.role}: only annotators judge questions")


def _asked(session: Session, item_id: str, version: int) -> ItemRow:
    """The item, held. Raises Stale when its version is old, or it was rejected meanwhile."""
    item = held_item(session, item_id, version)
    decision = decision_on(session, item)
    if decision and decision.payload["decision"] == REJECT:
        raise Stale("this question was rejected in the meantime; go on with the next one")
    return item


def answer(
    session: Session, account: Account, item_id: str, version: int, option: str | None
) -> View:
    """Store an option's text, or None when none is right, and commit; the view shows the key.

    Raises Forbidden, Stale, AlreadyDone, Invalid.
    """
    _annotates(account)
    hold(session, account)
    item = _asked(session, item_id, version)
    question = question_of(session, item)
    if option is not None and option not in question.options:
        raise Invalid("the answer is none of the options")
    if _reading(session, account, item):
        raise AlreadyDone("this question is answered; undo the answer to change it")
    seen = session.execute(
        select(col(EventRow.id)).where(
            col(EventRow.account_id) == account.id,
            col(EventRow.kind) == ANSWERED,
            col(EventRow.item_id) == item.id,
            col(EventRow.version) == version,
        )
    ).first()
    append(session, account, ANSWERED, item, answer=option or "", after_key=seen is not None)
    told = view(session, account, item_id)
    session.commit()
    return told


def judge(
    session: Session,
    account: Account,
    item_id: str,
    version: int,
    *,
    correct: bool,
    clear: bool,
    distractors: bool,
    comment: str = "",
    edit: Edit | None = None,
) -> None:
    """Store the verdicts on an answered item and commit.

    Raises Forbidden, Stale, NotAnswered, AlreadyDone, Invalid.
    """
    _annotates(account)
    hold(session, account)
    item = _asked(session, item_id, version)
    said = _reading(session, account, item)
    if not said:
        raise NotAnswered("answer the question first")
    if said.judged:
        raise AlreadyDone("this question is judged; undo the judgement to change it")
    payload: dict[str, Any] = {
        "correct": correct,
        "clear": clear,
        "distractors": distractors,
        "comment": comment_of(comment),
    }
    if edit:
        edit.applied(question_of(session, item))
        payload["edit"] = edit.to_record()
    append(session, account, JUDGED, item, **payload)
    session.commit()


def undo(session: Session, account: Account) -> str | None:
    """Void this account's last live act and commit. Returns its item, which comes next again.

    A judgement goes first, then its answer. None when there is nothing to undo. Raises Forbidden,
    and Stale when its item has been edited or decided since.
    """
    _annotates(account)
    hold(session, account)
    last = session.execute(
        select(EventRow)
        .where(
            col(EventRow.account_id) == account.id,
            col(EventRow.kind).in_((ANSWERED, JUDGED)),
            LIVE,
        )
        .order_by(col(EventRow.id).desc())
        .limit(1)
    ).scalar_one_or_none()
    if last is None or last.item_id is None:
        return None
    item = held_item(session, last.item_id)
    if item.version != last.version or decision_on(session, item):
        raise Stale("your last step was on a question that was edited or decided since; it stands")
    append(session, account, UNDONE, item, voids=last.id, undone=last.kind)
    session.commit()
    return item.id
