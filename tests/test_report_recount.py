"""What an independent recount of a finished study found misleading: each stays mended."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from echoic.analysis.intervals import Estimate, tenths
from echoic.analysis.scores import Score, backbones_only, correlations
from echoic.cli.analyse import command
from echoic.errors import NoData
from echoic.evals.robust import robustness
from echoic.records import write_json, write_jsonl
from echoic.report import cells
from echoic.report.build import build
from echoic.report.cells import Table
from echoic.report.costs import token_table, training_table
from echoic.report.figures import category_scatters
from echoic.report.latex import to_latex
from echoic.report.leaderboard import leaderboard
from echoic.report.ledger import rule_table, run_table
from echoic.report.positions import position_tables
from echoic.report.runs import read_material
from echoic.verdict import read_verdicts

ORDERS = ((0, 1), (1, 0))


def write_run(
    folder: Path, marks: str, *, places: tuple[str, ...] = ("sound count",), **facts: Any
) -> Path:
    """A run whose k-th verdict is right where `marks` has a y, unread where it has a dash.

    Questions take their category and subcategory from `places` in turn; the facts `repeats` and
    `n_permutations` give each question so many verdicts in a row.
    """
    again = facts.get("repeats", 1) * facts.get("n_permutations", 1)
    rows = []
    for k, mark in enumerate(marks):
        number, turn = divmod(k, again)
        category, subcategory = places[number % len(places)].split()
        chosen = {"y": 0, "n": 1}.get(mark)
        right = {"chosen": chosen, "correct": mark == "y"}
        official = {"chosen": None, "correct": False}
        rows.append(
            {"question": f"q{number}", "category": category, "subcategory": subcategory,
             "chosen": chosen, "correct": mark == "y", "rule": "letter", "reply": "",
             "clip": f"{number}.wav", "answer": 0, "order": ORDERS[turn % 2], "variant": turn,
             "rules": {"letter": right, "official": official}}
        )  # fmt: skip
    basis = {"mode": "text", "control": "", "benchmark": "b", "model": "hf/m", "answering": "free",
             "rule": "letter", "prompt": {"name": "choice", "hash": "1"}, "seed": 0}  # fmt: skip
    write_json(folder / "run.json", basis | facts)
    write_jsonl(folder / "verdicts.jsonl", rows)
    return folder


def numbers(table: Table) -> dict[str, float | None]:
    """Column -> number of the table's first row."""
    names = [column.name for column in table.columns]
    return {name: cell.value for name, cell in zip(names, table.rows[0], strict=True)}


@pytest.mark.parametrize(
    ("share", "said"),
    [(23 / 80, "28.8"), (1 / 16, "6.3"), (-3 / 80, "-3.8"), (0.12345, "12.3"), (-1e-5, "0.0"),
     (1.0, "100.0")],
)  # fmt: skip
def test_halves_are_rounded_as_readers_round_them(share: float, said: str) -> None:
    assert tenths(share) == said


def test_a_subset_is_not_ranked_among_whole_runs_and_says_what_it_is(tmp_path: Path) -> None:
    audio = {"mode": "audio", "recipe": "kl"}
    write_run(tmp_path / "runs" / "a", "yyyyyynn", model="a", **audio)
    write_run(tmp_path / "runs" / "b", "yn", model="b", limit=2, **audio)
    table = leaderboard(read_material([tmp_path / "runs"]).runs)
    assert table is not None
    assert [row[1].shade for row in table.rows] == [None, None]
    assert "kl, free answers, subset of 2" in table.note
    build([tmp_path / "runs"], tmp_path / "out")
    card = (tmp_path / "out" / "summary.md").read_text()
    assert "| b | Audio | b, recipe: kl, free answers, subset of 2 | 2 | 50.0 |" in card


def test_a_panel_of_two_ways_names_both_and_takes_shared_questions_only(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "c", "yn", mode="cascade", captioner="loud", limit=2)
    write_run(tmp_path / "runs" / "a", "ynyyyyyy", mode="audio", recipe="kl")
    (whole, _) = category_scatters(read_material([tmp_path / "runs"]).runs, tmp_path)
    assert "hf/m · kl, loud: cascade 50.0%, audio 50.0%" in whole.alt


