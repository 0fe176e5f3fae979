"""A study of a mock model behind an API: its plan, its budget, its lanes, its status."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from command import ended_with
from echoic.cli.study_show import status_lines
from echoic.engine.ask import Prompt
from echoic.engine.chat import render, tokens
from echoic.errors import BadRecipe, CostCapReached
from echoic.models.prices import Price, packaged
from echoic.models.store import store
from echoic.records import Journal, write_json, write_jsonl
from echoic.study.arithmetic import connector_parameters, feature_bytes
from echoic.study.calibrate import miniature
from echoic.study.estimate import Estimator
from echoic.study.foresight import Foresight
from echoic.study.plan import make_plan
from echoic.study.rates import measured, seconds
from echoic.study.run import run_study
from echoic.study.stage import Call
from echoic.study.stages import stages
from echoic.study.status import status
from echoic.study.tokens import Tokens
from echoic.study.watch import STAGES, Clock, held, rows_of
from echoic.study_file import AudioPart, CascadePart, KnowledgePart, Study, read_study
from echoic.training.recipe import load_recipe

MODEL = "mockllm/model"
HEAVY = ("torch", "transformers", "inspect_ai", "matplotlib", "scipy.stats")
PAPER = Path(__file__).parents[1] / "studies" / "paper.toml"


def quiet(number: int, count: int, name: str) -> Any:
    return _silent


def _silent(done: int, total: int) -> None:
    pass


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Four questions, asked as they are and in two orders."""
    questions = tmp_path / "four.jsonl"
    write_jsonl(
        questions,
        ({"id": f"q{n}", "stem": f"Which is sound {n}?", "options": ["hiss", "hum"],
          "answer": n % 2, "category": "c", "subcategory": "s"} for n in range(4)),
    )  # fmt: skip
    return Study(
        name="mock", backbones=(MODEL,), answering="free",
        knowledge=KnowledgePart(benchmark=str(questions), controls=("shuffled",)),
        cascade=CascadePart(captioners=()), audio=AudioPart(recipes=()),
    )  # fmt: skip


def test_the_plan_counts_questions_and_calls_and_says_that_times_are_unknown(
    study: Study, tmp_path: Path
) -> None:
    made = make_plan(study, tmp_path / "out").to_record()
    rows = {row["stage"]: row for row in made["stages"]}
    plain, shuffled = (rows[name] for name in rows if name.startswith("text"))
    assert (plain["questions"], plain["calls"]) == (4, 4)
    assert (shuffled["questions"], shuffled["calls"]) == (4, 8)
    assert made["total"]["calls"] == 12
    assert made["total"]["seconds"] is None
    assert not (tmp_path / "out").exists(), "a plan writes nothing"


