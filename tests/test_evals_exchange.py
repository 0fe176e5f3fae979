"""Results out to other tools, and other tools' results in."""

import json
import runpy
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile
from inspect_ai.log import read_eval_log

from audio_server import MODEL, Heard, hearing, main_pitch_hz
from command import ended_with
from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.registry import load
from echoic.caption import Caption
from echoic.engine.ask import Prompt, Reply
from echoic.errors import BadRecord, NoData
from echoic.evals.exchange.inspect_log import as_log
from echoic.evals.exchange.runs import find_runs
from echoic.evals.exchange.samples import as_predictions, is_samples, predictions
from echoic.evals.plan import Task
from echoic.evals.tasks import run_task

pytestmark = pytest.mark.filterwarnings(
    "ignore:The 'initial' parameter:DeprecationWarning", "ignore::ResourceWarning"
)

OPTIONS = ("a bell", "a drum", "a horn")


class Says:
    """Gives the same reply to all, or likelihoods that favour the first option."""

    name, settings = "says", {"engine": "says"}

    def __init__(self, text: str) -> None:
        self.text = text

    def replies(self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()) -> Any:
        for at, prompt in enumerate(prompts):
            if prompt.continuations:
                scores = (-0.5, *(-2.0 for _ in prompt.continuations[1:]))
                yield at, Reply("", stop="scored", scores=scores)
            else:
                yield at, Reply(self.text)


def questions(folder: Path) -> Benchmark:
    rows = [
        {"id": f"q{n}", "stem": f"What is {{heard}} in {n}?", "options": list(OPTIONS),
         "answer": n % 3, "category": "Sound", "subcategory": "s", "clip": f"{n}.wav"}
        for n in range(6)
    ]  # fmt: skip
    path = folder / "set.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    return load(str(path))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A study's worth of runs by a model that always says "(B)"."""
    known = questions(tmp_path)
    captions = {clip: Caption(clip, "h", "oracle", "p", f"{clip} rings.") for clip in known.clips}
    tasks = {
        "text": Task("text", known),
        "shuffled": Task("text", known, control="shuffled"),
        "scored": Task("text", known, answering="likelihood"),
        "cascade": Task("cascade", known, captions=captions, repeats=2),
    }
    for name, task in tasks.items():
        run_task(task, Says("(B)"), tmp_path / "runs" / name)
    return tmp_path / "runs"


def test_inspect_reads_the_logs_and_finds_the_same_scores(runs: Path, tmp_path: Path) -> None:
    assert ended_with("export", str(runs), "--to", "inspect", "--out", str(tmp_path / "logs")) == 0
    logs = {path.stem: read_eval_log(str(path)) for path in (tmp_path / "logs").glob("*.eval")}
    assert set(logs) == {"text", "shuffled", "scored", "cascade"}
    found = {
        name: {score.name: score.metrics["accuracy"].value for score in log.results.scores}
        for name, log in logs.items()
        if log.results
    }
    third = pytest.approx(1 / 3)
    assert found["text"] == {"letter": third, "official": 0.0}
    assert found["scored"] == {"likelihood": third}
    samples = logs["cascade"].samples or []
    assert [(sample.id, sample.epoch) for sample in samples] == [
        (f"q{n}", epoch) for epoch in (1, 2) for n in range(6)
    ]
    first = samples[1]
    assert isinstance(first.input, list)
    assert "1.wav rings." in first.input[0].text
    assert (first.target, first.choices, first.output.completion) == ("B", [*OPTIONS], "(B)")
    assert first.scores
    assert (first.scores["letter"].value, first.scores["letter"].answer) == ("C", "B")


def test_a_logs_target_is_the_letter_that_was_shown(runs: Path) -> None:
    log = as_log(next(run for run in find_runs(runs) if run.label == "shuffled"))
    for sample in log.samples or []:
        assert sample.choices
        right = [s.scores["letter"].value for s in [sample] if s.scores]
        assert (sample.target == "B") == (right == ["C"])
        at = int(str(sample.id)[1]) % 3
        assert sample.choices["ABC".index(str(sample.target))] == OPTIONS[at]


