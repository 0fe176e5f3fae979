import json
from pathlib import Path
from typing import Any

import pytest

from command import ended_with
from echoic.benchmarks.base import Unasked
from echoic.benchmarks.registry import load
from echoic.cli.main import main
from echoic.errors import BadQuestion, BadRecipe, BadRecord, EchoicError, UnknownName

MAPPING = """
id = "uid"
stem = "q"
options = ["a", "b", "c"]
answer = "key"
answer_as = "letter"
clip = "wav"
category = "task"
"""
TABLE = """uid,q,a,b,c,key,wav,task
1,"What, then?",cat,dog,,(b),./x/1.wav,sound
2,Who?,he,she,it,C,x/2.wav,speech
3,How?,so,thus,,c,,speech
"""


def files(folder: Path, table: str, mapping: str, suffix: str = "csv") -> tuple[Path, Path]:
    data, columns = folder / f"t.{suffix}", folder / "mapping.toml"
    data.write_text(table)
    columns.write_text(mapping)
    return data, columns


def test_a_table_with_a_mapping_is_a_benchmark(tmp_path: Path) -> None:
    data, columns = files(tmp_path, TABLE, MAPPING)
    benchmark = load("mine", data, columns)
    first, second = benchmark.questions
    assert (first.id, first.stem, first.options) == ("1", "What, then?", ("cat", "dog"))
    assert (first.gold, first.clip, first.category) == ("dog", "x/1.wav", "sound")
    assert (second.gold, benchmark.name, second.source) == ("it", "mine", "mine")
    (lost,) = benchmark.unasked
    assert lost == Unasked(
        "3", "the right answer is none of the options", "'c' as letter in ['so', 'thus']"
    )


def test_the_audit_of_a_mapped_text_names_what_cannot_be_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, columns = files(tmp_path, TABLE, MAPPING.replace('clip = "wav"', ""))
    with pytest.raises(SystemExit):
        main(["bench", "audit", "mine", "--quick", "--path", str(data), "--mapping", str(columns)])
    told = capsys.readouterr()
    assert "BAD  cannot be asked: 3: the right answer is none of the options" in told.out
    assert "checks failed: cannot be asked" in told.err


@pytest.mark.parametrize(
    ("answer_as", "answer"),
    [("text", "two"), ("letter", "B."), ("index", 1), ("index", "1"), ("number", 2)],
)
@pytest.mark.parametrize("options", [["one", "two"], '["one", "two"]'])
def test_answers_are_texts_letters_indices_or_numbers(
    tmp_path: Path, answer_as: str, answer: object, options: object
) -> None:
    row = {"q": "?", "o": options, "k": answer}
    mapping = f'stem = "q"\noptions = "o"\nanswer = "k"\nanswer_as = "{answer_as}"\n'
    data, columns = files(tmp_path, json.dumps(row), mapping, "jsonl")
    (question,) = load("mine", data, columns).questions
    assert (question.id, question.answer, question.category) == ("1", 1, "all")


def test_a_separator_parts_options_and_no_answer_column_means_no_key(tmp_path: Path) -> None:
    mapping = 'stem = "q"\noptions = "o"\nseparator = "|"\n'
    data, columns = files(tmp_path, "q\to\nWhich?\tone| two |three\n", mapping, "tsv")
    benchmark = load("mine", data, columns)
    assert benchmark.questions[0].options == ("one", "two", "three")
    assert not benchmark.keyed


@pytest.mark.parametrize(
    ("table", "mapping", "kind", "words"),
    [
        (TABLE, MAPPING.replace('"q"', '"Q"'), BadQuestion, r"t\.csv:2: no column 'Q'; there are"),
        (TABLE, MAPPING + 'awnser = "x"', BadRecipe, "unknown key 'awnser'; did you mean 'answer'"),
        (TABLE, 'stem = "q"', BadRecipe, r"mapping\.toml: .*options"),
        (TABLE, MAPPING.replace('"letter"', '"guess"'), BadRecipe, "answer_as 'guess' is none of"),
        (TABLE, 'stem = "q"\noptions = "a"', BadQuestion, "'a' is no JSON list: 'cat'; name the"),
        (TABLE, 'stem = "q"\noptions = 3', BadRecipe, "options must be a column or a list"),
        (TABLE.replace("Who?", ""), MAPPING, BadQuestion, r"t\.csv:3: 'q' is empty"),
    ],
)
def test_what_does_not_fit_is_named(
    tmp_path: Path, table: str, mapping: str, kind: type[EchoicError], words: str
) -> None:
    data, columns = files(tmp_path, table, mapping)
    with pytest.raises(kind, match=words):
        load("mine", data, columns)


