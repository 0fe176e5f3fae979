import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.registry import load
from echoic.errors import BadRecord, EchoicError, NoData, OutputRefused
from echoic.evals.predictions import check_predictions, repeats_questions
from echoic.evals.scoring import CHUNK, Result, score_predictions
from echoic.question import Question

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


def scored(path: Path, rule: str, key: str = "", **options: Any) -> Result:
    benchmark = load("mmau", path)
    return score_predictions(benchmark, check_predictions(path, benchmark, key), rule, **options)


@pytest.mark.parametrize("key", ["model_prediction", "model_output", "answer_prediction"])
@pytest.mark.parametrize("lines", [True, False])
def test_official_result_lists_are_read(tmp_path: Path, key: str, lines: bool) -> None:
    rows = answered(["a man", "a woman", "?", "B"], key)
    path = write(tmp_path / "p", rows, lines=lines)
    read = check_predictions(path, load("mmau", path))
    assert list(read) == [("m0", "a man"), ("m1", "a woman"), ("m2", "?"), ("m3", "B")]
    assert read.by_key == {key: 4}
    assert repeats_questions(path)


def test_id_and_prediction_suffice(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", [{"id": "m1", "prediction": "x"}], lines=True)
    questions = load("mmau", write(tmp_path / "q", ROWS))
    assert list(check_predictions(path, questions)) == [("m1", "x")]
    assert not repeats_questions(path)


def test_a_missing_prediction_counts_as_wrong_and_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "p", answered(["a woman", None, "a man", "no idea"]))
    result = scored(path, "official")
    assert result.to_record() == {
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
    assert result.details(path)["keys"] == {"model_output": 3}


def test_a_prediction_of_null_is_missing_and_an_empty_one_is_unparsed(tmp_path: Path) -> None:
    rows = [{**ROWS[0], "model_output": None}, {**ROWS[1], "model_output": ""}]
    path = write(tmp_path / "p", [*rows, {**ROWS[2], "model_output": "a man"}, ROWS[3]])
    result = scored(path, "letter")
    assert (result.missing, result.unparsed, result.whole.correct) == (2, 1, 0)


def test_a_letter_counts_under_the_letter_rule_only(tmp_path: Path) -> None:
    path = write(tmp_path / "p", answered(["(B)"] * 4))
    assert scored(path, "letter").whole.correct == 4
    assert scored(path, "official").whole.correct == 0


def test_of_several_keys_the_answer_goes_before_the_whole_output(tmp_path: Path) -> None:
    rows = [{**row, "model_output": "It is: a man.", "model_prediction": "a woman"} for row in ROWS]
    path = write(tmp_path / "p", rows)
    result = scored(path, "official")
    assert (result.whole.correct, result.predictions.several) == (4, 4)
    asked = scored(path, "official", "model_output")
    assert (asked.whole.correct, dict(asked.predictions.by_key)) == (0, {"model_output": 4})


def test_a_key_of_ones_own_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "p", answered(["a woman"] * 4, "gpt_says"))
    assert scored(path, "official", "gpt_says").whole.correct == 4
    with pytest.raises(NoData, match="belongs under model_prediction, answer_prediction"):
        scored(path, "official")


@pytest.mark.parametrize(
    ("rows", "kind", "words"),
    [
        ([{"prediction": "x"}], BadRecord, ":1: 'id' must be"),
        ([{"id": "a", "prediction": "x"}] * 2, BadRecord, ":2: a second prediction for 'a'"),
        ([{"id": "a", "prediction": ["x"]}], BadRecord, ":1: 'prediction' must be a text"),
        ([{"id": "a"}], NoData, "holds no prediction"),
        ([], NoData, "holds no prediction"),
    ],
)
def test_a_faulty_row_is_named(
    tmp_path: Path, rows: list[dict[str, object]], kind: type[EchoicError], words: str
) -> None:
    path = write(tmp_path / "p.jsonl", rows, lines=True)
    with pytest.raises(kind, match=words):
        check_predictions(path, load("mmau", write(tmp_path / "q", ROWS)))


def test_predictions_for_other_questions_are_refused(tmp_path: Path) -> None:
    benchmark = load("mmau", write(tmp_path / "q", ROWS))
    rows = [{"id": id_, "prediction": "x"} for id_ in ("m0", "z1", "z2")]
    path = write(tmp_path / "p.jsonl", rows, lines=True)
    with pytest.raises(BadRecord, match="2 predictions are for no question of mmau, the first"):
        check_predictions(path, benchmark)


def test_replies_on_which_the_rules_differ_are_listed(tmp_path: Path) -> None:
    path = write(tmp_path / "p", answered(["a woman", "(B)", "a man", "It is a woman I hear"]))
    result = scored(path, "official", disagreements=tmp_path / "d.jsonl")
    listed = [json.loads(line) for line in (tmp_path / "d.jsonl").read_text().splitlines()]
    assert [(row["id"], row["reply"]) for row in listed] == [
        ("m1", "(B)"),
        ("m3", "It is a woman I hear"),
    ]
    assert listed[0]["answer"] == "a woman"
    assert listed[0]["rules"] == {
        "letter": {"chosen": "a woman", "correct": True},
        "official": {"chosen": None, "correct": False},
    }
    assert result.disagreements == 2
    told = result.details(path)["agreement"]["letter, official"]
    # letter: right, right, wrong, wrong; official: right, wrong, wrong, right
    assert told == {
        "n": 4, "both_right": 1, "only_letter_right": 1, "only_official_right": 1,
        "both_wrong": 1, "raw": 0.5, "kappa": 0.0,
    }  # fmt: skip


