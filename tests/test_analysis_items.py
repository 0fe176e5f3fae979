"""Items, reliability, rules and subcategories, on tables with known answers."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import norm, pearsonr

from echoic.analysis.hardest import hardest
from echoic.analysis.items import analyse, item_rest, rasch
from echoic.analysis.reliability import cronbach_alpha, repeated, spearman_brown, split_half
from echoic.analysis.responses import Responses, responses
from echoic.analysis.rules import compare_rules
from echoic.cli.analyse import command
from echoic.errors import NoData
from echoic.records import write_json, write_jsonl
from echoic.verdict import Verdict


def rng() -> np.random.Generator:
    return np.random.default_rng(2)


def marks(*rows: str) -> np.ndarray:
    """A row a model, a character a question."""
    return np.array([[float(mark) for mark in row] for row in rows])


def table(*rows: str) -> Responses:
    count = len(rows[0])
    return Responses(
        models=tuple(f"m{i}" for i in range(len(rows))),
        questions=tuple(f"q{i}" for i in range(count)),
        subcategories=tuple("ab"[i % 2] for i in range(count)),
        clusters=tuple(f"q{i}" for i in range(count)),
        right=marks(*rows),
    )


GUTTMAN = ("0000", "1000", "1100", "1110", "1111")


def test_item_rest_correlation_leaves_the_item_out() -> None:
    right = marks("110", "100", "011", "001", "111")
    expected = pearsonr(right[:, 0], right[:, 1] + right[:, 2]).statistic
    assert item_rest(right)[0] == pytest.approx(expected)


def test_item_rest_is_undefined_for_a_question_that_all_get_right() -> None:
    assert np.isnan(item_rest(marks("110", "101", "100"))[0])


def test_rasch_reaches_the_maximum_that_direct_optimisation_finds() -> None:
    right = marks("1000", "0000", "1110", "1111", "1101", "1111", "0100", "0000", "1111", "1010")
    ability = np.linspace(-30, 30, 4001)  # plain sums instead of the quadrature under test

    def loss(parameters: np.ndarray) -> float:
        b, spread = parameters[:-1], np.exp(parameters[-1])
        p = expit(ability[:, None] - b)  # (abilities, questions)
        density = norm.pdf(ability, 0, spread) * (ability[1] - ability[0])
        likelihood = np.where(right[:, None] == 1, p, 1 - p).prod(axis=2) @ density
        return -float(np.log(likelihood).sum())

    found = rasch(right)
    start = [0.0, 0.0, 0.0, 0.0, 0.0]
    best = minimize(loss, start, method="BFGS", options={"gtol": 1e-4})
    assert -found.log_likelihood == pytest.approx(best.fun, abs=1e-3)
    assert found.difficulty == pytest.approx(best.x[:-1], abs=0.02)
    assert found.spread == pytest.approx(np.exp(best.x[-1]), rel=0.02)


def test_rasch_orders_questions_by_how_many_get_them_and_models_by_their_score() -> None:
    found = rasch(marks("1000", "1100", "1010", "1110", "0111"))
    assert found.difficulty[0] < found.difficulty[1] == pytest.approx(found.difficulty[2])
    assert found.difficulty[3] == max(found.difficulty)
    assert found.ability[0] < found.ability[1] == pytest.approx(found.ability[2])


def test_rasch_recovers_the_difficulties_behind_simulated_replies() -> None:
    generator = rng()
    b, ability = np.linspace(-2, 2, 30), generator.normal(0, 1.5, 400)
    right = (generator.random((400, 30)) < expit(ability[:, None] - b)).astype(float)
    found = rasch(right)
    assert found.difficulty == pytest.approx(b, abs=0.5)
    assert found.spread == pytest.approx(1.5, abs=0.25)


def test_rasch_gives_no_finite_difficulty_where_none_exists() -> None:
    found = rasch(marks("101", "100", "101"))
    assert found.difficulty[0] == -np.inf  # all right
    assert found.difficulty[1] == np.inf  # all wrong
    assert np.isfinite(found.difficulty[2])
    for alike in (marks("11", "11", "11"), marks("00", "00", "00")):
        with pytest.raises(NoData, match="no Rasch difficulty"):
            rasch(alike)


def test_a_wrong_key_is_listed_and_chance_is_stated() -> None:
    # Ten models; model i has i of nine good questions; on the last, only the four worst are right.
    rows = ["1" * i + "0" * (9 - i) + ("1" if i < 4 else "0") + "0" for i in range(10)]
    found = analyse(table(*rows))
    assert [(item.question, item.suspicion) for item in found.suspicious] == [
        ("q9", "better models are wrong more often"),
        ("q10", "no model is right"),
    ]
    assert found.expected_by_chance == pytest.approx(0.05 * 10)  # q10 has no correlation


def test_item_analysis_needs_four_models_and_one_verdict_a_question() -> None:
    with pytest.raises(NoData, match="at least 4"):
        analyse(table("10", "01", "11"))
    halves = Responses(("a",) * 4, ("q",), ("s",), ("q",), np.array([[0.5], [1], [0], [1]]))
    with pytest.raises(NoData, match="several variants"):
        analyse(halves)


def test_spearman_brown_of_one_half_is_two_thirds() -> None:
    assert spearman_brown(0.5) == pytest.approx(2 / 3)
    assert spearman_brown(1) == 1
    with pytest.raises(NoData):
        spearman_brown(-1)


def test_split_halves_of_models_that_differ_everywhere_alike_are_perfect() -> None:
    right = np.tile(np.array([[0.0], [0.5], [1.0]]), (1, 10))
    found = split_half(right, rng=rng(), splits=20)
    assert (found.half, found.full) == pytest.approx((1, 1))
    assert cronbach_alpha(right) == pytest.approx(1)


def test_cronbach_alpha_of_a_guttman_scale_by_hand() -> None:
    # Item variances .2, .3, .3, .2; totals 0 to 4 have 2.5: 4/3 * (1 - 1/2.5) = .8
    assert cronbach_alpha(marks(*GUTTMAN)) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (("10", "01"), "at least 3"),
        (("1", "0", "1"), "at least 3 and 2"),
        (("11", "11", "11"), "score the same"),
        (("00", "00", "00"), "score the same"),
        (("10", "01", "10"), "score the same"),
    ],
)
def test_reliability_without_differences_or_questions_says_why(
    rows: tuple[str, ...], why: str
) -> None:
    with pytest.raises(NoData, match=why):
        split_half(marks(*rows), rng=rng(), splits=5)
    with pytest.raises(NoData, match=why):
        cronbach_alpha(marks(*rows))


def verdict(question: str, chosen: int | None, correct: bool, **more: object) -> Verdict:
    values: dict[str, object] = {"rule": "letter", "reply": "", "subcategory": "rhyme"}
    return Verdict(question=question, category="Phonetic", chosen=chosen, correct=correct,
                   **(values | more))  # type: ignore[arg-type]  # fmt: skip


def test_repeats_count_pairs_and_unreadable_replies_never_agree() -> None:
    found = repeated(
        [
            verdict("a", 0, True), verdict("a", 0, True), verdict("a", 1, False),
            verdict("b", None, False), verdict("b", None, False), verdict("c", 0, True),
        ]
    )  # fmt: skip
    assert (found.n, found.same, found.right, found.wrong) == (2, 0, 0, 1)
    assert found.agreement == pytest.approx((1 / 3 + 0) / 2)  # one of three pairs on a, none on b
    with pytest.raises(NoData, match="asked twice"):
        repeated([verdict("a", 0, True)])


def graded(judge: bool, letter: bool) -> Verdict:
    rules = {"judge": {"correct": judge}, "letter": {"correct": letter}}
    return verdict("q", 0, judge, rules=rules)


def test_judge_and_letter_rule_by_hand() -> None:
    (found,) = compare_rules([graded(True, True), graded(True, False), graded(False, False),
                              graded(True, False)])  # fmt: skip
    assert (found.first, found.second) == ("judge", "letter")
    assert (found.only_first, found.only_second) == (2, 0)
    assert found.agree.share == 0.5
    # observed 1/2; expected 3/4 * 1/4 + 1/4 * 3/4 = 3/8: (1/2 - 3/8) / (5/8) = .2
    assert found.kappa == pytest.approx(0.2)
    assert found.p == pytest.approx(0.5)


def test_rules_that_always_say_right_have_no_kappa_and_single_rules_no_pair() -> None:
    (found,) = compare_rules([graded(True, True)])
    assert found.kappa is None
    assert found.p == 1
    with pytest.raises(NoData, match="two rules"):
        compare_rules([verdict("q", 0, True)])


def test_the_hardest_subcategory_comes_first_and_one_question_has_no_interval() -> None:
    values = marks("10110", "10100", "10100")
    found = hardest(
        Responses(
            ("x", "y", "z"), tuple("abcde"), ("s", "r", "s", "r", "t"), tuple("abcde"), values
        ),
        rng=rng(),
        resamples=200,
    )
    assert [(hard.subcategory, hard.mean) for hard in found] == [
        ("t", 0), ("r", pytest.approx(1 / 6)), ("s", 1),
    ]  # fmt: skip
    assert found[0].estimate is None
    assert found[2].estimate is not None
    assert (found[2].estimate.low, found[2].estimate.high) == (1, 1)


def test_questions_on_one_clip_count_as_one_for_the_width_of_a_subcategory() -> None:
    values, names = marks("1" * 20 + "0" * 20), tuple(map(str, range(40)))
    alone = Responses(("m",), names, ("s",) * 40, names, values)
    by_clip = replace(alone, clusters=tuple(str(i // 10) for i in range(40)))
    (narrow,), (wide,) = (hardest(table, rng=rng()) for table in (alone, by_clip))
    assert narrow.estimate is not None
    assert wide.estimate is not None
    widths = [found.high - found.low for found in (wide.estimate, narrow.estimate)]
    assert widths[0] > 2 * widths[1]


def test_runs_without_a_shared_question_cannot_be_lined_up() -> None:
    with pytest.raises(NoData, match="share no question"):
        responses({"a": [verdict("p", 0, True)], "b": [verdict("q", 0, True)]})


def write_runs(folder: Path) -> Path:
    """Five models on eight questions, the third run graded by two rules."""
    for i, row in enumerate(("00000001", "10000001", "11000001", "11110000", "11111110")):
        verdicts = [
            verdict(f"q{k}", int(mark), mark == "1", order=(0, 1), answer=1,
                    rules={"judge": {"correct": mark == "1"}, "letter": {"correct": k == 0}})
            for k, mark in enumerate(row)
        ]  # fmt: skip
        write_jsonl(folder / f"m{i}" / "verdicts.jsonl", [v.to_record() for v in verdicts])
        write_json(
            folder / f"m{i}" / "run.json",
            {"mode": "text", "benchmark": "k", "model": f"m{i}", "answering": "free",
             "rule": "judge"},
        )  # fmt: skip
    return folder


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pairs", "m0 - m4: n=8  -75.0 points"),
        ("hardest", "n=8  rhyme"),
        ("items", "8 questions, 5 systems"),
        ("reliability", "Spearman-Brown"),
        ("rules", "m4: judge 87.5%"),
        ("chance", "m3: 50.0% [21.5, 78.5], chance 50.0%, above chance 0.0%"),
    ],
)
def test_every_statistic_over_runs_has_its_command(tmp_path: Path, name: str, said: str) -> None:
    out = tmp_path / "out.json"
    result = CliRunner().invoke(command, [name, str(write_runs(tmp_path)), "--json", str(out)])
    assert result.exit_code == 0, result.output
    assert said in result.output
    assert json.loads(out.read_text())


def test_several_evaluations_ask_for_a_choice(tmp_path: Path) -> None:
    write_runs(tmp_path)
    held = json.loads((tmp_path / "m0" / "run.json").read_text())
    write_json(tmp_path / "m0" / "run.json", held | {"benchmark": "other"})
    result = CliRunner().invoke(command, ["pairs", str(tmp_path)])
    assert "--benchmark other --mode text" in str(result.exception)
    chosen = CliRunner().invoke(command, ["pairs", str(tmp_path), "--benchmark", "k"])
    assert "m1 - m2" in chosen.output
    assert "m0" not in chosen.output
