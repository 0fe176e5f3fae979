"""Packed scores against plain ones, for kinds of models that mask, scale and cap differently."""

import math
from typing import Any

import pytest
import torch
from transformers import (
    BloomConfig,
    Gemma2Config,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    MambaConfig,
    MistralConfig,
)

from echoic.engine.local_plan import Item, grow_trees
from echoic.engine.local_score import packs, plain_scores, tree_scores
from local_tiny import tiny_model

PREFIX = tuple(range(6, 30))
ITEMS = [
    Item(0, (*PREFIX, 30, 31), ((5, 6, 7), (5, 8), (9,))),
    Item(1, (*PREFIX, 32), ((5, 6), (10, 11))),
    Item(2, (*PREFIX[:9], 33, 34, 35), ((7,), (7, 12))),
    Item(3, (8, 9), ((6,), (7, 7, 7))),
]
SLIDING_EVERY_OTHER = ["sliding_attention", "full_attention"]


def embedder(model: Any) -> Any:
    return model.get_input_embeddings()


def packed(model: Any) -> dict[int, tuple[float, ...]]:
    """All items in two rows of one batch, the shorter one padded."""
    trees = grow_trees(ITEMS, row_tokens=64, sharing_worth=1e9)
    assert len(trees) == 2
    return tree_scores(model, trees, embedder(model))


@pytest.mark.parametrize(
    ("config", "changes"),
    [
        pytest.param(LlamaConfig, {}, id="llama"),
        pytest.param(GPT2Config, {"n_embd": 16, "n_layer": 2, "n_head": 2}, id="learned positions"),
        pytest.param(MistralConfig, {"sliding_window": 8}, id="a window in every layer"),
        pytest.param(
            Gemma3TextConfig,
            {"sliding_window": 8, "layer_types": SLIDING_EVERY_OTHER, "head_dim": 8},
            id="a window in some layers, scaled embeddings",
        ),
        pytest.param(
            Gemma2Config,
            {
                "sliding_window": 8,
                "layer_types": SLIDING_EVERY_OTHER,
                "head_dim": 8,
                "final_logit_softcapping": 2.0,
                "attn_implementation": "eager",
            },
            id="capped logits",
        ),
    ],
)
def test_packed_scores_equal_those_of_each_sequence_alone(
    config: Any, changes: dict[str, Any]
) -> None:
    model = tiny_model(config, **changes)
    assert packs(model, embedder(model))
    scores = packed(model)
    for item in ITEMS:
        assert scores[item.index] == pytest.approx(
            plain_scores(model, item, embedder(model)), abs=1e-4
        )


def test_a_window_changes_the_scores_of_prompts_beyond_it() -> None:
    windowed = packed(tiny_model(MistralConfig, sliding_window=8))
    full = packed(tiny_model(MistralConfig, sliding_window=None))
    assert windowed[0] != pytest.approx(full[0], abs=1e-2)
    assert windowed[3] == pytest.approx(full[3], abs=1e-4), "this one fits into the window"


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(
            (BloomConfig, {"n_layer": 2, "n_head": 2}), id="positions as a bias on attention"
        ),
        pytest.param((MambaConfig, {"state_size": 4}), id="recurrent"),
    ],
)
def test_a_model_that_packing_would_change_is_noticed(model: tuple[Any, dict[str, Any]]) -> None:
    config, changes = model
    tiny = tiny_model(config, **changes)
    assert not packs(tiny, embedder(tiny))
    assert len(plain_scores(tiny, ITEMS[0], embedder(tiny))) == 3


def test_a_model_that_knows_nothing_gives_every_token_one_part_in_the_vocabulary() -> None:
    model = tiny_model(LlamaConfig, tie_word_embeddings=False)
    torch.nn.init.zeros_(model.lm_head.weight)
    for scores in packed(model).values():
        assert scores == pytest.approx([-math.log(40)] * len(scores), abs=1e-5)


def test_the_score_is_the_mean_over_the_tokens() -> None:
    model = tiny_model(LlamaConfig)
    item = Item(0, (6, 7), ((8, 9), (8,)))
    both, first = plain_scores(model, item, embedder(model))
    (second,) = plain_scores(model, Item(0, (6, 7, 8), ((9,),)), embedder(model))
    assert both == pytest.approx((first + second) / 2, abs=1e-5)
