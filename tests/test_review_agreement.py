"""Agreement statistics against values worked out by hand or published, and the owner's table."""

import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from echoic.analysis.agreement import (
    cohen_kappa,
    gwet_ac1,
    krippendorff_alpha,
    pairwise_kappa,
    raw,
    shared,
)
from echoic.curation.review_app.adjudicate import decide
from echoic.curation.review_app.database import reading, writing
from echoic.curation.review_app.desk import Edit, undo
from echoic.curation.review_app.events import question_of
from echoic.curation.review_app.progress import Agreement, agreement_table
from echoic.errors import NoData
from review_site import QUESTIONS, Site, address, engine, postgres, site

# Gwet (2008) and its manual: of 125 items, 118 both "yes", 5 and 2 split, none both "no".
SKEWED = [("y", "y")] * 118 + [("y", "n")] * 5 + [("n", "y")] * 2
# Krippendorff, "Computing Krippendorff's alpha-reliability" (2011), example C: 4 observers, 12
# units with missing values; nominal alpha 0.743.
FOUR = [
    [1, 1, None, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
    [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [None, 5, 5, 5], [None, None, 1, 1],
    [None, None, 3, None],
]  # fmt: skip


def items(rows: Any) -> list[dict[str, Any]]:
    return [
        {f"reader {at}": label for at, label in enumerate(row) if label is not None} for row in rows
    ]


def test_raw_agreement_is_the_share_of_agreeing_pairs() -> None:
    assert raw(items([("a", "a"), ("a", "b"), ("b", "b"), ("b", "a")])) == 0.5
    assert raw(items([("a", "a", "b")])) == pytest.approx(1 / 3)
    assert raw(items([("a", "a"), ("a", None)])) == 1  # an item with one reader counts nowhere


def test_kappa_by_hand() -> None:
    first = ["y"] * 25 + ["n"] * 25
    second = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert cohen_kappa(first, second) == pytest.approx(0.4)  # (0.7 - 0.5) / (1 - 0.5)
    assert pairwise_kappa(items(zip(first, second, strict=True))) == pytest.approx(0.4)
    assert cohen_kappa(["a", "b"], ["b", "a"]) == -1


def test_nearly_equal_labels_break_kappa_but_not_ac1() -> None:
    told = items(SKEWED)
    assert raw(told) == pytest.approx(0.944)
    expected = (123 * 120 + 2 * 5) / 125**2
    assert pairwise_kappa(told) == pytest.approx((0.944 - expected) / (1 - expected))
    assert pairwise_kappa(told) < 0
    share = (120 + 123) / 250
    chance = 2 * share * (1 - share)
    assert gwet_ac1(told, ["y", "n"]) == pytest.approx((0.944 - chance) / (1 - chance))
    assert gwet_ac1(told, ["y", "n"]) == pytest.approx(0.9408, abs=5e-4)


def test_alpha_and_ac1_of_four_observers_as_published() -> None:
    told = items(FOUR)
    assert krippendorff_alpha(told) == pytest.approx(0.743, abs=5e-4)
    # Gwet's irrCAC on the same table.
    assert gwet_ac1(told, [1, 2, 3, 4, 5]) == pytest.approx(0.77544, abs=5e-5)


def test_what_cannot_be_told_is_no_data_and_never_zero() -> None:
    alone = items([("a", None), (None, "b"), (None, None)])
    same = items([("a", "a"), ("a", "a")])
    for statistic in (raw, pairwise_kappa, krippendorff_alpha, shared):
        with pytest.raises(NoData):
            statistic(alone)
        with pytest.raises(NoData):
            statistic([])
    with pytest.raises(NoData):
        gwet_ac1(alone, ["a", "b"])
    for statistic in (pairwise_kappa, krippendorff_alpha):
        with pytest.raises(NoData, match="not defined"):
            statistic(same)
    assert raw(same) == gwet_ac1(same, ["a", "b"]) == 1
    with pytest.raises(NoData):
        cohen_kappa([], [])


def test_labels_that_do_not_fit_are_mistakes_of_the_caller() -> None:
    with pytest.raises(ValueError, match="against"):
        cohen_kappa(["a"], [])
    with pytest.raises(ValueError, match="not among"):
        gwet_ac1(items([("a", "c")]), ["a", "b"])
    with pytest.raises(ValueError, match="two possible"):
        gwet_ac1(items([("a", "a")]), ["a"])


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1))
def test_statistics_stay_in_bounds_and_full_agreement_is_one(rows: list[tuple[str, str]]) -> None:
    told = items(rows)
    assert 0 <= raw(told) <= 1
    assert -1 <= gwet_ac1(told, "abc") <= 1
    for statistic in (pairwise_kappa, krippendorff_alpha):
        try:
            value = statistic(told)
        except NoData:
            continue
        assert math.isfinite(value)
        assert value <= 1
        assert math.isclose(value, 1) == (raw(told) == 1)