def test_nothing_is_listed_when_the_list_cannot_be_written(tmp_path: Path) -> None:
    path = write(tmp_path / "p", answered(["a woman"] * 4))
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputRefused):
        scored(path, "official", disagreements=tmp_path / "file" / "d.jsonl")


def twins() -> Benchmark:
    """Two questions whose right option stands twice, and one in which only wrong ones do."""
    options = [("horn", "bell", "horn"), ("horn", "bell", "horn"), ("bell", "bell", "horn")]
    return Benchmark("twins", "0" * 64, Path(), tuple(
        Question(f"q{at}", "Which?", texts, answer, "c", "s")
        for at, (texts, answer) in enumerate(zip(options, (0, 2, 2), strict=True))
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("replies", "right", "chosen"),
    [
        (["(C)", "(A)", "(C)"], 3, 2),
        (["(A)", "(C)", "(C)"], 3, 0),
        (["(B)", "(B)", "(A)"], 0, 0),
        (["horn", "horn", "horn"], 3, 1),  # a text stands for the first that has it
    ],
)
def test_the_twin_of_the_right_option_is_right_and_counted(
    tmp_path: Path, replies: list[str], right: int, chosen: int
) -> None:
    rows = [{"id": f"q{at}", "prediction": text} for at, text in enumerate(replies)]
    path = write(tmp_path / "p.jsonl", rows, lines=True)
    result = score_predictions(twins(), check_predictions(path, twins()), "letter")
    assert result.whole.correct == right
    assert result.twins == {"questions": 2, "letter": chosen}


def test_a_file_longer_than_a_chunk_is_scored_whole(tmp_path: Path) -> None:
    rows = [{**ROWS[0], "id": f"m{n}", "model_output": "a woman" if n % 3 else "a man"}
            for n in range(2 * CHUNK + 5)]  # fmt: skip
    result = scored(write(tmp_path / "p", rows), "official")
    assert (result.whole.n, result.whole.correct) == (2 * CHUNK + 5, (2 * CHUNK + 5) * 2 // 3)


def test_a_run_folder_holds_a_verdict_on_every_question(tmp_path: Path) -> None:
    path = write(tmp_path / "p", answered(["a woman", None, "a man", "a woman"]))
    result = scored(path, "letter", verdicts=tmp_path / "v.jsonl")
    kept = [json.loads(line) for line in (tmp_path / "v.jsonl").read_text().splitlines()]
    assert {row["question"]: row["correct"] for row in kept} == {
        "m0": True, "m1": False, "m2": False, "m3": True,
    }  # fmt: skip
    assert (result.missing, sum(row["correct"] for row in kept)) == (1, result.whole.correct)


def test_replies_to_questions_that_cannot_be_asked_count_nowhere(tmp_path: Path) -> None:
    rows = answered(["a woman"] * 4)
    rows[1]["answer"] = "a child"  # none of the options
    path = write(tmp_path / "p", rows)
    result = scored(path, "letter")
    assert (result.whole.n, result.whole.correct, result.missing) == (3, 3, 0)
    assert dict(result.predictions)["m1"] == "a woman"


def test_a_set_without_key_is_not_scored(tmp_path: Path) -> None:
    path = write(tmp_path / "p", [{**row, "answer": ""} for row in answered(["a woman"] * 4)])
    with pytest.raises(NoData, match="has no key"):
        scored(path, "letter")


@pytest.mark.parametrize("lines", [True, False])
def test_a_byte_order_mark_is_no_fault(tmp_path: Path, lines: bool) -> None:
    path = write(tmp_path / "p", answered(["a man", "a woman", "?", "B"]), lines=lines)
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert check_predictions(path, load("mmau", path)).count == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('[{"id": "m0", "prediction": ' + "9" * 5_000 + "}]", "too many digits"),
        ('{"id": "m0", "prediction": ' + "9" * 5_000 + "}", "too many digits"),
        ('[{"id": "m0", "prediction": "x"}]\n[]', ":2: more stands after the list"),
    ],
)
def test_a_file_that_json_cannot_hold_is_told_in_one_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "p"
    path.write_text(text)
    with pytest.raises(BadRecord, match=message):
        check_predictions(path, load("mmau", write(tmp_path / "q", ROWS)))


def test_half_a_surrogate_pair_is_kept_as_it_came(tmp_path: Path) -> None:
    path = write(tmp_path / "p", answered(["\ud83d B", None, None, None]))
    scored(path, "official", disagreements=tmp_path / "d", verdicts=tmp_path / "v")
    first = json.loads((tmp_path / "v").read_text().splitlines()[0])
    assert first["reply"] == "\ud83d B"
