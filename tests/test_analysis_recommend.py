"""The recommender: known answers, honest refusals, and intervals that hold what they promise."""

import importlib.util
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import t

from echoic.analysis.filters import Filters
from echoic.analysis.joint import spread_between
from echoic.analysis.kriging import Mixture, Rows, counting_variance, predict
from echoic.analysis.metric_choice import Fit, choose, fits
from echoic.analysis.next_step import Step, gain, steps
from echoic.analysis.recommend import recommend
from echoic.analysis.scores import Score
from echoic.cli.recommend import command, verdict_lines
from echoic.errors import NoData, UnknownName
from paper_tables import TABLES

PAPER = list(map(str, TABLES))
COVERAGE = Path(__file__).parents[1] / "benchmarks" / "recommend_coverage.py"


@dataclass(frozen=True)
class Facts:
    family: str = ""
    licence: str = "MIT"
    parameters: int | None = 1_000_000_000


def table(text: list[float], audio: list[float]) -> list[Score]:
    """Models m0, m1, ... with a text score each; the first ones with an audio score."""
    found = [Score(f"m{i}", "", "K", "text", "Avg", x, 1000) for i, x in enumerate(text)]
    return found + [Score(f"m{i}", "", "A", "audio", "Avg", y, 1000) for i, y in enumerate(audio)]


def ask(scores: list[Score], filters: Filters | None = None, **facts: Facts):  # type: ignore[no-untyped-def]
    traits = {score.model: facts.get(score.model, Facts()) for score in scores}
    return recommend(scores, None, traits, filters or Filters(), rng=np.random.default_rng(0))


def test_without_metrics_the_prediction_is_the_mean_with_the_textbook_interval() -> None:
    # One model a family: the families' share of variance drops out of everything.
    y = np.array([50.0, 54.0, 58.0, 62.0, 66.0])
    mixture = predict(Rows(y, np.zeros((5, 0)), tuple("abcde")), np.zeros((1, 0)), ["f"])
    low, high = mixture.interval()
    # One degree of freedom is given for the choice: 3 left, variance 160 / 3, a fifth for the mean.
    half = t.ppf(0.975, 3) * np.sqrt(160 / 3 * (1 + 1 / 5))
    assert mixture.mean[0] == pytest.approx(58)
    assert (low[0], high[0]) == pytest.approx((58 - half, 58 + half))


def test_a_strong_line_is_followed_and_shrunk_toward_the_mean() -> None:
    x = np.arange(8.0)
    rows = Rows(50 + 2 * x, x[:, None], tuple("abcdefgh"))
    found = predict(rows, np.array([[7.0]]), ["z"], floor=2.0).mean[0]
    assert 57 < found < 64  # the mean is 57, the line says 64
    assert found > 62


def test_a_metric_that_does_not_vary_predicts_the_mean() -> None:
    rows = Rows(np.array([1.0, 2.0, 3.0, 6.0]), np.ones((4, 1)), tuple("abcd"))
    assert predict(rows, np.array([[9.0]]), ["z"]).mean[0] == pytest.approx(3)


def test_a_relative_of_good_models_is_expected_to_be_better_than_a_stranger() -> None:
    y = np.array([60.0, 61.0, 62.0, 50.0, 51.0, 52.0])
    rows = Rows(y, np.array([[1.0], [2.0], [1.5], [1.2], [1.9], [1.4]]), tuple("aaabbb"))
    relative, stranger = predict(rows, np.array([[1.5], [1.5]]), ["a", "z"], floor=1.0).mean
    assert relative > stranger + 1


def test_two_equal_predictions_beat_each_other_half_of_the_time() -> None:
    rows = Rows(np.arange(6.0), np.arange(6.0)[:, None], tuple("abcdef"))
    beats = predict(rows, np.array([[2.0], [2.0], [5.0]]), ["x", "y", "z"]).beats()
    assert beats[0, 1] == pytest.approx(0.5)
    assert beats[2, 0] > 0.9
    assert beats[0, 2] == pytest.approx(1 - beats[2, 0])


def test_counting_noise_of_half_of_96_questions_is_25_points_squared() -> None:
    assert counting_variance(50, 96) == pytest.approx(25)  # Agresti & Coull: 1e4 * .5 * .5 / 100
    assert counting_variance(100, 100) > 0


def test_the_mean_wins_and_says_so_when_the_metric_says_nothing() -> None:
    scores = table([1, 2, 3, 4, 5, 6, 3.5], [50, 60, 50, 60, 50, 60])
    found = ask(scores)
    assert found.chosen.name == "mean only"
    assert found.to_record()["mean_only_wins"] is True
    new = next(c for c in found.candidates if c.model == "m6")
    assert (new.source, new.accuracy) == ("mean only", pytest.approx(55))