def test_random_labels_agree_as_chance_does() -> None:
    rng = random.Random(5)
    told = items([[rng.choice("abcd") for _ in range(3)] for _ in range(4000)])
    for value in (pairwise_kappa(told), gwet_ac1(told, "abcd"), krippendorff_alpha(told)):
        assert value == pytest.approx(0, abs=0.03)


# The owner's table


def table(engine: Engine) -> dict[tuple[str, str], Agreement]:
    with reading(engine) as session:
        return {(row.criterion, row.subcategory): row for row in agreement_table(session)}


def test_the_table_is_per_criterion_and_subcategory_with_no_data_where_there_is_none(
    site: Site,
) -> None:
    assert table(site.engine) == {}
    site.say("reader-1", QUESTIONS[0])
    rows = table(site.engine)
    assert {criterion for criterion, _ in rows} == {"answer", "correct", "clear", "distractors"}
    assert all(row.n == 0 and row.raw is row.kappa is row.ac1 is None for row in rows.values())
    for question in QUESTIONS[1:6]:
        site.say("reader-1", question)
    for question in QUESTIONS[:6]:  # of each subcategory two; one reader doubts the "Tempo" ones
        site.say("reader-2", question, clear=question.subcategory != "Tempo")
    rows = table(site.engine)
    assert rows["clear", ""].n == 6
    assert rows["clear", ""].raw == pytest.approx(4 / 6)
    assert rows["clear", ""].kappa == pytest.approx(0)
    assert rows["clear", "Tempo"].n == 2
    assert rows["clear", "Tempo"].raw == 0
    assert rows["clear", "Rhyme"].raw == 1
    assert rows["clear", "Rhyme"].kappa is None
    assert rows["clear", "Rhyme"].ac1 == 1
    assert rows["answer", ""].raw == 1
    assert {sub for _, sub in rows} == {"", "Animal Sounds", "Tempo", "Rhyme"}


def test_planted_faults_are_left_out_and_the_answer_before_the_key_counts(site: Site) -> None:
    with reading(site.engine) as session:
        plants = [question_of(session, item) for item in site.plants()]
    for question in plants:
        site.say("reader-1", question)
        site.say("reader-2", question, clear=False)
    assert table(site.engine) == {}
    site.say("reader-1", QUESTIONS[0])
    site.say("reader-2", QUESTIONS[0], nothing=True)
    assert table(site.engine)["answer", ""].raw == 0
    with writing(site.engine) as session:
        for _ in range(2):
            undo(session, site.people["reader-2"])
    site.say("reader-2", QUESTIONS[0])
    rows = table(site.engine)
    assert (rows["answer", ""].n, rows["answer", ""].raw) == (1, 0)  # the answer before the key
    assert (rows["clear", ""].n, rows["clear", ""].raw) == (1, 1)


def test_a_settled_difference_still_counts_as_one(site: Site) -> None:
    question = QUESTIONS[0]
    item = site.say("reader-1", question)
    site.say("reader-2", question, clear=False)
    with writing(site.engine) as session:
        edit = Edit("Which sound is it?", question.options, question.gold)
        decide(session, site.people["judge"], item, 1, "edit", edit)
    assert table(site.engine)["clear", ""].raw == 0
    for name in ("reader-1", "reader-2"):
        site.say(name, question, version=2)
    assert table(site.engine)["clear", ""].raw == 0.5
    assert table(site.engine)["clear", ""].n == 2


def test_answers_to_an_edited_wording_are_not_independent(site: Site) -> None:
    """Who answered the first wording has seen its key."""
    question = QUESTIONS[0]
    item = site.say("reader-1", question, question.options[1])
    site.say("reader-2", question)
    with writing(site.engine) as session:
        edit = Edit("Which sound is it?", question.options, question.gold)
        decide(session, site.people["judge"], item, 1, "edit", edit)
    for name in ("reader-1", "reader-2"):
        site.say(name, question, version=2)
    rows = table(site.engine)
    assert (rows["answer", ""].n, rows["answer", ""].raw) == (1, 0)
    assert rows["clear", ""].n == 2
