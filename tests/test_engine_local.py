"""The local provider on tiny models, and its packed scores on the embedded ones."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BloomConfig, Gemma3TextConfig, LlamaConfig

from echoic.engine.ask import AUDIO_MARK, Generation, Prompt, Reply
from echoic.engine.local import LocalModel, open_local
from echoic.engine.local_plan import Item, grow_trees
from echoic.engine.local_score import plain_scores
from echoic.engine.weights import weights_digest
from echoic.errors import UnknownName
from echoic.study.tokens import Tokens
from local_tiny import TEMPLATE, tiny_model, tiny_tokenizer

LETTERS = "abcdefghijklmnopqrstuvwxy"
# Prompts of several lengths; the last four begin alike and share a row.
USERS = [
    *(LETTERS[at : at + 3 + 5 * (at % 4)] for at in range(8)),
    *(LETTERS[:18] + letters for letters in ("y", "xx", "www", "vvvv")),
]
ASKED = [Prompt(f"p{at}", user=" ".join(letters)) for at, letters in enumerate(USERS)]
SCORED = [replace(prompt, continuations=(" a b", " c", " d e f")) for prompt in ASKED]


def local(template: str | None = TEMPLATE, **options: Any) -> LocalModel:
    generation = options.pop("generation", Generation(max_tokens=6))
    config = options.pop("config", LlamaConfig)
    changes = options.pop("changes", {})
    model = tiny_model(config, **changes)
    return LocalModel("tiny", model, tiny_tokenizer(template), generation=generation, **options)


def ask(model: LocalModel, prompts: Sequence[Prompt], done: Sequence[int] = ()) -> dict[int, Reply]:
    return dict(model.replies(prompts, frozenset(done)))


WINDOWED = {"config": Gemma3TextConfig, "changes": {"sliding_window": 8, "head_dim": 8}}
KINDS = [
    pytest.param({}, id="full attention"),
    pytest.param(WINDOWED, id="prompts beyond a sliding window"),
    pytest.param({"config": BloomConfig, "changes": {"n_layer": 2, "n_head": 2}}, id="not packed"),
]


def test_a_plan_counts_the_tokens_that_are_computed() -> None:
    """What prompts share counts once, as it is computed once; a clip's vectors count as tokens."""
    model = local()
    items = [model.item(at, prompt) for at, prompt in enumerate(SCORED)]
    rows = grow_trees(items, row_tokens=model.row_tokens, sharing_worth=model.sharing_worth)
    assert len(rows) < len(items), "some prompts share a row"
    tokens = Tokens(model.tokenizer, model.model.config.hidden_size)
    assert tokens.computed([(p, "", "") for p in SCORED], 0) == sum(map(len, rows))
    about = [replace(prompt, user=f"{AUDIO_MARK} a b", audio=Path("x")) for prompt in SCORED[:2]]
    one, other = [(prompt, "clip", "c d") for prompt in about], [(about[1], "another", "c d")]
    assert tokens.computed(one, 7) == tokens.computed(one[:1], 7)
    assert tokens.computed(one[:1] + other, 7) >= tokens.computed(one[:1], 7) + 7


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_replies_as_each_prompt_alone(kind: dict[str, Any]) -> None:
    model = local(**kind)
    together = ask(model, ASKED)
    assert sorted(together) == list(range(len(ASKED)))
    assert len({reply.tokens_in for reply in together.values()}) > 4, "some prompts are padded"
    assert len(model.rows([model.item(at, ASKED[at]) for at in (8, 9, 10, 11)])) == 1
    for at, prompt in enumerate(ASKED):
        assert ask(model, [prompt])[0] == together[at]


@pytest.mark.parametrize("kind", KINDS)
def test_generation_is_the_most_likely_token_again_and_again(kind: dict[str, Any]) -> None:
    model = local(**kind)
    replies = ask(model, ASKED)
    for at, prompt in enumerate(ASKED):
        ids = list(model.encode(prompt))
        expected: list[int] = []
        while len(expected) < 6 and expected[-1:] != [2]:
            logits = model.model(torch.tensor([ids + expected])).logits[0, -1]
            expected.append(int(logits.argmax()))
        text = model.tokenizer.decode(expected, skip_special_tokens=True)
        assert replies[at].text == text.rstrip()
        assert replies[at].tokens_out == len(expected)


