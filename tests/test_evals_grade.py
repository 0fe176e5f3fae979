import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echoic.engine.ask import Reply
from echoic.errors import BadRecord, NoData
from echoic.evals.grade import grade, likeliest
from echoic.evals.official import official, official_choice, unwrap
from echoic.question import Question

BRASS = ("violin", "trumpet", "piano", "snare drum")
PEOPLE = ("a man", "a woman", "a child")


def question(options: tuple[str, ...] = BRASS, answer: int = 1) -> Question:
    return Question("q", "Which instrument?", options, answer, "Music", "Timbre", clip="a.wav")


@pytest.mark.parametrize(
    ("reply", "options", "answer", "right"),
    [
        ("trumpet", BRASS, 1, True),
        ("TRUMPET!", BRASS, 1, True),
        ("It is a trumpet, I am sure.", BRASS, 1, True),
        ("(B) trumpet", BRASS, 1, True),
        ("B", BRASS, 1, False),
        ("(B)", BRASS, 1, False),
        ("", BRASS, 1, False),
        ("?!", BRASS, 1, False),
        ("trumpets", BRASS, 1, False),
        ("trumpet, not piano", BRASS, 1, False),
        ("drum", BRASS, 3, False),
        ("drum snare", BRASS, 3, True),
        ("a snare and a drum", BRASS, 3, True),
        ("not a trumpet", BRASS, 1, True),
        ("man", PEOPLE, 0, False),
        ("a man", PEOPLE, 0, True),
        ("This is a man", PEOPLE, 0, True),
        ("a man or a woman", PEOPLE, 0, False),
        ('The correct answer is: "trumpet".', BRASS, 1, True),
        ("snare-drum", BRASS, 3, True),
        ("C#", ("C", "C#"), 0, True),
        ("anything else", ("", "yes"), 0, True),
        ("yes", ("", "yes"), 0, False),
        ("the same text", ("one", "one", "two"), 0, False),
        ("one", ("one", "one", "two"), 1, True),
    ],
)
def test_the_official_rule(reply: str, options: tuple[str, ...], answer: int, right: bool) -> None:
    assert official(reply, options, answer) is right


def test_the_wrapper_is_no_part_of_the_answer() -> None:
    options = ("the correct one", "a trumpet")
    wrapped = 'The correct answer is: "a trumpet".'
    assert unwrap(wrapped) == "a trumpet"
    assert official(wrapped, options, 1)
    assert official("The correct answer is: a trumpet.", options, 1)
    assert not official("The correct answer is a trumpet.", options, 1)


@pytest.mark.parametrize(
    ("reply", "choice"), [("trumpet", 1), ("piano", 2), ("B", None), ("piano trumpet", None)]
)
def test_the_official_rule_tells_a_wrong_choice_from_none(reply: str, choice: int | None) -> None:
    assert official_choice(reply, BRASS, 1) == choice


WORDS = st.sampled_from(["a", "the", "low", "high", "bell", "C", "4/4", "non-stop", "é", ""])
TEXTS = st.lists(WORDS, max_size=4).map(" ".join)


@given(TEXTS, st.lists(TEXTS, min_size=2, max_size=5), st.data())
def test_the_official_rule_is_its_definition_on_any_text(
    reply: str, options: list[str], data: st.DataObject
) -> None:
    answer = data.draw(st.integers(0, len(options) - 1))
    said = set(re.findall(r"\b\w+\b", reply.lower()))
    gold = set(re.findall(r"\b\w+\b", options[answer].lower()))
    foreign = {
        word
        for option in options
        for word in re.findall(r"\b\w+\b", option.lower())
        if word not in gold
    }
    expected = len(said) > 0 and all(word in said for word in gold) and not (said & foreign)
    assert official(reply, options, answer) is expected


TOKENS = st.sets(st.sampled_from([*"abcdefgh", "42", "no_1", "é", "音"]), max_size=5)
GAPS = st.sampled_from([" ", ", ", "-", "/", "\n", " (", "'"])


