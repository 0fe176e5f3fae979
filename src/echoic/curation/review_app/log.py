"""Who did what and when, in words: the log as its owner reads it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from echoic.curation.review_app.tables import AccountRow, EventRow, ItemRow

# How the log tells keys of events: some in other words, some only when they hold.
WORDS = {"held": "held out, asked with a fault only"}
FLAGS = {
    "after_key": "given again after the key was shown",
    "inferred": "whether the key is right follows from the answer",
}


@dataclass(frozen=True)
class LogLine:
    """One event, in words."""

    id: int
    at: datetime
    account: str
    kind: str
    item: str
    version: int | None
    detail: str


def audit_log(session: Session, *, before: int | None = None, limit: int = 200) -> list[LogLine]:
    """Events, newest first: at most `limit`, with ids below `before`."""
    query = (
        select(EventRow, col(AccountRow.name), col(ItemRow.question_id))
        .outerjoin(AccountRow, col(AccountRow.id) == col(EventRow.account_id))
        .outerjoin(ItemRow, col(ItemRow.id) == col(EventRow.item_id))
        .order_by(col(EventRow.id).desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(col(EventRow.id) < before)
    return [
        LogLine(
            id=row.id or 0,
            at=row.at,
            account=name or "",
            kind=row.kind,
            item=question or "",
            version=row.version,
            detail=_detail(row),
        )
        for row, name, question in session.execute(query)
    ]


def _detail(row: EventRow) -> str:
    told = {WORDS.get(key, key): value for key, value in row.payload.items() if key not in FLAGS}
    if row.voids is not None:
        told["voids"] = f"event {row.voids}"
    said = [f"{key}: {_said(value)}" for key, value in told.items() if value not in ("", [])]
    return "; ".join([*said, *(words for flag, words in FLAGS.items() if row.payload.get(flag))])


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_said(part)}" for key, part in value.items())
    return " | ".join(map(str, value)) if isinstance(value, list) else str(value)
