"""The owner's pages: how far it is, how well readers agree, who may come in, what was done."""

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.responses import Response
from sqlmodel import Session

from echoic.curation.review_app import accounts, exchange
from echoic.curation.review_app.accounts import PASSWORD_CHARACTERS, Account, Role
from echoic.curation.review_app.log import audit_log
from echoic.curation.review_app.progress import (
    Agreement,
    Reader,
    agreement_table,
    overview,
)
from echoic.curation.review_app.refusals import Invalid
from echoic.curation.review_app.routes_common import (
    CRITERIA,
    Visit,
    does,
    duration,
    sees,
    sentence,
    to,
)

router = APIRouter()
LOG_ROWS = 100
UNKNOWN = "no data"
Name = Annotated[str, Form(max_length=100)]
Word = Annotated[str, Form(max_length=2000)]


@router.get("/overview")
def show(visit: Annotated[Visit, sees(Role.OWNER)]) -> Response:
    """Items by state, and every reader's progress, pace and share of faults noticed."""
    seen = overview(visit.session)
    tiles = (
        ("Questions", seen.items), ("Open", seen.open), ("Agreed", seen.agreed),
        ("To settle", seen.disputed), ("Accepted", seen.accepted), ("Rejected", seen.rejected),
        ("Edited", seen.edited),
    )  # fmt: skip
    return visit.page("overview.html", tiles=tiles, readers=[_row(each) for each in seen.readers])


def _row(reader: Reader) -> dict[str, Any]:
    pace = reader.progress
    return {
        "name": reader.name,
        "done": pace.done,
        "total": pace.total,
        "per_hour": f"{pace.per_hour:,.0f}" if pace.per_hour else UNKNOWN,
        "left": duration(pace.left, pace.per_hour) or (UNKNOWN if pace.left else "nothing"),
        "found": UNKNOWN if reader.found is None else f"{100 * reader.found:.0f} %",
        "last": reader.last.strftime("%Y-%m-%d %H:%M UTC") if reader.last else "never",
    }


@router.get("/agreement")
def agreement(visit: Annotated[Visit, sees(Role.OWNER)]) -> Response:
    """Agreement per criterion, over all and per subcategory."""
    whole: list[tuple[str, Agreement]] = []
    parts: dict[str, list[tuple[str, Agreement]]] = {}
    for row in agreement_table(visit.session):
        title = CRITERIA[row.criterion]
        if row.subcategory:
            parts.setdefault(title, []).append((row.subcategory, row))
        else:
            whole.append((title, row))
    return visit.page("agreement.html", whole=whole, parts=list(parts.items()))


@router.get("/log")
def log(
    visit: Annotated[Visit, sees(Role.OWNER)],
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> Response:
    """The audit log, newest first."""
    rows = audit_log(visit.session, before=before, limit=LOG_ROWS + 1)
    older = rows[LOG_ROWS - 1].id if len(rows) > LOG_ROWS else None
    return visit.page("log.html", rows=rows[:LOG_ROWS], before=before, older=older)


def _people(visit: Visit, status: int = 200, fault: str = "") -> Response:
    return visit.page(
        "people.html", status, people=accounts.accounts(visit.session), roles=list(Role),
        password_length=PASSWORD_CHARACTERS[0], fault=fault,
    )  # fmt: skip


@router.get("/people")
def people(visit: Annotated[Visit, sees(Role.OWNER)]) -> Response:
    """All accounts."""
    return _people(visit)


def _trying(visit: Visit, change: Callable[[], Account], note: str) -> Response:
    try:
        change()
    except Invalid as error:
        visit.session.rollback()
        return _people(visit, 400, sentence(error))
    return to("/people", note)


@router.post("/people/add")
def add(
    visit: Annotated[Visit, does(Role.OWNER)], name: Name = "", password: Word = "", role: Name = ""
) -> Response:
    """A new account."""
    made = lambda: accounts.add_account(visit.session, name.strip(), password, role, visit.account)  # noqa: E731
    return _trying(visit, made, "added")


def _named(visit: Visit, name: str) -> Account:
    found = next((each for each in accounts.accounts(visit.session) if each.name == name), None)
    if found is None:
        raise Invalid(f"there is no account {name!r}")
    return found


@router.post("/people/password")
def password(
    visit: Annotated[Visit, does(Role.OWNER)], name: Name = "", password: Word = ""
) -> Response:
    """A new password; the account's sessions end."""

    def change() -> Account:
        account = _named(visit, name)
        return accounts.change_account(visit.session, account, visit.account, password=password)

    return _trying(visit, change, "changed")


@router.post("/people/lock")
def lock(visit: Annotated[Visit, does(Role.OWNER)], name: Name = "", active: Name = "") -> Response:
    """Close or reopen an account; its sessions end."""

    def change() -> Account:
        account = _named(visit, name)
        allowed = active == "yes"
        return accounts.change_account(visit.session, account, visit.account, active=allowed)

    return _trying(visit, change, "changed")


def _as_json(rows: Sequence[Any]) -> bytes:
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()


EXPORTS: dict[str, tuple[str, str, Callable[[Session, Account], bytes]]] = {
    "folder": ("review.zip", "application/zip", exchange.zip_bytes),
    "label-studio": (
        "label-studio.json", "application/json",
        lambda session, by: _as_json(exchange.to_label_studio(session, by)),
    ),
    "argilla": (
        "argilla.json", "application/json",
        lambda session, by: _as_json(exchange.to_argilla(session, by)),
    ),
}  # fmt: skip


@router.post("/export/{kind}")
def export(visit: Annotated[Visit, does(Role.OWNER)], kind: str) -> Response:
    """What stands now, as a file; names come from `EXPORTS`, never from the address."""
    if kind not in EXPORTS:
        raise Invalid(f"there is no export of that kind; choose one of {', '.join(EXPORTS)}")
    name, media, made = EXPORTS[kind]
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made(visit.session, visit.account), media_type=media, headers=headers)


@router.post("/import")
def bring_in(
    visit: Annotated[Visit, does(Role.OWNER)], labels: Annotated[UploadFile, File()]
) -> Response:
    """Labels that were given elsewhere."""
    rows = exchange.read_rows(labels.file.read(), "the file")
    done = exchange.import_labels(visit.session, rows, visit.account)
    told = (
        f"{done.taken} taken in, {done.known} here already, {done.incomplete} incomplete, "
        f"{done.stale} about questions that are not here in these words"
    )
    return visit.page("message.html", title="Labels imported", text=f"{told}.")
