import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from echoic.benchmarks.registry import load
from echoic.benchmarks.rows import read_rows
from echoic.errors import BadQuestion, BadRecord, EchoicError, NoData, UnknownName

MMAU_ROW: dict[str, Any] = {
    "id": "m1",
    "audio_id": "./test-mini-audios/m1.wav",
    "question": "Who speaks?",
    "choices": ["A man", " a woman", "A child", "A robot"],
    "answer": " a woman",
    "dataset": "X",
    "task": "speech",
    "split": "test-mini",
    "category": "Reasoning",
    "sub-category": "Counting",
    "difficulty": "hard",
}
MMAR_ROW: dict[str, Any] = {
    "id": "r1",
    "audio_path": "./audio/other-name.wav",
    "question": "Where is it?",
    "choices": ["Canyon", "Forest"],
    "answer": "Forest",
    "modality": "mix-sound-speech",
    "category": "Semantic Layer",
    "sub-category": "Content Analysis",
    "language": None,
    "source": "youtube",
    "url": "u",
    "timestamp": "t",
    "thinking": "…",
    "cue": ["c"],
    "rubric": [{"name": "n"}],
}
QUESTION = {
    "id": "q1", "stem": "s?", "options": ["a", "b"], "answer": 1,
    "category": "Music", "subcategory": "Rhyme",
}  # fmt: skip


def write(path: Path, rows: Sequence[object], *, lines: bool = False) -> Path:
    text = "\n".join(map(json.dumps, rows)) if lines else json.dumps(list(rows), indent=2)
    path.write_text(text)
    return path


def test_an_mmau_row_becomes_a_question(tmp_path: Path) -> None:
    path = write(tmp_path / "mmau.json", [MMAU_ROW])
    benchmark = load("mmau", path)
    (question,) = benchmark.questions
    assert question.options == ("A man", "a woman", "A child", "A robot")
    assert (question.answer, question.gold) == (1, "a woman")
    assert (question.category, question.subcategory) == ("speech", "Counting")
    assert question.clip == "test-mini-audios/m1.wav"
    assert question.evidence == {"category": "Reasoning", "difficulty": "hard", "dataset": "X"}
    assert benchmark.clip_path(question.clip) == tmp_path / "test-mini-audios" / "m1.wav"
    assert benchmark.version_hash == sha256(path.read_bytes()).hexdigest()


def test_a_category_in_a_list_and_equal_options_are_taken_as_they_are(tmp_path: Path) -> None:
    row = {**MMAU_ROW, "category": ["Reasoning"], "choices": ["x", "y", "x"], "answer": "x"}
    (question,) = load("mmau", write(tmp_path / "m.json", [row])).questions
    assert question.evidence["category"] == "Reasoning"
    assert (question.options, question.answer) == (("x", "y", "x"), 0)


def test_rows_with_a_prediction_added_are_still_questions(tmp_path: Path) -> None:
    row = {**MMAU_ROW, "model_output": "A man"}
    assert len(load("mmau", write(tmp_path / "m.json", [row])).questions) == 1


def test_the_file_is_found_in_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "mmau-test-mini.json", [MMAU_ROW])
    write(tmp_path / "MMAR-meta.jsonl", [MMAR_ROW], lines=True)
    assert load("mmau", tmp_path).questions[0].id == "m1"
    assert load("mmar", tmp_path).questions[0].id == "r1"


@pytest.mark.parametrize("lines", [True, False])
def test_mmar_reads_both_its_formats(tmp_path: Path, lines: bool) -> None:
    (question,) = load("mmar", write(tmp_path / "m", [MMAR_ROW], lines=lines)).questions
    assert (question.category, question.subcategory) == ("mix-sound-speech", "Content Analysis")
    assert question.clip == "audio/other-name.wav"
    assert question.evidence == {"layer": "Semantic Layer"}


def test_mmar_keeps_an_empty_option(tmp_path: Path) -> None:
    row = {**MMAR_ROW, "choices": ["Forest", ""]}
    (question,) = load("mmar", write(tmp_path / "m.jsonl", [row], lines=True)).questions
    assert question.options == ("Forest", "")


def test_a_world_folder_brings_leads(tmp_path: Path) -> None:
    row = {key: MMAU_ROW[key] for key in MMAU_ROW if key not in ("split", "dataset")}
    write(tmp_path / "questions.json", [{**row, "lead": "Speaker:"}])
    (question,) = load("world", tmp_path).questions
    assert question.lead == "Speaker:"