def test_tokens_and_runs_call_a_run_by_one_name_in_one_order(tmp_path: Path) -> None:
    usage = {"replies": 2, "tokens_in": 5, "tokens_out": 1, "dollars": 0.0}
    for mode, limit in (("cascade", 2), ("audio", None), ("text", 2)):
        write_run(tmp_path / "runs" / mode, "yn", mode=mode, limit=limit, usage=usage)
    runs = read_material([tmp_path]).runs
    names = [
        [(group.title, row[column].text) for group in table.groups for row in group.rows]
        for table, column in ((token_table(runs), 1), (run_table(runs), 2))
        if table is not None
    ]
    assert names[0] == names[1] == [(e, "free answers") for e in ("Knowledge", "Cascade", "Audio")]


def test_a_sum_of_dollars_says_when_prices_are_missing(tmp_path: Path) -> None:
    for name, dollars in (("a", 0.5), ("b", None)):
        usage = {"replies": 2, "tokens_in": 5, "tokens_out": 1, "dollars": dollars}
        write_run(tmp_path / "runs" / name, "yn", model=name, usage=usage)
    table = token_table(read_material([tmp_path]).runs)
    assert table is not None
    assert table.caption == "Tokens and dollars: 0.50 US dollars for these replies, where known"


def test_replies_decided_by_two_rules_are_not_ranked_together(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "yyyn", model="a", rule="judge")
    write_run(tmp_path / "b", "ynnn", model="b")
    table = leaderboard(read_material([tmp_path]).runs)
    assert table is not None
    assert [row[1].shade for row in table.rows] == [None, None]
    assert "free answers, judge rule; free answers, letter rule" in table.note


def test_latex_tells_the_count_where_a_columns_cells_do_not_share_it(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "a", "yyyn", model="a")
    write_run(tmp_path / "runs" / "b", "yn", model="b")
    table = leaderboard(read_material([tmp_path]).runs)
    assert table is not None
    assert "30.1--95.4, $n$=4" in to_latex(table)


def test_bias_stands_beside_what_blind_choices_would_show_as_run_json_has_it(
    tmp_path: Path,
) -> None:
    run = write_run(tmp_path / "runs" / "s", "yyynnyny", places=("sound count", "sound type"),
                    mode="cascade", captioner="loud", control="shuffled",
                    n_permutations=2)  # fmt: skip
    write_run(tmp_path / "runs" / "c", "yn", mode="cascade", captioner="loud")
    record = robustness(read_verdicts(run / "verdicts.jsonl"), shuffled=True)["positions"]
    chosen, _ = position_tables(read_material([tmp_path]).runs)
    found = numbers(chosen)
    assert (found["Bias"], found["Same choice"]) == (record["bias"], record["same_choice"])
    assert found["By chance"] == pytest.approx(record["bias_by_chance"], abs=0.01)


def test_two_wordings_over_shuffled_options_have_names_of_their_own(tmp_path: Path) -> None:
    for prompt in ("choice", "letter"):
        facts = {"control": "shuffled", "n_permutations": 2, "prompt": {"name": prompt}}
        write_run(tmp_path / "runs" / prompt, "ynny", **facts)
    write_run(tmp_path / "runs" / "whole", "yn")
    chosen, _ = position_tables(read_material([tmp_path]).runs)
    assert [row[0].text for row in chosen.rows] == [
        "Knowledge: hf/m (free answers, prompt choice)",
        "Knowledge: hf/m (free answers, prompt letter)",
    ]


def test_a_training_tells_the_steps_before_it_and_the_targets_cut(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "a", "yn")
    record = {"recipe": "kl", "backbone": "m", "steps": [{"step": 3, "loss": 1.0}],
              "warmup_steps": 400, "examples": 24, "cut": 22}  # fmt: skip
    write_json(tmp_path / "runs" / "train.json", record)
    table = training_table(read_material([tmp_path]).trainings)
    assert table is not None
    found = numbers(table)
    assert [found[name] for name in ("Warm-up steps", "Steps", "Targets", "Cut")] == [
        400,
        3,
        24,
        22,
    ]


