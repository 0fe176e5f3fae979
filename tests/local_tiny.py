"""Tiny causal LMs with random weights and word tokenizers, for tests of the local engine.

The weights are large enough that a wrong mask or position changes every score.
"""

from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

WORDS = ["<pad>", "<bos>", "<end>", "<unk>", "\n", ":", *"abcdefghijklmnopqrstuvwxyz"]
TEMPLATE = (
    "{% for m in messages %}{{ m['role'][:1] + ' ' + m['content'] + ' <end> ' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'z ' }}{% endif %}"
)

COMMON = {
    "vocab_size": 40,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 256,
    "initializer_range": 0.5,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}


def tiny_tokenizer(template: str | None = None) -> PreTrainedTokenizerFast:
    """One token a letter; words are cut at spaces, line breaks are words."""
    inner = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, "<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(" ", "removed"), pre_tokenizers.Split("\n", "isolated")]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<bos>",
        eos_token="<end>",
        pad_token="<pad>",
        unk_token="<unk>",
    )
    tokenizer.chat_template = template
    return tokenizer


def tiny_model(config_class: Any, **changes: Any) -> Any:
    """A model of a transformers configuration class, in fp32, the same at every call."""
    config = config_class(**{**COMMON, **changes})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
