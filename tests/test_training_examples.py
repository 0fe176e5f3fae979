"""Targets as token sequences, letter by letter."""

from dataclasses import replace

import pytest

from echoic.errors import NoData
from echoic.seed import Target, user_text
from echoic.training.examples import Example, end_token, make_examples
from lalm_tiny import QUERIES, TEMPLATE, character_tokenizer, ids_of

TARGET = Target(
    id="t",
    audio="a.wav",
    seed_description="[hi](Pitch: low)",
    prompt="Name it.",
    response=" low)",
    prefill="(Pitch:",
    text="hi",
)


def words(text: str) -> list[int]:
    """Ids of text that may hold line breaks (4) and end tokens (2, written ~)."""
    return [{"\n": 4, "~": 2}.get(char) or ids_of(char)[0] for char in text]


def example(target: Target = TARGET, template: str | None = TEMPLATE, room: int = 500) -> Example:
    (made,) = make_examples(
        [target], character_tokenizer(template), queries=QUERIES, max_length=room
    )
    return made


def asked(place: str) -> str:
    return user_text(place, "Name it.")


def test_the_student_hears_where_the_teacher_reads() -> None:
    made = example()
    assert list(made.before) == words("[u]<start_audio>")
    assert list(made.after) == words("hi<end_audio>" + asked("") + "~[a](Pitch:")
    assert list(made.reading) == words("[u]" + asked("[hi](Pitch: low)") + "~[a](Pitch:")
    assert list(made.response) == words(" low)~")
    assert not made.cut


def test_a_base_model_is_taught_to_end_its_line() -> None:
    made = example(template=None)
    assert list(made.before) == [1, *words("<start_audio>")]
    assert list(made.reading) == [1, *words(asked("[hi](Pitch: low)") + "\n(Pitch:")]
    assert list(made.response) == words(" low)\n")


def test_a_chat_model_is_taught_the_token_that_its_template_writes_after_a_reply() -> None:
    assert end_token(character_tokenizer(TEMPLATE)) == 2
    assert end_token(character_tokenizer(TEMPLATE.replace("<end>", "<bos>"))) == 1


def test_a_response_that_was_cut_when_written_is_not_taught_to_end_there() -> None:
    made = example(replace(TARGET, complete=False))
    assert list(made.response) == words(" low)")
    assert made.cut


def test_a_response_that_does_not_fit_is_cut_and_says_so() -> None:
    whole = example()
    around = QUERIES + len(whole.before) + len(whole.after)
    assert example(room=around + 6) == whole
    only_the_end_is_cut = example(room=around + 5)
    assert list(only_the_end_is_cut.response) == words(" low)")
    assert only_the_end_is_cut.cut
    assert list(example(room=around + 2).response) == words(" l")


def test_nothing_to_learn_is_an_error_that_names_the_key() -> None:
    with pytest.raises(NoData, match="max_length = 20"):
        example(room=20)
