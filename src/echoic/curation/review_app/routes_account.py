"""Coming in and going out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from echoic.curation.review_app.accounts import (
    PASSWORD_CHARACTERS,
    Role,
    change_account,
    check_password,
)
from echoic.curation.review_app.refusals import Invalid, TooManyTries
from echoic.curation.review_app.routes_common import (
    COOKIE,
    PAGES,
    BadToken,
    Visit,
    any_session,
    does,
    page,
    sees,
    sentence,
    to,
)
from echoic.curation.review_app.sessions import (
    close_session,
    csrf_of,
    new_token,
    open_session,
    same,
)

router = APIRouter()
BEFORE = "echoic_login"  # ties the log-in form to this browser: no session exists yet


def _set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, httponly=True, samesite="lax", secure=secure, path="/")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _form(request: Request, status: int = 200, *, name: str = "", fault: str = "") -> Response:
    token = new_token()
    response = page(request, "login.html", status, csrf=csrf_of(token), name=name, fault=fault)
    _set_cookie(request, response, BEFORE, token)
    return response


@router.get("/login")
def login_page(request: Request) -> Response:
    """The log-in form."""
    return _form(request)


@router.post("/login")
def login(
    request: Request,
    session: Annotated[Session, Depends(any_session, scope="function")],
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=2000)] = "",
    csrf: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """A new session under a new token, whatever token the browser came with."""
    before = request.cookies.get(BEFORE, "")
    if not before or not same(csrf, csrf_of(before)):
        raise BadToken("this form is out of date: go back, reload the page, send it again")
    try:
        account = check_password(session, name, password, _address(request))
    except TooManyTries as error:
        response = _form(request, 429, name=name, fault=sentence(error))
        response.headers["Retry-After"] = str(error.wait_s)
        return response
    if account is None:
        return _form(request, 401, name=name, fault="Name and password do not match.")
    if old := request.cookies.get(COOKIE):
        close_session(session, old)
    response = to("/")
    _set_cookie(request, response, COOKIE, open_session(session, account))
    response.delete_cookie(BEFORE)
    return response


@router.post("/logout")
def logout(visit: Annotated[Visit, does()]) -> Response:
    """The session ends on the server, not only in the browser."""
    close_session(visit.session, visit.token)
    response = to("/login")
    response.delete_cookie(COOKIE)
    return response


@router.get("/")
def home(visit: Annotated[Visit, sees()]) -> Response:
    """The first page of one's role."""
    return to(PAGES[Role(visit.account.role)][0][0])


@router.get("/help")
def help_page(visit: Annotated[Visit, sees()]) -> Response:
    """How to review, and the keys."""
    return visit.page("help.html")


def _account(visit: Visit, status: int = 200, fault: str = "") -> Response:
    least = PASSWORD_CHARACTERS[0]
    return visit.page("account.html", status, password_length=least, fault=fault)


@router.get("/account")
def account_page(visit: Annotated[Visit, sees()]) -> Response:
    """The form for a new password of one's own."""
    return _account(visit)


@router.post("/account")
def change_password(
    visit: Annotated[Visit, does()],
    old: Annotated[str, Form(max_length=2000)] = "",
    new: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """A new password for those who know the old one; tries count as failed log-ins do."""
    address = _address(visit.request)
    try:
        if check_password(visit.session, visit.account.name, old, address) is None:
            raise Invalid("that is not your password now")
        change_account(visit.session, visit.account, visit.account, password=new)
    except (Invalid, TooManyTries) as error:
        visit.session.rollback()
        return _account(visit, 429 if isinstance(error, TooManyTries) else 400, sentence(error))
    return to("/login", "password")
