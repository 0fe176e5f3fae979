"""The report: numbers counted by hand, and what it says when parts are missing."""

import csv
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from echoic.analysis.scores import backbones_only, correlations
from echoic.cli.report import command
from echoic.errors import BadRecord, NoData, OutputRefused
from echoic.records import write_json, write_jsonl
from echoic.report.build import build
from echoic.report.costs import stage_tables
from echoic.report.plots import file_name, short
from echoic.report.runs import read_material
from echoic.report.scores import read_scores
from report_study import built


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.getbasetemp()).parent


def write_run(folder: Path, rows: list[tuple[str, str, str, bool]], **changes: Any) -> Path:
    """A run folder with one verdict for each (question, category, subcategory, correct)."""
    facts = {
        "mode": "audio", "control": "", "benchmark": "elsewhere", "model": "hf/m", "backbone": "m",
        "recipe": "kl", "captioner": "", "answering": "likelihood", "rule": "likelihood",
        "prompt": {"name": "choice", "hash": "1"}, "seed": 0,
    }  # fmt: skip
    write_json(folder / "run.json", facts | changes)
    write_jsonl(
        folder / "verdicts.jsonl",
        [
            {"question": question, "category": category, "subcategory": subcategory, "reply": "",
             "chosen": 0, "correct": correct, "rule": "likelihood", "answer": 0 if correct else 1,
             "clip": f"{question}.wav", "scores": [-1.0, -2.0]}
            for question, category, subcategory, correct in rows
        ],
    )  # fmt: skip
    return folder