def test_prompts_of_a_single_token_are_answered() -> None:
    model = local("{{ messages[-1]['content'] }}")
    together = ask(model, [Prompt("one", user="a"), ASKED[2], Prompt("other", user="b")])
    assert [together[at].tokens_in for at in range(3)] == [1, 13, 1]
    assert together[0] == ask(model, [Prompt("one", user="a")])[0]


def test_scoring_gives_the_mean_log_probability_of_each_continuation() -> None:
    model = local()
    for at, reply in ask(model, SCORED).items():
        item = Item(0, model.encode(SCORED[at]), ((6, 7), (8,), (9, 10, 11)))
        alone = plain_scores(model.model, item, model.model.get_input_embeddings())
        assert reply.scores == pytest.approx(alone, abs=1e-4)
        assert reply.text == ("a b", "c", "d e f")[alone.index(max(alone))]
        assert reply.stop == "scored"


def test_asked_and_scored_prompts_may_be_mixed() -> None:
    replies = ask(local(), [SCORED[0], ASKED[0]])
    assert replies[0].stop == "scored"
    assert replies[1].stop in ("stop", "length")


def test_finished_batches_are_skipped_and_unfinished_ones_run_whole() -> None:
    model = local(batch_tokens=64)
    whole = list(model.replies(ASKED))
    order = [at for at, _ in whole]
    again = list(model.replies(ASKED, frozenset(order[1:])))
    assert 1 < len(again) < len(whole), "the first batch alone ran, and all of it"
    assert again == whole[: len(again)]
    assert list(model.replies(ASKED, frozenset(order))) == []


def test_finished_scoring_batches_are_skipped_too() -> None:
    model = local(batch_tokens=64, row_tokens=16)
    whole = list(model.replies(SCORED))
    again = list(model.replies(SCORED, frozenset(at for at, _ in whole[1:])))
    assert 1 < len(again) < len(whole), "the first batch alone ran, and all of it"
    assert again == whole[: len(again)]
    assert list(model.replies(SCORED, frozenset(range(len(SCORED))))) == []


def test_samples_are_the_same_at_every_start_and_differ_between_seeds() -> None:
    def texts(seed: int) -> list[str]:
        generation = Generation(max_tokens=8, temperature=1.5, seed=seed)
        return [reply.text for _, reply in sorted(ask(local(generation=generation), ASKED).items())]

    before = torch.random.get_rng_state()
    assert texts(1) == texts(1) != texts(2)
    assert torch.equal(before, torch.random.get_rng_state()), "the global state is left alone"


def biased(template: str | None, *favoured: int) -> LocalModel:
    """A model that says the `favoured` tokens one after the other, whatever it reads."""
    model = local(template, changes={"tie_word_embeddings": False})
    width, head = model.model.config.hidden_size, model.model.lm_head.weight
    first = model.encode(ASKED[0])[-1]
    table = model.model.get_input_embeddings().weight
    for layer in model.model.model.layers:  # nothing but the last token counts
        torch.nn.init.zeros_(layer.self_attn.o_proj.weight)
        torch.nn.init.zeros_(layer.mlp.down_proj.weight)
    torch.nn.init.zeros_(table)
    torch.nn.init.zeros_(head)
    with torch.no_grad():
        for at, (before, after) in enumerate(zip((first, *favoured), favoured, strict=False)):
            assert at < width
            table[before, at] = 1.0
            head[after, at] = 9.0
    return model


def test_a_reply_stops_at_the_end_token() -> None:
    reply = ask(biased(TEMPLATE, 6, 7, 2), ASKED[:1])[0]
    assert (reply.text, reply.stop, reply.tokens_out) == ("a b", "stop", 3)


def test_a_reply_that_is_cut_says_so() -> None:
    reply = ask(biased(TEMPLATE, 6, 7, 8, 9, 10, 11, 12), ASKED[:1])[0]
    assert (reply.text, reply.stop, reply.tokens_out) == ("a b c d e f", "length", 6)


def test_a_base_model_stops_at_the_end_of_its_first_line() -> None:
    reply = ask(biased(None, 6, 7, 4, 8, 9), ASKED[:1])[0]
    assert (reply.text.strip(), reply.stop) == ("a b", "stop")


def test_a_line_break_before_the_first_word_stops_nothing() -> None:
    reply = ask(biased(None, 4, 6, 7, 2), ASKED[:1])[0]
    assert (reply.text.strip(), reply.stop) == ("a b", "stop")