def test_after_the_run_the_plan_and_the_status_say_that_all_is_there(
    study: Study, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run_study(study, out, quiet)
    made = make_plan(study, out).to_record()
    assert [r["state"] for r in made["stages"] if r["kind"] != "report"] == ["done"] * 3
    assert made["total"]["seconds_left"] == 0
    found = status(study, out)
    assert found["held_by"] is None
    assert found["left_by"] is None
    assert not found["running"]


def test_remote_stages_run_in_a_process_of_their_own(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "out"
    page = run_study(study, out, quiet, jobs=2)
    assert page.exists()
    whole = run_study(study, tmp_path / "alone", quiet)
    assert whole.exists()
    for one in sorted((tmp_path / "alone").rglob("verdicts.jsonl")):
        assert (out / one.relative_to(tmp_path / "alone")).read_text() == one.read_text()
    assert set(rows_of(out)) == set(rows_of(tmp_path / "alone"))


def test_what_a_process_beside_meets_is_told_in_one_line(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "s.toml"
    file.write_text(
        f'name = "s"\nbackbones = ["{MODEL}"]\nanswering = "free"\n'
        f'[knowledge]\nbenchmark = "{tmp_path / "four.jsonl"}"\ncontrols = []\n'
        '[cascade]\ncaptioners = []\n[audio]\nrecipes = []\n'
    )  # fmt: skip
    run = tmp_path / "out" / "runs" / "text-free" / "four" / "mockllm-model"
    write_json(run / "task.json", {"mode": "another"})
    assert ended_with("study", "run", file, "--out", tmp_path / "other") == 0
    (tmp_path / "out" / "study.json").write_text((tmp_path / "other" / "study.json").read_text())
    capsys.readouterr()
    assert ended_with("study", "run", file, "--out", tmp_path / "out", "--jobs", 2) == 1
    assert "holds another run" in capsys.readouterr().err.splitlines()[-1]


def test_a_study_stops_at_its_budget_and_goes_on_when_that_is_raised(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(packaged().models, MODEL, Price(10.0, 10.0))  # type: ignore[arg-type]
    poor = Study(**{**vars(study), "budget": 1e-9})
    with pytest.raises(CostCapReached, match="budget of 1e-09 US dollars"):
        run_study(poor, tmp_path / "out", quiet)
    rich = Study(**{**vars(study), "budget": 5.0})
    assert run_study(rich, tmp_path / "out", quiet).exists()
    assert make_plan(rich, tmp_path / "out").to_record()["total"]["budget"] == 5.0


def test_a_budget_cannot_be_kept_where_a_price_is_unknown(study: Study, tmp_path: Path) -> None:
    unknown = {**vars(study), "backbones": ("openrouter/some/model",), "budget": 1.0}
    with pytest.raises(BadRecipe, match="no price is known for openrouter/some/model"):
        run_study(Study(**unknown), tmp_path / "out", quiet)


def test_an_api_that_cannot_score_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(BadRecipe, match='answering = "free"'):
        list(stages(Study(name="s", backbones=("openai/gpt-5",)), tmp_path))


def test_the_status_tells_who_holds_the_study_and_who_left_it(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_study(study, out, quiet)
    note = {"pid": os.getpid(), "host": socket.gethostname(), "stage": "text", "done": 1,
            "total": 4, "since": 0.0, "told": 0.0}  # fmt: skip
    write_json(out / "now" / "here.json", note)
    assert status(study, out)["left_by"]["stage"] == "text"
    with Journal(out / STAGES):
        found = status(study, out)
        assert found["held_by"] == {"pid": os.getpid(), "host": socket.gethostname()}
        assert found["running"][0]["done"] == 1
    assert not held(out, None)


def test_the_status_does_not_pass_an_unknown_pace_for_no_time(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run_study(study, out, quiet)
    timed = rows_of(out)
    (out / STAGES).unlink()
    with Journal(out / STAGES) as journal:
        journal.append(next(row for name, row in timed.items() if name == "fetch models"))
    found = status(study, out)
    assert len(found["untimed"]) == 2
    assert all(name.startswith("text") for name in found["untimed"])
    assert "not in it: 2 stages whose pace is unknown" in "\n".join(status_lines(found))


def test_a_clock_parts_getting_ready_from_work(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 5.0, 7.0, 9.0, 10.0, 16.0, 17.0])
    monkeypatch.setattr("echoic.study.watch.time.monotonic", lambda: next(times))
    clock = Clock()
    clock.told("a", 0, 4)  # 5 s to get ready
    clock.told("a", 2, 4)
    clock.told("a", 4, 4)
    clock.told("b", 10, 13)  # 1 s more
    clock.told("b", 13, 13)
    assert clock.record() == {
        "seconds": 17.0, "ready_s": 7.0, "phases": {"a": [4.0, 4, 4], "b": [6.0, 3, 13]}
    }  # fmt: skip


def test_rates_of_a_stage_foretell_one_of_another_size(study: Study, tmp_path: Path) -> None:
    estimator = Estimator(Foresight(study, tmp_path))
    plain, shuffled = [
        estimator.of(stage) for stage in stages(study, tmp_path) if stage.kind.startswith("text")
    ]
    row = {"ready_s": 3.0, "phases": {"": [8.0, 4, 4]}}
    rates = measured([plain], {plain.stage.name: row})
    assert seconds(shuffled, rates, opens=True) == 3.0 + 8 * 2.0
    assert seconds(shuffled, rates, opens=False) == 16.0
    assert seconds(shuffled, {}, opens=True) is None


def test_the_papers_study_is_planned_without_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended_with("study", "plan", PAPER, "--out", tmp_path / "p", "--json") == 0
    total = json.loads(capsys.readouterr().out)["total"]
    assert set(total["dollars"]) == {"anthropic", "google", "openai"}
    assert min(total["dollars"].values()) > 0
    assert total["gpu_hours"]["train"] > 100
    assert total["disk_mib"] > 7e6  # 15.4 MB a clip (docs/training.md) of half a million
    assert total["seconds"] is None
    read = read_study(PAPER)
    kinds = [stage for stage in stages(read, tmp_path) if stage.kind == "train"]
    assert (len(read.backbones), len(kinds)) == (17, 8)


def test_the_published_connector_and_its_features_have_their_published_size() -> None:
    recipe = load_recipe("paper")
    published = 131_540_224
    found = connector_parameters("openai/whisper-large-v3", recipe)
    assert abs(found / published - 1) < 0.01
    assert feature_bytes("openai/whisper-large-v3", recipe) == 4 * 1500 * 1280 * 2


def test_a_miniature_keeps_one_of_each_kind_of_local_stage() -> None:
    big = read_study(Path(__file__).parents[1] / "studies" / "embedded.toml")
    kinds = {stage.kind for stage in stages(big, Path("x"))}
    small = {stage.kind for stage in stages(miniature(big), Path("x"))}
    assert {kind for kind in kinds if not kind.endswith("-control")} <= small
    with pytest.raises(BadRecipe, match="nothing to time"):
        miniature(Study(name="s", backbones=("openai/gpt-5",), answering="free"))


def test_a_call_is_remote_when_others_may_bill_it() -> None:
    here = [Call(model, Path()).remote for model in ("echoic/x", "hf/a/b", "vllm/a/b")]
    there = [Call(model, Path()).remote for model in ("openai/gpt-5", "openai-api/local/m")]
    assert (here, there) == ([False] * 3, [True] * 2)


def test_planning_watching_and_remote_runs_need_neither_torch_nor_figures() -> None:
    script = (
        "import sys, echoic.study.run, echoic.study.status, echoic.study.calibrate\n"
        f"sys.exit(', '.join(set(sys.modules) & {set(HEAVY)!r}) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.models
@pytest.mark.parametrize("name", ["smollm2-135m-instruct", "gemma-3-270m"])
def test_a_plan_reads_tokens_as_the_model_does(name: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(str(store().path(name)), local_files_only=True)
    for user in (
        "Which sound is this?",
        "Ein Cello, «leise» \u2014 \U0001f3bb?",
        "(A) hiss\n(B) hum\n",
    ):
        prompt = Prompt("p", user=user, system="Listen.")
        text = render(tokenizer, system="Listen.", user=user, prefill="")
        assert Tokens.of(name).prompt(prompt) == len(tokens(tokenizer, text))
