"""What every request passes first, and every answer last.

Every answer carries a policy without inline scripts or foreign sources and is not to be stored,
also the one that tells of an error; every form is checked twice, by the token of its session and
here by what the browser says of its origin. No body is read that is too large or has no end.
"""

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response
from sqlalchemy import Engine
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from echoic.curation.review_app.accounts import Role
from echoic.curation.review_app.database import reading
from echoic.curation.review_app.routes_common import COOKIE, page
from echoic.curation.review_app.sessions import find_session

BODY_BYTES = 1_000_000
LABELS_BYTES = 64_000_000  # a file of labels that the owner brings in
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """Refuses bodies that are too large and forms of other sites; adds the headers."""

    def __init__(self, app: ASGIApp, engine: Engine) -> None:
        self.app, self.engine = app, engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                static = scope["path"].startswith("/static/")
                headers["Cache-Control"] = "no-cache" if static else "no-store"
            await send(message)

        try:
            refusal = await self._refusal(scope)
            await (refusal or self.app)(scope, receive, with_headers)
        except Exception:
            if not begun:
                await _failed(Request(scope))(scope, receive, with_headers)
            raise  # the server writes it to its log

    async def _refusal(self, scope: Scope) -> Response | None:
        if scope["method"] in ("GET", "HEAD"):
            return None
        headers = Headers(scope=scope)
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse("this form came from another site", 403)
        length = headers.get("content-length", "")
        # With a transfer encoding the length that is told does not hold.
        if "transfer-encoding" in headers or not length.isdecimal():
            return PlainTextResponse("the request must tell its length", 411)
        most = BODY_BYTES
        if int(length) > most and scope["path"] == "/import":
            owner = await run_in_threadpool(self._by_owner, Request(scope))
            most = LABELS_BYTES if owner else BODY_BYTES
        if int(length) > most:
            return PlainTextResponse(f"at most {most:,} bytes can be sent here", 413)
        return None

    def _by_owner(self, request: Request) -> bool:
        """Whether an owner is logged in; forms are read before pages ask."""
        with reading(self.engine) as session:
            found = find_session(session, request.cookies.get(COOKIE, ""))
        return found is not None and found[0].role == Role.OWNER


def _failed(request: Request) -> Response:
    return page(
        request,
        "message.html",
        500,
        title="This failed on the server",
        text="Go back and try again. Whoever runs the server finds the reason in its log.",
    )
