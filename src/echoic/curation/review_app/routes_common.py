"""What all pages share: who is asking, the form's token, and how a page is drawn."""

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any

import jinja2
from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from echoic.curation.review_app.accounts import Account, Role
from echoic.curation.review_app.database import reading, writing
from echoic.curation.review_app.refusals import Forbidden, Refused
from echoic.curation.review_app.sessions import find_session, same
from echoic.question import LETTERS

COOKIE = "echoic_session"
PAGES = {
    Role.ANNOTATOR: (("/review", "Review"), ("/help", "Help")),
    Role.ADJUDICATOR: (("/disputes", "Adjudication"),),
    Role.OWNER: (
        ("/overview", "Overview"),
        ("/disputes", "Adjudication"),
        ("/agreement", "Agreement"),
        ("/people", "People"),
        ("/log", "Log"),
    ),
}
NOTES = {
    "saved": "Saved.",
    "undone": "Your last step is undone. The log keeps it.",
    "nothing": "There is nothing left to undo.",
    "settled": "Your last step was on a question that was edited or decided since: it stands.",
    "stale": "That question changed or was done already; here is what comes next.",
    "decided": "Decided.",
    "reopened": "The decision is taken back. The log keeps it.",
    "added": "The account is added.",
    "changed": "The account is changed.",
    "password": "Your password is changed. Log in with it.",
}
CRITERIA = {
    "answer": "Answer",
    "correct": "Key right",
    "clear": "Clear",
    "distractors": "Other options",
}
DRAWN = jinja2.Environment(
    loader=jinja2.PackageLoader("echoic.curation.review_app"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
DRAWN.globals["letters"] = LETTERS


class NotLoggedIn(Refused):
    """No session, or one that is over."""


class BadToken(Refused):
    """A form that did not come from a page of this session."""


@dataclass(frozen=True)
class Visit:
    """One request of someone who is logged in."""

    request: Request
    session: Session
    account: Account
    csrf: str
    token: str

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Draw a template for this visitor."""
        return page(self.request, template, status, account=self.account, csrf=self.csrf, **values)


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Draw a template. `note` of the address is one of `NOTES`, never free text."""
    account = values.setdefault("account", None)
    values.setdefault("csrf", "")
    drawn = DRAWN.get_template(template).render(
        pages=PAGES[Role(account.role)] if account else (),
        path=request.url.path,
        note=NOTES.get(request.query_params.get("note", "")),
        quiet=request.query_params.get("note") == "saved",  # spoken, not shown: it comes each time
        **values,
    )
    return HTMLResponse(drawn, status)


def to(address: str, note: str = "") -> Response:
    """Go on with a GET, so that reloading the page sends no form again."""
    return RedirectResponse(f"{address}?note={note}" if note else address, 303)


def _identify(request: Request, session: Session) -> Visit:
    token = request.cookies.get(COOKIE, "")
    found = find_session(session, token) if token else None
    if found is None:
        raise NotLoggedIn("please log in")
    account, csrf = found
    return Visit(request, session, account, csrf, token)


def _allowed(visit: Visit, roles: tuple[Role, ...]) -> Visit:
    if roles and Role(visit.account.role) not in roles:
        raise Forbidden("your account has no part in this page")
    return visit


def sees(*roles: Role) -> Any:
    """A visitor in one of `roles` (any, when none is given), for pages that only read."""

    def visit(request: Request) -> Iterator[Visit]:
        with reading(request.app.state.engine) as session:
            found = _allowed(_identify(request, session), roles)
            session.rollback()  # the page may wait for a thread: hold no connection meanwhile
            yield found

    return Depends(visit, scope="function")


def does(*roles: Role) -> Any:
    """A visitor in one of `roles` who sends a form that carries their session's token.

    Who it is, is read before the session that writes begins: its lock is taken and let go in the
    operation itself, never held while a request waits for a thread, and never for strangers.
    """

    def visit(request: Request, csrf: Annotated[str, Form()] = "") -> Iterator[Visit]:
        engine = request.app.state.engine
        with reading(engine) as session:
            found = _identify(request, session)
        sent = csrf or request.headers.get("X-CSRF-Token", "")
        if not same(sent, found.csrf):
            raise BadToken("this form is out of date: go back, reload the page, send it again")
        _allowed(found, roles)
        with writing(engine) as session:
            yield replace(found, session=session)

    return Depends(visit, scope="function")


def any_session(request: Request) -> Iterator[Session]:
    """A session that may write, for visitors who are not logged in yet."""
    with writing(request.app.state.engine) as session:
        yield session


def sentence(error: Exception) -> str:
    """The line of a refusal, as a sentence."""
    line = str(error)
    return f"{line[:1].upper()}{line[1:]}."


def changes(old: str, new: str) -> list[tuple[str, str]]:
    """Words of both texts in order, each run marked "same", "gone" or "new"."""
    split: Callable[[str], list[str]] = re.compile(r"\s+|\w+|[^\w\s]").findall
    before, after = split(old), split(new)
    parts: list[tuple[str, str]] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            parts.append(("same", "".join(before[a:b])))
            continue
        parts += [("gone", "".join(before[a:b]))] if b > a else []
        parts += [("new", "".join(after[c:d]))] if d > c else []
    return parts


def duration(left: int, per_hour: float | None) -> str:
    """How long `left` questions take at that pace, in words; "" when the pace is not known."""
    if not per_hour or not left:
        return ""
    span = timedelta(hours=left / per_hour)
    minutes = max(1, round(span.total_seconds() / 60))
    return f"about {minutes} min" if minutes < 90 else f"about {round(minutes / 60)} h"


DRAWN.globals |= {"changes": changes, "labels": CRITERIA}