def test_leave_one_model_out_error_of_the_mean_is_known_by_hand() -> None:
    # Means of the others of 0, 10, 20, 30, 40: 25, 22.5, 20, 17.5, 15; misses 25, 12.5, 0, 12.5, 25
    scores = table([1, 2, 3, 4, 5], [0, 10, 20, 30, 40])
    mean = ask(scores).fits[0]
    assert mean.by_model == pytest.approx(np.sqrt((2 * 625 + 2 * 156.25) / 5))


def test_leaving_a_family_out_uses_the_other_families_only() -> None:
    # Family p at 10, q at 40: whichever is left out, its three models are missed by 30
    metric = {f"m{i}": float(i) for i in range(6)}
    target = dict(zip(metric, (10.0, 10.0, 10.0, 40.0, 40.0, 40.0), strict=True))
    families = dict(zip(metric, "pppqqq", strict=True))
    found = fits({"K text": metric, "A audio": target}, "A audio", families)
    assert found[0].by_family == pytest.approx(30)


def test_models_far_apart_are_told_apart_and_close_ones_are_not() -> None:
    far = ask(table([10, 20, 30, 40, 90], [10, 20, 30, 40, 90]))
    assert far.tied == ["m4"]
    near = ask(table([10, 20, 30, 40, 41], [10, 20, 30, 60, 60.5]))
    assert near.tied == ["m4", "m3"]


def test_filters_name_what_they_leave_out() -> None:
    scores = table([10, 20, 30, 40, 50, 60], [10, 22, 30, 41, 50])
    found = ask(
        scores,
        Filters(("apache", "mit"), 2e9),
        m0=Facts(licence="proprietary"),
        m1=Facts(parameters=None),
        m2=Facts(parameters=3_000_000_000),
        m3=Facts(licence=""),
        m4=Facts(licence="Apache-2.0"),
    )
    assert {candidate.model for candidate in found.candidates} == {"m4", "m5"}
    assert found.left_out == {
        "m0": "licence proprietary", "m1": "size unknown", "m2": "3.00 billion parameters",
        "m3": "licence unknown",
    }  # fmt: skip
    assert len(found.chosen.models) == 5  # filters do not touch what the prediction learns from
    with pytest.raises(NoData, match="no backbone is left"):
        ask(scores, Filters(("gpl",)))


def test_a_licence_is_found_by_the_beginning_of_a_word() -> None:
    filters = Filters(("mit",))
    assert filters.refusal(Facts(licence="MIT")) == ""
    assert filters.refusal(Facts(licence="Limited use")) == "licence Limited use"


def test_a_score_without_n_counts_as_one_over_1000_questions_and_is_named() -> None:
    scores = table([10, 20, 30, 40, 50], [10, 20, 30, 40, 41])
    without = [replace(s, n=None) if s.model == "m4" else s for s in scores]
    found, counted = ask(without), ask(scores)
    assert found.uncounted == ("m4",)
    assert found.candidates == counted.candidates
    assert found.tied == ["m4", "m3"]


def test_the_error_of_the_repeated_choice_stands_beside_the_mean_on_the_same_models() -> None:
    # m5 lacks K text and so is in no repeated choice; means of the others of 0, 10, 20, 30, 40
    scores = table([1, 2, 3, 4, 5], [0, 10, 20, 30, 40, 90])
    scores += [Score(f"m{i}", "", "C", "cascade", "Avg", 9.0 * i, 9) for i in range(6)]
    found = ask(scores)
    assert found.repeated is not None
    assert found.repeated[1] == pytest.approx(np.sqrt((2 * 625 + 2 * 156.25) / 5))
    assert found.fits[0].by_model > 1.5 * found.repeated[1]


def test_a_model_without_the_chosen_score_is_predicted_by_the_mean_and_worth_asking() -> None:
    scores = table([10, 20, 30, 40, 50, 60], [10, 20, 31, 40, 50])
    scores.append(Score("new", "", "C", "cascade", "Avg", 50.0, 1000))
    found = ask(scores)
    new = next(c for c in found.candidates if c.model == "new")
    known = next(c for c in found.candidates if c.model == "m5")
    assert (new.source, known.source) == ("mean only", "predicted")
    assert new.width > 2 * known.width
    assert (found.steps[0].model, found.steps[0].metric) == ("new", "K text")
    assert found.steps[0].hours < 1 < next(s for s in found.steps if s.metric == "A audio").hours