@given(TOKENS, TOKENS, st.lists(TOKENS, min_size=1, max_size=4), GAPS, st.booleans())
def test_the_official_rule_keeps_its_published_statement_on_token_sets(
    said: set[str], gold: set[str], others: list[set[str]], gap: str, capital: bool
) -> None:
    """Right if and only if the reply has tokens, all of the right option's are among them, and none
    belongs to another option and not to the right one; order, case and signs do not matter.
    """
    reply = gap.join(sorted(said, reverse=True))
    options = [" ".join(sorted(gold)), *(gap.join(other) for other in others)]
    foreign = set().union(*others) - gold
    right = bool(said) and gold <= said and not said & foreign
    assert official(reply.capitalize() if capital else reply, options, 0) is right


@given(st.lists(WORDS.filter(bool), min_size=1, max_size=4), st.randoms())
def test_the_official_rule_is_blind_to_order(words: list[str], random: object) -> None:
    shuffled = sorted(words, reverse=True)
    options = (" ".join(words), "something else")
    assert official(" ".join(shuffled), options, 0)


@pytest.mark.parametrize(
    ("scores", "options", "choice"),
    [
        ((-2.0, -1.0, -3.0), ("a", "b", "c"), 1),
        ((-1.0, -1.0, -3.0), ("a", "b", "c"), None),
        ((-1.0, -1.0, -3.0), ("a", "a", "c"), 0),
        ((-3.0, -1.0, -1.0), ("a", "b", "b"), 1),
        ((float("nan"), -1.0), ("a", "b"), None),
        ((float("-inf"), -9.0), ("a", "b"), 1),
        ((float("-inf"), float("-inf")), ("a", "b"), None),
    ],
)
def test_likelihood_takes_the_highest_and_no_tie(
    scores: tuple[float, ...], options: tuple[str, ...], choice: int | None
) -> None:
    assert likeliest(scores, options) == choice


def test_a_verdict_keeps_what_every_rule_said() -> None:
    verdict = grade(question(), Reply("(B)"), rule="letter")
    assert verdict.rules == {
        "letter": {"chosen": 1, "correct": True},
        "official": {"chosen": None, "correct": False},
    }
    assert (verdict.chosen, verdict.correct, verdict.rule) == (1, True, "letter")
    assert grade(question(), Reply("(B)"), rule="official").correct is False
    assert (verdict.question, verdict.category, verdict.clip) == ("q", "Music", "a.wav")


def test_letters_follow_the_order_that_was_shown() -> None:
    verdict = grade(question(), Reply("(A)"), rule="letter", order=(2, 1, 0, 3), variant=5)
    assert (verdict.chosen, verdict.correct, verdict.variant) == (2, False, 5)
    shown = verdict.as_shown()
    assert (shown.chosen, shown.answer) == (0, 1)


def test_the_official_rule_does_not_depend_on_the_order() -> None:
    verdict = grade(question(), Reply("trumpet"), rule="official", order=(2, 3, 0, 1))
    assert (verdict.chosen, verdict.correct) == (1, True)


def test_scores_are_kept_in_the_questions_own_order() -> None:
    reply = Reply("", stop="scored", scores=(-4.0, -1.0, -2.0, -3.0))
    verdict = grade(question(), reply, rule="likelihood", order=(2, 1, 0, 3))
    assert verdict.scores == (-2.0, -1.0, -4.0, -3.0)
    assert (verdict.chosen, verdict.correct) == (1, True)
    with pytest.raises(NoData, match="not listed"):
        verdict.as_shown()


def test_the_equal_text_of_another_option_is_right() -> None:
    twins = question(options=("trumpet", "violin", "trumpet"), answer=2)
    assert grade(twins, Reply("(A)"), rule="letter").correct
    assert grade(twins, Reply("trumpet"), rule="letter").correct
    assert not grade(twins, Reply("(B)"), rule="letter").correct


@pytest.mark.parametrize("rule", ["letter", "official", "likelihood"])
def test_a_failed_reply_is_wrong_and_unparsed(rule: str) -> None:
    verdict = grade(question(), Reply("", stop="failed", error="503"), rule=rule)
    assert (verdict.chosen, verdict.correct) == (None, False)


def test_a_rule_that_does_not_apply_is_refused() -> None:
    with pytest.raises(BadRecord, match="'likelihood' does not apply"):
        grade(question(), Reply("B"), rule="likelihood")
    with pytest.raises(BadRecord, match="3 scores for 4 options"):
        grade(question(), Reply("", scores=(-1.0, -2.0, -3.0)), rule="likelihood")
