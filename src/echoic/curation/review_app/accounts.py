"""Who may come in: names, roles, argon2 hashes, and a limit on failed log-ins.

A try is written down before the password is looked at and taken back when it was right, so that
tries at the same moment cannot slip past the limit. One that is refused is taken back as well:
waiting ends, also for those who do not stop trying. Names are also file names in an export.
"""

import functools
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from echoic.curation.review_app.refusals import Invalid, TooManyTries
from echoic.curation.review_app.tables import (
    ACCOUNT_ADDED,
    ACCOUNT_CHANGED,
    LOGIN_FAILED,
    AccountRow,
    EventRow,
    SessionRow,
    TryRow,
    now,
)
from echoic.curation.review_app.texts import storable
from echoic.records import plain_name

NAME_CHARACTERS = 40
PASSWORD_CHARACTERS = range(10, 1025)
WINDOW = timedelta(minutes=15)
TRIES_PAIR = 5  # of one name from one address
TRIES_ADDRESS = 20  # of any names from one address
TRIES_NAME = 50  # of one name from anywhere: high, or strangers could lock its owner out

HASHER = PasswordHasher()
NO_LOGIN = "!"  # the hash of accounts that only hold imported labels


class Role(StrEnum):
    """What an account may do: judge questions; settle differences; everything else as well."""

    ANNOTATOR = "annotator"
    ADJUDICATOR = "adjudicator"
    OWNER = "owner"


@dataclass(frozen=True)
class Account:
    """An account as the app's other parts know it, without its hash.

    Nobody logs in to one that only holds imported labels, until it gets a password.
    """

    id: int
    name: str
    role: Role
    active: bool = True
    logs_in: bool = True


def of_row(row: AccountRow) -> Account:
    """The account in a stored row."""
    assert row.id is not None
    return Account(row.id, row.name, Role(row.role), row.active, row.password_hash != NO_LOGIN)


def add_account(
    session: Session, name: str, password: str | None, role: str, by: Account | None = None
) -> Account:
    """Add an account and commit. Raises Invalid, as `new_account` does."""
    account = new_account(session, name, password, role, by)
    session.commit()
    return account


def new_account(
    session: Session, name: str, password: str | None, role: str, by: Account | None = None
) -> Account:
    """Add an account without committing; without a password nobody can log in to it.

    Raises Invalid for a name, password or role that cannot be taken.
    """
    if not name or plain_name(name) != name or not name[0].isalnum():
        raise Invalid(f"the name {name!r} must be of letters, digits, dots and dashes")
    if len(name) > NAME_CHARACTERS:
        raise Invalid(f"the name {name!r} is longer than {NAME_CHARACTERS} characters")
    if role not in list(Role):
        raise Invalid(f"the role {role!r} is none of {', '.join(Role)}")
    hashed = NO_LOGIN if password is None else _hashed(password)
    row = AccountRow(name=name, folded=name.casefold(), password_hash=hashed, role=role)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise Invalid(f"the name {name!r} is taken") from error
    session.add(_event(ACCOUNT_ADDED, by, name=name, role=role))
    session.flush()
    return of_row(row)


def _hashed(password: str) -> str:
    if not storable(password):
        raise Invalid("the password holds half a character or a NUL")
    if len(password) not in PASSWORD_CHARACTERS:
        least, most = PASSWORD_CHARACTERS[0], PASSWORD_CHARACTERS[-1]
        raise Invalid(f"a password has {least} to {most} characters")
    return HASHER.hash(password)


def _event(kind: str, by: Account | None, **payload: object) -> EventRow:
    return EventRow(kind=kind, account_id=by.id if by else None, payload=payload)


def accounts(session: Session) -> list[Account]:
    """All accounts, oldest first."""
    rows = session.execute(select(AccountRow).order_by(col(AccountRow.id))).scalars()
    return [of_row(row) for row in rows]


def change_account(
    session: Session,
    account: Account,
    by: Account | None,
    *,
    password: str | None = None,
    active: bool | None = None,
) -> Account:
    """Set a new password, or close or reopen an account, and commit. Its sessions end.

    Raises Invalid for a bad password, and when the last open owner would be closed.
    """
    row = session.get_one(AccountRow, account.id)
    if password is not None:
        row.password_hash = _hashed(password)
    if active is not None:
        row.active = active
    session.add(row)
    session.flush()
    owners = select(func.count()).where(
        col(AccountRow.role) == Role.OWNER, col(AccountRow.active).is_(True)
    )
    if account.role == Role.OWNER and not session.execute(owners).scalar_one():
        session.rollback()
        raise Invalid(f"{account.name} is the only owner; add another one first")
    session.execute(delete(SessionRow).where(col(SessionRow.account_id) == account.id))
    changes = {"password": password is not None, "active": row.active}
    session.add(_event(ACCOUNT_CHANGED, by, name=row.name, **changes))
    session.commit()
    return of_row(row)


def check_password(session: Session, name: str, password: str, address: str) -> Account | None:
    """The open account with this name and password, else None; commits.

    `address` is where the request came from. Raises TooManyTries.
    """
    folded = _storable(name.casefold()[: 2 * NAME_CHARACTERS])
    session.execute(delete(TryRow).where(col(TryRow.at) < now() - WINDOW))
    this = TryRow(folded=folded, address=address)
    session.add(this)
    session.commit()  # before the slow part: nobody waits for it, and tries at once are counted
    _limit(session, this)
    row = session.execute(
        select(AccountRow).where(col(AccountRow.folded) == folded)
    ).scalar_one_or_none()
    session.commit()
    right = _matches(row.password_hash if row else NO_LOGIN, password)
    if not (row and right and row.active):
        session.add(_event(LOGIN_FAILED, None, name=folded, address=address))
        session.commit()
        return None
    session.execute(
        delete(TryRow).where(col(TryRow.folded) == folded, col(TryRow.address) == address)
    )
    if HASHER.check_needs_rehash(row.password_hash):
        row.password_hash = HASHER.hash(password)
        session.add(row)
    session.commit()
    return of_row(row)


def _storable(name: str) -> str:
    """A name that no account has, where databases could not hold it."""
    return "".join(c if storable(c) else "\N{REPLACEMENT CHARACTER}" for c in name)


def _limit(session: Session, this: TryRow) -> None:
    """Raise TooManyTries when the tries in the window, this one included, are over a limit."""
    name, place = col(TryRow.folded) == this.folded, col(TryRow.address) == this.address
    limits: list[tuple[int, ColumnElement[bool]]] = [
        (TRIES_PAIR, name & place), (TRIES_ADDRESS, place), (TRIES_NAME, name),
    ]  # fmt: skip
    for most, which in limits:
        tries = session.execute(select(func.count(), func.min(TryRow.at)).where(which)).one()
        if tries[0] > most:
            session.execute(delete(TryRow).where(col(TryRow.id) == this.id))
            session.commit()
            left = tries[1] + WINDOW - now()
            raise TooManyTries(max(1, round(left.total_seconds())))


@functools.cache
def _unknown() -> str:
    """A hash of no password, checked for unknown names so that they take as long as known ones."""
    return HASHER.hash("nobody has this password")


def _matches(hashed: str, password: str) -> bool:
    known, other = hashed != NO_LOGIN, _unknown()
    if not storable(password):
        password, known = "", False
    try:
        HASHER.verify(hashed if known else other, password[: PASSWORD_CHARACTERS[-1] + 1])
    except (VerificationError, InvalidHashError):
        return False
    return known
