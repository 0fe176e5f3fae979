"""A study of models behind an API: prices, failed requests, judges, captioners, lanes."""

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import echoic.study.run as study_run
from chat_server import MODEL, question_lines, serving
from command import ended_with
from echoic.clip import write_wav
from echoic.engine.ask import Reply
from echoic.errors import BadRecipe, BadRecord, EchoicError, ProviderFailed
from echoic.records import Journal, read_json, write_json
from echoic.report.beside import read_stages
from echoic.report.build import claim
from echoic.report.costs import token_table
from echoic.report.runs import read_material
from echoic.study.foresight import Foresight
from echoic.study.inputs import described
from echoic.study.lanes import Lanes, _start_deaf, shares
from echoic.study.money import captions_usage, check_prices, replies, spent
from echoic.study.plan import make_plan
from echoic.study.run import run_study
from echoic.study.stage import HERE, Call, Captioning, Stage
from echoic.study.stages import embedded_names, stages
from echoic.study.status import status
from echoic.study.watch import STAGES, Notes, notes, rows_of
from echoic.study_file import AudioPart, CascadePart, KnowledgePart, Study

ALPHA, BETA = "openai-api/alpha/large", "openai-api/beta/judge"
PRICES = f'date = "2026-11-29"\n["{ALPHA}"]\ninput = 2\noutput = 8\naudio = 4\n'
REPLY = vars(Reply("(B)", tokens_in=100, tokens_out=50, tokens_reasoning=30))


def quiet(number: int, count: int, name: str) -> Callable[[int, int], None]:
    return lambda done, total: None


def loud(number: int, count: int, name: str) -> Callable[[int, int], None]:
    """One that another process can be given."""
    return print


def remote(tmp_path: Path, **changes: Any) -> Study:
    """Four questions without clips for one model."""
    questions = tmp_path / "four.jsonl"
    questions.write_text(question_lines(4))
    usual: dict[str, Any] = {
        "name": "remote",
        "backbones": (ALPHA,),
        "answering": "free",
        "knowledge": KnowledgePart(benchmark=str(questions), controls=()),
        "cascade": CascadePart(captioners=()),
        "audio": AudioPart(recipes=()),
    }
    return Study(**usual | changes)


def write_mmau(folder: Path, count: int) -> dict[str, str]:
    """A file of MMAU's form whose clips are not there, as a study names it."""
    row = {"choices": ["bell", "drum"], "answer": "drum", "task": "sound", "category": "c",
           "sub-category": "s", "difficulty": "easy", "dataset": "d", "split": "s"}  # fmt: skip
    own = ({"id": f"q{n}", "audio_id": f"./{n}.wav", "question": f"{n}?"} for n in range(count))
    write_json(folder / "mmau-test-mini.json", [row | some for some in own])
    return {"mmau": str(folder)}


def priced(tmp_path: Path) -> str:
    path = tmp_path / "prices.toml"
    path.write_text(PRICES)
    return str(path)


def test_a_study_names_its_own_prices(tmp_path: Path) -> None:
    study = remote(tmp_path, budget=1.0, prices=priced(tmp_path))
    check_prices(study, stages(study, tmp_path / "out"))
    total = make_plan(study, tmp_path / "out").to_record()["total"]
    assert total["prices"] == "2026-11-29"
    assert total["dollars"]["openai-api/alpha"] >= 0
    assert not total["unpriced"]
    assert "prices" not in study.to_record(), "other prices are no other study"


def test_without_a_price_a_budget_is_refused_with_the_way_to_give_one(tmp_path: Path) -> None:
    study = remote(tmp_path, budget=1.0)
    with pytest.raises(BadRecipe, match=f"no price is known for {ALPHA}.*'prices'"):
        check_prices(study, stages(study, tmp_path / "out"))


def test_a_price_file_that_is_none_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(BadRecord, match=r"nowhere\.toml: cannot be read"):
        run_study(remote(tmp_path, prices="nowhere.toml"), tmp_path / "out", quiet)


def test_a_plan_says_when_no_price_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "s.toml"
    file.write_text(
        f'name = "s"\nbackbones = ["{ALPHA}"]\nanswering = "free"\n[knowledge]\nlimit = 4\n'
        "[cascade]\ncaptioners = []\n[audio]\nrecipes = []\n"
    )
    assert ended_with("study", "plan", file, "--out", tmp_path / "out") == 0
    told = capsys.readouterr().out
    assert "no remote model" not in told
    assert f"price unknown: {ALPHA}" in told
    assert "assumed: replies of" in told


