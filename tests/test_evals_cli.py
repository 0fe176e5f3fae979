import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from echoic.cli.main import main

QUESTIONS = [
    {
        "id": f"q{n}", "stem": "Which is it?", "options": ["bell", "drum", "horn", "harp"],
        "answer": n % 4, "category": ["Music", "Sound"][n % 2], "subcategory": "s",
    }
    for n in range(8)
]  # fmt: skip
MOCK = ["--model", "mockllm/model"]
# The core must work in an environment that has neither.
WITHOUT_TORCH = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "transformers"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from echoic.cli.main import main
main()
"""


def echoic(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "INSPECT_LOG_DIR": str(folder)},
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiny.jsonl").write_text("\n".join(map(json.dumps, QUESTIONS)) + "\n")
    return tmp_path


def test_knowledge_of_the_mock_runs_without_torch_and_says_what_it_did(folder: Path) -> None:
    done = echoic(
        folder, "eval", "knowledge", *MOCK, "--benchmark", "tiny.jsonl", "--limit", "4",
        "--out", "run", "--json", "out.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "a subset of 4 drawn by category with seed 0" in done.stdout
    assert "answering free, rule letter; 95% Wilson intervals" in done.stdout
    assert "  Avg      0.00%  [  0.00,  48.99]  0 of 4" in done.stdout
    assert "unparsed 4, failed 0 of 4" in done.stdout
    result = json.loads((folder / "out.json").read_text())
    assert (result["n"], result["accuracy"], result["high"]) == (4, 0.0, 48.99)
    assert {name: row["n"] for name, row in result["by_category"].items()} == {
        "Music": 2,
        "Sound": 2,
    }
    assert sorted(path.name for path in (folder / "run").iterdir()) == [
        "prompts.jsonl", "replies.jsonl", "run.json", "task.json", "verdicts.jsonl",
    ]  # fmt: skip


def test_a_control_asks_in_several_orders_and_has_its_own_folder(folder: Path) -> None:
    done = echoic(
        folder, "eval", "control", "--control", "shuffled", *MOCK, "--benchmark", "tiny.jsonl"
    )
    assert done.returncode == 0, done.stderr
    assert "unparsed 32, failed 0 of 32" in done.stdout
    assert (folder / "runs/text-shuffled-free/tiny/mockllm-model/run.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "opnai/x", "--benchmark", "tiny.jsonl"], "did you mean openai/"),
        (["--model", "mock", "--benchmark", "tiny.jsonl"], "write provider/model"),
        ([*MOCK, "--benchmark", "tinny"], "benchmark 'tinny' is none of"),
        ([*MOCK, "--benchmark", "absent.jsonl"], "absent.jsonl: no such file"),
        ([*MOCK, "--benchmark", "bad.jsonl"], "bad.jsonl:2: not a JSON object"),
        ([*MOCK, "--benchmark", "wrong.jsonl"], "wrong.jsonl:1: no key 'answer'"),
        ([*MOCK, "--benchmark", "mmau", "--path", "gone"], "gone: no such file"),
        ([*MOCK, "--benchmark", "tiny.jsonl", "--out", "tiny.jsonl/x"], "cannot be made a folder"),
        ([*MOCK, "--benchmark", "tiny.jsonl", "--json", "bad.jsonl"], "bad.jsonl: exists already"),
        ([*MOCK, "--benchmark", "tiny.jsonl", "--answering", "likelihood"], "cannot score given"),
    ],
)
def test_a_deliberate_error_is_one_line_and_status_1(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(folder)
    (folder / "bad.jsonl").write_text(json.dumps(QUESTIONS[0]) + "\n{oops\n")
    (folder / "wrong.jsonl").write_text('{"id": "x", "stem": "s", "options": ["a", "b"]}\n')
    with pytest.raises(SystemExit) as ended:
        main(["eval", "knowledge", *arguments])
    assert ended.value.code == 1
    lines = [line for line in capfd.readouterr().err.splitlines() if "asking:" not in line]
    assert len(lines) == 1, lines
    assert words in lines[0]


def test_a_local_model_without_torch_says_what_to_install(folder: Path) -> None:
    done = echoic(
        folder, "eval", "knowledge", "--model", "echoic/smollm2-135m-instruct", "--benchmark",
        "tiny.jsonl",
    )  # fmt: skip
    assert done.returncode == 1
    assert "needs torch: pip install 'echoic[local]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_in_a_real_process_shows_no_traceback(folder: Path) -> None:
    done = echoic(folder, "eval", "knowledge", *MOCK, "--benchmark", "absent.jsonl")
    assert done.returncode == 1
    assert done.stderr == "echoic: absent.jsonl: no such file; check the path\n"
    assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["eval", "knowledge", "--benchmark", "tiny.jsonl"],
        ["eval", "cascade", *MOCK, "--benchmark", "tiny.jsonl"],
        ["eval", "control", *MOCK, "--benchmark", "tiny.jsonl", "--control", "muted"],
        ["eval", "knowledge", *MOCK, "--benchmark", "tiny.jsonl", "--limit", "0"],
        ["score", "--benchmark", "mmau"],
    ],
)
def test_wrong_usage_is_status_2(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_score_writes_the_contract(folder: Path) -> None:
    rows = [{"id": row["id"], "prediction": "bell"} for row in QUESTIONS[:6]]
    (folder / "p.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = echoic(
        folder, "score", "--benchmark", "tiny.jsonl", "--predictions", "p.jsonl",
        "--json", "out.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "unparsed 0, missing 2 of 8" in done.stdout
    assert json.loads((folder / "out.json").read_text()) == {
        "benchmark": "tiny",
        "rule": "official",
        "n": 8,
        "correct": 2,
        "accuracy": 25.0,
        "unparsed": 0,
        "missing": 2,
        "by_category": {
            "Music": {"n": 4, "correct": 2, "accuracy": 50.0, "low": 15.0, "high": 85.0},
            "Sound": {"n": 4, "correct": 0, "accuracy": 0.0, "low": 0.0, "high": 48.99},
        },
    }


def test_score_refuses_one_file_for_two_outputs(folder: Path) -> None:
    (folder / "p.jsonl").write_text('{"id": "q0", "prediction": "x"}\n')
    done = echoic(
        folder, "score", "--benchmark", "tiny.jsonl", "--predictions", "p.jsonl",
        "--json", "same.json", "--details", "./same.json",
    )  # fmt: skip
    assert done.returncode == 1
    assert "same.json: named for two outputs" in done.stderr
    assert not (folder / "same.json").exists()


def test_score_of_ids_without_questions_asks_for_the_questions(folder: Path) -> None:
    (folder / "p.jsonl").write_text('{"id": "m1", "prediction": "x"}')
    done = echoic(folder, "score", "--benchmark", "mmau", "--predictions", "p.jsonl")
    assert done.returncode == 1
    assert "--questions" in done.stderr


def test_the_example_in_the_docs_runs(folder: Path) -> None:
    page = Path(__file__).parents[1] / "docs" / "evaluation.md"
    code = page.read_text().split("```python\n")[1].split("```")[0]
    code = code.replace('load("akb-open")', f'load("{folder / "tiny.jsonl"}")')
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
    assert (folder / "runs" / "shuffled" / "run.json").is_file()


def test_repeats_show_the_spread_and_need_sampling(folder: Path) -> None:
    asked = ["eval", "knowledge", *MOCK, "--benchmark", "tiny.jsonl", "--repeats", "2"]
    done = echoic(folder, *asked, "--temperature", "0.7")
    assert done.returncode == 0, done.stderr
    assert "over 2 repeats: mean 0.00%, sd 0.00" in done.stdout
    assert "unparsed 16, failed 0 of 16" in done.stdout
    run = json.loads((folder / "runs/text-free-x2-t0.7/tiny/mockllm-model/run.json").read_text())
    assert run["spread"]["never_right"] == 100.0
    assert run["settings"]["temperature"] == 0.7
    refused = echoic(folder, *asked, "--temperature", "0")
    assert refused.returncode == 2
    assert "are all the same" in refused.stderr


def test_wordings_have_folders_of_their_own_and_are_compared(folder: Path) -> None:
    for name in ("choice", "exam", "official"):
        done = echoic(folder, "eval", "knowledge", *MOCK, "--benchmark", "tiny.jsonl",
                      "--prompt", name)  # fmt: skip
        assert done.returncode == 0, done.stderr
    echoic(folder, "eval", "control", "--control", "shuffled", *MOCK, "--benchmark", "tiny.jsonl")
    done = echoic(folder, "analyse", "robustness", "runs", "--json", "r.json")
    assert done.returncode == 0, done.stderr
    assert "over 3 prompts: mean 0.00%, sd 0.00, from 0.00 to 0.00" in done.stdout
    assert "places: no reply names an option" in done.stdout
    rows = json.loads((folder / "r.json").read_text())["runs"]
    assert sorted(set(rows[0]) | set(rows[1])) == ["positions", "prompt", "run"]
