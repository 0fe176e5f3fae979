"""A review site for tests of its pages: questions, accounts, a server, and visitors."""

import html
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlmodel import select

from echoic.curation.review_app import accounts, events
from echoic.curation.review_app.database import open_database, reading, writing
from echoic.curation.review_app.questions import import_questions
from echoic.curation.review_app.tables import ItemRow
from echoic.curation.review_app.web import create_app
from echoic.question import Question

READERS = ("reader-1", "reader-2")
SETTLER, OWNER = "settler", "owner"
ROLES = {**dict.fromkeys(READERS, "annotator"), SETTLER: "adjudicator", OWNER: "owner"}
FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
OPTION = re.compile(r'<span class="text">([^<]*)</span>')


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords of tests are no secret: hash them in a millisecond."""
    monkeypatch.setattr(accounts, "HASHER", PasswordHasher(1, 64, 1))


def questions(count: int = 6) -> list[Question]:
    """Candidates whose right option is always the one that ends in w."""
    return [
        Question(
            f"secret-writer-{at}", f"Which sound is number {at}?",
            tuple(f"sound {at} {kind}" for kind in "wxyz"), 0, "Sound", f"Kind {at % 2}",
            source="a secret source", evidence={"rationale": "a secret reason"},
        )
        for at in range(count)
    ]  # fmt: skip


def form(page: str) -> dict[str, Any]:
    """The fields of a page's main form that a browser would send unchanged."""
    fields: dict[str, Any] = {}
    for name, value in FIELD.findall(page):
        fields.setdefault(name, html.unescape(value))
    if stem := re.search(r'<textarea id="edit-stem"[^>]*>([^<]*)</textarea>', page):
        fields["stem"] = html.unescape(stem.group(1))
        texts = re.findall(r'<input name="options" value="([^"]*)"', page)
        fields["options"] = [html.unescape(text) for text in texts]
        chosen = re.search(r'name="key" value="(\d+)" checked', page)
        assert chosen
        fields["key"] = chosen.group(1)
    return fields


def options(page: str) -> list[str]:
    """The options of a question that is not answered yet, in the order shown."""
    return [html.unescape(text) for text in OPTION.findall(page)][:4]


class Site:
    """The app over a database of its own."""

    password = "a long password"

    def __init__(self, folder: Path, url: str = "") -> None:
        self.engine = open_database(url or str(folder / "review.db"))
        with writing(self.engine) as session:
            import_questions(session, questions(), 0)
            for name, role in ROLES.items():
                accounts.add_account(session, name, self.password, role)
        self.app = create_app(self.engine)

    def client(self, **settings: Any) -> TestClient:
        """A browser that has not logged in."""
        return TestClient(self.app, **settings)

    def visitor(self, name: str, password: str = "") -> TestClient:
        """A browser in which `name` has logged in."""
        client = self.client()
        fields = form(client.get("/login").text)
        told = {**fields, "name": name, "password": password or self.password}
        assert client.post("/login", data=told).status_code == 200
        return client

    def read(self, reader: TestClient, *, find: str = "", edit: str = "", **changes: str) -> str:
        """Answer and judge what comes next as a careful reader would; the page it began with."""
        asked = reader.get("/review").text
        texts = options(asked)
        known = {question.stem: question for question in questions()}
        right = next((q.gold for stem, q in known.items() if stem in asked), "")
        choice = str(texts.index(right)) if right in texts else "none"
        judged = reader.post("/review/answer", data={**form(asked), "choice": choice}).text
        said = {"correct": "yes", "clear": "yes", "distractors": "yes", "comment": ""}
        fields = {**form(judged), **said, **changes}
        if edit:
            fields["stem"] = edit
        assert reader.post("/review/judge", data=fields).status_code == 200
        return asked

    def disputed(self, *, comment: str = "", edit: str = "") -> str:
        """Let both readers judge one candidate, the second against it; its item id."""
        stem = questions()[0].stem
        for name in READERS:
            reader = self.visitor(name)
            while True:
                asked = reader.get("/review").text
                sound = stem in asked and questions()[0].gold in options(asked)
                second = sound and name == READERS[1]
                changes = {"clear": "no", "comment": comment} if second else {}
                self.read(reader, edit=edit if second else "", **changes)
                if sound and form(asked)["item"] == self.item(stem):
                    break
        return self.item(stem)

    def item(self, stem: str) -> str:
        """The id of the candidate (no planted fault) with this stem."""
        with reading(self.engine) as session:
            for row in session.exec(select(ItemRow)):
                if not row.fault and events.question_of(session, row).stem == stem:
                    return row.id
        raise AssertionError(stem)

    def version(self, item: str) -> int:
        """The version of an item that is shown now."""
        with reading(self.engine) as session:
            return session.get_one(ItemRow, item).version

    def readings(self, name: str = "") -> list[events.Reading]:
        """What was said, by one reader or by all."""
        with reading(self.engine) as session:
            found = {account.name: account for account in accounts.accounts(session)}
            return events.readings(session, account=found[name] if name else None)


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The address at which the app answers, on a free port of this machine."""
    config = uvicorn.Config(site.app, host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        site.engine.dispose()
