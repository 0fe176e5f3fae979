"""The commands of `echoic analyse` and `echoic recommend`, as their users see them."""

import json
import shutil
from pathlib import Path

import pytest

from command import ended_with
from report_study import write_study

HEAD = "model,group,benchmark,mode,category,accuracy,n\n"
GOOD = "".join(
    f"m{i},,{benchmark},{mode},Avg,{40 + 7 * i % 30},1000\n"
    for benchmark, mode in (("K", "text"), ("A", "cascade"), ("A", "audio"))
    for i in range(6)
)
TABLE_COMMANDS = [
    ["analyse", "correlations"],
    ["analyse", "correlations", "--category", "each"],
    ["analyse", "gap", "--reference", "m0"],
    ["analyse", "lineage"],
    ["analyse", "cascade-minus-audio"],
    ["recommend"],
]
MALFORMED = {
    "": "empty; a score table has model, group",
    "   \n": "empty; a score table has model, group",
    HEAD: "no row has an accuracy",
    HEAD.replace("mode,", "") + "m,,K,Avg,50,9\n": ":1: no column 'mode'",
    HEAD + "m,,K,text,Avg,130,9\n": ":2: accuracy 130.0 is not between 0 and 100 percent",
    HEAD + "m,,K,text,Avg,-1,9\n": ":2: accuracy -1.0 is not between 0 and 100 percent",
    HEAD + "m,,K,text,Avg,nan,9\n": ":2: accuracy nan is not between 0 and 100 percent",
    HEAD + "m,,K,text,Avg,inf,9\n": ":2: accuracy inf is not between 0 and 100 percent",
    HEAD + "m,,K,text,Avg,many,9\n": ":2: not a number: could not convert string to float: 'many'",
    HEAD + "m,,K,text,Avg,50,0\n": ":2: n is 0; it counts questions and starts at 1",
    HEAD + "m,,K,text,Avg,50,9.5\n": ":2: not a number",
    HEAD + "m,,K,video,Avg,50,9\n": ":2: mode 'video' is none of text, cascade, audio",
    HEAD + ",,K,text,Avg,50,9\n": ":2: model, benchmark and category must not be empty",
    HEAD + "m,,K,text\n" + "m,,K,text,Avg,50,9,9\nx,,K,tex,Avg,5,9\n": ":4: mode 'tex'",
    HEAD + '"m"x,,K,text,Avg,50,9\n': ":2: no CSV",
}


@pytest.mark.parametrize("arguments", TABLE_COMMANDS, ids=" ".join)
@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_table_is_one_line_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, arguments: list[str]
) -> None:
    table, out = tmp_path / "s.csv", tmp_path / "out.json"
    table.write_text(text)
    assert ended_with(*arguments, table, "--json", out) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"echoic: {table}")
    assert MALFORMED[text] in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
    assert not out.exists()


@pytest.mark.parametrize("arguments", TABLE_COMMANDS, ids=" ".join)
def test_two_scores_for_one_cell_are_refused_and_the_same_row_twice_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    extra = GOOD.replace(",Avg,", ",Sound,")
    table = tmp_path / "s.csv"
    table.write_text(HEAD + GOOD + extra + "m1,,K,text,Avg,99,1000\nm1,,K,text,Sound,99,1000\n")
    assert ended_with(*arguments, table) == 1
    said = capsys.readouterr().err
    assert "'m1' has two scores on K text (47 and 99" in said
    assert said.count("\n") == 1
    table.write_text(HEAD + GOOD + GOOD + extra)
    status = ended_with(*arguments, table)
    said = capsys.readouterr().err
    assert (status, said) == (0, "") or "no two of these models are of one lineage" in said


@pytest.mark.parametrize("arguments", TABLE_COMMANDS, ids=" ".join)
def test_a_file_that_is_there_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    table, out = tmp_path / "s.csv", tmp_path / "out.json"
    table.write_text(HEAD + GOOD)
    out.write_text("mine")
    assert ended_with(*arguments, table, "--json", out) == 1
    assert "exists already" in capsys.readouterr().err
    assert out.read_text() == "mine"


