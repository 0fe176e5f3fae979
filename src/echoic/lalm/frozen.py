"""The frozen backbone, run on vectors and read before its output head.

Any Hugging Face causal LM: its decoder, its input embeddings, and the weight of its output head.
Models that do more than multiply by that weight to get logits are recognised by running both ways.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from echoic.errors import BadRecipe

PROBE_TOKENS = 4
PROBE_TOLERANCE = 0.05


class FrozenBackbone:
    """Runs a frozen causal LM. Gradients pass through to its inputs, never to its weights."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """Freeze `model`. Raises BadRecipe if its logits are not decoder output times head."""
        self.model, self.tokenizer = model.eval().requires_grad_(False), tokenizer
        if model.device.type == "cpu":  # where the fused kernel's backward pass is slower
            model.set_attn_implementation("eager")
        self.decoder = model.get_decoder()
        self.head: Tensor = model.get_output_embeddings().weight  # (vocabulary, width)
        self._check_head()

    @property
    def width(self) -> int:
        """Width of a token vector."""
        return int(self.head.shape[1])

    @property
    def dtype(self) -> torch.dtype:
        """Type of the weights."""
        return self.head.dtype

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.head.device

    @torch.no_grad()
    def _check_head(self) -> None:
        ids = torch.arange(5, 5 + PROBE_TOKENS, device=self.device)[None]
        logits = self.model(input_ids=ids).logits.float()
        ours = (self.hidden(self.embed(ids)) @ self.head.T).float()
        if (logits - ours).abs().max() > PROBE_TOLERANCE * logits.abs().max():
            name = getattr(self.model.config, "model_type", "this model")
            raise BadRecipe(f"{name}: transforms its logits after the head; training cannot use it")

    def embed(self, ids: Tensor | Sequence[int]) -> Tensor:
        """Token vectors as the decoder takes them. Shape: (..., tokens) -> (..., tokens, width)."""
        vectors: Tensor = self.model.get_input_embeddings()(
            torch.as_tensor(ids, dtype=torch.long, device=self.device)
        )
        return vectors

    def token_norm(self) -> float:
        """Mean length of a token vector as the decoder takes it."""
        some = torch.arange(0, len(self.head), max(1, len(self.head) // 4096), device=self.device)
        return float(self.embed(some).float().norm(dim=-1).mean())

    def hidden(self, vectors: Tensor, prefix: "Prefix | None" = None) -> Tensor:
        """The decoder's last states. Shape: (rows, tokens, width) -> (rows, tokens, width).

        Rows are padded on the right, where causal attention needs no mask. `prefix` stands before
        every row and is not computed again.
        """
        start = prefix.length if prefix else 0
        positions = torch.arange(start, start + vectors.shape[1], device=self.device)[None]
        out = self.decoder(
            inputs_embeds=vectors.to(self.dtype),
            position_ids=positions.expand(len(vectors), -1),
            past_key_values=prefix.rows(len(vectors)) if prefix else None,
            use_cache=prefix is not None,
        )
        states: Tensor = out.last_hidden_state
        return states


class Prefix:
    """Keys and values of tokens that begin every row, computed once."""

    def __init__(self, backbone: FrozenBackbone, ids: Sequence[int]) -> None:
        self.length = len(ids)
        cache = DynamicCache()
        with torch.no_grad():
            backbone.decoder(
                inputs_embeds=backbone.embed(list(ids))[None], past_key_values=cache, use_cache=True
            )
        self._layers = [(layer.keys, layer.values) for layer in cache.layers]

    def rows(self, count: int) -> DynamicCache:
        """A cache for `count` rows that each begin with the prefix."""
        cache = DynamicCache()
        for index, (keys, values) in enumerate(self._layers):
            cache.update(keys.expand(count, -1, -1, -1), values.expand(count, -1, -1, -1), index)
        return cache
