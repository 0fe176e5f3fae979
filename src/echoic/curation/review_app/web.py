"""The app: routes, refusals as pages, and the server. What comes before all pages is in `guard`."""

import os
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine
from starlette.exceptions import HTTPException

from echoic.curation.review_app import (
    routes_account,
    routes_adjudicate,
    routes_owner,
    routes_review,
)
from echoic.curation.review_app.guard import Guard
from echoic.curation.review_app.refusals import AlreadyDone, Forbidden, NotAnswered, Stale
from echoic.curation.review_app.routes_common import BadToken, NotLoggedIn, page, sentence, to
from echoic.errors import EchoicError

STATUS: tuple[tuple[type[EchoicError], int, str], ...] = (
    (Forbidden, 403, "Not for this account"),
    (BadToken, 403, "This form is out of date"),
    (Stale, 409, "This has changed"),
    (AlreadyDone, 409, "This is done already"),
    (NotAnswered, 409, "Answer first"),
    (EchoicError, 400, "That did not work"),
)
TITLES = {404: "There is no such page", 405: "That is not how this page is used"}


def _message(request: Request, status: int, title: str, text: str) -> Response:
    return page(request, "message.html", status, title=title, text=text)


def _log_in(request: Request, error: Exception) -> Response:
    """To the log-in form; a part of a page that is renewed asks for the whole of it."""
    if request.headers.get("HX-Request") == "true":
        return Response(headers={"HX-Redirect": "/login"})
    return to("/login")


def _refused(request: Request, error: Exception) -> Response:
    status, title = next((code, title) for kind, code, title in STATUS if isinstance(error, kind))
    return _message(request, status, title, sentence(error))


def _not_valid(request: Request, error: Exception) -> Response:
    return _message(
        request,
        400,
        "That did not work",
        "The form was incomplete or too long. Go back and mend it.",
    )


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = TITLES.get(error.status_code, "That did not work")
    return _message(request, error.status_code, title, "Go back, or begin at the first page.")


def create_app(engine: Engine) -> FastAPI:
    """The web app over an opened database."""
    app = FastAPI(title="echoic review", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.engine = engine
    app.add_middleware(Guard, engine=engine)
    handlers: dict[type[Exception], Callable[[Request, Exception], Response]] = {
        NotLoggedIn: _log_in,
        EchoicError: _refused,
        UnicodeEncodeError: _not_valid,  # half a character, from a form that names an odd charset
        RequestValidationError: _not_valid,
        HTTPException: _http,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    for routes in (routes_account, routes_review, routes_adjudicate, routes_owner):
        app.include_router(routes.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    return app


def serve(engine: Engine, host: str, port: int) -> None:
    """Serve until interrupted.

    Behind a proxy, FORWARDED_ALLOW_IPS names the proxies (addresses, comma-separated) whose
    X-Forwarded headers tell the visitor's address and scheme; without it, nobody's are believed.
    """
    import uvicorn

    proxies = os.environ.get("FORWARDED_ALLOW_IPS", "")
    uvicorn.run(
        create_app(engine),
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
    )