def cells(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    """The cells of a table file by (first label, column)."""
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    first = "Model" if "Model" in rows[0] else "System"
    return {(row[first], row["column"]): row for row in rows}


FOUR = [("1", "sound", "count", True), ("2", "sound", "count", False),
        ("3", "music", "tempo", True), ("4", "music", "type", True)]  # fmt: skip


def test_type_of_audio_questions_are_left_out_of_the_average_and_reported_apart(
    tmp_path: Path,
) -> None:
    write_run(tmp_path / "a", FOUR)
    page = build([tmp_path / "a"], tmp_path / "out")
    table = cells(page.parent / "tables" / "audio-elsewhere.csv")
    assert table["m", "Avg"]["value"] == "66.6667"  # 2 of 3; with the type question 3 of 4
    assert table["m", "Avg"]["n"] == "3"
    assert table["m", "Music"]["value"] == "100"
    apart = cells(page.parent / "tables" / "type-elsewhere.csv")
    assert (apart["m · kl", "Accuracy"]["value"], apart["m · kl", "Accuracy"]["n"]) == ("100", "1")
    assert "Type-of-audio questions" in page.read_text()


def test_text_questions_of_a_subcategory_named_type_stay_in_the_average(tmp_path: Path) -> None:
    write_run(tmp_path / "a", FOUR, mode="text", recipe="")
    build([tmp_path / "a"], tmp_path / "out")
    table = cells(tmp_path / "out" / "tables" / "text-elsewhere.csv")
    assert (table["m", "Avg"]["value"], table["m", "Avg"]["n"]) == ("75", "4")


def test_every_accuracy_comes_with_its_wilson_interval(tmp_path: Path) -> None:
    rows = [(str(i), "sound", "count", i < 8) for i in range(10)]
    write_run(tmp_path / "a", rows)
    build([tmp_path / "a"], tmp_path / "out")
    cell = cells(tmp_path / "out" / "tables" / "audio-elsewhere.csv")["m", "Avg"]
    assert (cell["value"], cell["low"], cell["high"]) == ("80", "49.0162", "94.3318")


def test_cascade_minus_audio_is_paired_on_shared_questions(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [(str(i), "sound", "count", i < 2) for i in range(10)])
    write_run(
        tmp_path / "c", [(str(i), "sound", "count", i < 7) for i in range(8)],
        mode="cascade", recipe="", captioner="acoustic",
    )  # fmt: skip
    build([tmp_path], tmp_path / "out")
    with (tmp_path / "out" / "tables" / "cascade-minus-audio-elsewhere.csv").open() as stream:
        row = next(csv.DictReader(stream))
    assert (row["column"], row["value"], row["n"]) == ("Avg", "62.5", "8")  # 7 - 2 of 8
    assert 20 < float(row["low"]) < 62.5 < float(row["high"]) <= 100


def test_training_seeds_are_rows_of_their_own_and_one_mean_in_a_contrast(tmp_path: Path) -> None:
    for seed, right in ((0, 4), (1, 2)):
        rows = [(str(i), "sound", "count", i < right) for i in range(4)]
        write_run(tmp_path / f"kl{seed}", rows, recipe=f"kl-s{seed}")
    none = [(str(i), "sound", "count", False) for i in range(4)]
    write_run(tmp_path / "paper", none, recipe="paper-s0")
    tables = build([tmp_path], tmp_path / "out").parent / "tables"
    with (tables / "recipes-elsewhere.csv").open() as stream:
        (row, _) = csv.DictReader(stream)
    assert (row["Recipes"], row["value"], row["n"]) == ("kl minus paper", "75", "4")
    with (tables / "audio-elsewhere.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["column"] == "Avg"]
    found = {(row["recipe"], row["Answering"]): row["value"] for row in rows}
    assert found == {
        ("Recipe: kl", "likelihood, training seed 0"): "100",
        ("Recipe: kl", "likelihood, training seed 1"): "50",
        ("Recipe: paper", "likelihood, training seed 0"): "0",
    }
    names = {score.model for score in read_scores([tables / "SCORES.csv"])}
    assert names == {
        "m",
        "m · kl (likelihood, training seed 1)",
        "m · paper (likelihood, training seed 0)",
    }


def test_ranks_are_shaded_within_one_way_of_answering_only(tmp_path: Path) -> None:
    for name, right in (("a", 3), ("b", 1)):
        rows = [(str(i), "sound", "count", i < right) for i in range(4)]
        write_run(tmp_path / name, rows, backbone=name)
    write_run(tmp_path / "c", FOUR, backbone="c", answering="free", rule="letter")
    page = build([tmp_path], tmp_path / "out").read_text()
    table = page[page.index('id="t-audio-elsewhere"') :].split("</table>")[0]
    shades = [re.findall(r"--shade:([\d.]+)", row) for row in table.split("<tr>")[2:]]
    assert [row[:1] for row in shades] == [["1.00"], ["0.00"], []]


def test_relatives_of_a_sets_writers_are_marked(tmp_path: Path) -> None:
    for name in ("gemma-3-270m", "smollm2-135m-instruct"):
        facts = {"mode": "text", "model": f"echoic/{name}", "backbone": name}
        write_run(tmp_path / "runs" / name, FOUR, **facts, recipe="", families=["Gemma"])
    page = build([tmp_path / "runs"], tmp_path / "out").read_text()
    assert "gemma-3-270m †" in page
    assert "smollm2-135m-instruct †" not in page
    assert "a model of this family wrote or reviewed questions of this set" in page


def test_two_models_give_points_and_the_reason_for_no_coefficient(report: Path) -> None:
    page = (report / "index.html").read_text()
    assert "n = 2: no coefficient" in page
    assert "a correlation needs at least 4" in page
    assert "r = " not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)


def test_the_page_says_that_tiny_models_are_no_evidence(report: Path) -> None:
    assert "no evidence for or against the paper's claim" in (
        (report / "index.html").read_text().replace("&#39;", "'")
    )


def test_scores_follow_the_contract_and_link_the_modes_by_backbone(report: Path) -> None:
    scores = read_scores([report / "tables" / "SCORES.csv"])
    pairs = {(p.a, p.b): p.models for p in correlations(backbones_only(scores))}
    both = ("gemma-3-270m", "smollm2-135m-instruct")
    assert pairs["akb-open text", "world audio"] == both
    assert pairs["world cascade", "world audio"] == both
    assert correlations(scores)  # with every group, no model has two scores on a metric
    comparison = {score.model for score in scores if score.group.startswith("Captioner")}
    assert "oracle + gemma-3-270m" in comparison


def test_the_page_needs_nothing_from_outside(report: Path) -> None:
    page = (report / "index.html").read_text()
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert not [link for link in links if re.match(r"(?:https?:)?//", link)]
    assert "@import" not in page
    local = [link for link in links if link.startswith(("figures/", "tables/", "../"))]
    assert local
    assert all((report / link).resolve().is_file() for link in local)


def test_ids_are_unique_and_every_reference_inside_the_page_resolves(report: Path) -> None:
    page = (report / "index.html").read_text()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    targets = re.findall(r'href="#([^"]+)"', page) + re.findall(r"url\(#([^)]+)\)", page)
    assert set(targets) <= set(ids)
    assert set(re.findall(r'aria-labelledby="([^"]+)"', page)) <= set(ids)


def test_tables_have_captions_scopes_and_rows_and_figures_have_alternatives(report: Path) -> None:
    page = (report / "index.html").read_text()
    found = re.findall(r"<table.*?</table>", page, flags=re.DOTALL)
    assert len(found) > 10
    for table in found:
        assert "<caption" in table
        assert 'scope="col"' in table
        for body in re.findall(r"<tbody>.*?</tbody>", table, flags=re.DOTALL):
            assert 'scope="row"' in body
        assert '<span class="main"></span>' not in table
    figures = re.findall(r"<figure>.*?</figure>", page, flags=re.DOTALL)
    assert figures
    assert all(re.search(r'role="img" aria-label="[^"]{40,}', figure) for figure in figures)


def test_each_figure_is_there_as_pdf_and_svg_at_column_width(report: Path) -> None:
    drawn = sorted((report / "figures").glob("*.svg"))
    assert drawn
    for path in drawn:
        width = ET.parse(path).getroot().get("width", "")
        assert width == f"{3.4 * 72:g}pt"
        assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")


def test_the_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "a", FOUR)
    write_run(tmp_path / "runs" / "c", FOUR, mode="cascade", recipe="", captioner="acoustic")
    one, other = (build([tmp_path / "runs"], tmp_path / name).parent for name in ("one", "other"))
    files = [path.relative_to(one) for path in sorted(one.rglob("*")) if path.is_file()]
    assert len(files) > 8
    for name in files:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_missing_parts_are_said_to_be_not_run(tmp_path: Path) -> None:
    write_run(tmp_path / "a", FOUR, mode="text", recipe="")
    page = build([tmp_path], tmp_path / "out").read_text()
    for words in ("no cascade was found", "no audio evaluation was found", "no control was found",
                  "no stages.jsonl was found", "no training record was found"):  # fmt: skip
        assert words in page
    assert page.count("<table") == 3  # knowledge, by subcategory too, and the list of runs
    assert "the questions behind the runs are not here" in page


