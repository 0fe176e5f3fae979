"""Server-side sessions: the browser holds a random token, the database only its hash.

The CSRF token of a session follows from its token, so that it needs no place of its own; a page
before log-in can use `new_token` and `csrf_of` in the same way with a cookie of its own.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlmodel import Session, col

from echoic.curation.review_app.accounts import Account, of_row
from echoic.curation.review_app.events import append
from echoic.curation.review_app.tables import (
    LOGGED_IN,
    LOGGED_OUT,
    AccountRow,
    SessionRow,
    now,
)

LASTS = timedelta(hours=12)
TOKEN_BYTES = 32


def new_token() -> str:
    """A random token, 43 characters that suit a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(token: str) -> str:
    """The CSRF token that belongs to a session token; it tells nothing about it."""
    return hmac.new(token.encode(), b"echoic csrf", hashlib.sha256).hexdigest()


def same(first: str, second: str) -> bool:
    """Whether two tokens are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(first.encode(), second.encode())


def open_session(session: Session, account: Account) -> str:
    """Start a session with a token of its own and commit. Returns the token."""
    token = new_token()
    session.execute(delete(SessionRow).where(col(SessionRow.expires) < now()))
    session.add(SessionRow(token_hash=_hash(token), account_id=account.id, expires=now() + LASTS))
    append(session, account, LOGGED_IN)
    session.commit()
    return token


def find_session(session: Session, token: str) -> tuple[Account, str] | None:
    """The account that a token belongs to and its CSRF token; None when it is unknown or over."""
    row = session.execute(
        select(AccountRow)
        .join(SessionRow, col(SessionRow.account_id) == col(AccountRow.id))
        .where(
            col(SessionRow.token_hash) == _hash(token),
            col(SessionRow.expires) > now(),
            col(AccountRow.active).is_(True),
        )
    ).scalar_one_or_none()
    return (of_row(row), csrf_of(token)) if row else None


def close_session(session: Session, token: str) -> None:
    """End a session and commit; an unknown token changes nothing."""
    found = find_session(session, token)
    if found:
        session.execute(delete(SessionRow).where(col(SessionRow.token_hash) == _hash(token)))
        append(session, found[0], LOGGED_OUT)
        session.commit()