def test_value_of_a_measurement_between_two_equal_candidates() -> None:
    # E max(0, z) = 1 / sqrt(2 pi); nothing is gained where the order cannot change
    found = gain(np.array([0.0, 0.0]), np.array([1.0, 0.0]))
    assert found == pytest.approx(1 / np.sqrt(2 * np.pi), rel=1e-3)
    assert gain(np.array([0.0, 100.0]), np.array([1.0, 0.0])) == 0


def test_value_of_a_measurement_has_the_tails_of_the_prediction() -> None:
    # E max(0, T) for 3 degrees of freedom is sqrt(3) / pi
    found = gain(np.array([0.0, 0.0]), np.array([1.0, 0.0]), 3)
    assert found == pytest.approx(np.sqrt(3) / np.pi, rel=0.02)


def one_to_train(variance: float) -> list[Step]:
    """Two equal candidates of 60 %, the first measured, the second with this variance."""
    noise = counting_variance(60, 1000)
    joint = Mixture(np.ones(1), np.full((1, 2), 60.0), np.diag([noise, variance])[None], 6.0)
    return steps(
        ["a", "b"], joint, measured=[True, False], lacking=[[], []], spread=1.0, between=1.0,
        sizes=[None, None], target="A audio", questions={"A audio": 1000},
    )  # fmt: skip


def test_nothing_is_gained_by_a_score_that_is_counting_noise_alone() -> None:
    noise = counting_variance(60, 1000)
    assert one_to_train(noise) == []
    # A tie, 3/4 of whose variance is no noise: the scale is 3/4 of 2 standard deviations of noise
    (step,) = one_to_train(4 * noise)
    assert step.gain == pytest.approx(gain(np.zeros(2), np.array([0, 1.5 * np.sqrt(noise)]), 6.0))
    assert step.width_left == pytest.approx(2 / 3)  # 1 + 2 before, 1 + 1 after


def test_asking_a_metric_moves_a_prediction_as_far_as_predictions_differ() -> None:
    def between(x: np.ndarray, y: np.ndarray) -> float:
        names = tuple("abcdefgh")
        return spread_between(Fit(("K text",), names, Rows(y, x[:, None], names)))

    x = np.arange(8.0)
    assert 0.8 * (2 * x).std(ddof=1) < between(x, 50 + 2 * x) < (2 * x).std(ddof=1)
    # Orthogonal to the target: all predictions are the mean
    low_high = np.array([1.0, 2.0])
    assert between(np.repeat(low_high, 4), np.tile(low_high, 4)) == pytest.approx(0, abs=1e-9)


def test_one_that_beats_each_is_called_the_best_only_if_it_beats_all_at_once() -> None:
    found = ask(table([10, 20, 30, 40, 90], [10, 20, 30, 40, 90]))
    assert verdict_lines(found) == ["m4 is the best of all candidates with at least 95%."]
    first = replace(found.candidates[0], p_best=0.9)
    unsure = replace(found, candidates=(first, *found.candidates[1:]))
    assert verdict_lines(unsure) == [
        "m4 beats each other candidate with at least 95%, but all of them at once only with 90%."
    ]
    first = replace(found.candidates[0], source="predicted")
    (said,) = verdict_lines(replace(found, candidates=(first, *found.candidates[1:])))
    assert "by prediction alone" in said
    assert found.sure
    assert not unsure.sure
    assert "measure it" in said


def test_impossible_requests_say_why() -> None:
    with pytest.raises(NoData, match="4 models have A audio"):
        ask(table([1, 2, 3, 4], [1, 2, 3, 4]))
    with pytest.raises(NoData, match="score the same"):
        ask(table([1, 2, 3, 4, 5], [50] * 5))
    with pytest.raises(NoData, match="no audio scores"):
        ask(table([1, 2, 3, 4, 5], []))
    two = [*table([1, 2], [1, 2]), Score("m0", "", "B", "audio", "Avg", 1.0)]
    with pytest.raises(UnknownName, match="choose one with --target"):
        ask(two)


def test_all_right_on_the_target_by_one_model_keeps_the_interval_within_100() -> None:
    found = ask(table([10, 20, 30, 40, 90, 99], [50, 60, 70, 80, 100]))
    assert all(0 <= c.low <= c.accuracy <= c.high <= 100 for c in found.candidates)


def test_intervals_hold_about_95_percent_in_simulated_studies() -> None:
    spec = importlib.util.spec_from_file_location("recommend_coverage", COVERAGE)
    assert spec is not None
    assert spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    for scenario in ("families and counting noise", "saturating"):
        rng = np.random.default_rng(3)
        inside = np.array([bench.covered(bench.draw(scenario, rng))[0].mean() for _ in range(200)])
        error = inside.std() / np.sqrt(len(inside))  # scores of one study are not independent
        assert abs(inside.mean() - 0.95) < 0.03 + 3 * error
        assert error < 0.015


