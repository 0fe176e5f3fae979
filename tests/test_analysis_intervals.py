"""Shares, groups, paired differences and controls, on cases with known answers."""

import numpy as np
import pytest

from echoic.analysis import intervals
from echoic.analysis.accuracy import (
    accuracy,
    by_group,
    by_question,
    by_rule,
    per_question,
    unparsed,
)
from echoic.analysis.controls import chance, control_corrected, corrected
from echoic.analysis.intervals import (
    Proportion,
    cluster_bootstrap,
    cluster_sums,
    difference_interval,
    resampled_means,
)
from echoic.analysis.paired import Aligned, aligned, mcnemar, paired_difference
from echoic.errors import NoData
from echoic.verdict import Verdict


def verdict(question: str, correct: bool, category: str = "Sound", **more: object) -> Verdict:
    values: dict[str, object] = {"chosen": 0 if correct else 1, "answer": 0, "rule": "letter"}
    return Verdict(
        question=question,
        category=category,
        subcategory="count",
        correct=correct,
        reply="A",
        **(values | more),  # type: ignore[arg-type]
    )


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_wilson_gives_the_textbook_interval_for_eight_of_ten() -> None:
    # (0.8 + z²/20 ± z·sqrt(0.016 + z²/400)) / (1 + z²/10) with z = 1.959964
    assert Proportion(8, 10).interval() == pytest.approx((0.490162, 0.943318), abs=1e-6)


def test_wilson_of_all_right_ends_at_one_and_of_all_wrong_starts_at_zero() -> None:
    # The other end is n / (n + z²).
    low, high = Proportion(10, 10).interval()
    assert (low, high) == pytest.approx((10 / (10 + 1.959964**2), 1.0), abs=1e-6)
    low, high = Proportion(0, 10).interval()
    assert (low, high) == pytest.approx((0.0, 1 - 10 / (10 + 1.959964**2)), abs=1e-6)


@pytest.mark.parametrize(("correct", "n"), [(0, 0), (3, 2), (-1, 5)])
def test_impossible_counts_are_an_error_and_never_a_percentage(correct: int, n: int) -> None:
    with pytest.raises(NoData):
        Proportion(correct, n)


def test_no_verdicts_is_an_error() -> None:
    for statistic in (accuracy, unparsed, by_rule):
        with pytest.raises(NoData):
            statistic([])
    with pytest.raises(NoData):
        by_group([], lambda verdict: verdict.category)


def test_groups_keep_their_order_and_counts() -> None:
    verdicts = [verdict("1", True, "Speech"), verdict("2", False), verdict("3", True, "Speech")]
    groups = by_group(verdicts, lambda verdict: verdict.category)
    assert list(groups.items()) == [("Speech", Proportion(2, 2)), ("Sound", Proportion(0, 1))]


def test_an_unread_reply_is_unparsed_unless_the_rule_still_called_it_right() -> None:
    verdicts = [
        verdict("1", False, chosen=None),
        verdict("2", True, chosen=None, rule="official"),
        verdict("3", False),
    ]
    assert unparsed(verdicts) == Proportion(1, 3)


def test_rules_are_compared_only_where_all_replies_were_judged() -> None:
    both = {"letter": {"correct": True}, "official": {"correct": False}}
    verdicts = [verdict("1", True, rules=both), verdict("2", True, rules={"letter": {}})]
    assert by_rule(verdicts) == {"letter": Proportion(1, 2)}


def test_a_question_asked_in_several_orders_scores_the_share_it_got_right() -> None:
    verdicts = [verdict("1", True, variant=0), verdict("1", False, variant=1), verdict("2", True)]
    assert per_question(verdicts) == {"1": 0.5, "2": 1.0}
    assert by_question([*verdicts, verdict("3", False)]) == Proportion(1.5, 3)


def test_clustered_interval_of_independent_questions_is_about_the_normal_one() -> None:
    values = [1.0] * 200 + [0.0] * 200
    estimate = cluster_bootstrap(values, [str(i) for i in range(400)], rng=rng())
    assert estimate.value == 0.5
    assert (estimate.low, estimate.high) == pytest.approx((0.451, 0.549), abs=0.006)


