"""Position bias, on runs whose answer can be counted by hand."""

import pytest

from echoic.analysis.intervals import Proportion
from echoic.analysis.position import bias, consistency, positions
from echoic.errors import NoData
from echoic.verdict import Verdict


def run(choices: list[tuple[int | None, int]]) -> list[Verdict]:
    """One question in as many orders as there are (chosen, answer) pairs."""
    return [
        Verdict("q", "Sound", "count", chosen, chosen == answer, "letter", "", variant=i,
                answer=answer)
        for i, (chosen, answer) in enumerate(choices)
    ]  # fmt: skip


def test_a_model_that_always_says_a_is_biased_by_three_quarters() -> None:
    places = positions(run([(0, 0), (0, 1), (0, 2), (0, 3)]), [4] * 4)
    assert [place.chosen for place in places] == [Proportion(4, 4)] + [Proportion(0, 4)] * 3
    assert [place.uniform for place in places] == [0.25] * 4
    assert [place.accuracy for place in places] == [Proportion(1, 1)] + [Proportion(0, 1)] * 3
    assert bias(places) == 0.75


def test_a_model_that_follows_the_answer_is_not_biased() -> None:
    assert bias(positions(run([(i, i) for i in range(4)]), [4] * 4)) == 0.0


def test_a_two_option_question_expects_nothing_of_the_third_place() -> None:
    places = positions(run([(0, 0), (3, 3)]), [2, 4])
    assert [place.uniform for place in places] == [0.375, 0.375, 0.125, 0.125]
    assert places[1].accuracy is None


def test_unread_replies_favour_no_place() -> None:
    places = positions(run([(None, 0), (1, 1)]), [2, 2])
    assert [place.chosen for place in places] == [Proportion(0, 1), Proportion(1, 1)]
    assert places[0].accuracy == Proportion(0, 1)
    with pytest.raises(NoData, match="names an option"):
        positions(run([(None, 0)]), [2])


def test_option_counts_must_match_the_verdicts() -> None:
    with pytest.raises(NoData, match="option counts"):
        positions(run([(0, 0)]), [])


def test_consistency_counts_questions_right_in_every_order() -> None:
    always = [Verdict("a", "", "", 0, True, "letter", "", variant=i) for i in range(3)]
    never = [Verdict("n", "", "", 0, False, "letter", "", variant=i) for i in range(3)]
    once = [Verdict("o", "", "", 0, True, "letter", "")]
    found = consistency([*always, *never, *run([(0, 0), (0, 1)]), *once])
    assert (found.always, found.sometimes, found.never, found.n) == (1, 1, 1, 3)
    with pytest.raises(NoData):
        consistency(once)
