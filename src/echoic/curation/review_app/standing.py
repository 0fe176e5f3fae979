"""Where things stand: what is judged, decided, undone. Derived from live events by the database."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlmodel import Session, col

from echoic.curation.decisions import REJECT
from echoic.curation.review_app.accounts import Account
from echoic.curation.review_app.events import LIVE
from echoic.curation.review_app.tables import (
    ANSWERED,
    DECIDED,
    JUDGED,
    UNDONE,
    EventRow,
    ItemRow,
)
from echoic.records import digest

CURRENT = (col(EventRow.item_id) == col(ItemRow.id)) & (
    col(EventRow.version) == col(ItemRow.version)
)


class OpenItem(NamedTuple):
    """What the order of a queue hangs on."""

    id: str
    batch: str
    seed: int
    question_id: str


def judged(session: Session, account: Account) -> tuple[set[str], list[str]]:
    """Ids of items whose current version the account has judged, and of those only answered."""
    rows = session.execute(
        select(col(EventRow.item_id), col(EventRow.kind))
        .join(ItemRow, CURRENT)
        .where(
            col(EventRow.account_id) == account.id,
            col(EventRow.kind).in_((ANSWERED, JUDGED)),
            LIVE,
        )
        .order_by(col(EventRow.id))
    ).all()
    done = {str(id_) for id_, kind in rows if kind == JUDGED}
    return done, [str(id_) for id_, kind in rows if kind == ANSWERED and id_ not in done]


def decided(session: Session) -> dict[str, EventRow]:
    """Item id -> the decision on its current version."""
    rows = session.execute(
        select(EventRow).join(ItemRow, CURRENT).where(col(EventRow.kind) == DECIDED, LIVE)
    ).scalars()
    return {str(row.item_id): row for row in rows}


def decision_on(session: Session, item: ItemRow) -> EventRow | None:
    """The decision on the current version of one item, found without reading the whole log."""
    return session.execute(
        select(EventRow).where(
            col(EventRow.item_id) == item.id,
            col(EventRow.version) == item.version,
            col(EventRow.kind) == DECIDED,
            LIVE,
        )
    ).scalar_one_or_none()


def rejected(session: Session) -> set[str]:
    """Ids of items whose current version needs no more reading; accepted ones still do."""
    return {id_ for id_, row in decided(session).items() if row.payload["decision"] == REJECT}


def last_undone(session: Session, account: Account) -> str | None:
    """The item of the account's last act, if that was an undo."""
    last = session.execute(
        select(col(EventRow.item_id), col(EventRow.kind))
        .where(
            col(EventRow.account_id) == account.id,
            col(EventRow.kind).in_((ANSWERED, JUDGED, UNDONE)),
        )
        .order_by(col(EventRow.id).desc())
        .limit(1)
    ).first()
    return str(last[0]) if last and last[1] == UNDONE else None


def open_items(session: Session, account: Account) -> list[OpenItem]:
    """The items whose current version the account has not judged; rejected ones are gone."""
    done = (
        exists()
        .where(
            CURRENT,
            col(EventRow.account_id) == account.id,
            col(EventRow.kind) == JUDGED,
            LIVE,
        )
        .correlate(ItemRow)
    )
    rows = session.execute(
        select(
            col(ItemRow.id), col(ItemRow.batch), col(ItemRow.seed), col(ItemRow.question_id)
        ).where(~done)
    )
    gone = rejected(session)
    return [OpenItem(*row) for row in rows if row[0] not in gone]


def first_in_queue(account: Account, waiting: Sequence[OpenItem]) -> OpenItem | None:
    """The earliest in the account's order: batch by batch, each in an order of its own.

    Only the first batch with something open is looked at, so a long queue costs no time.
    """
    if not waiting:
        return None
    first = min((item.batch for item in waiting), key=lambda name: (len(name), name))
    here = [item for item in waiting if item.batch == first]
    return min(here, key=lambda item: digest([item.seed, account.name, item.question_id]))
