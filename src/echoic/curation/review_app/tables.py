"""What is stored: accounts, sessions, items with their versions, and an append-only event table.

No table holds the state of a judgement: it is derived from the events that no later event voids.
Times are UTC; a migration's triggers refuse to change or delete an event or a version.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Index, TypeDecorator, UniqueConstraint
from sqlmodel import Field, SQLModel

# Kinds of events. The first two are an annotator's acts on an item, which `UNDONE` may void.
ANSWERED, JUDGED, UNDONE = "answered", "judged", "undone"
IMPORTED, EDITED, DECIDED, REOPENED = "imported", "edited", "decided", "reopened"
ACCOUNT_ADDED, ACCOUNT_CHANGED = "account added", "account changed"
LOGGED_IN, LOGGED_OUT, LOGIN_FAILED = "logged in", "logged out", "log-in failed"
EXPORTED, LABELS_IMPORTED = "exported", "labels imported"


def now() -> datetime:
    """This moment, UTC."""
    return datetime.now(UTC)


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class AccountRow(SQLModel, table=True):
    """Who may log in. `folded` is the name without case, so that two names never look alike."""

    __tablename__ = "account"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    folded: str = Field(unique=True)
    password_hash: str
    role: str
    active: bool = True
    created: datetime = Field(default_factory=now, sa_type=UtcTime)


class SessionRow(SQLModel, table=True):
    """A browser that is logged in; only the hash of its token is known here."""

    __tablename__ = "login_session"

    token_hash: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    created: datetime = Field(default_factory=now, sa_type=UtcTime)
    expires: datetime = Field(sa_type=UtcTime, index=True)


class TryRow(SQLModel, table=True):
    """A log-in that failed, or is being checked at this moment."""

    __tablename__ = "login_try"

    id: int | None = Field(default=None, primary_key=True)
    folded: str = Field(index=True)
    address: str = Field(index=True)
    at: datetime = Field(default_factory=now, sa_type=UtcTime, index=True)


class ItemRow(SQLModel, table=True):
    """One candidate, or a planted fault: `fault` says which, "" for none.

    `id` is random, since the question's id tells plants from candidates and may name its writer.
    `seed` orders queues and options; `version` is the one that is shown now.
    """

    __tablename__ = "item"

    id: str = Field(primary_key=True)
    question_id: str = Field(unique=True)
    batch: str = Field(index=True)
    place: int
    fault: str = ""
    seed: int
    version: int = 1


class VersionRow(SQLModel, table=True):
    """The wording of an item: a `Question` record. Version 1 is what was imported."""

    __tablename__ = "version"

    item_id: str = Field(primary_key=True, foreign_key="item.id")
    number: int = Field(primary_key=True)
    record: dict[str, Any] = Field(sa_type=JSON)


class EventRow(SQLModel, table=True):
    """Something that was done; never changed. `voids` is the event that this one undoes."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_account_kind", "account_id", "kind"),
        Index("ix_event_item", "item_id", "version"),
        UniqueConstraint("voids", name="uq_event_voids"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=UtcTime)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    kind: str
    item_id: str | None = Field(default=None, foreign_key="item.id")
    version: int | None = None
    voids: int | None = Field(default=None, foreign_key="event.id")
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