def test_any_jsonl_of_questions_is_a_benchmark(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.jsonl", [QUESTION], lines=True)
    benchmark = load(str(path))
    assert (benchmark.name, benchmark.questions[0].gold, benchmark.clips) == ("mine", "b", ())
    assert load("akb-2000", path).name == "akb-2000"


def test_a_benchmark_tells_whose_relatives_wrote_and_read_it(tmp_path: Path) -> None:
    evidence = {"writer": "openai/gpt-5", "readers": ["claude-r1", "claude-r2", "somebody"]}
    rows = [{**QUESTION, "evidence": evidence}, {**QUESTION, "id": "own"}]
    assert load(str(write(tmp_path / "mine.jsonl", rows, lines=True))).families == (
        "Claude",
        "GPT",
        "somebody",
    )


def test_the_packaged_questions_load() -> None:
    benchmark = load("akb-open")
    assert len(benchmark.questions) >= 300
    assert len({question.subcategory for question in benchmark.questions}) >= 12


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"choices": "A man"}, r"m\.json:4: 'choices' must be a list of texts"),
        ({"choices": ["A man", 3]}, r"m\.json:4: 'choices' must be a list of texts"),
        ({"answer": 1}, r"m\.json:4: 'answer' must be an option's text"),
        ({"task": ""}, r"m\.json:4: 'task' must be a text"),
        ({"audio_id": None}, r"m\.json:4: 'audio_id' must be a text"),
        ({"id": 7}, r"m\.json:4: 'id' must be a text, not 7"),
    ],
)
def test_a_wrong_field_is_named_with_file_and_line(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    good = json.dumps(MMAU_ROW)
    bad = json.dumps({**MMAU_ROW, "id": "m2", **change})
    (tmp_path / "m.json").write_text(f"[\n{good},\n\n{bad}]\n")
    with pytest.raises(BadQuestion, match=words):
        load("mmau", tmp_path / "m.json")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"id": 1},\n{"id" 2}]', ":2: not JSON"),
        ('[{"id": 1},\n[2]]', ":2: a list, not a JSON object"),
        ('[{"id": 1}\n\n', ":3: the list is not closed"),
        ('[{"id": 1} {"id": 2}]', ":1: the list is not closed"),
        ("[", ":1: not JSON"),
        ('{"id": 1}\n3\n', ":2: a int, not a JSON object"),
        ("<html>", ":1: not a JSON object"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "m").write_text(text)
    with pytest.raises(BadRecord, match=words):
        list(read_rows(tmp_path / "m"))


def test_rows_longer_than_what_is_read_at_once_are_read_whole(tmp_path: Path) -> None:
    rows = [{"id": str(n), "text": "long, ] } " * 20_000} for n in range(3)] + [
        {"id": "é" * 70_000}
    ]
    (tmp_path / "l").write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    assert [row for _, row in read_rows(tmp_path / "l")] == rows
    (tmp_path / "cut").write_text(json.dumps(rows)[:500_000])
    with pytest.raises(BadRecord, match=":1: not JSON: Unterminated string"):
        list(read_rows(tmp_path / "cut"))


def test_rows_are_read_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "l").write_text('\ufeff\n [ {"a": 1}, {"a":\n2}\n ,\n\n{"a": 3} ]')
    assert list(read_rows(tmp_path / "l")) == [(2, {"a": 1}), (2, {"a": 2}), (6, {"a": 3})]
    (tmp_path / "e").write_text("[ ]")
    assert list(read_rows(tmp_path / "e")) == []


@pytest.mark.parametrize(
    ("name", "path", "kind", "words"),
    [
        ("mmua", None, UnknownName, "did you mean .*'mmau'"),
        ("mmau", None, UnknownName, "say where it is with --path"),
        ("mmau", "absent.json", BadRecord, r"absent\.json: no such file"),
        ("mmar", "", BadRecord, "holds no MMAR-meta.jsonl"),
        ("world", "", BadRecord, "holds no questions.json"),
        ("absent.jsonl", None, BadRecord, "no such file"),
    ],
)
def test_what_is_not_there_is_named(
    tmp_path: Path, name: str, path: str | None, kind: type[EchoicError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        load(name, None if path is None else tmp_path / path)


def test_an_empty_file_is_no_benchmark(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="holds no question"):
        load("mmau", write(tmp_path / "m.json", []))
    (tmp_path / "b.wav").write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(BadRecord, match="UTF-8"):
        load("mmau", tmp_path / "b.wav")


def test_two_questions_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadQuestion, match="two questions have the id 'm1'"):
        load("mmau", write(tmp_path / "m.json", [MMAU_ROW, MMAU_ROW]))


HUB_FILES = {"README.md": b"of tests", "questions.jsonl": json.dumps(QUESTION).encode() + b"\n"}


class Hub(BaseHTTPRequestHandler):
    """As much of the hub's interface as a dataset's download takes."""

    def do_HEAD(self) -> None:
        self.do_GET(body=False)

    def do_GET(self, body: bool = True) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/api/datasets/org/akb/tree/"):
            entries = [
                {"type": "file", "path": name, "size": len(data), "oid": sha256(data).hexdigest()}
                for name, data in HUB_FILES.items()
            ]
            self._send(json.dumps(entries), body)
        elif path.startswith("/api/datasets/org/akb"):
            siblings = [{"rfilename": name} for name in HUB_FILES]
            self._send(json.dumps({"id": "org/akb", "sha": "a" * 40, "siblings": siblings}), body)
        elif path.startswith("/datasets/org/akb/resolve/"):
            self._send(HUB_FILES[path.rpartition("/")[2]], body)
        else:
            self.send_error(200 if path == "/" else 404)

    def _send(self, data: str | bytes, body: bool) -> None:
        content = data.encode() if isinstance(data, str) else data
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", "a" * 40)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def ask_hub(endpoint: str, home: Path, name: str) -> subprocess.CompletedProcess[str]:
    """`bench show` in a process of its own: the hub's client reads its settings when imported."""
    command = [sys.executable, "-m", "echoic", "bench", "show", "akb-2000", "--path", name]
    told = {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    environment = {k: v for k, v in os.environ.items() if k != "HF_HUB_OFFLINE"} | told
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_the_authors_set_loads_by_hub_id_and_again_without_the_hub(tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        first = ask_hub(address, tmp_path, "org/akb")
        unknown = ask_hub(address, tmp_path, "org/other")
    finally:
        server.shutdown()
        server.server_close()
    again = ask_hub(address, tmp_path, "org/akb")
    assert first.stdout.startswith("akb-2000: 1 questions"), first.stderr
    assert again.stdout == first.stdout
    assert unknown.returncode == 1
    assert len(unknown.stderr.splitlines()) == 1
    assert "org/other: no file or folder here" in unknown.stderr