def test_clips_that_all_say_the_same_show_no_interval_and_are_sure_from_six_on() -> None:
    two, six = (cells.difference(Estimate(1.0, 1.0, 1.0, n, n)) for n in (2, 6))
    assert (two.text, two.sub, two.low, two.clear) == ("+100.0", "all alike", None, False)
    assert six.clear
    assert not cells.difference(Estimate(0.0, 0.0, 0.0, 9, 9)).clear


def analyse(*arguments: str) -> str:
    result = CliRunner().invoke(command, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def test_the_terminal_claims_no_width_where_there_is_none(tmp_path: Path) -> None:
    for name, marks in (("a", "yyyy"), ("b", "nnnn")):
        write_run(tmp_path / name, marks, model=name, places=("sound x", "sound x", "sound y"))
    alike = "+100.0 points, all alike: no interval"
    assert f"n=4  {alike}" in analyse("pairs", str(tmp_path))
    assert "50.0  all alike: no interval  n=3  x" in analyse("hardest", str(tmp_path))


def test_subcategories_of_one_name_are_kept_apart_by_their_category(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "yn", places=("sound pitch", "music pitch"))
    for name, extra in (("hardest", ()), ("accuracy", ("--by", "subcategory"))):
        said = analyse(name, str(tmp_path), *extra)
        assert "Sound: pitch" in said
        assert "Music: pitch" in said


def test_the_grid_has_one_row_a_way_of_answering(tmp_path: Path) -> None:
    facts = {"mode": "cascade", "model": "m"}
    write_run(tmp_path / "a", "yn", captioner="loud", **facts)
    write_run(tmp_path / "b", "yy", captioner="oracle", **facts)
    write_run(tmp_path / "c", "yy", captioner="oracle", **facts | {"answering": "likelihood"})
    rows = [line.split("  ")[0] for line in analyse("grid", str(tmp_path)).splitlines()]
    assert rows == ["b", "m (free answers)", "m (likelihood)"]


def test_failed_requests_are_named_where_the_scores_are(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "a", "y--n", counts={"asked": 4, "unparsed": 0, "failed": 2})
    page = build([tmp_path / "runs"], tmp_path / "out")
    for text in (page.read_text(), (page.parent / "summary.md").read_text()):
        assert "from them are off: knowledge of hf/m (b): 2 of 4. The same command" in text


def test_a_run_without_a_key_is_named_and_alone_says_why_there_is_no_report(tmp_path: Path) -> None:
    write_json(
        tmp_path / "runs" / "k" / "run.json",
        {"mode": "text", "benchmark": "b", "model": "m", "answering": "free", "rule": "letter",
         "keyed": False},
    )  # fmt: skip
    with pytest.raises(NoData, match="which cannot be scored"):
        read_material([tmp_path])
    write_run(tmp_path / "runs" / "a", "yn")
    page = build([tmp_path / "runs"], tmp_path / "out").read_text()
    assert "runs/k: the benchmark has no key, so nothing is scored" in page


def test_every_rule_counts_a_question_once_however_often_it_was_asked(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "a", "yynnny", repeats=3)
    table = rule_table(read_material([tmp_path]).runs)
    assert table is not None
    assert [(cell.text, cell.n) for cell in table.rows[0][2:]] == [("50.0", 2), ("0.0", 2)]


def test_a_variant_does_not_count_its_backbone_twice_in_a_correlation(tmp_path: Path) -> None:
    rows = [
        Score(model, group, benchmark, "text", "Avg", 50.0)
        for benchmark in ("A", "B")
        for model, group in (("m", "Text LLMs"), ("m (free answers)", "Variants (Text LLMs)"))
    ]
    assert [pair.n for pair in correlations(backbones_only(rows))] == [1]
