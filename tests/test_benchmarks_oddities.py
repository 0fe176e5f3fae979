"""A hand-made miniature of MMAU that holds every oddity of published files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command import ended_with
from echoic.benchmarks.audit import audit_clips, by_kind
from echoic.benchmarks.base import GOLD_ABSENT, Benchmark, Unasked
from echoic.benchmarks.registry import load
from echoic.benchmarks.sound import clip_faults
from echoic.benchmarks.versions import known_versions, version_name
from echoic.clip import write_wav
from echoic.errors import BadQuestion, NoData

Told = pytest.CaptureFixture[str]


def row(name: str, choices: list[str], answer: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": name, "audio_id": f"./clips/{name}.wav", "question": f"What is {name}?",
        "choices": choices, "answer": answer, "dataset": "X", "task": "sound",
        "split": "test-mini", "category": ["Reasoning"], "sub-category": "Source",
        "difficulty": "easy", **changes,
    }  # fmt: skip


ROWS = [
    row("plain", ["cat", "dog", "cow", "hen"], "dog"),
    row("twins", ["two", "two", "one"], "one", difficulty="hard"),
    row("gold-twins", ["six", "one", "six "], "six"),
    row("gap", ["yes", "no", ""], "no", task="speech"),
    row("again", ["COW", "hen", "cat", "dog"], "dog", audio_id="clips/plain.wav",
        question="What is PLAIN?"),
    row("gold-absent", ["cat", "dog"], "cat\ndog"),
    row("no-key", ["cat", "dog"], ""),
    row("one-option", ["cat"], "cat"),
    row("gone", ["cat", "dog"], "dog"),
    row("hollow", ["cat", "dog"], "dog"),
    row("header-only", ["cat", "dog"], "dog"),
    row("noise", ["cat", "dog"], "dog"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mmau-test-mini.json").write_text(json.dumps(ROWS))
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("plain", "twins", "gold-twins", "gap", "gold-absent", "no-key", "one-option"):
        write_wav(clips / f"{name}.wav", np.zeros(160, dtype=np.float32))
    (clips / "hollow.wav").write_bytes(b"")
    write_wav(clips / "header-only.wav", np.zeros(0, dtype=np.float32))
    (clips / "noise.wav").write_bytes(b"this is no audio")
    return tmp_path


@pytest.fixture
def mini(folder: Path) -> Benchmark:
    return load("mmau", folder)


def test_what_cannot_be_asked_is_kept_with_its_reason(mini: Benchmark) -> None:
    assert mini.unasked == (
        Unasked("gold-absent", GOLD_ABSENT, r"'cat\ndog' is none of ['cat', 'dog']"),
        Unasked("no-key", "no right answer is given"),
        Unasked("one-option", "fewer than two options", "['cat']"),
    )
    assert len(mini.questions) + len(mini.unasked) == len(ROWS)


def test_every_oddity_is_found_once_by_id(mini: Benchmark) -> None:
    found = {
        kind: [oddity.id for oddity in group] for kind, group in by_kind(audit_clips(mini)).items()
    }
    assert found == {
        "the right answer is none of the options": ["gold-absent"],
        "no right answer is given": ["no-key"],
        "fewer than two options": ["one-option"],
        "equal options": ["twins"],
        "equal options, the right one among them": ["gold-twins"],
        "an empty option": ["gap"],
        "asked before": ["again"],
        "missing audio": ["gone"],
        "empty audio": ["hollow", "header-only"],
        "undecodable audio": ["noise"],
    }


def test_only_what_bars_asking_is_a_fault(mini: Benchmark) -> None:
    harmless = {oddity.id for oddity in audit_clips(mini) if not oddity.fault}
    assert harmless == {"twins", "gold-twins", "gap", "again"}


def test_clips_are_checked_once_each_in_their_order_with_progress(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    names = ["clips/noise.wav", "clips/plain.wav", "clips/gone.wav", "clips/noise.wav"]
    faults = clip_faults(folder, names, lambda done, total: told.append((done, total)))
    assert list(faults) == ["clips/noise.wav", "clips/gone.wav"]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_folder_without_any_audio_is_one_finding(folder: Path) -> None:
    lone = folder / "elsewhere"
    lone.mkdir()
    (lone / "mmau-test-mini.json").write_text(json.dumps(ROWS))
    (gone,) = by_kind(audit_clips(load("mmau", lone)))["missing audio"]
    assert gone.detail.startswith("all 8 clips; the audio is not at")


def test_the_command_lists_all_writes_it_and_fails(folder: Path, capsys: Told) -> None:
    out = folder / "audit.json"
    assert ended_with("bench", "audit", "mmau", "--path", folder, "--json", out) == 1
    told = capsys.readouterr()
    assert "odd  equal options, the right one among them: 1\n     gold-twins: A C of" in told.out
    assert "BAD  missing audio: 1\n     gone: " in told.out
    assert "echoic: mmau: holds what cannot be asked: the right answer is none" in told.err
    record = json.loads(out.read_text())
    assert (record["questions"], record["not_askable"], record["version"]) == (9, 3, "unknown")
    assert len(record["findings"]) == 11


def test_known_oddities_alone_are_no_failure(tmp_path: Path, capsys: Told) -> None:
    (tmp_path / "m.json").write_text(json.dumps(ROWS[:5]))
    command = ["bench", "audit", "mmau", "--path", str(tmp_path / "m.json"), "--no-audio"]
    assert ended_with(*command) == 0
    assert "5 questions, 4 clips not looked at" in capsys.readouterr().out


def test_show_counts_tasks_difficulty_and_options(folder: Path, capsys: Told) -> None:
    assert ended_with("bench", "show", "mmau", "--path", str(folder)) == 0
    told = capsys.readouterr().out
    assert "mmau: 9 questions, 8 clips\nedition: unknown here, " in told
    assert "not askable: 1, the right answer is none of the options\n" in told
    assert "options: 2 in 4, 3 in 3, 4 in 2\n" in told
    assert "difficulty: easy in 8, hard in 1\n" in told
    assert "sound     8          1\nspeech    1          1\n" in told


def test_a_test_set_without_answers_loads_without_key(tmp_path: Path, capsys: Told) -> None:
    rows = [{**one, "answer": ""} for one in ROWS[:3]]
    (tmp_path / "mmau-test.json").write_text(json.dumps(rows))
    benchmark = load("mmau-test", tmp_path)
    assert (len(benchmark.questions), benchmark.keyed, benchmark.unasked) == (3, False, ())
    with pytest.raises(NoData, match="plain: has no key"):
        _ = benchmark.questions[0].gold
    assert ended_with("bench", "show", "mmau-test", "--path", str(tmp_path)) == 0
    assert "keys: none, the right answers are not given" in capsys.readouterr().out


def test_a_file_of_which_nothing_can_be_asked_says_why(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps([ROWS[5], ROWS[7]]))
    with pytest.raises(NoData, match=r"no question that can be asked \(1: the right .*; 1: fewer"):
        load("mmau", tmp_path / "m.json")


def test_an_id_shared_with_a_question_that_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps([ROWS[0], {**ROWS[5], "id": "plain"}]))
    with pytest.raises(BadQuestion, match="two questions have the id 'plain'"):
        load("mmau", tmp_path / "m.json")


def test_known_editions_have_names_and_others_none() -> None:
    assert load("akb-open").version.startswith("akb-open 1.")
    assert version_name("0" * 64) == ""
    known = known_versions()
    newest = "9f18fda99f8dbc2bc5ecd6323fb5063309f54969810b5c6f1caeb3b8d904cf1c"
    assert known[newest] == "MMAU test-mini v05.15.25 of 2025-08-09 (commit f0a4a97)"
    assert all(len(version_hash) == 64 for version_hash in known)
    assert len(set(known.values())) == len(known)
