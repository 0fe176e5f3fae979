"""The letter/option parse on replies whose reading is known by hand."""

import pytest

from echoic.evals.parse import parse_choice

BRASS = ("violin", "trumpet", "piano", "snare drum")
PEOPLE = ("A man", "A woman", "A child", "A robot")
NOTES = ("G", "A#", "D", "E")
CHORDS = ("C major", "c minor", "CM7", "Cm7")
YES = ("Yes", "No")

A, B, C, D = range(4)

READ = [
    # letters alone
    ("B", BRASS, B),
    ("b", BRASS, B),
    (" B \n", BRASS, B),
    ("B.", BRASS, B),
    ("B)", BRASS, B),
    ("(B)", BRASS, B),
    ("(b)", BRASS, B),
    ("[B]", BRASS, B),
    ("B:", BRASS, B),
    ('"B"', BRASS, B),
    ("**B**", BRASS, B),
    ("`B`", BRASS, B),
    ("Option B", BRASS, B),
    ("option (B).", BRASS, B),
    ("Answer B", BRASS, B),
    # letter and text
    ("B) trumpet", BRASS, B),
    ("(B) trumpet", BRASS, B),
    ("B. Trumpet", BRASS, B),
    ("B: trumpet.", BRASS, B),
    ("B - trumpet", BRASS, B),
    ("B trumpet", BRASS, B),
    ("**(D) Snare drum**", BRASS, D),
    ("Option C: piano", BRASS, C),
    ("C) D", NOTES, C),
    # text alone
    ("trumpet", BRASS, B),
    ("Trumpet.", BRASS, B),
    ("The trumpet", BRASS, B),
    ('"Snare  drum"', BRASS, D),
    ("snare drum!", BRASS, D),
    ("woman", PEOPLE, B),
    ("A woman", PEOPLE, B),
    ("a child.", PEOPLE, C),
    ("A#", NOTES, B),
    ("CM7", CHORDS, C),
    ("Cm7", CHORDS, D),
    ("c minor", CHORDS, B),
    ("Yes", YES, A),
    # declarations
    ("The answer is B", BRASS, B),
    ("The answer is trumpet", BRASS, B),
    ("The answer is a trumpet.", BRASS, B),
    ("The correct answer is (B) trumpet.", BRASS, B),
    ('The correct answer is: "trumpet"', BRASS, B),
    ("Answer: B", BRASS, B),
    ("answer:b", BRASS, B),
    ("**Answer:** B", BRASS, B),
    ("**Answer: (B) trumpet**", BRASS, B),
    ("### Answer: B", BRASS, B),
    ("Answer:\nB", BRASS, B),
    ("The answer is:\n\n**B) Trumpet**", BRASS, B),
    ("Final answer: trumpet", BRASS, B),
    ("Correct option: B", BRASS, B),
    ("The best choice would be option (B).", BRASS, B),
    ("The answer is most likely B.", BRASS, B),
    ("The answer is B, because it is loud", BRASS, B),
    ("The answer is B because A is too slow", BRASS, B),
    ("The answer is trumpet since the timbre is bright.", BRASS, B),
    ("The answer is B, trumpet.", BRASS, B),
    ("I choose B", BRASS, B),
    ("I would go with (B).", BRASS, B),
    ("B is correct.", BRASS, B),
    ("(B) is the correct answer.", BRASS, B),
    ("Option B is the best choice.", BRASS, B),
    ("I think B is correct.", BRASS, B),
    ("Listening closely, I hear brass.\nThe answer is B.", BRASS, B),
    # containers
    (r"\boxed{B}", BRASS, B),
    (r"So the result is $\boxed{\text{B}}$.", BRASS, B),
    (r"\boxed{trumpet}", BRASS, B),
    (r"The violin is unlikely: A is wrong. \boxed{(B) trumpet}", BRASS, B),
    ("<answer>B</answer>", BRASS, B),
    ("Reasoning about the piano.\n<answer> trumpet </answer>", BRASS, B),
    ("<answer>B", BRASS, B),
    ("<answer>The answer is B</answer>", BRASS, B),
    # thinking
    ("<think>Maybe A? No, C.</think>B", BRASS, B),
    ("<think>\nThe answer is A.\n</think>\n\nThe answer is B.", BRASS, B),
    ("It could be the piano... The answer is A.</think>\nB) trumpet", BRASS, B),
    ("<thinking>A</thinking>\n(B)", BRASS, B),
    # a choice and its reasons
    ("B. It sounds bright and brassy.", BRASS, B),
    ("(B) I hear a bright, brassy sound.", BRASS, B),
    ("B) trumpet, a brass instrument", BRASS, B),
    ("B) trumpet. The piano would decay.", BRASS, B),
    ("B) Trumpet\n\nExplanation: the attack is sharp.", BRASS, B),
    ("Trumpet. It is a brass instrument.", BRASS, B),
    ("No, the pitch falls.", YES, B),
    ("(A) violin\n(B) trumpet\n(C) piano\n(D) snare drum\nAnswer: C", BRASS, C),
    # equal options: the text cannot tell them apart, the first counts
    ("trumpet", ("violin", "trumpet", "trumpet"), B),
]

