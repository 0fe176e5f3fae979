"""Leaderboard, heat map, several studies side by side, costs and the model card."""

import csv
from pathlib import Path
from typing import Any

import pytest

from echoic.records import write_json, write_jsonl
from echoic.report.build import build
from echoic.report.leaderboard import leaderboard
from echoic.report.runs import read_material
from echoic.report.scores import read_scores
from test_report_browse import write_run


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_leaderboard_ranks_only_equal_conditions(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "yyyn", model="a")
    write_run(tmp_path / "b", "ynnn", model="b")
    write_run(tmp_path / "c", "yynn", model="c", answering="likelihood", rule="likelihood")
    write_run(tmp_path / "d", "yynn", model="a", mode="cascade", captioner="acoustic")
    table = leaderboard(read_material([tmp_path]).runs)
    assert table is not None
    assert [column.name for column in table.columns] == [
        "Backbone", "Knowledge, elsewhere", "Cascade, elsewhere"
    ]  # fmt: skip
    assert [(row[0].text, row[1].text, row[1].shade, row[2].text) for row in table.rows] == [
        ("a", "75.0", 1.0, "50.0"), ("c", "50.0", None, "not run"), ("b", "25.0", 0.0, "not run")
    ]  # fmt: skip


def test_one_backbone_needs_no_leaderboard(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "yyyn")
    assert leaderboard(read_material([tmp_path]).runs) is None


@pytest.fixture
def two(tmp_path: Path) -> Path:
    write_run(tmp_path / "one" / "m", "yyyynnnn", model="m")
    write_run(tmp_path / "two" / "m", "yyyyyynn", model="m")
    write_run(tmp_path / "two" / "x", "ynynynyn", model="x")
    return build([tmp_path / "one", tmp_path / "two"], tmp_path / "out").parent


def test_two_studies_stand_side_by_side_with_paired_differences(two: Path) -> None:
    rows = lines(two / "tables" / "studies-text-elsewhere.csv")
    found = {(row["System"], row["column"]): (row["value"], row["n"]) for row in rows}
    assert found == {
        ("m", "one"): ("50", "8"), ("m", "two"): ("75", "8"), ("m", "two minus one"): ("25", "8"),
        ("x", "two"): ("50", "8"),
    }  # fmt: skip
    assert "in one study" in (two / "index.html").read_text()


def test_every_row_says_which_study_it_is_from(two: Path) -> None:
    rows = lines(two / "tables" / "text-elsewhere.csv")
    assert {row["Model"] for row in rows} == {"m [one]", "m [two]", "x [two]"}
    names = {score.model for score in read_scores([two / "tables" / "SCORES.csv"])}
    assert names == {"m [one]", "m [two]", "x [two]"}
    assert "2 studies (one, two)" in (two / "index.html").read_text()
    parquet = pytest.importorskip("pyarrow.parquet")
    replies = parquet.read_table(two / "replies" / "verdicts.parquet").to_pylist()
    assert {row["run"] for row in replies} == {"one-m", "two-m", "two-x"}


def test_trainings_and_stages_say_which_study_they_are_from(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_run(tmp_path / name / "m", "yyyn")
        record = {"recipe": "kl", "backbone": "m", "steps": [{"step": 1, "loss": 2.0}]}
        write_json(tmp_path / name / "train.json", record)
        write_jsonl(tmp_path / name / "stages.jsonl", [{"stage": "train", "seconds": 60}])
    tables = build([tmp_path / "one", tmp_path / "two"], tmp_path / "out").parent / "tables"
    assert {row["backbone"] for row in lines(tables / "training.csv")} == {"m [one]", "m [two]"}
    assert {row["Stage"] for row in lines(tables / "stages.csv")} == {"train [one]", "train [two]"}


def test_many_systems_are_summed_up_before_they_are_listed(tmp_path: Path) -> None:
    audio = {"mode": "audio", "recipe": "kl"}
    for i in range(7):
        right, floor = ("y" * 20, "n" * 20) if i < 3 else ("yn" * 10, "ny" * 10)
        write_run(tmp_path / "runs" / f"a{i}", right, model=f"m{i}", **audio)
        write_run(tmp_path / "runs" / f"c{i}", floor, model=f"m{i}", control="no-audio", **audio)
    page = build([tmp_path / "runs"], tmp_path / "out").read_text()
    assert "Of 7 systems with audio, each set against its control, 3 use what they hear" in page
    assert "0 do worse than the control, and for 4 there is no evidence either way" in page
    assert "7 backbones on 1 question set" in page


def test_other_questions_are_never_paired(tmp_path: Path) -> None:
    write_run(tmp_path / "one" / "m", "yyyn")
    write_run(tmp_path / "two" / "m", "yyyn", benchmark_hash="2")
    page = build([tmp_path / "one", tmp_path / "two"], tmp_path / "out").read_text()
    assert "other questions" in page


def test_run_folders_are_one_study_and_namesakes_are_told_apart(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a" / "study" / "m", "yyyn", model="a")
    b = write_run(tmp_path / "b" / "study" / "m", "yynn", model="b")
    assert read_material([a, b]).studies == []
    studies = read_material([tmp_path / "a" / "study", tmp_path / "b" / "study"]).studies
    assert studies == ["a/study", "b/study"]


def test_the_heat_map_holds_every_subcategory_of_every_model(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "a", "yyyn", model="a")
    write_run(tmp_path / "runs" / "b", "ynnn", model="b")
    out = build([tmp_path / "runs"], tmp_path / "out").parent
    rows = lines(out / "tables" / "subcategories-text-elsewhere.csv")
    assert [(r["category"], r["Subcategory"], r["column"], r["value"]) for r in rows] == [
        ("Sound", "count", "a", "75"), ("Sound", "count", "b", "25")
    ]  # fmt: skip
    assert (out / "figures" / "heat-text-elsewhere.pdf").exists()
    assert (out / "figures" / "profile-text-elsewhere.svg").exists()


def test_tokens_and_dollars_are_shown_where_runs_record_them(tmp_path: Path) -> None:
    usage: dict[str, Any] = {
        "replies": 4, "tokens_in": 1200, "tokens_cached": 0, "tokens_cache_written": 0,
        "tokens_out": 90, "tokens_reasoning": 40, "untold": 0, "from_cache": 0, "batch": 0,
        "dollars": 0.125, "prices": "2026-11-01",
    }  # fmt: skip
    write_run(tmp_path / "runs" / "a", "yyyn", model="a", usage=usage)
    write_run(tmp_path / "runs" / "b", "yyyn", model="b", usage=usage | {"dollars": None})
    out = build([tmp_path / "runs"], tmp_path / "out").parent
    rows = lines(out / "tables" / "tokens.csv")
    found = {(row["System"], row["column"]): row["value"] for row in rows}
    assert found["a", "Tokens in"] == "1200"
    assert found["a", "US dollars"] == "0.125"
    assert ("b", "US dollars") not in found
    page = (out / "index.html").read_text()
    assert "0.12 US dollars for these replies, where known" in page
    assert "list prices of 2026-11-01" in page


def test_the_model_card_holds_each_number_with_its_interval(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "a", "yyyn", model="a|b")
    build([tmp_path / "runs"], tmp_path / "out")
    card = (tmp_path / "out" / "summary.md").read_text()
    assert (
        "| a\\|b | Knowledge | elsewhere, free answers | 4 | 75.0 | 30.1 to 95.4 | 50.0 |"
    ) in card  # chance of two options
    assert card.startswith("## ")
    assert "content hash: elsewhere 1." in card
