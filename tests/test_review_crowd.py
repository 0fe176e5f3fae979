"""Many forms sent to a running server at once: all are stored, none fails, none is kept waiting."""

import http.client
import urllib.parse
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

pytest.importorskip("fastapi", reason="the extra echoic[review] is not installed")

from echoic.curation.review_app.accounts import add_account
from echoic.curation.review_app.database import reading, writing
from echoic.curation.review_app.desk import next_item
from echoic.curation.review_app.events import readings
from echoic.curation.review_app.routes_common import COOKIE
from echoic.curation.review_app.sessions import csrf_of, open_session
from review_pages import Site, quick_hashes, served
from review_site import address, postgres

CROWD = 64  # more than the server has threads (40) and the database connections (30)


def at_once(jobs: list[Callable[[], int]]) -> Counter[int]:
    start = Barrier(len(jobs))

    def go(job: Callable[[], int]) -> int:
        start.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return Counter(pool.map(go, jobs))


def send(base: str, path: str, cookie: str, fields: dict[str, str] | None = None) -> int:
    """The status of one request, a POST when there are fields."""
    connection = http.client.HTTPConnection(base.removeprefix("http://"))
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    if fields is None:
        connection.request("GET", path, headers=headers)
    else:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST", path, urllib.parse.urlencode(fields), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_a_crowd_of_forms_is_stored_without_an_error(tmp_path: Path, address: str) -> None:
    site = Site(tmp_path, address)
    with writing(site.engine) as session:
        people = [add_account(session, f"crowd-{at:02d}", None, "annotator") for at in range(CROWD)]
        tokens = [open_session(session, person) for person in people]
        shown = [next_item(session, person) for person in people]
    forms = [
        {"csrf": csrf_of(token), "item": view.item_id, "version": "1", "choice": "1"}
        for token, view in zip(tokens, shown, strict=True)
        if view
    ]
    assert len(forms) == CROWD
    with served(site) as base:
        jobs = [
            lambda token=token, form=form: send(base, "/review/answer", token, form)
            for token, form in zip(tokens, forms, strict=True)
        ]
        assert at_once(jobs) == {303: CROWD}
        pages = [lambda token=token: send(base, "/review", token) for token in tokens]
        strangers = [
            lambda form=form: send(base, "/review/undo", "no such session", form) for form in forms
        ]
        assert at_once([*pages, *strangers]) == {200: CROWD, 303: CROWD}
        with reading(site.engine) as session:
            found = {said.account_id: (said.item_id, said.answer) for said in readings(session)}
    assert found == {
        person.id: (view.item_id, view.options[1])
        for person, view in zip(people, shown, strict=True)
        if view
    }