def test_the_metric_with_the_smallest_error_against_the_mean_is_chosen() -> None:
    models = [f"m{i}" for i in range(8)]
    good = dict(zip(models, map(float, range(8)), strict=True))
    bad = dict(zip(models, (3.0, 1.0, 2.0, 0.0, 3.0, 1.0, 2.0, 0.0), strict=True))
    target = {model: 50 + 3 * value for model, value in good.items()}
    scores = {"good text": good, "bad text": bad, "A audio": target}
    found = choose(fits(scores, "A audio", {model: model for model in models}))
    assert found.metrics == ("good text",)


def test_the_papers_tables_print_width_before_name_and_errors_beside_the_mean(
    tmp_path: Path,
) -> None:
    out = tmp_path / "r.json"
    result = CliRunner().invoke(command, [*PAPER, "--target", "MMAU audio", "--json", str(out)])
    assert result.exit_code == 0, result.output
    assert "8 models of 4 families behind it" in result.output
    assert "Cannot tell these apart" in result.output
    row = next(line for line in result.output.splitlines() if line.endswith(" Llama-3-8B"))
    assert row.split()[0].replace(".", "").isdigit()
    found = json.loads(out.read_text())
    assert {"Qwen2.5-7B", "Qwen3-14B"} <= set(found["cannot_tell_apart"])
    assert all(e["mean_only_leave_one_model_out"] > 0 for e in found["errors"])
    assert found["left_out"]["GPT-5"] == "no weights to train on (proprietary)"
    predicted = [c["model"] for c in found["candidates"] if c["source"] == "predicted"]
    assert sorted(predicted) == ["Llama-2-7B", "Llama-3-8B", "OLMo-3-7B-DPO", "OLMo-3-7B-SFT"]


def test_sizes_are_read_with_their_unit() -> None:
    run = CliRunner()
    options = [*PAPER, "--target", "MMAR audio", "--max-parameters"]
    small = run.invoke(command, [*options, "4B"])
    assert small.exit_code == 0, small.output
    assert "left out: Qwen3-8B (8.20 billion parameters)" in small.output
    assert run.invoke(command, [*options, "big"]).exit_code == 2


def test_a_line_that_leaves_the_scale_is_held_to_it_at_both_ends() -> None:
    # The text scores of m7 and m8 lie so high that even the lower bound would be above 100.
    found = ask(table([50, 55, 60, 65, 70, 75, 80, 100, 100], [65, 70, 75, 80, 85, 90, 95]))
    assert {c.model: c.accuracy for c in found.candidates}["m8"] == 100
    assert all(0 <= c.low <= c.accuracy <= c.high <= 100 for c in found.candidates)


def said_about(tmp_path: Path, rows: list[tuple[str, str, str, float]]) -> str:
    out = tmp_path / "s.csv"
    head = "model,group,benchmark,mode,category,accuracy,n\n"
    out.write_text(head + "".join(f"{m},,{b},{mode},Avg,{y},1000\n" for m, b, mode, y in rows))
    result = CliRunner().invoke(command, [str(out)])
    assert result.exit_code == 0, result.output
    return result.output


def test_one_family_is_no_ground_for_an_order_of_new_families(tmp_path: Path) -> None:
    names = ["Qwen3-14B", "Qwen3-8B", "Qwen2.5-7B", "Qwen3-4B", "Qwen2.5-14B", "Qwen3-32B"]
    text = [(name, "K", "text", 70.0 + 3 * i) for i, name in enumerate([*names, "Llama-3-8B"])]
    audio = [(name, "A", "audio", 55.0 + 2 * i + i % 2) for i, name in enumerate(names)]
    said = said_about(tmp_path, text + audio)
    assert "6 models of 1 family behind it" in said
    assert "do not trust the order of new families" in said


def test_metrics_too_few_models_share_are_not_said_to_have_been_tried(tmp_path: Path) -> None:
    # 4 models have one question set and 4 the other: neither is enough, and they never mix.
    sets = ["akb-open"] * 4 + ["AKB-2000"] * 4
    text = [(f"m{i}", name, "text", 90.0 - 5 * i) for i, name in enumerate(sets)]
    said = said_about(tmp_path, text + [(f"m{i}", "A", "audio", 65.0 - 3 * i) for i in range(8)])
    assert "No text-only metric varies over 5 models with A audio" in said
    assert "left-out model better" not in said