def test_parquet_holds_every_verdict_with_its_run(runs: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert ended_with("export", str(runs), "--to", "parquet", "--out", str(tmp_path / "p")) == 0
    rows = parquet.read_table(tmp_path / "p" / "verdicts.parquet").to_pylist()
    assert len(rows) == 6 + 18 + 6 + 12
    cascade = [row for row in rows if row["run"] == "cascade"]
    assert {row["captioner"] for row in cascade} == {"oracle"}
    assert [row["repeat"] for row in cascade] == [0] * 6 + [1] * 6
    assert sum(row["correct"] for row in cascade) == 4
    scored = next(row for row in rows if row["run"] == "scored")
    assert (scored["scores"], scored["chosen"], scored["order"]) == ([-0.5, -2.0, -2.0], 0, [])
    assert json.loads(cascade[0]["rules"])["official"]["correct"] is False


def task_module(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The exported module, with lm-eval's `datasets` stood in for by plain lists."""
    datasets = ModuleType("datasets")
    datasets.Dataset = type("Dataset", (), {"from_list": staticmethod(list)})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "datasets", datasets)
    return runpy.run_path(str(folder / "echoic_docs.py"))


def test_an_lm_eval_task_holds_exactly_the_prompts_that_were_asked(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    yaml = pytest.importorskip("yaml")
    out = tmp_path / "tasks"
    assert ended_with("export", str(runs), "--to", "lm-eval", "--out", str(out)) == 0
    assert "shuffled: left out, its options are shuffled" in capsys.readouterr().out
    names = sorted(path.stem for path in out.glob("*.yaml"))
    assert names == [
        "echoic-set-cascade-oracle-choice-free",
        "echoic-set-text-choice-free",
        "echoic-set-text-choice-likelihood",
    ]
    docs = task_module(out, monkeypatch)["docs"](file=f"{names[0]}.jsonl")["test"]
    asked = [json.loads(line) for line in (runs / "cascade/prompts.jsonl").read_text().splitlines()]
    assert [doc["prompt"] for doc in docs] == [row["user"] for row in asked]
    assert [(doc["gold"], doc["letter"]) for doc in docs[:3]] == [(0, "A"), (1, "B"), (2, "C")]
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.add_constructor("!function", lambda load, node: load.construct_scalar(node))  # type: ignore[attr-defined]
    task = yaml.load((out / f"{names[2]}.yaml").read_text(), loader)
    assert (task["output_type"], task["doc_to_choice"]) == ("multiple_choice", "choices")
    assert task["dataset_kwargs"]["file"] == f"{names[2]}.jsonl"
    assert docs[0]["choices"] == [*OPTIONS]


@pytest.mark.parametrize(
    ("reply", "letter", "official"),
    [
        ("(B)", 1, 0), ("B", 1, 0), ("B. a drum", 1, 1), ("a drum", 1, 1), ("A drum.", 1, 1),
        ("The answer is (B)", 1, 0), ("(A)", 0, 0), ("A dog barks", 0, 0), ("", 0, 0),
        ("Both a bell and a drum", 0, 0), ("(Z)", 0, 0),
    ],
)  # fmt: skip
def test_the_metrics_of_an_exported_task(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: str, letter: int,
    official: int,
) -> None:  # fmt: skip
    assert ended_with("export", str(runs), "--to", "lm-eval", "--out", str(tmp_path / "t")) == 0
    module = task_module(tmp_path / "t", monkeypatch)
    found = module["process_results"]({"choices": [*OPTIONS], "gold": 1}, [reply])
    assert found == {"letter": letter, "official": official}


def test_an_export_overwrites_nothing_and_needs_a_run(runs: Path, tmp_path: Path) -> None:
    assert ended_with("export", str(runs), "--to", "inspect") == 0
    assert ended_with("export", str(runs), "--to", "inspect") == 1
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoData, match="no finished run"):
        find_runs(tmp_path / "empty")
    (runs / "text" / "prompts.jsonl").unlink()
    with pytest.raises(BadRecord, match="run the evaluation again"):
        as_log(next(run for run in find_runs(runs) if run.label == "text"))


def sample(n: int, **changes: Any) -> dict[str, Any]:
    """A row as lm-eval 0.4.13 writes it."""
    return {
        "doc_id": n, "doc": {"id": f"q{n}", "choices": [*OPTIONS]}, "target": "A",
        "arguments": {"gen_args_0": {"arg_0": "?", "arg_1": {"until": []}}},
        "resps": [[f"reply {n}"]], "filtered_resps": ["x"], "filter": "none", **changes,
    }  # fmt: skip


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    return path


def test_lm_eval_samples_give_the_raw_reply_once_whatever_the_filters(tmp_path: Path) -> None:
    known = questions(tmp_path)
    rows = [sample(n, filter=name) for n in range(6) for name in ("none", "strict")]
    path = write(tmp_path / "samples.jsonl", rows)
    assert is_samples(path)
    assert predictions(path, known) == {f"q{n}": f"reply {n}" for n in range(6)}


def test_multiple_choice_samples_give_the_likeliest_option(tmp_path: Path) -> None:
    scores = [[["-3.0", "False"]], [["-1.5", "False"]], [["-2.0", "False"]]]
    tie = [[["-1.0", "False"]], [["-1.0", "False"]], [["-2.0", "False"]]]
    rows = [sample(0, resps=scores), sample(1, resps=tie)]
    found = predictions(write(tmp_path / "s.jsonl", rows), questions(tmp_path))
    assert found == {"q0": "a drum", "q1": ""}


def test_lmms_eval_samples_are_found_by_their_text(tmp_path: Path) -> None:
    """lmms-eval drops the document, and `resps` where no filter changed it."""
    prompt = "What is {heard} in 4?\nA. a bell\nB. a drum\nC. a horn\nAnswer with the letter."
    rows = [
        {"doc_id": 9, "target": "x", "filtered_resps": ["C"], "input": prompt, "doc_hash": "h"},
        {"doc_id": 1, "target": "x", "filtered_resps": ["B"], "input": "-",
         "submission": {"id": "q1", "answer": "a drum"}},
    ]  # fmt: skip
    found = predictions(write(tmp_path / "s.jsonl", rows), questions(tmp_path))
    assert found == {"q4": "C", "q1": "B"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (sample(0, doc={"id": "z9"}), ":1: no question of set has its id"),
        (sample(0, doc={"id": "q0", "choices": [*reversed(OPTIONS)]}), "in another order"),
        (sample(0, doc={"id": "q0", "choices": json.dumps(["x", "y"])}), "in another order"),
        (sample(0, resps=[["a", "b"]]), "neither one text nor a log-likelihood"),
        (sample(0, resps=[], filtered_resps=[]), "holds no reply"),
    ],
)
def test_a_sample_that_cannot_be_placed_is_an_error(
    tmp_path: Path, row: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadRecord, match=words):
        predictions(write(tmp_path / "s.jsonl", [row]), questions(tmp_path))


