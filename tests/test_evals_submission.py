import json
from pathlib import Path
from typing import Any

import pytest

from command import ended_with

Told = pytest.CaptureFixture[str]


def row(name: str, answer: str) -> dict[str, Any]:
    return {
        "id": name, "audio_id": f"./a/{name}.wav", "question": "Who?", "choices": ["cat", "dog"],
        "answer": answer, "dataset": "X", "task": "sound", "split": "test", "category": "R",
        "sub-category": "S", "difficulty": "easy", "extra": name,
    }  # fmt: skip


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    replies = {"m1": "(B)", "m2": "hm", "m3": "cat"}
    rows = [{"id": name, "prediction": text} for name, text in replies.items()]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)))
    write(tmp_path, "")
    return ["score", "--benchmark", "mmau-test", "--questions", str(tmp_path / "q.json"),
            "--predictions", str(tmp_path / "p.jsonl")]  # fmt: skip


def write(folder: Path, answer: str) -> None:
    rows = [row(name, answer) for name in ("m0", "m1", "m2", "m3")]
    (folder / "q.json").write_text(json.dumps(rows))


@pytest.mark.parametrize(
    ("rule", "texts", "unread"),
    [("official", ["", "(B)", "hm", "cat"], 0), ("letter", ["", "dog", "", "cat"], 1)],
)
def test_a_submission_is_the_own_file_with_the_predictions_added(
    tmp_path: Path, capsys: Told, command: list[str], rule: str, texts: list[str], unread: int
) -> None:
    out = tmp_path / "s.json"
    assert ended_with(*command, "--rule", rule, "--submission", str(out)) == 0
    rows = json.loads(out.read_text())
    assert [one["id"] for one in rows] == ["m0", "m1", "m2", "m3"]
    assert all(one["extra"] == one["id"] and one["answer"] == "" for one in rows)
    for key in ("model_prediction", "model_output", "answer_prediction"):
        assert [one[key] for one in rows] == texts
    told = capsys.readouterr().out
    assert f"4 rows, 1 without prediction, {unread} whose reply names no option" in told


def test_without_key_nothing_is_scored(tmp_path: Path, capsys: Told, command: list[str]) -> None:
    assert ended_with(*command) == 1
    assert "mmau-test: has no key" in capsys.readouterr().err


def test_with_a_key_the_score_is_told_too(tmp_path: Path, capsys: Told, command: list[str]) -> None:
    write(tmp_path, "cat")
    assert ended_with(*command, "--submission", str(tmp_path / "s.json")) == 0
    assert "1 of 4" in capsys.readouterr().out


def test_nothing_is_overwritten_and_strangers_are_refused(
    tmp_path: Path, capsys: Told, command: list[str]
) -> None:
    out = tmp_path / "s.json"
    out.write_text("kept")
    assert ended_with(*command, "--submission", str(out)) == 1
    assert out.read_text() == "kept"
    (tmp_path / "p.jsonl").write_text(json.dumps({"id": "other", "prediction": "cat"}))
    assert ended_with(*command, "--submission", str(tmp_path / "t.json")) == 1
    assert "the first for 'other'" in capsys.readouterr().err


def test_a_question_that_cannot_be_asked_is_not_scored_but_counted(
    tmp_path: Path, capsys: Told, command: list[str]
) -> None:
    rows = [row("m0", "cat"), row("m1", "dog"), row("m2", "cow"), row("m3", "cat")]
    (tmp_path / "q.json").write_text(json.dumps(rows))
    out = tmp_path / "r.json"
    assert ended_with(*command, "--rule", "letter", "--json", str(out)) == 0
    record = json.loads(out.read_text())
    assert (record["n"], record["missing"]) == (3, 1)
    assert "not scored 1: see 'echoic bench audit mmau-test'" in capsys.readouterr().out