def test_every_category_is_correlated_in_turn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, out = tmp_path / "s.csv", tmp_path / "out.json"
    table.write_text(
        HEAD + "".join(GOOD.replace("Avg", name) for name in ("Avg", "Sound", "Music"))
    )
    assert ended_with("analyse", "correlations", table, "--category", "each", "--json", out) == 0
    assert "Sound: K text ~ A cascade: n=6  r=1.000" in capsys.readouterr().out
    pairs = json.loads(out.read_text())["pairs"]
    assert [pair["category"] for pair in pairs] == ["Sound"] * 3 + ["Music"] * 3


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study") / "study")


def told(
    capsys: pytest.CaptureFixture[str], *arguments: object, json_to: Path
) -> tuple[str, dict[str, list[dict[str, object]]]]:
    """What a command prints and writes."""
    assert ended_with("analyse", *arguments, "--json", json_to) == 0
    return capsys.readouterr().out, json.loads(json_to.read_text())


def test_accuracy_has_counts_and_categories_that_add_up(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, record = told(
        capsys, "accuracy", study, "--mode", "text", "--benchmark", "akb-open",
        json_to=tmp_path / "a.json",
    )  # fmt: skip
    rows = [r for r in record["accuracies"] if r["run"] == "gemma-3-270m (likelihood)"]
    whole, *parts = rows
    assert whole["group"] == "Avg"
    assert whole["n"] == sum(int(str(part["n"])) for part in parts) == 24
    assert whole["correct"] == sum(int(str(part["correct"])) for part in parts)
    assert f"{whole['correct']} of 24, unparsed 0" in said


def test_the_grid_crosses_captioners_and_backbones(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, record = told(capsys, "grid", study, json_to=tmp_path / "g.json")
    assert said.splitlines()[0].split() == ["world", "acoustic", "oracle", "whisper"]
    assert {(c["backbone"], c["captioner"]) for c in record["cells"]} == {
        (b, c) for b in ("gemma-3-270m", "smollm2-135m-instruct")
        for c in ("acoustic", "oracle", "whisper")
    }  # fmt: skip


def test_cascade_minus_audio_is_the_difference_of_the_two_accuracies_by_domain(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, record = told(capsys, "cascade-minus-audio", study, json_to=tmp_path / "c.json")
    _, shares = told(capsys, "accuracy", study, "--benchmark", "world", json_to=tmp_path / "a.json")
    share = {(r["run"], r["group"]): r["accuracy"] for r in shares["accuracies"]}
    assert len(record["differences"]) == 2 * 3 * 2 * 4  # backbones, captioners, recipes, domains
    for row in record["differences"]:
        both = [share[row[run], row["category"]] for run in ("first", "second")]
        assert row["estimate"]["value"] == pytest.approx(both[0] - both[1])  # type: ignore[index]


def test_cascade_minus_audio_of_a_table_has_unpaired_intervals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "s.csv"
    table.write_text(HEAD + "m,,A,cascade,Avg,80,70\nm,,A,audio,Avg,60,80\n")
    assert ended_with("analyse", "cascade-minus-audio", table) == 0
    # Newcombe's own example, 56/70 - 48/80
    assert "A Avg  cascade - audio: m - m  +20.0 [+5.2, +33.4]" in capsys.readouterr().out


def test_controls_are_subtracted_and_corrected_for(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, record = told(capsys, "controls", study, json_to=tmp_path / "c.json")
    assert {row["second"] for row in record["differences"]} == {
        "no-audio", "options-only", "other-clip", "transcript-only"
    }  # fmt: skip
    assert "of what is left" in said
    for row in record["differences"]:
        gain, corrected = row["estimate"]["value"], row["corrected"]["value"]  # type: ignore[index]
        assert corrected == pytest.approx(gain / (1 - _floor(study, row, capsys)), abs=1e-9)


def _floor(study: Path, row: dict[str, object], capsys: pytest.CaptureFixture[str]) -> float:
    model, recipe = str(row["first"]).split(" (")[0].split(" · ")
    folder = study / "runs" / f"audio-{row['second']}" / "world" / recipe / model / "likelihood"
    marks = [json.loads(line) for line in (folder / "verdicts.jsonl").read_text().splitlines()]
    asked = [mark["correct"] for mark in marks if mark["subcategory"] != "type"]
    return sum(asked) / len(asked)


@pytest.mark.parametrize("name", ["accuracy", "controls", "grid", "cascade-minus-audio", "pairs"])
def test_a_folder_without_runs_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert ended_with("analyse", name, tmp_path) == 1
    said = capsys.readouterr().err
    assert "no finished run" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("arguments", TABLE_COMMANDS[:4] + TABLE_COMMANDS[5:], ids=" ".join)
def test_a_folder_is_no_score_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert ended_with(*arguments, tmp_path) == 1
    assert "a folder; give a score table, as tables/SCORES.csv of a report" in (
        capsys.readouterr().err
    )


def test_a_table_of_published_systems_only_says_why_nothing_is_correlated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "s.csv"
    table.write_text(HEAD + GOOD.replace(",,", ",Published Systems,"))
    assert ended_with("analyse", "correlations", table) == 1
    assert "every row belongs to a published system" in capsys.readouterr().err
    assert ended_with("analyse", "correlations", table, "--groups", "all") == 0


def test_runs_asked_in_two_ways_over_different_questions_can_be_chosen_between(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mixed = tmp_path / "mixed"
    shutil.copytree(study / "runs" / "text" / "akb-open", mixed)
    for verdicts in mixed.glob("*/*/free/verdicts.jsonl"):
        verdicts.write_text(verdicts.read_text().replace('"question": "k', '"question": "other'))
    assert ended_with("analyse", "hardest", mixed) == 1
    assert "--answering" in capsys.readouterr().err
    said, _ = told(capsys, "pairs", mixed, "--answering", "likelihood", json_to=tmp_path / "p.json")
    assert said.startswith("gemma-3-270m - smollm2-135m-instruct: n=24")


def test_runs_that_were_asked_in_two_ways_are_said_to_be_systems_of_their_own(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mixed = tmp_path / "mixed"
    shutil.copytree(study / "runs" / "text" / "akb-open", mixed)
    for verdicts in mixed.glob("*/*/free/verdicts.jsonl"):
        verdicts.write_text("".join(verdicts.read_text().splitlines(keepends=True)[:7]))
    for verb in ("hardest", "items"):
        ended_with("analyse", verb, mixed)
        said = capsys.readouterr().err
        assert "each is a system of its own; --answering takes one of them" in said
        assert "only the 7 questions that all 4 systems were asked count, of 24" in said
    assert ended_with("analyse", "hardest", mixed, "--answering", "likelihood") == 0
    assert not capsys.readouterr().err


@pytest.mark.parametrize(("mode", "shared"), [("text", False), ("audio", True)])
def test_pairs_say_when_questions_share_clips(
    study: Path, capsys: pytest.CaptureFixture[str], mode: str, shared: bool
) -> None:
    asked = ("--mode", mode, "--answering", "likelihood")
    assert ended_with("analyse", "pairs", study, *asked) == 0
    assert ("yet some share a clip" in capsys.readouterr().out) == shared


def test_two_runs_alike_in_all_but_their_place_are_named_by_it(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("first", "second"):
        shutil.copytree(study / "runs/text/akb-open/plain/gemma-3-270m/likelihood", tmp_path / name)
    assert ended_with("analyse", "pairs", tmp_path) == 0
    assert "gemma-3-270m (likelihood, run first) - gemma-3-270m (likelihood, run second)" in (
        capsys.readouterr().out
    )