def test_other_files_go_through_as_they_are(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", [{"id": "q0", "prediction": "a bell"}])
    assert not is_samples(path)
    with as_predictions(path, questions(tmp_path)) as same:
        assert same == path


def test_samples_are_scored_and_kept_as_a_run_for_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = questions(tmp_path)
    rows = [sample(n, resps=[["(B)"]]) for n in range(5)]
    path = write(tmp_path / "samples.jsonl", rows)
    asked = ["score", "--benchmark", str(known.folder / "set.jsonl"), "--predictions", str(path)]
    out = tmp_path / "runs" / "peer"
    assert ended_with(*asked, "--rule", "letter", "--out", str(out), "--model", "hub/peer") == 0
    told = capsys.readouterr().out
    assert "a sample file of lm-eval or lmms-eval, 5 replies" in told
    assert "missing 1 of 6" in told
    (run,) = find_runs(tmp_path / "runs")
    assert sum(verdict.correct for verdict in run.graded()) == 2
    assert run.facts["counts"] == {"asked": 6, "unparsed": 0, "failed": 0, "missing": 1}
    assert (run.text("model"), run.text("mode")) == ("hub/peer", "audio")
    assert ended_with(*asked, "--out", str(out)) == 2


def test_a_peer_that_hears_is_asked_with_the_same_prompts_and_grader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = questions(tmp_path)
    formats = ["WAV", "FLAC", "OGG", "MP3", "WAV", "WAV"]
    for n, clip in enumerate(known.clips):
        tone = 0.3 * np.sin(2 * np.pi * 300 * (n % 3 + 1) * np.arange(16_000) / 16_000)
        soundfile.write(tmp_path / clip, tone, 16_000, format=formats[n])
    (tmp_path / "5.wav").write_bytes(b"")

    def answer(heard: Heard) -> str:
        assert heard.samples is not None
        return f"({'ABC'[round(main_pitch_hz(heard.samples, heard.rate_hz) / 300) - 1]})"

    arguments = ["eval", "audio", "--model", MODEL, "--benchmark", str(tmp_path / "set.jsonl")]
    with hearing(monkeypatch, answer) as server:
        assert ended_with(*arguments, "--out", str(tmp_path / "run")) == 0
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert [run["counts"][key] for key in ("asked", "unparsed", "failed")] == [5, 0, 0]
    (unheard,) = run["not_asked"].values()  # the empty file is found before anything is sent
    assert unheard == [known.questions[5].id]
    (found,) = find_runs(tmp_path / "run")
    assert [verdict.correct for verdict in found.graded()] == [True] * 5
    assert len(server.requests) == 5
    asked = [one.user for one in found.asked()]
    assert asked[0].startswith("<|AUDIO|>\n\nWhat is {heard} in 0?\n(A) a bell")
    assert server.requests[0].text.splitlines()[1] == "(A) a bell"
