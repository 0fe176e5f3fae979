"""Gaps, lineages and paired tests against statsmodels and hand-made cases."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from echoic.analysis.controls import chance_corrected
from echoic.analysis.differences import gaps, lineage
from echoic.analysis.intervals import Proportion, difference_interval
from echoic.analysis.paired import compare_all, holm, mcnemar
from echoic.analysis.scores import Score
from echoic.cli.analyse import command
from echoic.errors import NoData, UnknownName
from echoic.verdict import Verdict
from paper_tables import TABLES

PAPER = list(map(str, TABLES))
COUNTS = [(0, 3), (3, 3), (1, 3), (0, 50), (50, 50), (37, 80)]


@dataclass(frozen=True)
class Origin:
    family: str = "F"
    generation: str = "1"
    stage: str = "instruct"
    parameters: int | None = 8
    release: str = "2024-01"


def run(right: str, clip: str = "") -> list[Verdict]:
    """One verdict a character, 1 for right."""
    return [
        Verdict(
            f"q{i}", "Sound", "s", 0, mark == "1", "letter", "", clip=clip and f"{clip}{i // 2}"
        )
        for i, mark in enumerate(right)
    ]


@pytest.mark.parametrize(("right", "n"), COUNTS)
def test_wilson_is_that_of_statsmodels_all_right_and_all_wrong_included(right: int, n: int) -> None:
    expected = proportion_confint(right, n, method="wilson")
    assert Proportion(right, n).interval() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("first", COUNTS)
@pytest.mark.parametrize("second", COUNTS)
def test_newcombe_is_that_of_statsmodels(first: tuple[int, int], second: tuple[int, int]) -> None:
    expected = confint_proportions_2indep(*first, *second, method="newcomb", compare="diff")
    low, high = difference_interval(Proportion(*first), Proportion(*second))
    assert (low, high) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("p", [[0.01, 0.04, 0.03, 0.005], [0.02, 0.02, 0.02], [1.0], [0.9, 0.8]])
def test_holm_is_that_of_statsmodels_ties_included(p: list[float]) -> None:
    assert holm(p) == pytest.approx(list(multipletests(p, method="holm")[1]))


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]) == []


@pytest.mark.parametrize(("only_first", "only_second"), [(0, 0), (5, 0), (3, 9), (4, 4)])
def test_mcnemar_is_the_exact_one_of_statsmodels(only_first: int, only_second: int) -> None:
    first = [True] * only_first + [False] * only_second + [True, False]
    second = [False] * only_first + [True] * only_second + [True, False]
    table = [[1, only_first], [only_second, 1]]
    expected = reference_mcnemar(table, exact=True).pvalue
    assert mcnemar(first, second).p == pytest.approx(min(expected, 1.0))


def test_three_models_are_compared_pair_by_pair_with_holm_over_all() -> None:
    runs = {"a": run("1111111111"), "b": run("0000000000"), "c": run("1111100000")}
    found = compare_all(runs, rng=np.random.default_rng(0), resamples=200)
    assert [(c.first, c.second) for c in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    # 2 / 2^10 for ten against none, 2 / 2^5 for five against none; times 3, then 2, then the larger
    assert [c.test.p for c in found if c.test] == pytest.approx([2 / 1024, 1 / 16, 1 / 16])
    assert [c.p_holm for c in found] == pytest.approx([6 / 1024, 1 / 8, 1 / 8])
    assert found[0].difference is not None
    assert (found[0].difference.low, found[0].difference.high) == (1.0, 1.0)


def test_questions_in_variants_have_a_difference_but_no_exact_test() -> None:
    twice = [*run("10"), *run("01")]
    (found,) = compare_all({"a": twice, "b": run("00")}, rng=np.random.default_rng(0), resamples=99)
    assert (found.test, found.p_holm) == (None, None)
    assert found.difference is not None
    assert found.difference.value == 0.5


def test_one_clip_gives_a_test_but_no_interval_and_one_run_nothing() -> None:
    (found,) = compare_all(
        {"a": run("11", "c"), "b": run("00", "c")}, rng=np.random.default_rng(0), resamples=99
    )
    assert found.difference is None
    assert found.test is not None
    with pytest.raises(NoData, match="two runs"):
        compare_all({"a": run("1")}, rng=np.random.default_rng(0))


def score(model: str, accuracy: float, n: int | None = 100) -> Score:
    return Score(model, "", "K", "text", "Avg", accuracy, n)


def test_the_gap_is_model_minus_reference_and_has_no_interval_without_counts() -> None:
    found = gaps([score("a", 60), score("ref", 80), score("b", 90, None)], "ref")
    assert [(d.first, d.points) for d in found] == [("a", -20), ("b", 10)]
    low, high = confint_proportions_2indep(60, 100, 80, 100, method="newcomb", compare="diff")
    assert (found[0].low, found[0].high) == pytest.approx((100 * low, 100 * high))
    assert (found[1].low, found[1].high) == (None, None)
    with pytest.raises(UnknownName, match="'other' in category 'Avg'; there are a"):
        gaps([score("a", 60)], "other")


def test_a_lineage_pair_changes_one_thing_and_takes_neighbours() -> None:
    origins = {
        "old": Origin(release="2023-01", generation="0"),
        "now": Origin(),
        "next": Origin(generation="2", release="2025-01"),
        "now-sft": Origin(stage="SFT"),
        "now-dpo": Origin(stage="DPO"),
        "now-big": Origin(parameters=70),
        "next-big": Origin(generation="2", release="2025-01", parameters=200),
        "stranger": Origin(family="G"),
        "unknown": Origin(family="", stage="", parameters=None),
    }
    found = lineage([score(name, 50) for name in origins], origins)
    assert {(d.kind, d.first, d.second) for d in found} == {
        ("generation", "now", "old"),
        ("generation", "next", "now"),
        ("stage", "now", "now-dpo"),
        ("stage", "now-dpo", "now-sft"),
        ("size", "now-big", "now"),
        ("size", "next-big", "next"),
    }
    with pytest.raises(NoData, match="lineage"):
        lineage([score("a", 1), score("b", 2)], {"a": Origin(), "b": Origin(family="G")})


def test_the_paper_has_llama_falling_from_3_to_3_1(tmp_path: Path) -> None:
    out = tmp_path / "l.json"
    result = CliRunner().invoke(command, ["lineage", *PAPER, "--json", str(out)])
    assert result.exit_code == 0, result.output
    assert (
        "AKB-2000 text  generation: Llama-3.1-8B - Llama-3-8B  -5.4 [-8.2, -2.5]" in result.output
    )
    kinds = {d["kind"] for d in json.loads(out.read_text())["differences"]}
    assert kinds == {"generation", "stage", "size"}


def test_the_gap_command_counts_from_the_reference() -> None:
    result = CliRunner().invoke(command, ["gap", *PAPER, "--reference", "Gemini-2.0-Flash"])
    assert "AKB-2000 text  gap: Qwen3-14B - Gemini-2.0-Flash  -6.8 [" in result.output


def test_chance_leaves_nothing_of_a_guess_and_all_of_a_full_score() -> None:
    assert chance_corrected(Proportion(25, 100), 0.25)[0] == 0
    value, low, high = chance_corrected(Proportion(100, 100), 0.25)
    assert (value, high) == pytest.approx((1, 1))
    assert 0.9 < low < 1
    with pytest.raises(NoData):
        chance_corrected(Proportion(1, 1), 1.0)