def test_a_chat_model_may_write_several_lines() -> None:
    reply = ask(biased(TEMPLATE, 6, 4, 7, 2), ASKED[:1])[0]
    assert reply.text.split() == ["a", "b"]


class Hearing(LocalModel):
    """Reads the letter `a` as a vector of its own, which happens to be the embedding of `b`."""

    def encode(self, prompt: Prompt) -> tuple[int, ...]:
        return tuple(-4 if id_ == 6 else id_ for id_ in super().encode(prompt))

    def vectors(self, prompts: Sequence[Prompt]) -> Mapping[int, torch.Tensor]:
        assert prompts
        return {-4: self.model.get_input_embeddings().weight[7]}


@pytest.mark.parametrize("prompts", [ASKED, SCORED], ids=["generation", "scoring"])
def test_positions_with_vectors_of_their_own_are_heard(prompts: list[Prompt]) -> None:
    text = local()
    hearing = Hearing("tiny", text.model, text.tokenizer, generation=Generation(max_tokens=6))
    heard = ask(hearing, [replace(prompt, user="a a c") for prompt in prompts])
    read = ask(text, [replace(prompt, user="b b c") for prompt in prompts])
    assert heard == read


def test_a_prompt_longer_than_the_model_fails_alone() -> None:
    replies = ask(local(), [ASKED[0], Prompt("long", user="a " * 300)])
    assert replies[0].stop != "failed"
    assert replies[1].stop == "failed"
    assert "long" in replies[1].error
    assert "256" in replies[1].error


def test_a_text_model_says_that_it_cannot_hear(tmp_path: Path) -> None:
    prompt = Prompt("p", user="<|AUDIO|> a", audio=tmp_path / "clip.wav")
    reply = ask(local(), [prompt])[0]
    assert reply.stop == "failed"
    assert "cannot hear clip.wav" in reply.error


def test_an_empty_continuation_fails() -> None:
    assert ask(local(), [replace(ASKED[0], continuations=(" a", ""))])[0].stop == "failed"


def test_settings_tell_checkpoints_apart() -> None:
    model = local()
    before = model.settings["weights"]
    assert before == weights_digest(tiny_model(LlamaConfig))
    with torch.no_grad():
        model.model.lm_head.weight.mul_(1.01)
    assert weights_digest(model.model) != before


def test_settings_name_what_decides_a_reply() -> None:
    settings = local(generation=Generation(temperature=0.5)).settings
    assert settings["dtype"] == "float32"
    assert settings["template"] == "chat"
    assert settings["generation"] == {"temperature": 0.5, "max_tokens": 32, "stop": ""}


def test_an_unknown_dtype_is_named() -> None:
    with pytest.raises(UnknownName, match="float99"):
        open_local("smollm2-135m-instruct", generation=Generation(), dtype="float99")


BEYOND_WINDOW = "A bell rings and a dog barks far away. " * 55  # over 512 tokens for Gemma


@pytest.mark.models
@pytest.mark.parametrize("name", ["smollm2-135m-instruct", "gemma-3-270m"])
def test_embedded_models_score_packed_as_alone(name: str) -> None:
    model = open_local(name, generation=Generation())
    options = (" a dog and a bell", " a big cat")
    prompts = [
        Prompt("short", user="Which animal barks?", continuations=options),
        *(
            Prompt(asked, user=f"{BEYOND_WINDOW}What {asked}?", continuations=options)
            for asked in ("barks", "rings")
        ),
    ]
    replies = ask(model, prompts)
    assert replies[1].tokens_in > 512
    for at, prompt in enumerate(prompts):
        tails = tuple(tuple(model.tokenizer.encode(o, add_special_tokens=False)) for o in options)
        item = Item(0, model.encode(prompt), tails)
        alone = plain_scores(model.model, item, model.model.get_input_embeddings())
        assert replies[at].scores == pytest.approx(alone, abs=1e-4)


@pytest.mark.models
@pytest.mark.parametrize("name", ["smollm2-135m-instruct", "gemma-3-270m"])
def test_embedded_models_reply_in_a_batch_as_alone(name: str) -> None:
    model = open_local(name, generation=Generation(max_tokens=5))
    asked = ["Name an animal that barks.", "What is white noise? Answer in one word.", "Hi"]
    prompts = [Prompt(text, user=text) for text in asked]
    together = ask(model, prompts)
    for at, prompt in enumerate(prompts):
        assert ask(model, [prompt])[0] == together[at]
