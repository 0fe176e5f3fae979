"""What the page holds of questions and replies, and the files of all replies beside it."""

import base64
import csv
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from echoic.records import read_jsonl, write_json, write_jsonl
from echoic.report import browse, replies
from echoic.report.browse import shelves
from echoic.report.build import build
from echoic.report.questions import QuestionBook
from echoic.report.runs import read_material

STEM, OPTIONS = "Which {} is heard?", ["one", "two"]


def write_run(folder: Path, right: str, *, model: str = "m", **changes: Any) -> Path:
    """A run over a question for each letter of `right`: y right, n wrong, u unread."""
    facts = {
        "mode": "text", "control": "", "benchmark": "elsewhere", "benchmark_hash": "1",
        "model": model, "backbone": model, "recipe": "", "captioner": "", "answering": "free",
        "rule": "letter", "prompt": {"name": "choice", "hash": "1"}, "seed": 0,
    } | changes  # fmt: skip
    write_json(folder / "run.json", facts)
    verdicts, prompts = [], []
    for i, letter in enumerate(right):
        chosen = {"y": 0, "n": 1, "u": None}[letter]
        said = {"chosen": chosen, "correct": letter == "y"}
        official = {"chosen": None, "correct": False}
        common = {"category": "sound", "subcategory": "count", "clip": f"{i}.wav"}
        verdicts.append(
            common | said | {"question": f"q{i}", "rule": "letter", "reply": f"{model} says {i}",
                             "answer": 0, "order": [0, 1],
                             "rules": {"letter": said, "official": official}}
        )  # fmt: skip
        prompts.append(
            {"id": f"q{i}", "order": [0, 1], "variant": 0, "system": "", "continuations": [],
             "question": common | {"id": f"q{i}", "stem": STEM.format(i), "options": OPTIONS,
                                   "answer": 0},
             "user": f"Audio description:\nclip {i}\n\n{STEM.format(i)}\n(A) one (B) two"}
        )  # fmt: skip
    write_jsonl(folder / "verdicts.jsonl", verdicts)
    write_jsonl(folder / "prompts.jsonl", prompts)
    return folder


def unpacked(packed: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    head, *rows = map(json.loads, gzip.decompress(base64.b64decode(packed)).splitlines())
    return head, rows


def test_a_shelf_holds_every_reply_and_begins_with_the_disputed(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "yynu", model="a")
    write_run(tmp_path / "b", "ynyn", model="b")
    (shelf,) = shelves(read_material([tmp_path]).runs, QuestionBook(), tmp_path / "out")
    head, rows = unpacked(shelf.packed)
    assert (shelf.title, shelf.asked, shelf.held, shelf.disputed) == (
        "Knowledge, elsewhere", 4, 4, 2
    )  # fmt: skip
    assert head == {"systems": ["a", "b"], "rules": ["letter", "official"]}
    assert [row["id"] for row in rows] == ["q1", "q2", "q3", "q0"]  # disputed, all wrong, all right
    assert rows[0]["stem"] == "Which 1 is heard?"
    assert rows[0]["in"] == ["Sound", "count"]
    assert rows[0]["replies"] == [
        [0, 1, 1, "a says 1", [[0, 1], [None, 0]]],
        [1, 0, 1, "b says 1", [[1, 0], [None, 0]]],
    ]
    assert rows[2]["replies"][0] == [None, 0, 1, "a says 3", []]  # unread by both rules alike


def test_captions_are_shown_by_captioner_and_repeats_are_counted(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "yn", mode="cascade", captioner="acoustic")
    again = write_run(tmp_path / "b", "yn", mode="cascade", captioner="whisper")
    rows = [row for _, row in read_jsonl(again / "verdicts.jsonl")]
    write_jsonl(again / "verdicts.jsonl", [*rows, *({**row, "repeat": 1} for row in rows)])
    (shelf,) = shelves(read_material([tmp_path]).runs, QuestionBook(), tmp_path / "out")
    rows = unpacked(shelf.packed)[1]
    assert rows[0]["read"] == {
        "acoustic": "Audio description:\nclip 1",
        "whisper": "Audio description:\nclip 1",
    }
    assert [held[1:3] for held in rows[1]["replies"]] == [[1, 1], [2, 2]]


def test_a_full_shelf_says_what_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(tmp_path / "runs" / "a", "yn" * 50, model="a")
    write_run(tmp_path / "runs" / "b", "yy" * 50, model="b")
    monkeypatch.setattr(browse, "PAGE_BYTES", 2000)
    page = build([tmp_path / "runs"], tmp_path / "out").read_text()
    found = re.search(r"models disagree on 50 of 100 questions; the page holds (\d+)", page)
    assert found is not None
    packed = re.search(r'id="shelf-0">([^<]+)<', page)
    assert packed is not None
    assert len(packed[1]) < 2500
    assert len(unpacked(packed[1])[1]) == int(found[1]) < 100


def test_long_replies_are_cut_and_say_so(tmp_path: Path) -> None:
    write_run(tmp_path, "y", model="x" * 900)
    (shelf,) = shelves(read_material([tmp_path]).runs, QuestionBook(), tmp_path / "out")
    reply = unpacked(shelf.packed)[1][0]["replies"][0][3]
    assert reply == f"{'x' * 600} … (907 characters)"


def test_questions_that_are_nowhere_leave_no_shelf(tmp_path: Path) -> None:
    (write_run(tmp_path / "runs" / "a", "yn") / "prompts.jsonl").unlink()
    page = build([tmp_path / "runs"], tmp_path / "out").read_text()
    assert 'id="browser"' not in page
    assert "the questions it was run on are not here" in page


def test_all_replies_lie_beside_the_page_as_parquet(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    write_run(tmp_path / "runs" / "a", "yn")
    out = build([tmp_path / "runs"], tmp_path / "out").parent
    rows = parquet.read_table(out / "replies" / "verdicts.parquet").to_pylist()
    assert [(row["question"], row["correct"], row["reply"]) for row in rows] == [
        ("q0", True, "m says 0"), ("q1", False, "m says 1")
    ]  # fmt: skip
    for path in (out / "tables").glob("*.csv"):
        if path.name == "SCORES.csv":
            continue
        with path.open() as stream:
            lines = list(csv.reader(stream))
        table = parquet.read_table(path.with_suffix(".parquet"))
        assert (table.column_names, table.num_rows) == (lines[0], len(lines) - 1)


def test_without_pyarrow_the_replies_are_json_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "has_parquet", lambda: False)
    write_run(tmp_path / "runs" / "a", "yn")
    out = build([tmp_path / "runs"], tmp_path / "out").parent
    rows = [row for _, row in read_jsonl(out / "replies" / "verdicts.jsonl")]
    assert [(row["question"], row["reply"]) for row in rows] == [
        ("q0", "m says 0"), ("q1", "m says 1")
    ]  # fmt: skip
    assert "pip install" in (out / "index.html").read_text()
    assert not list((out / "tables").glob("*.parquet"))


def test_replies_cannot_end_the_script_that_holds_them(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "a", "yn", model="</script><b>")
    page = build([tmp_path / "runs"], tmp_path / "out").read_text()
    assert "</script><b>" not in page
