"""Position bias, on runs whose answer can be counted by hand."""

from dataclasses import replace

import numpy as np
import pytest

from echoic.analysis.intervals import Proportion
from echoic.analysis.position import Position, bias, bias_by_chance, consistency, positions
from echoic.errors import NoData
from echoic.verdict import Verdict


def run(places: list[tuple[int | None, int]], size: int = 4) -> list[Verdict]:
    """One question with option 0 right, in as many orders as there are (chosen, answer) places."""
    verdicts = []
    for variant, (chosen, answer) in enumerate(places):
        order = [*range(1, size)]
        order.insert(answer, 0)
        option = None if chosen is None else order[chosen]
        verdicts.append(
            Verdict("q", "Sound", "count", option, option == 0, "letter", "", variant=variant,
                    answer=0, order=tuple(order))
        )  # fmt: skip
    return verdicts


def test_a_model_that_always_says_a_is_biased_by_three_quarters() -> None:
    places = positions(run([(0, 0), (0, 1), (0, 2), (0, 3)]))
    assert [place.chosen for place in places] == [Proportion(4, 4)] + [Proportion(0, 4)] * 3
    assert [place.uniform for place in places] == [0.25] * 4
    assert [place.accuracy for place in places] == [Proportion(1, 1)] + [Proportion(0, 1)] * 3
    assert bias(places) == 0.75


def test_a_model_that_follows_the_answer_is_not_biased() -> None:
    assert bias(positions(run([(i, i) for i in range(4)]))) == 0.0


def test_a_two_option_question_expects_nothing_of_the_third_place() -> None:
    places = positions(run([(0, 0)], size=2) + run([(3, 3)]))
    assert [place.uniform for place in places] == [0.375, 0.375, 0.125, 0.125]
    assert places[1].accuracy is None


def test_unread_replies_favour_no_place() -> None:
    places = positions(run([(None, 0), (1, 1)], size=2))
    assert [place.chosen for place in places] == [Proportion(0, 1), Proportion(1, 1)]
    assert places[0].accuracy == Proportion(0, 1)
    with pytest.raises(NoData, match="names an option"):
        positions(run([(None, 0)]))


def test_options_that_were_scored_and_never_listed_have_no_place() -> None:
    with pytest.raises(NoData, match="not listed"):
        positions([Verdict("q", "", "", 0, True, "likelihood", "", scores=(-1.0, -2.0))])


def test_consistency_follows_the_option_and_not_the_place() -> None:
    steady = run([(0, 0), (1, 1), (2, 2)])  # the right option wherever it stands
    place = [replace(v, question="p") for v in run([(0, 0), (0, 1), (0, 2)])]  # always A
    mute = [replace(v, question="m") for v in run([(None, 0), (None, 1)])]
    once = [replace(v, question="o") for v in run([(0, 0)])]
    found = consistency([*steady, *place, *mute, *once])
    assert (found.n, found.same, found.right, found.wrong) == (3, 1, 1, 1)
    assert found.agreement == pytest.approx((1 + 1 / 3 + 0) / 3)  # "p": options 0, 1, 1
    with pytest.raises(NoData):
        consistency(once)


def test_bias_by_chance_is_what_blind_choices_show_on_average() -> None:
    generator, found = np.random.default_rng(1), []
    for _ in range(400):
        counts = generator.multinomial(60, [0.25] * 4)
        places = [Position(i, Proportion(int(k), 60), 0.25, None) for i, k in enumerate(counts)]
        found.append(bias(places))
    error = np.std(found) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(bias_by_chance(places), abs=3 * error)