UNREAD = [
    ("", BRASS),
    ("   \n", BRASS),
    ("I don't know.", BRASS),
    ("Default output from mockllm/model", BRASS),
    ("E", BRASS),
    ("(E) tuba", BRASS),
    ("tuba", BRASS),
    ("A or B", BRASS),
    ("A, B", BRASS),
    ("AB", BRASS),
    ("A\nB", BRASS),
    ("The answer is A or B.", BRASS),
    ("The answer is A, B or C.", BRASS),
    ("The answer is either the violin or the piano.", BRASS),
    ("The answer is not B.", BRASS),
    ("Neither A nor B is correct.", BRASS),
    ("The answer is A. No, the answer is C.", BRASS),
    ("The answer is C.\nB) trumpet", BRASS),
    ("B) piano", BRASS),
    ("B. The piano has a soft attack.", BRASS),
    ("B. But C is possible.", BRASS),
    ("A. Violin B. Trumpet C. Piano", BRASS),
    ("(A) violin\n(B) trumpet\n(C) piano\n(D) snare drum", BRASS),
    ("It sounds like a trumpet to me", BRASS),
    ("It is not a piano.", BRASS),
    ("A trumpet and a piano are playing.", BRASS),
    ("A loud sound.", BRASS),
    ("D", NOTES),
    ("cM7", CHORDS),
    (r"\boxed{A} or \boxed{B}", BRASS),
    (r"\boxed{}", BRASS),
    ("<answer>A</answer><answer>B</answer>", BRASS),
    ("<think>The answer is B", BRASS),
    ("<think>B</think>", BRASS),
    ("trumpet, piano", BRASS),
]


@pytest.mark.parametrize(("reply", "options", "choice"), READ)
def test_a_clear_reply_is_read(reply: str, options: tuple[str, ...], choice: int) -> None:
    assert parse_choice(reply, options) == choice


@pytest.mark.parametrize(("reply", "options"), UNREAD)
def test_an_unclear_reply_is_unparsed(reply: str, options: tuple[str, ...]) -> None:
    assert parse_choice(reply, options) is None


def test_every_option_can_be_named_by_letter_text_or_both() -> None:
    for at, option in enumerate(BRASS):
        letter = "ABCD"[at]
        for reply in (letter, option, f"({letter}) {option}", f"The answer is {option}"):
            assert parse_choice(reply, BRASS) == at


@pytest.mark.parametrize("unit", [" ", "\n", " \n", "\t"])
def test_a_reply_that_trails_off_into_blanks_costs_nothing(unit: str) -> None:
    # Minutes, were the blanks searched.
    assert parse_choice("The answer is B." + unit * 20_000, ("horn", "bell")) == 1
    assert parse_choice(unit * 20_000 + "what", ("horn", "bell")) is None
