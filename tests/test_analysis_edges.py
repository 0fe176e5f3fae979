"""Every public statistic where it is hardest to define: nothing at all, three of something, ties,
no variance, all right, all wrong.

Each has a defined answer, known by hand or from scipy, statsmodels or krippendorff, or refuses with
the reason.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import bootstrap, kendalltau, pearsonr, permutation_test, spearmanr
from statsmodels.stats.inter_rater import cohens_kappa

import echoic.analysis
from echoic.analysis import (
    accuracy,
    agreement,
    controls,
    correlation,
    differences,
    hardest,
    intervals,
    items,
    joint,
    kriging,
    metric_choice,
    next_step,
    paired,
    position,
    recommend,
    reliability,
    responses,
    rules,
    scores,
    spread,
    steady,
)
from echoic.analysis.intervals import Proportion
from echoic.analysis.kriging import Rows
from echoic.analysis.paired import Aligned
from echoic.analysis.responses import Responses
from echoic.analysis.scores import Score
from echoic.errors import NoData
from echoic.verdict import Verdict

RIGHT3, WRONG3 = [True] * 3, [False] * 3
TIED_X, TIED_Y = [1.0, 2.0, 2.0, 3.0, 5.0], [2.0, 1.0, 4.0, 4.0, 9.0]
FLAT, LINE = [66.6] * 7, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]

# No statistics: they line data up, name things or multiply; their own tests are elsewhere.
PLUMBING = {
    "agreement.shared", "controls.chance", "correlation.checked", "effort.asking_hours",
    "effort.training_hours", "intervals.cluster_sums", "intervals.resampled_means", "joint.lacking",
    "kriging.kernel", "lineage.pairs", "metric_choice.predictors", "metric_choice.rows_of",
    "metric_choice.features", "next_step.steps", "recommend.error_record", "recommend.target_name",
    "scores.backbones_only", "scores.cells", "scores.categories", "spread.repeats",
}  # fmt: skip


def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def run(marks: str, clip: str = "", **more: Any) -> list[Verdict]:
    """One verdict a character: right for 1, unread for ?."""
    return [
        Verdict(f"q{i}", "Sound", "s", None if m == "?" else int(m == "1"), m == "1", "letter", "",
                answer=1, order=(0, 1), clip=clip, **more)
        for i, m in enumerate(marks)
    ]  # fmt: skip


def marks(*rows: str) -> Any:
    return np.array([[float(mark) for mark in row] for row in rows])


def table(*rows: str) -> Responses:
    places = tuple(f"q{i}" for i in range(len(rows[0])))
    return Responses(
        tuple(map(str, range(len(rows)))), places, ("s",) * len(places), places, marks(*rows)
    )


def line(y: list[float], x: list[float] | None = None) -> Rows:
    """Models of one family each, with one metric."""
    columns = np.array(x if x is not None else range(len(y)), dtype=float)[:, None]
    return Rows(np.array(y, dtype=float), columns, tuple(map(str, range(len(y)))))


def cells(*accuracies: float, n: int | None = 3) -> list[Score]:
    return [Score(f"m{i}", "", "K", "text", "Avg", a, n) for i, a in enumerate(accuracies)]


def study(text: list[float], audio: list[float]) -> list[Score]:
    found = [Score(f"m{i}", "", "K", "text", "Avg", x, 1000) for i, x in enumerate(text)]
    return found + [Score(f"m{i}", "", "A", "audio", "Avg", y, 1000) for i, y in enumerate(audio)]


class Origin:
    """A backbone of which only the size is known to differ, by its place."""

    family, generation, stage, release, licence = "F", "1", "base", "2024", "MIT"

    def __init__(self, size: int) -> None:
        self.parameters = size


def advised(text: list[float], audio: list[float]) -> Any:
    found = study(text, audio)
    traits = {score.model: Origin(1) for score in found}
    return recommend.recommend(found, None, traits, recommend.Filters(), rng=rng())


def fit_table(text: list[float], audio: list[float]) -> Any:
    names = [f"m{i}" for i in range(len(text))]
    known = {"K text": dict(zip(names, text, strict=True)),
             "A audio": dict(zip(names, audio, strict=False))}  # fmt: skip
    return metric_choice.fits(known, "A audio", {name: name for name in names})


def estimate(found: Any) -> tuple[float, float, float]:
    return found.value, found.low, found.high


def correlated(x: list[float], y: list[float]) -> tuple[float, float, float]:
    found = correlation.correlate(x, y, rng=rng())
    return found.pearson, found.spearman, found.kendall


def graded(*pairs: str) -> list[Verdict]:
    """Replies that the judge and the letter rule call right (1) or wrong (0): "10"."""
    return [
        Verdict("q", "c", "s", 0, True, "judge", "",
                rules={"judge": {"correct": a == "1"}, "letter": {"correct": b == "1"}})
        for a, b in pairs
    ]  # fmt: skip


def labelled(*columns: str) -> list[dict[str, str]]:
    """Items with one label of each reader."""
    return [{str(i): label for i, label in enumerate(column)} for column in columns]


def kappa(first: str, second: str) -> float:
    kinds = sorted({*first, *second})
    counts = np.zeros((len(kinds), len(kinds)))
    for a, b in zip(first, second, strict=True):
        counts[kinds.index(a), kinds.index(b)] += 1
    return float(cohens_kappa(counts, return_results=False))


def exact_p(x: list[float], y: list[float]) -> float:
    found = permutation_test(
        (x,), lambda order: abs(pearsonr(order, y).statistic), permutation_type="pairings",
        alternative="greater",
    )  # fmt: skip
    return float(found.pvalue)


Case = tuple[str, str, Callable[[], Any], Any]

WILSON = {(3, 3): (0.4385030, 1.0), (0, 3): (0.0, 0.5614970)}  # n / (n + z²) and the rest
DEFINED: list[Case] = [
    ("accuracy.accuracy", "all right", lambda: accuracy.accuracy(run("111")).interval(),
     WILSON[3, 3]),
    ("accuracy.accuracy", "all wrong", lambda: accuracy.accuracy(run("000")).interval(),
     WILSON[0, 3]),
    ("accuracy.unparsed", "all unread", lambda: accuracy.unparsed(run("???")).share, 1),
    ("accuracy.unparsed", "all wrong", lambda: accuracy.unparsed(run("000")).share, 0),
    ("accuracy.by_question", "half a question",
     lambda: accuracy.by_question([*run("111"), *run("110", variant=1)]).share, 2.5 / 3),
    ("accuracy.by_group", "all wrong",
     lambda: accuracy.by_group(run("000"), lambda v: v.category)["Sound"].share, 0),
    ("accuracy.per_question", "nothing", lambda: accuracy.per_question([]), {}),
    ("accuracy.by_rule", "all right",
     lambda: accuracy.by_rule(graded("11", "11"))["letter"].share, 1),
    ("agreement.raw", "all alike", lambda: agreement.raw(labelled("aaa", "aaa")), 1),
    ("agreement.raw", "none alike", lambda: agreement.raw(labelled("abc", "bca")), 0),
    ("agreement.cohen_kappa", "three items", lambda: agreement.cohen_kappa("aab", "aba"),
     kappa("aab", "aba")),
    ("agreement.cohen_kappa", "all against", lambda: agreement.cohen_kappa("ab", "ba"), -1),
    ("agreement.kappa_of_counts", "one label each",
     lambda: agreement.kappa_of_counts({("a", "b"): 3}), 0),
    ("agreement.pairwise_kappa", "three readers",
     lambda: agreement.pairwise_kappa(labelled("aab", "bba", "abb")),
     (kappa("aba", "abb") + kappa("aba", "bab") + kappa("abb", "bab")) / 3),
    # Gwet's: observed 1, expected 0, where kappa is not defined
    ("agreement.gwet_ac1", "no variance", lambda: agreement.gwet_ac1(labelled("aa", "aa"), "ab"),
     1),
    ("agreement.krippendorff_alpha", "two of three alike",
     lambda: agreement.krippendorff_alpha(labelled("aa", "bb", "ab")),
     1 - (1 / 3) / (2 * 3 * 3 / (6 * 5))),  # Do = 2/6, De = 2 · 3 · 3 / (6 · 5)
    ("controls.corrected", "the control is as good", lambda: controls.corrected(0.3, 0.3), 0),
    ("controls.chance_corrected", "all right",
     lambda: controls.chance_corrected(Proportion(3, 3), 0.25),
     (1, (WILSON[3, 3][0] - 0.25) / 0.75, 1)),
    ("controls.chance_corrected", "all wrong",
     lambda: controls.chance_corrected(Proportion(0, 3), 0.25)[0], -1 / 3),
    ("controls.control_corrected", "all right, control all wrong",
     lambda: estimate(controls.control_corrected(
         Aligned((1.0,) * 3, (0.0,) * 3, ("a", "b", "c")), rng=rng())), (1, 1, 1)),
    ("correlation.correlate", "ties", lambda: correlated(TIED_X, TIED_Y),
     (pearsonr(TIED_X, TIED_Y).statistic, spearmanr(TIED_X, TIED_Y).statistic,
      kendalltau(TIED_X, TIED_Y).statistic)),
    ("correlation.pearson", "no variance, with a mean that rounds",
     lambda: np.isnan(correlation.pearson(np.array(FLAT), np.array(LINE))), True),
    ("correlation.fisher_interval", "as scipy", lambda: correlation.fisher_interval(
        pearsonr(TIED_X, TIED_Y).statistic, 5),
     tuple(pearsonr(TIED_X, TIED_Y).confidence_interval())),
    ("correlation.fisher_interval", "perfect", lambda: correlation.fisher_interval(-1, 5),
     (-1, -1)),
    ("correlation.permutation_p", "ties, as scipy", lambda: correlation.permutation_p(
        np.array(TIED_X), np.array(TIED_Y), rng=rng()), exact_p(TIED_X, TIED_Y)),
    ("correlation.bca_interval", "perfect",
     lambda: correlation.bca_interval(np.array(LINE), -np.array(LINE), rng=rng()), (-1, -1)),
    ("differences.gaps", "all right against all wrong",
     lambda: [(d.points, d.low) for d in differences.gaps(cells(100, 0), "m1")],
     [(100, pytest.approx(100 * (1 - np.hypot(1 - WILSON[3, 3][0], WILSON[0, 3][1]))))]),
    ("differences.gaps", "a tie without n",
     lambda: [(d.points, d.low) for d in differences.gaps(cells(50, 50, n=None), "m1")],
     [(0, None)]),
    ("differences.lineage", "a tie",
     lambda: [d.points for d in differences.lineage(cells(50, 50), {"m0": Origin(1),
                                                                    "m1": Origin(2)})], [0]),
    ("differences.cascade_minus_audio", "a tie",
     lambda: [d.points for d in differences.cascade_minus_audio(
         [Score("m", "", "A", mode, "Avg", 50.0) for mode in ("cascade", "audio")])], [0]),
    ("hardest.hardest", "all wrong",
     lambda: estimate(hardest.hardest(table("000", "000"), rng=rng())[0].estimate), (0, 0, 0)),
    ("hardest.hardest", "one question",
     lambda: hardest.hardest(table("1", "0"), rng=rng())[0].estimate, None),
    ("intervals.percentile_interval", "no variance",
     lambda: intervals.percentile_interval(np.ones(9)), (1, 1)),
    ("intervals.cluster_bootstrap", "all right",
     lambda: estimate(intervals.cluster_bootstrap([1.0] * 3, ["a", "b", "c"], rng=rng())),
     (1, 1, 1)),
    ("intervals.difference_interval", "all wrong against all wrong",
     lambda: intervals.difference_interval(Proportion(0, 3), Proportion(0, 3)),
     (-WILSON[0, 3][1], WILSON[0, 3][1])),
    ("intervals.tenths", "a half whose float lies below it", lambda: [intervals.tenths(23 / 80)],
     ["28.8"]),
    ("items.item_rest", "all right", lambda: np.isnan(items.item_rest(marks("11", "10", "10")))[0],
     True),
    ("items.item_rest", "one model", lambda: np.isnan(items.item_rest(marks("10"))).all(), True),
    ("items.item_rest", "three models",
     lambda: items.item_rest(marks("110", "100", "011"))[0],
     pearsonr([1, 1, 0], [1, 0, 2]).statistic),
    ("items.rasch", "all right on one", lambda: items.rasch(marks("11", "10", "10")).difficulty[0],
     -np.inf),
    ("items.analyse", "all wrong on one, ties on the rest",
     lambda: [i.suspicion for i in items.analyse(table("10", "10", "00", "00")).items],
     ["", "no model is right"]),
    ("joint.measured_bounds", "all right", lambda: joint.measured_bounds(100, 3),
     (43.8502968, 100)),
    ("kriging.predict", "three models on a line that says nothing",
     lambda: kriging.predict(line([1, 2, 6], [5, 5, 5]), np.array([[5.0]]), ["z"]).mean[0], 3),
    ("kriging.counting_variance", "all right", lambda: kriging.counting_variance(100, 6),
     1e4 * 0.8 * 0.2 / 10),
    ("metric_choice.left_out", "three rows leave too few",
     lambda: metric_choice.left_out(line([1, 2, 3]), [np.array([True, False, False])]), None),
    ("metric_choice.repeated_choice", "three models",
     lambda: metric_choice.repeated_choice(line([1, 2, 3]), [[], [0]]), None),
    ("metric_choice.best_columns", "a tie takes the first",
     lambda: metric_choice.best_columns(line([1, 2, 3, 4, 9], [5] * 5), [[], [0]]), []),
    ("metric_choice.choose", "a metric that says nothing",
     lambda: metric_choice.choose(fit_table([1, 2, 1, 2, 1, 2], [50, 50, 60, 60, 50, 60])).name,
     "mean only"),
    ("next_step.gain", "a tie that nothing moves",
     lambda: next_step.gain(np.zeros(3), np.zeros(3)), 0),
    ("paired.paired_difference", "all right against all wrong",
     lambda: estimate(paired.paired_difference(
         Aligned((1.0,) * 3, (0.0,) * 3, ("a", "b", "c")), rng=rng())), (1, 1, 1)),
    ("paired.mcnemar", "three against none", lambda: paired.mcnemar(RIGHT3, WRONG3).p, 2 / 8),
    ("paired.mcnemar", "no variance", lambda: paired.mcnemar(RIGHT3, RIGHT3).p, 1),
    ("paired.holm", "ties", lambda: paired.holm([0.02, 0.02, 0.02]), [0.06] * 3),
    ("paired.compare_all", "equal runs",
     lambda: [c.p_holm for c in paired.compare_all({"a": run("101"), "b": run("101")}, rng=rng())],
     [1]),
    ("position.bias", "always the first place",
     lambda: position.bias(position.positions(run("000"))), 0.5),
    ("position.bias_by_chance", "no places to choose from",
     lambda: position.bias_by_chance([position.Position(0, Proportion(3, 3), 1.0, None)]), 0),
    ("position.positions", "all right",
     lambda: [p.accuracy and p.accuracy.share for p in position.positions(run("111"))], [None, 1]),
    ("position.consistency", "never read",
     lambda: position.consistency([*run("?"), *run("?", variant=1)]).same, 0),
    ("recommend.recommend", "two models tie at all right",
     lambda: advised([1, 2, 3, 4, 5, 6], [50, 60, 70, 80, 100, 100]).tied, ["m4", "m5"]),
    ("reliability.spearman_brown", "no reliability", lambda: reliability.spearman_brown(0), 0),
    ("reliability.split_half", "three models, two questions, always reversed halves or a tie",
     lambda: reliability.split_half(marks("10", "00", "11"), rng=rng(), splits=9).half, 0.5),
    ("reliability.cronbach_alpha", "three models",
     lambda: reliability.cronbach_alpha(marks("10", "00", "11")), 2 * (1 - (1 / 3 + 1 / 3) / 1)),
    ("reliability.repeated", "all alike",
     lambda: reliability.repeated([*run("101"), *run("101", repeat=1)]).agreement, 1),
    ("responses.responses", "a single shared question",
     lambda: responses.responses({"a": run("1"), "b": run("01")}).right.tolist(), [[1], [0]]),
    ("rules.compare_rules", "all right",
     lambda: [(p.kappa, p.p) for p in rules.compare_rules(graded("11", "11", "11"))], [(None, 1)]),
    ("scores.metrics", "the same row twice",
     lambda: scores.metrics([*cells(50), *cells(50)]), {"K text": {"m0": 50}}),
    ("scores.correlations", "no variance", lambda: [
        p.correlation for p in scores.correlations(study([5] * 5, [1, 2, 3, 4, 5]))], [None]),
    ("spread.spread", "all right", lambda: spread.spread({"a": run("111"), "b": run("111")}).sd, 0),
    ("steady.steadiness", "all wrong, all alike",
     lambda: steady.steadiness([run("0") * 3]).agreement, 1),
]  # fmt: skip

REFUSED: list[Case] = [
    ("accuracy.accuracy", "nothing", lambda: accuracy.accuracy([]), "0 questions"),
    ("accuracy.unparsed", "nothing", lambda: accuracy.unparsed([]), "0 questions"),
    ("accuracy.by_question", "nothing", lambda: accuracy.by_question([]), "0 questions"),
    ("accuracy.by_group", "nothing", lambda: accuracy.by_group([], str), "no verdict"),
    ("accuracy.by_rule", "nothing", lambda: accuracy.by_rule([]), "no verdict"),
    ("agreement.raw", "one reader", lambda: agreement.raw(labelled("a")), "two readers"),
    ("agreement.cohen_kappa", "no variance", lambda: agreement.cohen_kappa("aaa", "aaa"),
     "not defined"),
    ("agreement.kappa_of_counts", "nothing", lambda: agreement.kappa_of_counts({}), "no item"),
    ("agreement.pairwise_kappa", "no variance",
     lambda: agreement.pairwise_kappa(labelled("aa", "aa")), "not defined"),
    ("agreement.gwet_ac1", "nothing", lambda: agreement.gwet_ac1([], "ab"), "two readers"),
    ("agreement.krippendorff_alpha", "no variance",
     lambda: agreement.krippendorff_alpha(labelled("aa", "aa")), "not defined"),
    ("controls.corrected", "the control is always right", lambda: controls.corrected(1, 1),
     "always right"),
    ("controls.chance_corrected", "one option",
     lambda: controls.chance_corrected(Proportion(3, 3), 1), "always right"),
    ("controls.control_corrected", "one clip", lambda: controls.control_corrected(
        Aligned((1.0,) * 3, (0.0,) * 3, ("a",) * 3), rng=rng()), "two clips"),
    ("correlation.correlate", "three models",
     lambda: correlation.correlate(LINE[:3], LINE[:3], rng=rng()), "at least 4"),
    ("correlation.correlate", "no variance",
     lambda: correlation.correlate(FLAT, LINE, rng=rng()), "score the same"),
    ("correlation.fisher_interval", "three models", lambda: correlation.fisher_interval(0.5, 3),
     "at least 4"),
    ("correlation.bca_interval", "three models",
     lambda: correlation.bca_interval(np.arange(3.0), np.arange(3.0), rng=rng()), "at least 4"),
    ("correlation.permutation_p", "no variance",
     lambda: correlation.permutation_p(np.array(FLAT), np.array(LINE), rng=rng()),
     "score the same"),
    ("differences.lineage", "one model",
     lambda: differences.lineage(cells(50), {"m0": Origin(1)}), "lineage"),
    ("differences.cascade_minus_audio", "one mode",
     lambda: differences.cascade_minus_audio(cells(50)), "no model has both"),
    ("intervals.cluster_bootstrap", "nothing",
     lambda: intervals.cluster_bootstrap([], [], rng=rng()), "no values"),
    ("intervals.percentile_interval", "nothing",
     lambda: intervals.percentile_interval(np.array([])), "no draw"),
    ("items.rasch", "all right", lambda: items.rasch(marks("11", "11", "11")),
     "no Rasch difficulty"),
    ("items.rasch", "all wrong", lambda: items.rasch(marks("00", "00", "00")),
     "no Rasch difficulty"),
    ("items.analyse", "three models", lambda: items.analyse(table("10", "01", "11")), "at least 4"),
    ("items.analyse", "all right", lambda: items.analyse(table(*["11"] * 4)),
     "no Rasch difficulty"),
    ("joint.measured_bounds", "nothing", lambda: joint.measured_bounds(50, 0), "0 questions"),
    ("kriging.predict", "two models",
     lambda: kriging.predict(line([1, 2]), np.array([[1.0]]), ["z"]), "at least 3"),
    ("kriging.counting_variance", "nothing", lambda: kriging.counting_variance(50, 0),
     "over 0 questions"),
    ("metric_choice.fits", "three models", lambda: fit_table(LINE[:3], LINE[:3]), "at least 5"),
    ("metric_choice.fits", "no variance", lambda: fit_table(LINE, FLAT), "score the same"),
    ("joint.spread_with", "three models",
     lambda: joint.spread_with(metric_choice.Fit(("K text",), ("a", "b", "c"), line([1, 2, 3]))),
     "at least 5"),
    ("paired.aligned", "nothing shared", lambda: paired.aligned(run("1"), []), "share no question"),
    ("paired.paired_difference", "one clip",
     lambda: paired.paired_difference(Aligned((1.0,), (0.0,), ("a",)), rng=rng()), "two clips"),
    ("paired.mcnemar", "nothing", lambda: paired.mcnemar([], []), "non-empty"),
    ("paired.compare_all", "one run", lambda: paired.compare_all({"a": run("1")}, rng=rng()),
     "two runs"),
    ("position.positions", "never read", lambda: position.positions(run("???")), "names an option"),
    ("position.bias", "nothing", lambda: position.bias([]), "no place"),
    ("position.bias_by_chance", "nothing", lambda: position.bias_by_chance([]), "no place"),
    ("position.consistency", "asked once", lambda: position.consistency(run("111")), "twice"),
    ("recommend.recommend", "three models", lambda: advised(LINE[:3], LINE[:3]), "at least 5"),
    ("recommend.recommend", "no variance", lambda: advised(LINE, FLAT), "score the same"),
    ("reliability.spearman_brown", "reversed halves", lambda: reliability.spearman_brown(-1),
     "in reverse"),
    ("reliability.split_half", "all right",
     lambda: reliability.split_half(marks("11", "11", "11"), rng=rng()), "score the same"),
    ("reliability.cronbach_alpha", "two models",
     lambda: reliability.cronbach_alpha(marks("10", "01")), "at least 3"),
    ("reliability.repeated", "asked once", lambda: reliability.repeated(run("111")), "twice"),
    ("responses.responses", "nothing", lambda: responses.responses({}), "no run"),
    ("rules.compare_rules", "one rule", lambda: rules.compare_rules(run("111")), "two rules"),
    ("scores.metrics", "nothing", lambda: scores.metrics([]), "no score"),
    ("scores.correlations", "nothing", lambda: scores.correlations([]), "no score"),
    ("spread.spread", "one round", lambda: spread.spread({"a": run("111")}), "at least two"),
    ("steady.steadiness", "nothing", lambda: steady.steadiness([]), "twice"),
]  # fmt: skip


REFUSED.append(
    ("reliability.split_half", "every half reversed", lambda: reliability.split_half(
        np.array([[1, 0], [0.5, 0.25], [0, 0.5]]), rng=rng(), splits=9), "in reverse")
)  # fmt: skip


def title(case: Case) -> str:
    return f"{case[0]}: {case[1]}"


@pytest.mark.parametrize("case", DEFINED, ids=title)
def test_a_hard_case_has_its_answer(case: Case) -> None:
    _, _, ask, answer = case
    found = ask()
    if isinstance(answer, (str, list, dict)) or answer is None:
        assert found == answer
    else:
        assert found == pytest.approx(answer, abs=1e-6)


@pytest.mark.parametrize("case", REFUSED, ids=title)
def test_a_case_without_an_answer_says_why(case: Case) -> None:
    _, _, ask, why = case
    with pytest.raises(NoData, match=why):
        ask()


def test_every_public_statistic_is_in_the_tables() -> None:
    public = set()
    for found in pkgutil.iter_modules(echoic.analysis.__path__):
        module = importlib.import_module(f"echoic.analysis.{found.name}")
        public |= {
            f"{found.name}.{name}"
            for name, value in inspect.getmembers(module, inspect.isfunction)
            if value.__module__ == module.__name__ and not name.startswith("_")
        }
    tested = {case[0] for case in (*DEFINED, *REFUSED)}
    assert public - PLUMBING - tested == {"joint.predictive"}  # through recommend.recommend
    assert public >= PLUMBING | tested


def test_bca_is_scipys_where_no_resample_is_degenerate() -> None:
    generator = rng()
    x = generator.normal(size=17)
    y = 0.8 * x + generator.normal(size=17) / 2
    ours = correlation.bca_interval(x, y, rng=rng())
    theirs = bootstrap(
        (x, y), lambda a, b, axis: correlation.pearson(a, b), paired=True, vectorized=True,
        n_resamples=50_000, method="BCa", rng=rng(),
    ).confidence_interval  # fmt: skip
    assert ours == pytest.approx(tuple(theirs), abs=0.02)


def test_the_clustered_bootstrap_of_single_questions_is_scipys_percentile_bootstrap() -> None:
    values = [0.0] * 13 + [1.0] * 27
    ours = intervals.cluster_bootstrap(values, [str(i) for i in range(40)], rng=rng())
    theirs = bootstrap((values,), np.mean, method="percentile", rng=rng()).confidence_interval
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs), abs=0.03)


def test_kriging_is_the_conditional_normal_with_a_mean_as_good_as_unknown() -> None:
    y, x = np.array([50.0, 53.0, 51.0, 58.0, 60.0]), np.array([0.0, 2.0, 1.0, 4.0, 3.0])
    known, asked = ("a", "a", "b", "b", "c"), ("a", "d")
    found = kriging.predict(Rows(y, x[:, None], known), np.array([[1.5], [5.0]]), asked)
    z = (np.array([*x, 1.5, 5.0]) - x.mean()) / x.std()
    families = np.array([*known, *asked])
    grid = [(rho, k) for k in kriging.STRENGTHS for rho in kriging.SHARED]
    for g, (rho, k) in enumerate(grid):
        cov = (
            1e4
            + k**2 * np.outer(z, z)
            + rho * (families[:, None] == families)
            + (1 - rho) * np.eye(7)
        )
        gain = cov[5:, :5] @ np.linalg.inv(cov[:5, :5])
        assert found.loc[g] == pytest.approx(gain @ y, abs=0.02)
        left = cov[5:, 5:] - gain @ cov[:5, 5:]
        ratio = found.cov[g] / left  # one residual variance for all
        assert ratio == pytest.approx(np.full((2, 2), ratio[0, 0]), rel=0.01)