def test_services_with_the_same_interface_are_providers_of_their_own(tmp_path: Path) -> None:
    assert Call(ALPHA, tmp_path).provider == "openai-api/alpha"
    assert Call("openai/gpt-5", tmp_path).provider == "openai"
    study = remote(tmp_path, backbones=(ALPHA, BETA))
    todo = list(stages(study, tmp_path / "out"))
    assert len(shares(todo, 4)) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"knowledge": KnowledgePart(controls=("option-only",))}, "did you mean 'options-only'"),
        ({"knowledge": KnowledgePart(controls=("no-audio",))}, "it is for cascade and audio"),
        ({"cascade": CascadePart(captioners=("wisper",))}, "did you mean 'whisper'"),
        ({"cascade": CascadePart(captioners=(f"{ALPHA}#breif",))}, "audio-only, brief, describe"),
        ({"cascade": CascadePart(captioners=("oracle",)), "benchmarks": {"mmau": "x"}}, "oracle"),
        ({"backbones": ("openai-ap/alpha/large",)}, "no embedded backbone"),
        ({"judge": "jugde"}, "no embedded backbone"),
    ],
)
def test_a_wrong_name_is_found_by_the_plan(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """Found only after other models were paid, it would make those replies another study's."""
    with pytest.raises(BadRecipe, match=f"study 'remote': .*{message}"):
        make_plan(remote(tmp_path, **changes), tmp_path / "out")


@pytest.mark.parametrize("changes", [{"permutations": -1}, {"cascade": CascadePart(limit=-4)}])
def test_a_number_below_none_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(BadRecipe, match=r"-[14]: a number from 0"):
        remote(tmp_path, **changes)


def test_what_is_not_there_is_told_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALPHA_API_KEY", raising=False)
    out = tmp_path / "out"
    with pytest.raises(ProviderFailed, match="ALPHA_API_KEY"):
        run_study(remote(tmp_path, backbones=("mockllm/model", ALPHA)), out, quiet)
    nowhere = CascadePart(captioners=("whisper",))
    study = remote(tmp_path, backbones=("mockllm/model",), cascade=nowhere,
                   benchmarks={"mmau": str(tmp_path / "nowhere")})  # fmt: skip
    with pytest.raises(EchoicError, match="nowhere"):
        run_study(study, out, quiet)
    assert not list(out.iterdir()), "else the mended file would be another study"


def test_what_needs_a_stage_that_failed_elsewhere_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes beside: one cannot caption, so the other must not wait for captions."""
    there = write_mmau(tmp_path, 1)
    monkeypatch.setenv("ALPHA_API_KEY", "k")
    monkeypatch.setenv("ALPHA_BASE_URL", "http://127.0.0.1:1/v1")
    study = remote(tmp_path, backbones=("mockllm/model",), benchmarks=there,
                   cascade=CascadePart(captioners=(ALPHA,), controls=()))  # fmt: skip
    out = tmp_path / "out"
    with pytest.raises(EchoicError, match="1 of 1 clips have no caption"):
        run_study(study, out, loud, jobs=3)
    done = [row["stage"] for row in status(study, out)["stages"] if row["state"] == "done"]
    assert [name.split()[0] for name in done] == ["fetch", "text"]


def test_nothing_that_listens_is_fetched_for_models_behind_an_api(tmp_path: Path) -> None:
    assert embedded_names(remote(tmp_path)) == ()
    some = remote(tmp_path, cascade=CascadePart(captioners=(ALPHA,)), benchmarks={"mmau": "x"})
    assert embedded_names(some) == ()
    joined = remote(tmp_path, cascade=CascadePart(captioners=(f"whisper+{ALPHA}",)))
    assert "whisper-tiny.en" in embedded_names(joined)


def test_requests_that_failed_are_asked_again_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act(number: int, attempt: int) -> str:
        return "broken off" if number == 2 and attempt == 1 else "ok"

    with serving(act) as server:
        for key, value in server.environment.items():
            monkeypatch.setenv(key, value)
        study, out = remote(tmp_path, backbones=(MODEL,)), tmp_path / "out"
        run_study(study, out, quiet)
        (run,) = out.glob("runs/**/run.json")
        assert list(read_json(run)["failed"]) == ["q2"]
        states = {row["stage"]: row["state"] for row in status(study, out)["stages"]}
        assert states[next(name for name in states if name.startswith("text"))] == "75 %"
        run_study(study, out, quiet)
        assert read_json(run)["failed"] == {}
        assert status(study, out)["done"] == status(study, out)["total"]
    assert server.sent == dict.fromkeys(range(4), 1)
    assert sum(server.asked.values()) == 5


def test_a_failed_request_is_told_at_the_end_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "s.toml"
    (tmp_path / "four.jsonl").write_text(question_lines(4))
    file.write_text(
        f'name = "s"\nbackbones = ["{MODEL}"]\nanswering = "free"\n'
        f'[knowledge]\nbenchmark = "{tmp_path / "four.jsonl"}"\ncontrols = []\n'
        "[cascade]\ncaptioners = []\n[audio]\nrecipes = []\n"
    )
    with serving(lambda number, attempt: "broken off" if number == 2 else "ok") as server:
        for key, value in server.environment.items():
            monkeypatch.setenv(key, value)
        assert ended_with("study", "run", file, "--out", tmp_path / "out") == 0
    told = capsys.readouterr().err
    assert "1 request failed and counts as wrong; the same command asks it again" in told


def test_a_report_is_done_until_another_stage_is(tmp_path: Path) -> None:
    study, out = remote(tmp_path, backbones=("mockllm/model",)), tmp_path / "out"
    run_study(study, out, quiet)
    assert status(study, out)["stages"][-1]["state"] == "done"
    page = out / "report" / "index.html"
    os.utime(page, ns=(0, (out / STAGES).stat().st_mtime_ns - 1_000_000_000))
    assert status(study, out)["stages"][-1]["state"] == "to do"
    claim(page.parent)
    assert status(study, out)["stages"][-1]["state"] == "to do", "it is being made"


def test_only_clips_that_are_asked_about_are_described(tmp_path: Path) -> None:
    there = write_mmau(tmp_path, 40)
    part = CascadePart(captioners=(ALPHA,), limit=5, controls=("shuffled",))
    study = remote(tmp_path, cascade=part, benchmarks=there)
    benchmark = Foresight(study, tmp_path / "out").benchmark("mmau")
    assert len(described(study, benchmark)) == 5
    (caption,) = [row for row in make_plan(study, tmp_path / "out").rows
                  if row.estimate.stage.kind == "captions"]  # fmt: skip
    assert caption.estimate.loads[0].calls == 5
    others = CascadePart(captioners=(ALPHA,), limit=5, controls=("other-clip",))
    assert len(described(remote(tmp_path, cascade=others), benchmark)) == 40


def test_a_torn_line_hides_nothing_that_was_paid_for(tmp_path: Path) -> None:
    """Left by a full disk, or read while it is written."""
    study, out = remote(tmp_path, prices=priced(tmp_path)), tmp_path / "out"
    (stage,) = [stage for stage in stages(study, out) if stage.kind == "text"]
    with Journal(stage.calls[0].journal) as journal:
        for number in range(3):
            journal.append({"key": str(number), "reply": REPLY})
    with stage.calls[0].journal.open("a") as stream:
        stream.write('{"key": "3", "repl')
    assert len(replies(stage.calls[0])) == 3
    assert spent(study, [stage]) == pytest.approx(3 * (100 * 2 + 50 * 8) / 1e6)
    (out / STAGES).write_text('{"stage": "fetch models", "seconds": 1.0}\n{"stage": "te')
    assert set(rows_of(out)) == {"fetch models"}


def test_reasoning_is_no_part_of_what_a_judge_reads(tmp_path: Path) -> None:
    study, out = remote(tmp_path, judge=BETA), tmp_path / "out"
    (stage,) = [stage for stage in stages(study, out) if stage.kind == "text"]
    foresight = Foresight(study, out)
    assert foresight.reply_tokens(ALPHA, "text", ALPHA)[0] > 0
    with Journal(stage.calls[0].journal) as journal:
        journal.append({"key": "0", "reply": REPLY})
    assert foresight.reply_tokens(ALPHA, "text", ALPHA) == (50, 20)


def test_all_that_spend_share_one_process_where_there_is_a_budget(tmp_path: Path) -> None:
    """Two processes would each keep the budget, and pass it together."""
    study = remote(tmp_path, backbones=(ALPHA, "smollm2-135m-instruct"), judge=BETA)
    todo = list(stages(study, tmp_path / "out"))
    assert len(shares(todo, 4)) == 1
    assert shares(todo, 4, one_purse=True) == []
    alone = list(stages(remote(tmp_path, backbones=(ALPHA, BETA), judge=BETA), tmp_path / "out"))
    assert len(shares(alone, 4, one_purse=True)) == 1


def test_a_chat_model_that_writes_beside_another_captioner_is_paid_too(tmp_path: Path) -> None:
    study = remote(
        tmp_path, cascade=CascadePart(captioners=(f"whisper+{ALPHA}#brief",)),
        benchmarks={"mmau": "x"}, budget=1.0,
    )  # fmt: skip
    (stage,) = [s for s in stages(study, tmp_path / "out") if s.kind == "captions"]
    assert [call.model for call in stage.calls] == [ALPHA]
    assert stage.lane == HERE, "the other one keeps this machine busy"
    with pytest.raises(BadRecipe, match="no price is known"):
        check_prices(study, [stage])


def test_what_a_process_beside_has_finished_is_written_down_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only when the stage at hand, which may take hours, is finished too."""

    class Beside:
        running, errors, lost = False, (), frozenset()
        told = [{"stage": "text", "kind": "text", "seconds": 1.0}]

        def rows(self) -> list[dict[str, Any]]:
            rows, self.told = (self.told, []) if seen else ([], self.told)
            return rows

        def tell(self, names: list[str]) -> None:
            pass

    seen: list[str] = []

    def long_stage(*arguments: Any) -> dict[str, Any]:
        seen.append("began")
        arguments[-1]()
        assert "text" in rows_of(tmp_path)
        return {"stage": "train", "kind": "train", "seconds": 2.0}

    monkeypatch.setattr(study_run, "do_stage", long_stage)
    stage = Stage("train", "train", tmp_path / "made", Captioning("x", "y", tmp_path))
    study = remote(tmp_path)
    with Journal(tmp_path / STAGES) as journal:
        study_run._run(study, tmp_path, [stage], [stage], set(), Beside(), journal, quiet)  # type: ignore[arg-type]
    assert set(rows_of(tmp_path)) == {"text", "train"}


def test_how_much_there_is_to_do_is_told_at_once(tmp_path: Path) -> None:
    told = Notes(tmp_path, HERE)
    told.begin("text")
    told.told(0, 60)
    assert [(note.done, note.total) for note in notes(tmp_path)] == [(0, 60)]
    told.told(60, 60)
    assert [(note.done, note.total) for note in notes(tmp_path)] == [(60, 60)]


def test_a_process_beside_never_hears_an_interrupt() -> None:
    """Also not while it still loads: it would print a traceback of its own."""
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(0.1,))
    _start_deaf(process)
    assert process.pid
    os.kill(process.pid, signal.SIGINT)
    process.join()
    assert process.exitcode == 0
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def test_the_report_counts_judge_and_captioner(tmp_path: Path) -> None:
    study = remote(tmp_path, backbones=("mockllm/model",), judge="mockllm/judge")
    out = tmp_path / "out"
    page = run_study(study, out, quiet)
    (run,) = out.glob("runs/**/run.json")
    assert read_json(run)["judge_usage"]["replies"] == 12  # unreadable: asked three times
    captions = Captioning(ALPHA, "mmau", tmp_path / "captions.jsonl")
    call = Call(ALPHA, tmp_path / "captions.replies.jsonl")
    with Journal(call.journal) as journal:
        journal.append({"key": "0", "reply": REPLY})
    stage = Stage("caption", "captions", captions.out, captions, (), (call,))
    used = captions_usage(remote(tmp_path, prices=priced(tmp_path)), stage)
    assert used[ALPHA]["dollars"] == pytest.approx((100 * 4 + 50 * 8) / 1e6)
    row = {"stage": "caption", "kind": "captions", "seconds": 1, "usage": used}
    (out / STAGES).write_text(json.dumps(row) + "\n")
    table = token_table(read_material([out]).runs, read_stages(out / STAGES))
    assert table
    shown = {group.title: [cell.text for cell in group.rows[0]] for group in table.groups}
    assert shown["Judge"][:3] == ["mockllm/judge", "", "12"]
    assert shown["Captions"][2:4] == ["1", "100"]
    assert "mockllm/judge" in page.read_text()
    rules = (page.parent / "tables" / "rules.csv").read_text()
    assert "Judge and letter agree,100,51.0109,100,4" in rules, "neither reads an option"
    assert "Kappa" not in rules, "undefined where both always say the same"


def test_a_process_that_waits_for_others_runs_nothing(tmp_path: Path) -> None:
    study, out = remote(tmp_path, backbones=("mockllm/model",)), tmp_path / "out"
    Notes(out, "lane-1").begin("an earlier stage")
    names = [stage.name for stage in stages(study, out) if stage.kind == "text"]
    with Lanes.start(study, out, [names], loud) as lanes:
        while list(notes(out)):
            time.sleep(0.01)
        lanes.lose(["fetch models"])
        while lanes.running:
            assert not lanes.rows(), "what needs a lost stage is left out"
    assert lanes.lost == {"fetch models", *names}
    assert not lanes.errors


def test_clips_that_are_here_have_their_own_length(tmp_path: Path) -> None:
    """What is heard is paid by the second; a mean is assumed of clips that are not here."""
    study = remote(tmp_path, benchmarks=write_mmau(tmp_path, 3))
    assert Foresight(study, tmp_path / "out").clip_s("mmau") == 10
    write_wav(tmp_path / "0.wav", np.full(16_000, 0.1, np.float32))
    write_wav(tmp_path / "1.wav", np.full(48_000, 0.1, np.float32))
    assert Foresight(study, tmp_path / "out").clip_s("mmau") == 2
