"""Correlations: textbook cases, and the averages of arXiv:2603.19195 (tables 1, 3 and 4)."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import kendalltau, pearsonr, spearmanr

from echoic.analysis.correlation import bca_interval, correlate, fisher_interval, permutation_p
from echoic.analysis.scores import Score, backbones_only, correlations, metrics
from echoic.cli.analyse import command
from echoic.errors import BadRecord, NoData
from echoic.report.scores import read_scores, write_scores
from paper_tables import TABLES

PUBLISHED = {  # the coefficients behind the paper's Figure 2
    ("AKB-2000 text", "MMAU cascade"): (17, 0.949),
    ("AKB-2000 text", "MMAR cascade"): (17, 0.961),
    ("MMAU cascade", "MMAR cascade"): (17, 0.939),
    ("AKB-2000 text", "MMAU audio"): (8, 0.751),
    ("MMAU cascade", "MMAU audio"): (8, 0.771),
    ("MMAR cascade", "MMAU audio"): (8, 0.825),
    ("AKB-2000 text", "MMAR audio"): (8, 0.787),
    ("MMAU cascade", "MMAR audio"): (8, 0.714),
    ("MMAR cascade", "MMAR audio"): (8, 0.796),
    ("MMAU audio", "MMAR audio"): (8, 0.402),
}


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_the_papers_tables_give_the_papers_coefficients() -> None:
    pairs = correlations(backbones_only(read_scores(TABLES)))
    found = {(p.a, p.b): (p.n, round(p.correlation.pearson, 3)) for p in pairs if p.correlation}
    assert found == PUBLISHED


def test_eight_models_leave_a_very_wide_interval() -> None:
    pairs = correlations(backbones_only(read_scores(TABLES)))
    pair = next(p for p in pairs if (p.a, p.b) == ("AKB-2000 text", "MMAU audio")).correlation
    assert pair is not None
    assert (pair.fisher_low, pair.fisher_high) == pytest.approx((0.10, 0.95), abs=0.005)
    assert -0.25 < pair.bca_low < 0.0
    assert 0.93 < pair.bca_high < 0.96


def test_published_systems_join_only_when_asked_for() -> None:
    scores = read_scores(TABLES)
    everyone = {(p.a, p.b): p.n for p in correlations(scores)}
    assert everyone["MMAU audio", "MMAR audio"] == 13
    assert everyone["MMAU cascade", "MMAR cascade"] == 21


def test_rank_coefficients_agree_with_scipy_on_ties() -> None:
    x, y = [1.0, 2.0, 2.0, 3.0, 5.0], [2.0, 1.0, 4.0, 4.0, 9.0]
    found = correlate(x, y, rng=rng())
    assert found.pearson == pytest.approx(pearsonr(x, y).statistic)
    assert found.spearman == pytest.approx(spearmanr(x, y).statistic)
    assert found.kendall == pytest.approx(kendalltau(x, y).statistic)


def test_a_perfect_line_has_p_two_in_24_and_no_width() -> None:
    found = correlate([1, 2, 3, 4], [2, 4, 6, 8], rng=rng())
    assert found.pearson == pytest.approx(1.0)
    assert (found.fisher_low, found.fisher_high) == pytest.approx((1.0, 1.0))
    assert (found.bca_low, found.bca_high) == pytest.approx((1.0, 1.0))
    assert found.p_permutation == pytest.approx(2 / 24)  # the two monotone orders of 4! = 24


def test_fisher_interval_of_one_half_over_28_models() -> None:
    # atanh(.5) = .549306, half-width 1.959964 / 5 = .391993
    expected = (math.tanh(0.157313), math.tanh(0.941299))
    assert fisher_interval(0.5, 28) == pytest.approx(expected, abs=1e-5)


def test_drawn_permutations_never_claim_p_zero() -> None:
    x = np.arange(20.0)
    assert permutation_p(x, x, rng=rng(), resamples=99) == pytest.approx(1 / 100)


def test_bca_covers_the_truth_about_as_often_as_it_says() -> None:
    generator, inside = np.random.default_rng(0), 0
    for _ in range(200):
        x = generator.normal(size=30)
        y = 0.6 * x + 0.8 * generator.normal(size=30)
        low, high = bca_interval(x, y, rng=generator, resamples=500)
        inside += low <= 0.6 <= high
    assert 178 <= inside <= 199


@pytest.mark.parametrize(
    ("x", "y", "why"),
    [
        ([1, 2, 3], [1, 2, 3], "at least 4"),
        ([1, 1, 1, 1], [1, 2, 3, 4], "score the same"),
        ([1, 2, 3, float("nan")], [1, 2, 3, 4], "finite"),
        ([1, 2, 3, 4], [1, 2, 3], "paired"),
    ],
)
def test_impossible_correlations_say_why(x: list[float], y: list[float], why: str) -> None:
    with pytest.raises(NoData, match=why):
        correlate(x, y, rng=rng())


def test_metrics_refuse_two_scores_for_one_model_but_take_the_same_row_twice() -> None:
    score = Score("m", "g", "MMAU", "audio", "Avg", 50.0)
    assert metrics([score, score]) == {"MMAU audio": {"m": 50.0}}
    with pytest.raises(BadRecord, match="two scores"):
        metrics([score, Score("m", "h", "MMAU", "audio", "Avg", 51.0)])
    with pytest.raises(NoData):
        metrics([])


@pytest.mark.parametrize(
    "change", [{"mode": "video"}, {"accuracy": 101.0}, {"n": 0}, {"model": ""}]
)
def test_impossible_scores_are_refused(change: dict[str, object]) -> None:
    values: dict[str, object] = {
        "model": "m", "group": "", "benchmark": "b", "mode": "text", "category": "Avg",
        "accuracy": 50.0,
    }  # fmt: skip
    with pytest.raises(BadRecord):
        Score(**(values | change))  # type: ignore[arg-type]


def test_score_tables_survive_a_round_trip(tmp_path: Path) -> None:
    scores = read_scores(TABLES)
    write_scores(tmp_path / "SCORES.csv", scores)
    assert read_scores([tmp_path / "SCORES.csv"]) == scores


def test_a_benchmark_in_other_capitals_is_the_same(tmp_path: Path) -> None:
    """Runs say `mmau`, published tables `MMAU`; the first spelling is shown."""
    mine = tmp_path / "SCORES.csv"
    mine.write_text(
        "model,group,benchmark,mode,category,accuracy,n\n"
        "Mine,This study,akb-2000,text,Avg,71.5,2000\nMine,This study,mmau,cascade,Avg,61,1000\n"
    )
    pairs = correlations(backbones_only(read_scores([*TABLES, mine])))
    found = {(p.a, p.b): p.n for p in pairs}
    assert found["AKB-2000 text", "MMAU cascade"] == 18
    assert found.keys() == PUBLISHED.keys()
    assert {s.metric for s in read_scores([mine, *TABLES])} >= {"akb-2000 text", "mmau audio"}


def test_a_faulty_table_is_named_with_its_line(tmp_path: Path) -> None:
    table = tmp_path / "s.csv"
    with pytest.raises(BadRecord, match="no such file"):
        read_scores([table])
    table.write_text("model,accuracy\nx,1\n")
    with pytest.raises(BadRecord, match="no column 'group'"):
        read_scores([table])
    table.write_text("model,group,benchmark,mode,category,accuracy\nm,g,b,text,Avg,many\n")
    with pytest.raises(BadRecord, match=r"s\.csv:2: not a number"):
        read_scores([table])


def test_the_command_prints_and_writes_the_contracts_pairs(tmp_path: Path) -> None:
    out = tmp_path / "pairs.json"
    result = CliRunner().invoke(command, ["correlations", *map(str, TABLES), "--json", str(out)])
    assert result.exit_code == 0, result.output
    assert "AKB-2000 text ~ MMAU cascade: n=17  r=0.949" in result.output
    pairs = json.loads(out.read_text())["pairs"]
    assert len(pairs) == 10
    assert set(pairs[0]) == {
        "a", "b", "n", "pearson", "fisher_low", "fisher_high", "bca_low", "bca_high", "spearman",
        "kendall", "p_permutation",
    }  # fmt: skip


def test_under_four_models_the_command_gives_the_reason_and_no_number(tmp_path: Path) -> None:
    table = tmp_path / "two.csv"
    table.write_text(
        "model,group,benchmark,mode,category,accuracy\n"
        "a,,w,cascade,Avg,10\nb,,w,cascade,Avg,20\na,,w,audio,Avg,10\nb,,w,audio,Avg,30\n"
    )
    out = tmp_path / "pairs.json"
    result = CliRunner().invoke(command, ["correlations", str(table), "--json", str(out)])
    assert "no coefficient: 2 shared models" in result.output
    (pair,) = json.loads(out.read_text())["pairs"]
    assert pair["pearson"] is None
    assert "at least 4" in pair["reason"]
