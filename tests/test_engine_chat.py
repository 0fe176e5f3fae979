"""Prompts as text and tokens."""

import pytest
from tokenizers import Tokenizer, models, normalizers
from transformers import PreTrainedTokenizerFast

from echoic.engine.chat import end_ids, render, tokens
from local_tiny import TEMPLATE, tiny_tokenizer

NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no') }}{% endif %}" + TEMPLATE
)


def test_a_base_model_is_asked_with_a_plain_text() -> None:
    text = render(tiny_tokenizer(), system="Be short.", user="Which?", prefill="")
    assert text == "Be short.\n\nWhich?\nAnswer:"


def test_without_a_system_text_the_plain_text_begins_with_the_question() -> None:
    assert render(tiny_tokenizer(), system="", user="Which?", prefill="") == "Which?\nAnswer:"


def test_a_prefill_stands_in_place_of_the_plain_cue() -> None:
    text = render(tiny_tokenizer(), system="", user="Which?", prefill="Instrument:")
    assert text == "Which?\nInstrument:"


def test_a_chat_template_is_used_and_the_prefill_follows_the_generation_prompt() -> None:
    text = render(tiny_tokenizer(TEMPLATE), system="a", user="b", prefill="c")
    assert text == "s a <end> u b <end> z c"


def test_a_template_that_refuses_a_system_role_gets_it_in_the_user_message() -> None:
    text = render(tiny_tokenizer(NO_SYSTEM), system="a", user="b", prefill="")
    assert text == "u a\n\nb <end> z "


def test_plain_text_begins_with_one_beginning_token() -> None:
    tokenizer = tiny_tokenizer()
    assert tokens(tokenizer, "a b") == [1, 6, 7]
    assert tokens(tokenizer, "<bos> a b") == [1, 6, 7]


def test_a_chat_template_writes_its_own_beginning() -> None:
    assert tokens(tiny_tokenizer(TEMPLATE), "a b") == [6, 7]


def test_a_later_piece_has_no_beginning_token() -> None:
    assert tokens(tiny_tokenizer(), " a b", start=False) == [6, 7]


def test_a_later_piece_gets_no_space_of_the_tokenizers_own() -> None:
    pieces = [("<unk>", 0.0), ("▁", -3.0), (":", -3.0), ("▁dog", -1.0), ("dog", -2.0)]
    inner = Tokenizer(models.Unigram(pieces, 0))
    inner.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner)
    assert tokenizer.encode(" dog", add_special_tokens=False) == [1, 3]
    assert tokens(tokenizer, " dog", start=False) == [3]
    assert tokens(tokenizer, "dog", start=False) == [4]


def test_what_the_template_writes_after_a_reply_ends_it() -> None:
    tokenizer = tiny_tokenizer(TEMPLATE.replace("<end>", "<bos>"))
    assert end_ids(tokenizer) == (1, 2)


def test_a_word_that_the_template_writes_after_a_reply_does_not_end_it() -> None:
    assert end_ids(tiny_tokenizer(TEMPLATE.replace("<end>", "q"))) == (2,)


def test_without_a_template_only_the_end_token_ends_a_reply() -> None:
    assert end_ids(tiny_tokenizer()) == (2,)


@pytest.mark.models
def test_gemma_base_gets_its_beginning_token_once() -> None:
    from transformers import AutoTokenizer

    from echoic.models.store import path

    tokenizer = AutoTokenizer.from_pretrained(path("gemma-3-270m"))
    ids = tokens(tokenizer, render(tokenizer, system="", user="Which?", prefill=""))
    assert ids.count(tokenizer.bos_token_id) == 1
    assert ids[0] == tokenizer.bos_token_id


@pytest.mark.models
def test_smollm_ends_a_turn_with_its_own_token() -> None:
    from transformers import AutoTokenizer

    from echoic.models.store import path

    tokenizer = AutoTokenizer.from_pretrained(path("smollm2-135m-instruct"))
    assert tokenizer.convert_ids_to_tokens(end_ids(tokenizer)) == ["<|im_end|>"]
    text = render(tokenizer, system="Be short.", user="Hi", prefill="Sure:")
    assert text == (
        "<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\nSure:"
    )
