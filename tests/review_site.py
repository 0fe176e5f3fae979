"""A review app's database to test on: SQLite, and a PostgreSQL server of the tests' own.

The server is started once, in a temporary folder, on a Unix socket, as an unprivileged user (it
refuses root), and stopped at the end. Every test finds an empty database.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlmodel import select

from echoic.curation.review_app.accounts import Account, add_account
from echoic.curation.review_app.database import open_database, reading, writing
from echoic.curation.review_app.desk import Edit, answer, judge
from echoic.curation.review_app.events import question_of, questions_of
from echoic.curation.review_app.questions import import_questions
from echoic.curation.review_app.tables import ItemRow
from echoic.question import Question

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
}
OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def asked(at: int) -> Question:
    options = tuple(f"sound {at} {kind}" for kind in "wxyz")
    subcategory = ("Animal Sounds", "Tempo", "Rhyme")[at % 3]
    return Question(
        f"writer-{at:03d}", f"Which sound is number {at}?", options, at % 4, "Sound", subcategory,
        source="a writer", evidence={"rationale": f"reason {at}"},
    )  # fmt: skip


QUESTIONS = [asked(at) for at in range(24)]


def binaries() -> Path | None:
    """The folder of PostgreSQL's programs, if there is one."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in found if (place / "pg_ctl").exists()), None)


def run(program: Path, *arguments: str, folder: Path) -> None:
    """Run one of PostgreSQL's programs as the owner of `folder`."""
    owner = folder.stat().st_uid
    other = {} if owner == os.getuid() else {"user": owner, "group": folder.stat().st_gid}
    done = subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False,
        extra_groups=[] if other else None, **other,
    )  # fmt: skip
    assert done.returncode == 0, f"{program.name}: {done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    """A running server's socket folder."""
    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL here: install Debian's package postgresql")
    folder = Path(tempfile.mkdtemp(prefix="echoic-pg-", dir="/tmp"))
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    data = str(folder / "data")
    try:
        run(programs / "initdb", "-D", data, "-U", "echoic", "-A", "trust", "--no-sync",
            "-E", "UTF8", "--locale=C", folder=folder)  # fmt: skip
        settings = {**SETTINGS, "unix_socket_directories": str(folder)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        log = str(folder / "log")
        run(programs / "pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start", folder=folder)
        try:
            yield folder
        finally:
            run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop", folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that does not exist yet (SQLite) or is empty."""
    if request.param == "sqlite":
        return str(tmp_path / "review.db")
    folder = request.getfixturevalue("postgres")
    url = f"postgresql+psycopg://echoic@/postgres?host={folder}"
    admin = create_engine(url)
    with admin.begin() as connection:  # emptying one database costs less than making many
        connection.execute(text(OTHERS))
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    admin.dispose()
    return url


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    """An opened, empty database."""
    opened = open_database(address)
    yield opened
    opened.dispose()


@dataclass(frozen=True)
class Site:
    """A database with `QUESTIONS` in two batches, and people with every role."""

    engine: Engine
    people: Mapping[str, Account]

    def item(self, question: Question) -> str:
        """The item id of a question."""
        with reading(self.engine) as session:
            wordings = questions_of(session)
        return next(id_ for id_, found in wordings.items() if found.id == question.id)

    def plants(self) -> list[ItemRow]:
        """The items with a planted fault."""
        with reading(self.engine) as session:
            return [item for item in session.exec(select(ItemRow)) if item.fault]

    def say(
        self,
        name: str,
        question: Question,
        option: str | None = None,
        *,
        nothing: bool = False,
        correct: bool = True,
        clear: bool = True,
        distractors: bool = True,
        comment: str = "",
        edit: Edit | None = None,
        version: int = 1,
    ) -> str:
        """Let someone answer (the key, unless told otherwise) and judge. Returns the item's id."""
        item = self.item(question)
        chosen = None if nothing else (option or question.gold)
        with writing(self.engine) as session:
            person = self.people[name]
            answer(session, person, item, version, chosen)
            judge(
                session, person, item, version, correct=correct, clear=clear,
                distractors=distractors, comment=comment, edit=edit,
            )  # fmt: skip
        return item


def read_all(site: Site, *names: str) -> None:
    """Let readers judge everything, noticing the planted faults."""
    with reading(site.engine) as session:
        plants = [question_of(session, item) for item in site.plants()]
    for name in names:
        for question in QUESTIONS:
            site.say(name, question)
        for question in plants:
            site.say(name, question, nothing=True, distractors=False)


ROLES = {
    "reader-1": "annotator",
    "reader-2": "annotator",
    "reader-3": "annotator",
    "judge": "adjudicator",
    "owner": "owner",
}


def fill(engine: Engine, questions: Sequence[Question] = QUESTIONS, size: int = 12) -> Site:
    """Import questions and add an account of each name in `ROLES`; none of them can log in."""
    with writing(engine) as session:
        import_questions(session, questions, 3, size=size)
        people = {name: add_account(session, name, None, role) for name, role in ROLES.items()}
    return Site(engine, people)


@pytest.fixture
def site(engine: Engine) -> Site:
    """A filled database."""
    return fill(engine)
