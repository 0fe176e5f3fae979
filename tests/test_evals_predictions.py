import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from echoic.benchmarks.registry import load
from echoic.errors import BadRecord, EchoicError, NoData
from echoic.evals.predictions import judge, read_predictions, repeats_questions, report

ROWS = [
    {
        "id": f"m{n}", "audio_id": f"./a/m{n}.wav", "question": "Who?",
        "choices": ["a man", "a woman"], "answer": "a woman", "task": task, "sub-category": "s",
    }
    for n, task in enumerate(["speech", "speech", "music", "music"])
]  # fmt: skip


def write(path: Path, rows: Sequence[object], *, lines: bool = False) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)) if lines else json.dumps(list(rows)))
    return path


def answered(replies: Sequence[object], key: str = "model_output") -> list[dict[str, Any]]:
    return [
        row if reply is None else {**row, key: reply}
        for row, reply in zip(ROWS, replies, strict=True)
    ]


@pytest.mark.parametrize("key", ["model_prediction", "model_output", "answer_prediction"])
@pytest.mark.parametrize("lines", [True, False])
def test_official_result_lists_are_read(tmp_path: Path, key: str, lines: bool) -> None:
    rows = answered(["a man", "a woman", "?", "B"], key)
    path = write(tmp_path / "p", rows, lines=lines)
    expected = {"m0": "a man", "m1": "a woman", "m2": "?", "m3": "B"}
    assert read_predictions(path) == expected
    assert repeats_questions(path)


def test_id_and_prediction_suffice(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", [{"id": "m1", "prediction": "x"}], lines=True)
    assert read_predictions(path) == {"m1": "x"}
    assert not repeats_questions(path)


def test_a_missing_prediction_counts_as_wrong_and_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "p", answered(["a woman", None, "a man", "no idea"]))
    result, verdicts = report(load("mmau", path), read_predictions(path), "official")
    assert result == {
        "benchmark": "mmau",
        "rule": "official",
        "n": 4,
        "correct": 1,
        "accuracy": 25.0,
        "unparsed": 1,
        "missing": 1,
        "by_category": {
            "speech": {"n": 2, "correct": 1, "accuracy": 50.0, "low": 9.45, "high": 90.55},
            "music": {"n": 2, "correct": 0, "accuracy": 0.0, "low": 0.0, "high": 65.76},
        },
    }
    assert [verdict.correct for verdict in verdicts] == [True, False, False, False]


def test_a_prediction_of_null_is_missing_and_an_empty_one_is_unparsed(tmp_path: Path) -> None:
    rows = [{**ROWS[0], "model_output": None}, {**ROWS[1], "model_output": ""}]
    path = write(tmp_path / "p", [*rows, {**ROWS[2], "model_output": "a man"}, ROWS[3]])
    result, _ = report(load("mmau", path), read_predictions(path), "letter")
    assert (result["missing"], result["unparsed"], result["correct"]) == (2, 1, 0)


def test_a_letter_counts_under_the_letter_rule_only(tmp_path: Path) -> None:
    path = write(tmp_path / "p", answered(["(B)"] * 4))
    benchmark, replies = load("mmau", path), read_predictions(path)
    assert sum(verdict.correct for verdict in judge(benchmark, replies, "letter")) == 4
    assert sum(verdict.correct for verdict in judge(benchmark, replies, "official")) == 0


@pytest.mark.parametrize(
    ("rows", "kind", "words"),
    [
        ([{"prediction": "x"}], BadRecord, ":1: 'id' must be"),
        ([{"id": "a", "prediction": "x"}] * 2, BadRecord, ":2: a second prediction for 'a'"),
        ([{"id": "a", "prediction": ["x"]}], BadRecord, ":1: 'prediction' must be a text"),
        (
            [{"id": "a", "model_output": "x", "model_prediction": "y"}],
            BadRecord,
            ":1: model_prediction and model_output differ",
        ),
        ([{"id": "a"}], NoData, "holds no prediction"),
        ([], NoData, "holds no prediction"),
    ],
)
def test_a_faulty_row_is_named(
    tmp_path: Path, rows: list[dict[str, object]], kind: type[EchoicError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        read_predictions(write(tmp_path / "p.jsonl", rows, lines=True))


def test_predictions_for_other_questions_are_refused(tmp_path: Path) -> None:
    benchmark = load("mmau", write(tmp_path / "q", ROWS))
    with pytest.raises(BadRecord, match="2 predictions are for no question of mmau, the first"):
        judge(benchmark, {"m0": "x", "z1": "x", "z2": "x"}, "official")
