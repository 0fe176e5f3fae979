"""`echoic bench review` as whoever runs the app meets it."""

import itertools
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from command import ended_with
from echoic.curation.review_app.accounts import check_password
from echoic.curation.review_app.database import open_database, writing
from echoic.records import write_jsonl
from review_site import QUESTIONS, address, asked, fill, postgres, read_all

Told = pytest.CaptureFixture[str]
PASSWORD = "a long password"


def review(capsys: Told, *arguments: object) -> tuple[int, str]:
    """Run `echoic bench review`; exit status and all that was said."""
    status = ended_with("bench", "review", *arguments)
    said = capsys.readouterr()
    return status, said.out + said.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "give one of"),
        (("--serve",), "--serve needs --db"),
        (("--serve", "--db", "x", "--export", "y"), "not --serve and --export"),
        (("--serve", "--db", "x", "--out", "y"), "--out does not go with --serve"),
        (("--db", "x"), "give one of"),
        (("--reviewers", "m", "--questions", "q"), "--reviewers needs --out"),
        (("--reviewers", "m", "--questions", "q", "--out", "o", "--db", "x"), "--db does not go"),
        (("--owner", "o", "--db", "x", "--port", "1"), "--port does not go with --owner"),
        (("--export", "y", "--db", "x", "--seed", "0"), "--seed does not go with --export"),
        (("--export", "y", "--db", "x", "--export-format", "csv"), "'csv' is not one of"),
        (("--import-labels", "f", "--db", "x", "--export-format", "folder"), "does not go"),
        (("--owner", "", "--db", "x"), "is empty"),
        (("--serve", "--db", "x", "--port", "0"), "0 is not in the range"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(
    options: tuple[str, ...], told: str, capsys: Told
) -> None:
    status, said = review(capsys, *options)
    assert status == 2
    assert told in said


def test_the_command_line_adds_an_owner_and_exchanges_labels(
    address: str, tmp_path: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHOIC_OWNER_PASSWORD", PASSWORD)
    assert review(capsys, "--owner", "first", "--db", address)[0] == 0
    assert "new password" in review(capsys, "--owner", "first", "--db", address)[1]
    engine = open_database(address)
    with writing(engine) as session:
        assert check_password(session, "first", PASSWORD, "here") is not None
    site = fill(engine)
    read_all(site, "reader-1")
    engine.dispose()
    tasks = tmp_path / "label-studio" / "tasks.json"
    for form in ("folder", "label-studio", "argilla"):
        out = tmp_path / form
        status, said = review(capsys, "--export", out, "--db", address, "--export-format", form)
        assert (status, said.count("\n")) == (0, 1)
        assert any(out.iterdir())
    status, said = review(capsys, "--import-labels", tasks, "--db", address)
    assert status == 0
    assert "0 judgements taken in" in said
    status, said = review(capsys, "--export", tmp_path / "folder", "--db", address)
    assert (status, said.count("\n")) == (1, 1)
    assert "exists already" in said
    status, said = review(capsys, "--import-labels", tmp_path / "folder" / "x", "--db", address)
    assert (status, said.count("\n")) == (1, 1)
    assert review(capsys, "--owner", "a/b", "--db", address)[0] == 1


def test_a_database_that_is_not_there_is_not_made_by_an_export(
    tmp_path: Path, capsys: Told
) -> None:
    path = tmp_path / "typo.db"
    status, said = review(capsys, "--export", tmp_path / "out", "--db", path)
    assert status == 1
    assert "no such database" in said
    assert not path.exists()


def test_nothing_to_serve_is_told_in_a_line(tmp_path: Path, capsys: Told) -> None:
    path = tmp_path / "review.db"
    status, said = review(capsys, "--serve", "--db", path)
    assert (status, said.count("\n")) == (1, 1)
    assert "no such database; check the path (--serve with --questions" in said
    assert not path.exists()
    open_database(str(path)).dispose()
    status, said = review(capsys, "--serve", "--db", path)
    assert (status, said.count("\n")) == (1, 1)
    assert "holds no question; give --questions" in said


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".org", "no host"])
def test_a_host_that_is_none_is_told_in_a_line(tmp_path: Path, capsys: Told, host: str) -> None:
    status, said = review(capsys, "--serve", "--db", tmp_path / "x.db", "--host", host)
    assert (status, said.count("\n")) == (1, 1)
    assert "cannot be served" in said


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": ' * 100_000, "{", "\0"])
def test_labels_that_cannot_be_read_are_told_in_a_line(
    tmp_path: Path, capsys: Told, text: str
) -> None:
    db, labels = tmp_path / "review.db", tmp_path / "labels.json"
    open_database(str(db)).dispose()
    labels.write_text(text)
    status, said = review(capsys, "--import-labels", labels, "--db", db)
    assert (status, said.count("\n")) == (1, 1)
    assert f"{labels}: is neither JSON nor JSONL" in said


def test_serving_tells_how_many_questions_are_held_out(
    tmp_path: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("echoic.curation.review_app.web.serve", lambda *_: None)
    questions = tmp_path / "questions.jsonl"
    write_jsonl(questions, [asked(at).to_record() for at in range(60)])
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ("--serve", "--db", tmp_path / "x.db", "--questions", questions, "--port", port)
    status, said = review(capsys, *options)
    assert status == 0
    assert "60 of 60 questions are new here" in said
    assert "4 questions are held out: they are asked with a planted fault" in said
    assert "56 questions to review" in said


def test_the_app_is_served_until_it_is_interrupted(tmp_path: Path) -> None:
    questions, db = tmp_path / "questions.jsonl", tmp_path / "review.db"
    write_jsonl(questions, [question.to_record() for question in QUESTIONS])
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "echoic", "bench", "review", "--serve", "--db", str(db)]
    for more, told in ((["--questions", str(questions)], "24 of 24 questions are new"), ([], "")):
        running = subprocess.Popen(
            [*command, "--port", str(port), *more],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        with running:
            assert running.stdout is not None
            lines = list(itertools.takewhile(lambda line: "http://" not in line, running.stdout))
            status, page = answered(f"http://127.0.0.1:{port}/login", running)
            running.send_signal(signal.SIGINT)
            _, said = running.communicate()
        assert status == 200
        assert "password" in page
        assert told in "".join(lines)
        assert "no owner yet" in "".join(lines)
        assert running.returncode == 0
        assert "Traceback" not in said


def test_a_taken_port_is_told_in_a_line(tmp_path: Path, capsys: Told) -> None:
    questions = tmp_path / "questions.jsonl"
    write_jsonl(questions, [question.to_record() for question in QUESTIONS])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, said = review(
            capsys, "--serve", "--db", tmp_path / "x.db", "--questions", questions, "--port", port
        )
    assert (status, said.count("\n")) == (1, 1)
    assert f"127.0.0.1:{port}: cannot be served" in said


def answered(url: str, running: subprocess.Popen[str]) -> tuple[int, str]:
    """Status and text of a page, once the server listens."""
    while running.poll() is None:
        try:
            with urllib.request.urlopen(url) as page:
                return page.status, page.read().decode()
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError(f"ended with status {running.returncode}")
