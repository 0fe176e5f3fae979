"""The shipped computed questions, and the machine that makes them."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from scipy.stats import binomtest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from echoic.benchmarks.registry import load
from echoic.curation.audit import audit, longest_share
from echoic.curation.compute import (
    by_subcategory,
    compute,
    draw_subcategory,
    fault,
    generators,
    recompute,
)
from echoic.curation.computed.base import like_length
from echoic.curation.computed.numeric import Unit
from echoic.curation.lexicon import Entry, Lexicon
from echoic.curation.taxonomy import taxonomy
from echoic.errors import BadRecord, NoData
from echoic.question import Question

SHIPPED = [q for q in load("akb-open").questions if q.source.startswith("computed: ")]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """All words whose readings the shipped questions carry: no download, no word frequencies."""
    readings = {w: row for q in SHIPPED for w, row in q.evidence.get("readings", {}).items()}
    return Lexicon(Entry.from_record(word, row) for word, row in readings.items())


@pytest.fixture(scope="module")
def small(lexicon: Lexicon) -> list[Question]:
    return compute(lexicon, seed=5, per_subcategory=3)


def chance(hits: int, n: int) -> bool:
    """Whether one in four lies within the 95% interval of hits out of n."""
    interval = binomtest(hits, n, 0.25).proportion_ci(method="wilson")
    return bool(interval.low <= 0.25 <= interval.high)


def test_there_are_enough_questions_over_enough_subcategories() -> None:
    assert len(SHIPPED) >= 550
    assert len({q.subcategory for q in SHIPPED}) >= 15


@pytest.mark.parametrize("name", sorted(generators()))
def test_every_shipped_key_follows_from_its_evidence(name: str) -> None:
    mine = [q for q in SHIPPED if q.evidence["generator"] == name]
    assert mine
    assert [fault(q) for q in mine] == [""] * len(mine)


def test_every_question_stands_in_its_place_of_the_taxonomy() -> None:
    for question in SHIPPED:
        sub = taxonomy()[question.subcategory]
        assert (question.category, sub.keys) == (sub.category, "computed")
        assert re.fullmatch(f"akb-open-computed-{sub.slug}-[0-9a-f]{{8}}", question.id)
        assert question.source == f"computed: {question.evidence['generator']}"


def test_ids_are_sorted_and_questions_unlike() -> None:
    ids = [q.id for q in SHIPPED]
    assert ids == sorted(set(ids))
    assert len({q.stem + "|".join(sorted(q.options)) for q in SHIPPED}) == len(SHIPPED)


def test_every_subcategory_has_at_least_four_stems() -> None:
    stems: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for question in SHIPPED:
        stems[question.subcategory].add(
            (question.evidence["generator"], question.evidence["wording"])
        )
    assert min(map(len, stems.values())) >= 4


def test_lengths_give_no_hint() -> None:
    share = longest_share(SHIPPED)
    assert 0.22 <= share <= 0.28
    key = np.mean([len(q.gold) for q in SHIPPED])
    rest = np.mean([len(o) for q in SHIPPED for at, o in enumerate(q.options) if at != q.answer])
    assert abs(key / rest - 1) < 0.05


def numbers(question: Question) -> list[float]:
    found = [re.search(r"[-+]?\d[\d,]*(\.\d+)?", option) for option in question.options]
    return [float(m[0].replace(",", "")) if m else float("nan") for m in found]


def test_the_rank_of_numeric_keys_gives_no_hint() -> None:
    numeric = [q for q in SHIPPED if "mistakes" in q.evidence and "readings" not in q.evidence]
    ranks = Counter(sorted(numbers(q)).index(numbers(q)[q.answer]) for q in numeric)
    assert len(numeric) > 250
    assert all(chance(ranks[at], len(numeric)) for at in range(4))


def hub(values: Sequence[float]) -> list[int]:
    """For each number, of how many others it is a simple multiple or fraction."""
    simple = {a / b for a in range(1, 9) for b in range(1, 9) if a != b}
    return [
        sum(any(abs(x / y / r - 1) < 0.006 for r in simple) for y in values if y not in (x, 0))
        for x in values
    ]


def roundness(values: Sequence[float]) -> list[int]:
    digits = [f"{value:.2f}".replace(".", "") for value in values]
    return [len(text) - len(text.rstrip("0")) for text in digits]


@pytest.mark.parametrize("score", [hub, roundness])
def test_no_rule_about_numbers_alone_finds_the_key(
    score: Callable[[Sequence[float]], list[int]],
) -> None:
    numeric = [q for q in SHIPPED if "mistakes" in q.evidence and "readings" not in q.evidence]
    won = 0.0
    for question in numeric:
        scores = score(numbers(question))
        won += (scores[question.answer] == max(scores)) / scores.count(max(scores))
    assert chance(round(won), len(numeric))


def features(questions: Sequence[Question]) -> csr_matrix:
    """Length and position of every option, four rows a question."""
    rows = []
    for question in questions:
        lengths = [len(option) for option in question.options]
        for at, length in enumerate(lengths):
            place = [float(at == other) for other in range(4)]
            mean = float(np.mean(lengths))
            rows.append([length / 10, length - mean, float(length == max(lengths)), *place])
    return csr_matrix(np.array(rows))


def test_options_alone_do_not_tell_the_key() -> None:
    """Logistic regression, character and word n-grams, length, position; five folds, seed 0."""
    right = 0
    texts = np.array([q.options for q in SHIPPED])
    for train, test in KFold(5, shuffle=True, random_state=0).split(SHIPPED):
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), min_df=2)
        words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, token_pattern=r"\S+")
        seen, unseen = texts[train].ravel(), texts[test].ravel()
        x = hstack([letters.fit_transform(seen), words.fit_transform(seen),
                    features([SHIPPED[at] for at in train])])  # fmt: skip
        y = [q.answer == at for q in (SHIPPED[i] for i in train) for at in range(4)]
        model = LogisticRegression(max_iter=3000).fit(x, y)
        held = hstack([letters.transform(unseen), words.transform(unseen),
                       features([SHIPPED[at] for at in test])])  # fmt: skip
        chosen = model.decision_function(held).reshape(-1, 4).argmax(axis=1)
        right += sum(int(c) == SHIPPED[at].answer for c, at in zip(chosen, test, strict=True))
    assert chance(right, len(SHIPPED)), f"{right} of {len(SHIPPED)}"


def test_a_changed_question_no_longer_follows() -> None:
    question = next(q for q in SHIPPED if q.evidence["generator"] == "spatial-echo")
    assert recompute(question)
    assert not recompute(replace(question, answer=(question.answer + 1) % 4))
    assert not recompute(replace(question, stem=question.stem.replace("343", "340")))
    given = {**question.evidence["given"], "delay": 99}
    assert not recompute(replace(question, evidence={**question.evidence, "given": given}))


def test_a_distractor_that_is_right_too_is_found() -> None:
    question = next(q for q in SHIPPED if q.evidence["generator"] == "rhyme-word")
    readings = dict(question.evidence["readings"])
    other = question.options[(question.answer + 1) % 4]
    readings[other] = readings[question.gold]
    assert other in fault(replace(question, evidence={**question.evidence, "readings": readings}))


def test_evidence_that_is_missing_is_said_not_thrown() -> None:
    question = SHIPPED[0]
    assert "incomplete" in fault(
        replace(question, evidence={"generator": question.evidence["generator"], "wording": 0})
    )
    with pytest.raises(BadRecord, match="no generator 'nobody'"):
        recompute(replace(question, evidence={"generator": "nobody"}))


def test_the_same_seed_gives_the_same_set_and_another_seed_another(
    lexicon: Lexicon, small: list[Question]
) -> None:
    assert compute(lexicon, seed=5, per_subcategory=3) == small
    fresh = compute(lexicon, seed=6, per_subcategory=3)
    assert Counter(q.subcategory for q in fresh) == Counter(q.subcategory for q in small)
    assert len({q.id for q in fresh} & {q.id for q in small}) < len(small) / 4


def test_a_fresh_set_passes_the_audit(small: list[Question]) -> None:
    assert len(small) == 3 * len(by_subcategory())
    assert [finding for finding in audit(small) if not finding.ok] == []


def test_progress_reaches_its_end(lexicon: Lexicon) -> None:
    told: list[tuple[int, int]] = []
    compute(lexicon, per_subcategory=1, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, 29)
    assert told[-1] == (29, 29)


def test_more_questions_than_there_are_are_refused(lexicon: Lexicon) -> None:
    """Five scales differ from major or natural minor in one degree, so there are five questions."""
    maker = generators()["scale-altered"]
    assert len(draw_subcategory(lexicon, "Scales & Modes", [maker], 0, 5)) == 5
    with pytest.raises(NoData, match=r"Scales & Modes: only 5 .* lower --per-subcategory"):
        draw_subcategory(lexicon, "Scales & Modes", [maker], 0, 6)


def test_a_unit_writes_thousands_decimals_and_signs() -> None:
    assert Unit("Hz")(1720) == "1,720 Hz"
    assert Unit("dB", 1, signed=True)(3.04) == "+3.0 dB"
    assert Unit("dB", 1)(-0.01) == "0.0 dB"
    assert Unit("Hz")(0.4) == "0 Hz"


def test_fillers_are_as_round_as_the_key() -> None:
    assert Unit("Hz").as_round(31_417, 24_000) == 31_000
    assert Unit("Hz").as_round(31_417, 24_951) == 31_417
    assert Unit("s", 1).as_round(4.27, 4.0) == pytest.approx(4.3)


def test_distractors_of_like_length_give_the_key_every_rank() -> None:
    rng = np.random.default_rng(0)
    pool = ["a" * n for n in range(1, 12)]
    ranks: Counter[int] = Counter()
    for _ in range(400):
        wrong = like_length(rng, "bbbbbb", pool)
        assert wrong is not None
        ranks[sum(len(text) < 6 for text in wrong)] += 1
    assert min(ranks[at] for at in range(4)) > 40
    assert like_length(rng, "b", ["a", "c"]) is None
