"""Log-probabilities of continuations: packed trees in one pass, or one sequence at a time.

The packed pass must equal the plain one for every model that sees other tokens through attention
masks and positions alone. `packs` tries a model on a small example; recurrent models and those
with position biases of their own fail it and are scored plainly.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from echoic.engine.local_plan import Item, Tree

# (rows, length) token ids on the CPU -> (rows, length, width) input vectors on the model's device
Embed = Callable[[Tensor], Tensor]

LOGITS_AT_ONCE = 2**24  # 64 MiB in fp32: 64 positions of a vocabulary of 262,144
FULL, SLIDING = "full_attention", "sliding_attention"
# How far packed and plain scores may lie apart for `packs`: rounding, not another model.
AGREEMENT = {torch.float32: 1e-3, torch.float64: 1e-6}
COARSE_AGREEMENT = 0.1


def run_trees(model: Any, trees: Sequence[Tree], embed: Embed, cache: Any = None) -> Tensor:
    """Last hidden states (rows, length, width) of packed rows, padded on the right.

    `cache`, when given, takes up the keys and values of every position.
    """
    length = max(len(tree) for tree in trees)
    ids = torch.tensor([tree.tokens + [0] * (length - len(tree)) for tree in trees])
    positions = torch.tensor([tree.positions + [0] * (length - len(tree)) for tree in trees])
    seen = torch.from_numpy(np.stack([tree.ancestors(length) for tree in trees]))
    device = model.device
    hidden: Tensor = model.base_model(
        inputs_embeds=embed(ids),
        attention_mask=_masks(model, seen.to(device), positions.to(device)),
        position_ids=positions.to(device),
        past_key_values=cache,
        use_cache=cache is not None,
    )[0]
    return hidden


@torch.inference_mode()
def tree_scores(model: Any, trees: Sequence[Tree], embed: Embed) -> dict[int, tuple[float, ...]]:
    """Mean log-probability per token of every tail, by item index, in one pass over the base model.

    Logits are computed only where a continuation token is predicted, a few positions at a time.
    """
    hidden = run_trees(model, trees, embed)  # (rows, length, width)
    device = hidden.device
    places = sorted({(row, step.node) for row, tree in enumerate(trees) for step in tree.steps})
    slot_of = {place: slot for slot, place in enumerate(places)}
    rows, nodes = torch.tensor(places, device=device).T
    steps = [
        (slot_of[row, step.node], step) for row, tree in enumerate(trees) for step in tree.steps
    ]
    steps.sort()
    slots = torch.tensor([slot for slot, _ in steps], device=device)
    tokens = torch.tensor([step.token for _, step in steps], device=device)
    logprobs = _logprobs(model, hidden[rows, nodes], slots, tokens).tolist()
    found: dict[int, dict[int, list[float]]] = {}
    for (_, step), logprob in zip(steps, logprobs, strict=True):
        found.setdefault(step.item, {}).setdefault(step.tail, []).append(logprob)
    return {
        index: tuple(sum(tails[tail]) / len(tails[tail]) for tail in sorted(tails))
        for index, tails in found.items()
    }


def _masks(model: Any, seen: Tensor, positions: Tensor) -> Tensor | dict[str, Tensor]:
    """Additive masks (rows, 1, length, length), one for each kind of layer that the model has.

    A sliding window is a distance of positions, not of places in the packed row.
    """
    config = model.config.get_text_config()
    window = getattr(config, "sliding_window", None)
    kinds = set(getattr(config, "layer_types", None) or [SLIDING if window else FULL])
    masks = {FULL: _additive(seen, model.dtype)}
    if SLIDING in kinds and window:
        distance = positions[:, :, None] - positions[:, None, :]  # (rows, queries, keys)
        masks[SLIDING] = _additive(seen & (distance < window), model.dtype)
    chosen = {kind: masks[kind] for kind in sorted(kinds)}
    return chosen if len(chosen) > 1 else next(iter(chosen.values()))


def _additive(seen: Tensor, dtype: torch.dtype) -> Tensor:
    mask = torch.zeros(seen.shape, dtype=dtype, device=seen.device)
    return mask.masked_fill_(~seen, torch.finfo(dtype).min)[:, None]


def _logprobs(model: Any, hidden: Tensor, slots: Tensor, tokens: Tensor) -> Tensor:
    """Log-probability of each of `tokens` (steps,) after the position `hidden[slot]`.

    Shape: hidden (places, width); slots, ascending, and tokens (steps,); result (steps,) in fp32.
    """
    head = model.get_output_embeddings()
    config = model.config.get_text_config()
    size = max(1, LOGITS_AT_ONCE // config.vocab_size)
    parts = []
    for start in range(0, len(hidden), size):
        logits = _finish(
            config, head(hidden[start : start + size])
        ).float()  # (<= size, vocabulary)
        here = (slots >= start) & (slots < start + size)
        at = slots[here] - start
        parts.append(logits[at, tokens[here]] - logits.logsumexp(-1)[at])
    return torch.cat(parts)


def _finish(config: Any, logits: Tensor) -> Tensor:
    """What some models do to their head's output, as their configuration states it."""
    if scale := getattr(config, "logit_scale", None):
        logits = logits * scale
    if scaling := getattr(config, "logits_scaling", None):
        logits = logits / scaling
    if cap := getattr(config, "final_logit_softcapping", None):
        logits = torch.tanh(logits / cap) * cap
    return logits


@torch.inference_mode()
def plain_scores(model: Any, item: Item, embed: Embed) -> tuple[float, ...]:
    """Mean log-probability per token of every tail, each computed as one sequence on its own."""
    scores = []
    for tail in item.tails:
        count = len(tail)
        options: dict[str, Any] = {"use_cache": False}
        if "logits_to_keep" in inspect.signature(model.forward).parameters:
            options["logits_to_keep"] = count
        ids = torch.tensor([(*item.ids, *tail[:-1])])
        logits = model(inputs_embeds=embed(ids), **options).logits[0, -count:].float()
        chosen = logits.log_softmax(-1)[range(count), list(tail)]  # (count,)
        scores.append(float(chosen.mean()))
    return tuple(scores)


def packs(model: Any, embed: Embed) -> bool:
    """Whether the packed pass gives this model's own scores, tried on two prompts of few tokens."""
    config = model.config.get_text_config()
    if not set(getattr(config, "layer_types", None) or [FULL]) <= {FULL, SLIDING}:
        return False
    some = [(17 * number) % config.vocab_size for number in range(1, 10)]
    items = [
        Item(0, tuple(some[:5]), ((some[5], some[6]), (some[7],))),
        Item(1, (*some[:3], some[8]), ((some[5],),)),
    ]
    tree = Tree()
    for item in items:
        tree.add(item)
    try:
        packed = tree_scores(model, [tree], embed)
    except (AttributeError, IndexError, RuntimeError, TypeError, ValueError):
        return False  # the model does not take ready masks, positions or vectors
    near = AGREEMENT.get(model.dtype, COARSE_AGREEMENT)
    return all(
        np.allclose(packed[item.index], plain_scores(model, item, embed), rtol=0, atol=near)
        for item in items
    )