def test_a_run_without_verdicts_is_named_as_unfinished(tmp_path: Path) -> None:
    write_run(tmp_path / "a", FOUR)
    (write_run(tmp_path / "begun", FOUR) / "verdicts.jsonl").unlink()
    write_json(tmp_path / "asked" / "task.json", {"mode": "audio"})
    page = build([tmp_path], tmp_path / "out").read_text()
    assert "begun: started, not finished" in page
    assert "asked: started, not finished" in page


def test_a_folder_given_twice_counts_once(tmp_path: Path) -> None:
    write_run(tmp_path / "a", FOUR)
    assert len(read_material([tmp_path, tmp_path / "a"]).runs) == 1


def test_stages_taken_up_again_add_their_time_and_keep_the_peak(tmp_path: Path) -> None:
    write_run(tmp_path / "a", FOUR)
    write_jsonl(
        tmp_path / "stages.jsonl",
        [{"stage": "train a", "kind": "train", "seconds": 60, "peak_rss_mib": 900},
         {"stage": "train b", "kind": "train", "seconds": 10, "peak_rss_mib": 950},
         {"stage": "train a", "kind": "train", "seconds": 30, "peak_rss_mib": 700}],
    )  # fmt: skip
    first, second = read_material([tmp_path]).stages
    assert (first.name, first.seconds, first.peak_rss_mib) == ("train a", 90.0, 900.0)
    (shown,), (every,) = stage_tables([first, second])
    assert [cell.text for cell in shown.rows[0]] == ["train", "1.7", "100%", "950"]
    assert [row[2].text for row in every.rows] == ["90%", "10%"]


