"""What must not work against the review app's pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra echoic[review] is not installed")

from fastapi.routing import APIRoute

from echoic.curation.review_app import (
    routes_account,
    routes_adjudicate,
    routes_owner,
    routes_review,
)
from echoic.curation.review_app.accounts import TRIES_PAIR
from echoic.curation.review_app.guard import BODY_BYTES
from echoic.curation.review_app.routes_common import COOKIE
from review_pages import (
    OWNER,
    READERS,
    SETTLER,
    Site,
    form,
    options,
    questions,
    quick_hashes,
)

PACKAGE = Path(routes_review.__file__).parent
OPEN = ("/login",)
MINE = ("/", "/help", "/account", "/logout", "/review")
NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def addresses(method: str) -> Iterator[str]:
    """Every address of the app that takes this method."""
    for module in (routes_account, routes_review, routes_adjudicate, routes_owner):
        for route in module.router.routes:
            if isinstance(route, APIRoute) and method in route.methods:
                yield route.path.format(item="0" * 16, kind="folder")


def test_every_page_asks_for_a_login(site: Site) -> None:
    stranger = site.client(follow_redirects=False)
    for method in ("GET", "POST"):
        for path in set(addresses(method)) - set(OPEN):
            answer = stranger.request(
                method, path, data={"csrf": "x"} if method == "POST" else None
            )
            assert (answer.status_code, answer.headers.get("location")) == (303, "/login"), path


def test_a_part_of_a_page_that_is_renewed_sends_the_whole_page_to_the_login(site: Site) -> None:
    answer = site.client().get("/overview", headers={"HX-Request": "true"})
    assert (answer.headers["HX-Redirect"], answer.content) == ("/login", b"")


def test_annotators_open_no_page_of_others(site: Site) -> None:
    reader = site.visitor(READERS[0])
    token = form(reader.get("/review").text)["csrf"]
    tried = 0
    for method in ("GET", "POST"):
        for path in addresses(method):
            if path in OPEN or path in MINE or path.startswith("/review/"):
                continue
            answer = reader.request(
                method, path, data={"csrf": token, "version": "1"} if method == "POST" else None,
                files={"labels": b"[]"} if path == "/import" else None,
            )  # fmt: skip
            assert answer.status_code == 403, path
            assert "Not for this account" in answer.text
            tried += 1
    assert tried >= 12


def test_adjudicators_open_no_page_of_the_owner_and_nobody_else_the_desk(site: Site) -> None:
    settler, owner = site.visitor(SETTLER), site.visitor(OWNER)
    for path in ("/overview", "/agreement", "/people", "/log", "/review"):
        assert settler.get(path).status_code == 403
    assert owner.get("/review").status_code == 403


def test_nobody_reads_another_annotators_labels(site: Site) -> None:
    first = site.visitor(READERS[0])
    asked = site.read(first, comment="my secret thought", clear="no")
    item = form(asked)["item"]
    second = site.visitor(READERS[1])
    token = form(second.get("/review").text)
    for path in ("/review", f"/review/{item}", f"/disputes/{item}", "/log", "/overview"):
        assert "my secret thought" not in second.get(path).text
    judged = second.post("/review/answer", data={**token, "item": item, "choice": "0"}).text
    assert "my secret thought" not in judged
    assert READERS[0] not in judged
    assert second.post("/export/folder", data=token).status_code == 403


def test_a_form_without_the_sessions_token_changes_nothing(site: Site) -> None:
    tokens = [form(site.visitor(name).get("/account").text)["csrf"] for name in (OWNER, READERS[1])]
    for name in (READERS[0], SETTLER, OWNER):
        visitor = site.visitor(name)
        for path in set(addresses("POST")) - set(OPEN):
            for wrong in ({}, {"csrf": ""}, {"csrf": tokens[1]}, {"csrf": "é"}):
                answer = visitor.post(path, data=wrong)
                assert answer.status_code == 403, path
                assert "out of date" in answer.text
    assert not site.readings()
    assert site.visitor(OWNER).get("/log").text.count('class="tag">logged out') == 0


def test_the_login_form_has_a_token_too(site: Site) -> None:
    client = site.client()
    told = {"name": OWNER, "password": site.password}
    assert client.post("/login", data=told).status_code == 403
    fields = form(client.get("/login").text)
    client.cookies.clear()
    assert client.post("/login", data={**fields, **told}).status_code == 403


def test_forms_of_other_sites_are_refused_even_with_a_token(site: Site) -> None:
    reader = site.visitor(READERS[0])
    fields = {**form(reader.get("/review").text), "choice": "0"}
    for origin in ("cross-site", "same-site"):
        answer = reader.post("/review/answer", data=fields, headers={"Sec-Fetch-Site": origin})
        assert answer.status_code == 403
    assert not site.readings()


def test_the_key_is_not_in_the_page_before_the_answer(site: Site) -> None:
    """The four options are told in the same way, and nothing tells where a question comes from."""
    reader = site.visitor(READERS[0])
    for _ in range(len(questions()) + 4):
        page = site.read(reader)
        texts = options(page)
        drawn = re.findall(r'<label class="option">.*?</label>', page, re.DOTALL)
        assert len(drawn) == 4
        for at, text in enumerate(texts):
            assert page.count(text) == 1
            drawn[at] = drawn[at].replace(text, "?").replace(f'value="{at}"', "")
            drawn[at] = (
                drawn[at].replace("ABCD"[at], "?").replace(f'data-key="{at + 1} {"abcd"[at]}"', "")
            )
        assert len(set(drawn)) == 1
        for secret in ("secret", "plant", "batch", "fault", "evidence", "seed"):
            assert secret not in page.partition("<main")[2].lower()
    assert "All questions are reviewed" in reader.get("/review").text


def test_html_in_what_people_write_is_shown_as_text(site: Site) -> None:
    item = site.disputed(comment=NASTY, edit=f"Which sound is it? {NASTY}")
    settler, owner = site.visitor(SETTLER), site.visitor(OWNER)
    for path in (f"/disputes/{item}", f"/disputes/{item}?start=1", f"/disputes/{item}?start=2"):
        page = settler.get(path).text
        assert "&lt;script&gt;alert(1)" in page.replace("<ins>", "").replace("</ins>", "")
        assert not re.search(r"<script>|<img|onerror=alert\(2\)>[^&]", page)
    log = owner.get("/log").text
    assert "&lt;script&gt;" in log
    assert "<script>" not in log
    answer = site.client().get("/login?note=<script>alert(1)</script>")
    assert "alert(1)" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/static/../web.py", "/static/%2e%2e/web.py", "/static/..%2fweb.py", "/static//etc/passwd",
        "/static/..%5cweb.py", "/static/%2e%2e%2f%2e%2e%2fjudgements.py", "/static/templates/../",
        "/static/", "/templates/login.html", "/help/../../etc/passwd",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_static_files(site: Site, path: str) -> None:
    answer = site.visitor(OWNER).get(path)
    assert answer.status_code in (404, 405)
    assert "import" not in answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize("kind", ["..%2f..%2fetc", "%2e%2e", "review.zip", "folder%00", "nothing"])
def test_no_export_is_named_by_its_address(site: Site, kind: str) -> None:
    owner = site.visitor(OWNER)
    answer = owner.post(f"/export/{kind}", data=form(owner.get("/overview").text))
    assert answer.status_code in (400, 404, 405)
    assert "Content-Disposition" not in answer.headers


def test_a_name_that_would_be_a_path_is_refused(site: Site) -> None:
    owner = site.visitor(OWNER)
    token = form(owner.get("/people").text)
    for name in ("../x", "a/b", "..", ".hidden", "a\\b", "a\0b", "", "x" * 41):
        told = {**token, "name": name, "password": site.password, "role": "annotator"}
        assert owner.post("/people/add", data=told).status_code == 400


def test_a_session_that_was_there_before_the_login_is_worth_nothing_after(site: Site) -> None:
    planted = "chosen-by-someone-else"
    client = site.client()
    client.cookies.set(COOKIE, planted)
    fields = form(client.get("/login").text)
    client.post("/login", data={**fields, "name": OWNER, "password": site.password})
    thief = site.client()
    thief.cookies.set(COOKIE, planted)
    assert thief.get("/overview").url.path == "/login"
    first = site.visitor(READERS[0])
    old = first.cookies[COOKIE]
    fields = form(first.get("/login").text)
    first.post("/login", data={**fields, "name": READERS[0], "password": site.password})
    assert first.cookies[COOKIE] != old
    thief.cookies.set(COOKIE, old)
    assert thief.get("/review").url.path == "/login"


def test_a_token_is_worth_nothing_after_logging_out(site: Site) -> None:
    reader = site.visitor(READERS[0])
    token = reader.cookies[COOKIE]
    reader.post("/logout", data=form(reader.get("/account").text))
    reader.cookies.set(COOKIE, token)
    assert reader.get("/review").url.path == "/login"


def test_cookies_are_for_the_server_only_and_secure_over_https(site: Site) -> None:
    for address, secure in (("http://testserver", False), ("https://testserver", True)):
        client = site.client(base_url=address, follow_redirects=False)
        fields = form(client.get("/login").text)
        answer = client.post("/login", data={**fields, "name": OWNER, "password": site.password})
        cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE))
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert ("Secure" in cookie) is secure


def test_many_failed_logins_shut_the_door_for_a_while(site: Site) -> None:
    client = site.client()
    for tries in range(TRIES_PAIR + 1):
        fields = form(client.get("/login").text)
        wrong = {**fields, "name": OWNER, "password": f"wrong {tries} xxxx"}
        answer = client.post("/login", data=wrong)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    right = {**form(answer.text), "name": OWNER, "password": site.password}
    assert client.post("/login", data=right).status_code == 429
    fields = form(client.get("/login").text)
    other = client.post("/login", data={**fields, "name": READERS[0], "password": site.password})
    assert other.url.path == "/review"


def test_every_answer_carries_the_headers(site: Site) -> None:
    client = site.client()
    answers = [client.get(path) for path in ("/login", "/static/app.css", "/nowhere")]
    answers += [client.post("/login", data={}), client.post("/login", content=b"x" * 2_000_000)]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in answer.headers
        static = answer.url.path.startswith("/static/")
        assert answer.headers["Cache-Control"] == ("no-cache" if static else "no-store")


def test_bodies_without_an_end_are_refused(site: Site) -> None:
    client = site.client()
    assert client.post("/login", content=b"x" * (BODY_BYTES + 1)).status_code == 413
    assert client.post("/login", content=iter([b"x"])).status_code == 411


def test_a_length_that_does_not_hold_is_refused(site: Site) -> None:
    """With a transfer encoding the body goes on for as long as it likes."""
    headers = {"Transfer-Encoding": "chunked", "Content-Length": "5"}
    answer = site.client().post("/login", content=iter([b"a=" + b"x" * 100]), headers=headers)
    assert answer.status_code == 411


def test_only_an_owner_sends_large_files(site: Site) -> None:
    large = {"labels": ("labels.json", b"x" * (BODY_BYTES + 1))}
    for visitor in (site.client(), site.visitor(READERS[0]), site.visitor(SETTLER)):
        assert visitor.post("/import", files=large, data={"csrf": "x"}).status_code == 413
    owner = site.visitor(OWNER)
    answer = owner.post("/import", files=large, data=form(owner.get("/overview").text))
    assert answer.status_code == 400
    assert "neither JSON nor JSONL" in answer.text


def test_an_error_of_the_server_carries_the_headers_too(site: Site) -> None:
    def fail() -> None:
        raise RuntimeError("a secret reason")

    site.app.add_api_route("/fails", fail)
    answer = site.client(raise_server_exceptions=False).get("/fails")
    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "This failed on the server" in answer.text
    assert "secret" not in answer.text
    with pytest.raises(RuntimeError):  # the server's log gets it
        site.client().get("/fails")


@pytest.mark.parametrize("path", ["/review/judge", "/login", "/account"])
def test_half_a_character_is_refused_wherever_it_is_written(site: Site, path: str) -> None:
    """A form may name a charset in which a lone surrogate can be written."""
    visitor = site.client() if path == "/login" else site.visitor(READERS[0])
    page = visitor.get("/login" if path == "/login" else "/review").text
    if path == "/review/judge":
        page = visitor.post("/review/answer", data={**form(page), "choice": "0"}).text
    half = "half \\ud800 of it"
    fields = {**form(page), "correct": "yes", "clear": "yes", "distractors": "yes"}
    fields |= {"comment": half, "name": half, "password": half, "old": half, "new": half}
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, told in fields.items()
        for value in (told if isinstance(told, list) else [told])
    )
    kind = "multipart/form-data; boundary=x; charset=raw_unicode_escape"
    answer = visitor.post(path, content=f"{parts}--x--\r\n", headers={"Content-Type": kind})
    assert answer.status_code in (400, 401)
    owner = site.visitor(OWNER)
    assert owner.get("/log").status_code == 200
    assert owner.post("/export/folder", data=form(owner.get("/overview").text)).status_code == 200


def test_templates_need_no_inline_script_or_style() -> None:
    for path in (PACKAGE / "templates").iterdir():
        text = path.read_text()
        assert not re.search(r"\son\w+=|style=|<style|javascript:|\|\s*safe|autoescape", text), path
        assert not re.search(r"<script(?! src=\"/static/)", text), path
        assert not re.search(r"https?://", text), path
