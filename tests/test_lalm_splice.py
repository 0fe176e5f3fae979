"""Where the audio goes in a prompt, letter by letter."""

import pytest

from echoic.errors import BadRecord
from echoic.lalm.splice import splice
from lalm_tiny import TEMPLATE, character_tokenizer, ids_of


def test_the_vectors_stand_between_the_start_marker_and_the_transcript() -> None:
    cut = splice(character_tokenizer(TEMPLATE), "[u]<|AUDIO|> what?", "hi there")
    assert list(cut.before) == ids_of("[u]<start_audio>")
    assert list(cut.after) == ids_of("hi there<end_audio> what?")


def test_without_a_template_the_beginning_token_comes_first_and_only_there() -> None:
    cut = splice(character_tokenizer(), "<|AUDIO|> what?", "hi")
    assert list(cut.before) == [1, *ids_of("<start_audio>")]
    assert list(cut.after) == ids_of("hi<end_audio> what?")


@pytest.mark.parametrize("transcript", ["", " ", " \n "])
def test_where_nobody_speaks_the_transcript_is_one_space(transcript: str) -> None:
    cut = splice(character_tokenizer(), "<|AUDIO|>", transcript)
    assert list(cut.after) == ids_of(" <end_audio>")


def test_a_transcript_is_cut_after_a_hundred_tokens() -> None:
    cut = splice(character_tokenizer(), "<|AUDIO|>?", 60 * "x" + 60 * "y")
    assert list(cut.after) == ids_of(60 * "x" + 40 * "y" + "<end_audio>?")
    whole = splice(character_tokenizer(), "<|AUDIO|>?", 100 * "x")
    assert list(whole.after) == ids_of(100 * "x" + "<end_audio>?")


def test_what_stands_before_the_audio_does_not_depend_on_instruction_or_transcript() -> None:
    tokenizer = character_tokenizer(TEMPLATE)
    one = splice(tokenizer, "[u]<|AUDIO|>\n\nName it.<end>[a]", "hi")
    other = splice(tokenizer, "[u]<|AUDIO|>\n\nList all of it.<end>[a](Pitch:", "")
    assert one.before == other.before
    assert one.after != other.after


@pytest.mark.parametrize("text", ["what?", "<|AUDIO|> or <|AUDIO|>?"])
def test_a_prompt_without_exactly_one_mark_is_refused(text: str) -> None:
    with pytest.raises(BadRecord, match=f"this one has {text.count('<|AUDIO|>')}"):
        splice(character_tokenizer(), text, "hi")