def test_fidelity_is_the_mean_over_targets_and_passes_over_journals(tmp_path: Path) -> None:
    write_run(tmp_path / "a", FOUR)
    target = {"id": "1", "audio": "1.wav", "seed_description": "d", "prompt": "p", "response": "r"}
    folder = tmp_path / "targets" / "m"
    write_jsonl(folder / "free.jsonl", [target | {"named": 0.25}, target | {"named": 0.75}])
    write_jsonl(folder / "free.replies.jsonl", [{"key": "k", "text": "t"}])
    (found,) = read_material([tmp_path]).fidelity
    assert (found.name, found.n, found.named) == ("m/free", 2, 0.5)


def test_replies_and_questions_cannot_inject_markup(tmp_path: Path) -> None:
    name = "<script>alert(1)</script>"
    write_run(tmp_path / "a", [("1", "sound", name, True), ("2", "sound", "b", False)],
              backbone=name)  # fmt: skip
    page = build([tmp_path], tmp_path / "out").read_text()
    assert name not in page
    assert "&lt;script&gt;" in page


def test_dollars_foreign_letters_and_endless_names_are_drawn_and_saved_apart(
    tmp_path: Path,
) -> None:
    rows = [(f"q{i}", "Cost $ 5", f"s_{i}$#\\frac", i % 2 == 0) for i in range(4)]
    for i, model in enumerate(("模型", "模样", "$\\frac$", "long" * 99)):
        write_run(tmp_path / str(i), rows, model=model, backbone=model)
    page = build([tmp_path], tmp_path / "report").read_text()
    assert "模样" in page
    names = [file_name("controls", model) for model in ("模型", "模样", "long" * 99, "long" * 98)]
    assert len(set(names)) == 4
    assert max(map(len, names)) < 120


def test_a_long_name_keeps_its_beginning_and_how_it_was_asked() -> None:
    asked = "org/" + "x" * 50 + " (free answers)"
    assert short(asked, 48) == "org/" + "x" * 27 + "…x (free answers)"
    assert short("exactly 7", 9) == "exactly 7"


def test_a_model_run_twice_in_one_way_is_told_apart_by_its_folder(tmp_path: Path) -> None:
    for name, right in (("first", True), ("second", False)):
        write_run(tmp_path / name, [("q1", "Sound", "bells", right)])
    found = build([tmp_path], tmp_path / "report").parent / "tables" / "SCORES.csv"
    models = {score.model: score.accuracy for score in read_scores([found])}
    assert sorted(models.values()) == [0, 100]
    assert any(name.endswith("run second)") for name in models)


def test_faults_are_named_and_nothing_foreign_is_replaced(tmp_path: Path) -> None:
    with pytest.raises(BadRecord, match="no such folder"):
        build([tmp_path / "nowhere"], tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoData, match="no finished run"):
        build([tmp_path / "empty"], tmp_path / "out")
    run = write_run(tmp_path / "runs" / "a", FOUR)
    (tmp_path / "out" / "tables").mkdir(parents=True)
    (tmp_path / "out" / "tables" / "mine.csv").write_text("precious")
    with pytest.raises(OutputRefused, match="no echoic report"):
        build([tmp_path / "runs"], tmp_path / "out")
    assert (tmp_path / "out" / "tables" / "mine.csv").read_text() == "precious"
    facts = json.loads((run / "run.json").read_text())
    write_json(run / "run.json", facts | {"mode": "smell"})
    with pytest.raises(BadRecord, match=r"run\.json: mode 'smell' is none of text, cascade, audio"):
        build([tmp_path / "runs"], tmp_path / "other")
    del facts["rule"]
    write_json(run / "run.json", facts)
    with pytest.raises(BadRecord, match=r"run\.json: no 'rule'"):
        build([tmp_path / "runs"], tmp_path / "other")


def test_the_command_prints_the_page_it_wrote_and_can_write_it_again(tmp_path: Path) -> None:
    write_run(tmp_path / "a", FOUR)
    for _ in range(2):
        result = CliRunner().invoke(command, [str(tmp_path), "--out", str(tmp_path / "out")])
        assert result.exit_code == 0, result.output
        assert result.output.strip() == str(tmp_path / "out" / "index.html")