def test_a_mapping_needs_a_path_to_one_table(tmp_path: Path) -> None:
    _, columns = files(tmp_path, TABLE, MAPPING)
    with pytest.raises(UnknownName, match="say which one with --path"):
        load("mine", None, columns)
    assert load("mine", tmp_path, columns).questions[0].id == "1"
    (tmp_path / "other.jsonl").write_text("{}")
    with pytest.raises(BadRecord, match="holds 2 files of questions"):
        load("mine", tmp_path, columns)
    with pytest.raises(BadRecord, match=r"none\.csv: cannot be read as a table"):
        load("mine", tmp_path / "none.csv", columns)


def test_mmsu_rows_are_read_as_its_inference_script_writes_them(tmp_path: Path) -> None:
    row: dict[str, Any] = {
        "id": "s1", "audio_path": "audio/s1.wav", "question": "Which tone?", "choice_a": "up",
        "choice_b": "down", "choice_c": None, "choice_d": "", "answer_gt": "down",
        "response": "B", "task_name": "intonation", "category": "Perception",
        "sub-category": "Phonology", "sub-sub-category": "x", "linguistics_sub_discipline": "y",
    }  # fmt: skip
    (tmp_path / "mmsu.jsonl").write_text(json.dumps(row))
    (question,) = load("mmsu", tmp_path).questions
    assert (question.options, question.gold) == (("up", "down"), "down")
    assert (question.category, question.subcategory) == ("Perception", "Phonology")


def test_mmau_pro_lists_what_is_no_choice_about_one_clip(tmp_path: Path) -> None:
    plain = {
        "id": "p1", "audio_path": ["data/1.wav"], "question": "?", "choices": ["a", "b"],
        "answer": "a", "category": "music",
    }  # fmt: skip
    rows = [
        plain,
        {**plain, "id": "p2", "audio_path": ["data/1.wav", "data/2.wav"]},
        {**plain, "id": "p3", "choices": [], "answer": "A tune.", "category": "open"},
        {**plain, "id": "p4", "choices": None, "answer": None},
    ]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)))
    benchmark = load("mmau-pro", tmp_path)
    assert [question.clip for question in benchmark.questions] == ["data/1.wav"]
    assert [(one.id, one.reason) for one in benchmark.unasked] == [
        ("p2", "several clips"),
        ("p3", "fewer than two options"),
        ("p4", "fewer than two options"),
    ]


def test_a_table_with_a_mapping_is_scored_like_any_benchmark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, columns = files(tmp_path, TABLE, MAPPING)
    predictions, out = tmp_path / "p.jsonl", tmp_path / "out.json"
    predictions.write_text('{"id": "1", "prediction": "a dog"}\n')
    mine = ["--benchmark", "mine", "--mapping", str(columns), "--predictions", str(predictions)]
    assert ended_with("score", *mine, "--questions", data, "--json", out) == 0
    result = json.loads(out.read_text())
    assert (result["n"], result["correct"], result["missing"]) == (2, 1, 1)
    capsys.readouterr()
    assert ended_with("score", *mine) == 1
    assert "say which one with --path ('echoic score': --questions)" in capsys.readouterr().err
    columns.write_text(MAPPING.replace('clip = "wav"\n', ""))
    asked = ["--benchmark", "mine", "--path", data, "--mapping", columns]
    assert ended_with("caption", *asked, "--captioner", "acoustic", "--out", tmp_path / "c") == 1
    assert "mine: its questions have no clips to caption" in capsys.readouterr().err
