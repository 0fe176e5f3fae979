"""Batched generation: left padding, key-value cache, transformers' own loop.

Left padding with positions counted from each prompt's first token changes nothing but rounding.
What prompts share is computed once: `shared_cache` runs them packed as trees and copies the keys
and values of each path to where the generation loop expects them.
A reply ends at an end token, at `max_tokens`, or, from a model without a chat template, at the end
of its first line that is not empty.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, GenerationConfig, StoppingCriteria, StoppingCriteriaList

from echoic.engine.ask import Generation, Reply
from echoic.engine.chat import end_ids, has_template
from echoic.engine.local_plan import Item, Tree
from echoic.engine.local_score import Embed, run_trees

DEFAULT_MAX_TOKENS = 32
LINE_END = "\n"


@dataclass(frozen=True)
class Sampler:
    """How one model generates: transformers' settings, the ids that end a reply, the seed.

    `stop_text` ("" for none) also ends a reply once it stands after the reply's first word. Models
    without a chat template need it: they go on with a next question of their own.
    """

    config: GenerationConfig
    ends: tuple[int, ...]
    stop_text: str
    seed: int

    @classmethod
    def of(cls, model: Any, tokenizer: Any, generation: Generation) -> "Sampler":
        """As `ending`, with the ends of the tokenizer's chat template or else of a line."""
        stop_text = "" if has_template(tokenizer) else LINE_END
        return cls.ending(model, generation, end_ids(tokenizer), stop_text=stop_text)

    @classmethod
    def ending(
        cls, model: Any, generation: Generation, ends: tuple[int, ...], *, stop_text: str
    ) -> "Sampler":
        """Greedy without a temperature or with 0; else the model's own defaults, overridden.

        The model's own end tokens come after `ends`. Without a seed samples are drawn with seed 0:
        a batch that is run again must not differ.
        """
        own = getattr(model, "generation_config", None) or GenerationConfig()
        named = own.eos_token_id if isinstance(own.eos_token_id, list) else [own.eos_token_id]
        ends = tuple(dict.fromkeys([*ends, *(id_ for id_ in named if id_ is not None)]))
        if generation.temperature:
            config = copy.deepcopy(own)
            config.update(do_sample=True, temperature=generation.temperature)
            if generation.top_p is not None:
                config.top_p = generation.top_p
        else:
            config = GenerationConfig(do_sample=False, repetition_penalty=1.0)
        config.update(
            eos_token_id=list(ends) or None,
            pad_token_id=ends[0] if ends else 0,
            max_length=None,
            max_new_tokens=generation.max_tokens or DEFAULT_MAX_TOKENS,
        )
        return cls(config, ends, stop_text, generation.seed or 0)

    @property
    def max_tokens(self) -> int:
        """The most tokens that a reply may have."""
        return int(self.config.max_new_tokens)


class _AtText(StoppingCriteria):  # type: ignore[misc]
    def __init__(self, tokenizer: Any, stop_text: str) -> None:
        self._tokenizer, self._stop_text = tokenizer, stop_text

    def __call__(self, input_ids: Tensor, scores: Any, **kwargs: Any) -> Tensor:
        texts = self._tokenizer.batch_decode(input_ids, skip_special_tokens=True)
        ended = [self._stop_text in text.lstrip() for text in texts]
        return torch.tensor(ended, device=input_ids.device)


@torch.inference_mode()
def shared_cache(
    model: Any, trees: Sequence[Tree], batch: Sequence[Item], embed: Embed
) -> DynamicCache | None:
    """Keys and values of every prompt but its last token, left-padded; None if there are none.

    `trees` hold the prompts of `batch` without their last tokens.
    """
    trees = [tree for tree in trees if len(tree)]
    longest = max(len(item.ids) for item in batch) - 1
    if not longest:
        return None
    packed = DynamicCache()  # without windows: in a packed row the last places are not the nearest
    run_trees(model, trees, embed, packed)
    row_of = {index: row for row, tree in enumerate(trees) for index in tree.indices}
    rows = torch.tensor([row_of.get(item.index, 0) for item in batch])[:, None]  # (prompts, 1)
    nodes = torch.zeros(len(batch), longest, dtype=torch.long)
    for at, item in enumerate(batch):
        if path := trees[row_of.get(item.index, 0)].path(item.ids[:-1]):
            nodes[at, -len(path) :] = torch.tensor(path)
    cache = DynamicCache(config=model.config)
    for number, layer in enumerate(packed.layers):
        keys, values = (
            states.transpose(1, 2)[rows, nodes].transpose(1, 2)  # (prompts, heads, longest, size)
            for states in (layer.keys, layer.values)
        )
        cache.update(keys, values, number)
        layer.reset()  # frees the packed states, layer by layer
    return cache


@torch.inference_mode()
def generate(
    model: Any,
    tokenizer: Any,
    batch: Sequence[tuple[int, ...]],
    embed: Embed,
    sampler: Sampler,
    cache: DynamicCache | None = None,
) -> list[Reply]:
    """One reply to each prompt (token ids), all together; `cache` is what `shared_cache` made."""
    longest = max(len(ids) for ids in batch)
    padded = torch.tensor([[0] * (longest - len(ids)) + list(ids) for ids in batch])
    real = torch.tensor([[0] * (longest - len(ids)) + [1] * len(ids) for ids in batch])
    devices = [model.device] if model.device.type == "cuda" else []
    stops = [_AtText(tokenizer, sampler.stop_text)] if sampler.stop_text else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(sampler.seed)
        new = model.generate(
            inputs_embeds=embed(padded),
            past_key_values=cache,
            attention_mask=real.to(model.device),
            generation_config=sampler.config,
            stopping_criteria=StoppingCriteriaList(stops),
        )  # (prompts, new tokens)
    return [
        cut_reply(tokenizer, len(ids), row, sampler)
        for ids, row in zip(batch, new.tolist(), strict=True)
    ]


def cut_reply(tokenizer: Any, tokens_in: int, new: list[int], sampler: Sampler) -> Reply:
    """The reply in generated ids, without padding behind its end and white space at its end."""
    count = next((at + 1 for at, id_ in enumerate(new) if id_ in sampler.ends), len(new))
    ended = new[count - 1] in sampler.ends
    text = tokenizer.decode(new[:count], skip_special_tokens=True)
    if sampler.stop_text:
        lead = text[: len(text) - len(text.lstrip())]
        body, stop, _ = text[len(lead) :].partition(sampler.stop_text)
        text, ended = lead + body, ended or bool(stop)
    return Reply(
        text=text.rstrip(),
        stop="stop" if ended else "length",
        tokens_in=tokens_in,
        tokens_out=count,
    )