def test_clips_that_stand_or_fall_together_widen_the_interval() -> None:
    # 100 clips of 4 questions, all alike within a clip: the effective n is 100, not 400.
    values = [1.0] * 200 + [0.0] * 200
    estimate = cluster_bootstrap(values, [str(i // 4) for i in range(400)], rng=rng())
    assert (estimate.low, estimate.high) == pytest.approx((0.402, 0.598), abs=0.012)
    assert (estimate.n, estimate.clusters) == (400, 100)


def test_drawing_kinds_of_clusters_is_drawing_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.array([[i % 3 == 0, i % 5 == 0] for i in range(900)], dtype=float)
    sums, sizes = cluster_sums(values, [f"clip {i // 2}" for i in range(900)])
    kinds = resampled_means(sums, sizes, rng=rng(), resamples=4000)
    monkeypatch.setattr(intervals, "KINDS_FEW", 10**9)
    clusters = resampled_means(sums, sizes, rng=rng(), resamples=4000)
    assert kinds.shape == clusters.shape == (4000, 2)
    assert kinds.mean(0) == pytest.approx(values.mean(0), abs=0.001)
    assert kinds.std(0) == pytest.approx(clusters.std(0), rel=0.05)
    assert np.corrcoef(kinds.T)[0, 1] == pytest.approx(np.corrcoef(clusters.T)[0, 1], abs=0.06)


def test_one_clip_has_no_width_and_says_so() -> None:
    with pytest.raises(NoData, match="two clips"):
        cluster_bootstrap([1.0, 0.0], ["a", "a"], rng=rng())
    with pytest.raises(NoData):
        cluster_bootstrap([], [], rng=rng())


def test_runs_are_paired_on_the_questions_both_answered() -> None:
    first = [
        verdict("1", True, clip="a.wav"),
        verdict("2", False, clip="a.wav"),
        verdict("3", True),
    ]
    second = [verdict("2", True), verdict("3", True), verdict("9", True)]
    assert aligned(first, second) == Aligned((0.0, 1.0), (1.0, 1.0), ("a.wav", "3"))


def test_runs_without_a_shared_question_cannot_be_compared() -> None:
    with pytest.raises(NoData, match="share no question"):
        aligned([verdict("1", True)], [verdict("2", True)])


def test_a_constant_difference_has_a_zero_width_interval() -> None:
    pair = Aligned((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), ("a", "b", "c"))
    estimate = paired_difference(pair, rng=rng())
    assert (estimate.value, estimate.low, estimate.high) == (1.0, 1.0, 1.0)


def test_the_same_seed_gives_the_same_interval() -> None:
    pair = Aligned((1.0, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 0.0), ("a", "b", "c", "d"))
    assert paired_difference(pair, rng=rng()) == paired_difference(pair, rng=rng())


def test_mcnemar_of_nine_to_one_is_eleven_in_512() -> None:
    # Two-sided binomial(10, 1/2): 2 · (1 + 10) / 1024.
    first = [True] * 9 + [False] + [True] * 5
    second = [False] * 9 + [True] + [True] * 5
    result = mcnemar(first, second)
    assert (result.only_first, result.only_second) == (9, 1)
    assert result.p == pytest.approx(11 / 512)


def test_mcnemar_without_disagreement_has_p_one_and_without_questions_is_an_error() -> None:
    assert mcnemar([True, False], [True, False]).p == 1.0
    with pytest.raises(NoData):
        mcnemar([], [])
    with pytest.raises(NoData):
        mcnemar([True], [True, False])


def test_correction_puts_the_control_at_zero_and_perfection_at_one() -> None:
    assert corrected(0.25, 0.25) == 0.0
    assert corrected(1.0, 0.25) == 1.0
    assert corrected(0.625, 0.25) == 0.5
    assert corrected(0.0, 0.25) == pytest.approx(-1 / 3)
    with pytest.raises(NoData):
        corrected(1.0, 1.0)


def test_control_corrected_score_has_an_interval_around_it() -> None:
    clips = tuple(str(i) for i in range(200))
    pair = Aligned((1.0,) * 150 + (0.0,) * 50, (1.0, 0.0, 0.0, 0.0) * 50, clips)
    estimate = control_corrected(pair, rng=rng())
    assert estimate.value == pytest.approx((0.75 - 0.25) / 0.75)
    assert 0.55 < estimate.low < estimate.value < estimate.high < 0.78


def test_chance_is_the_mean_of_one_over_the_options() -> None:
    assert chance([4, 2]) == pytest.approx(0.375)
    for options in ([], [4, 0]):
        with pytest.raises(NoData):
            chance(options)


def test_newcombes_interval_for_unpaired_shares() -> None:
    # Newcombe 1998, table II: 56/70 - 48/80 by method 10
    low, high = difference_interval(Proportion(56, 70), Proportion(48, 80))
    assert (low, high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    low, high = difference_interval(Proportion(0, 10), Proportion(0, 10))
    assert (low, high) == pytest.approx((-0.2775, 0.2775), abs=5e-5)  # Wilson 0/10: 0 to .2775
