"""The trainable connector: a Q-Former over several encoder layers, mixed and projected.

Queries attend to each other (both ways) and to the encoder's states, as in BLIP-2 (arXiv:2301.12597
section 3.1). Differs as DeSTA2.5 does: one Q-Former is shared by several tapped encoder layers,
each layer has its own learned queries, and the outputs are mixed by weights learned per query.
Parameter names are those of the published checkpoint below `perception.connector.`.

Two norms: "post" is BERT's, as published; "pre" normalises the inputs of every sublayer and the
encoder's states, which trains faster at small scale (it has no published counterpart).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from echoic.errors import BadRecipe

BERT_LAYER_NORM_EPS = 1e-12
MIN_SPREAD = 1e-3  # of a dimension that hardly varies
PUBLISHED_TAPS = {4: (0, 1, 2, 3), 12: (2, 5, 8, 11), 24: (5, 11, 17, 23), 32: (7, 15, 23, 31)}


@dataclass(frozen=True)
class ConnectorConfig:
    """The connector's shape. `taps` are 0-based encoder layers, read after the layer."""

    encoder_width: int
    heads: int
    backbone_width: int
    taps: tuple[int, ...]
    queries: int = 64
    layers: int = 6
    intermediate: int = 3072
    dropout: float = 0.1
    norm: str = "post"

    def __post_init__(self) -> None:
        if self.norm not in ("post", "pre"):
            raise BadRecipe(f"connector norm {self.norm!r}: 'post' (published) or 'pre'")
        if self.encoder_width % self.heads:
            raise BadRecipe(f"{self.heads} heads do not divide a width of {self.encoder_width}")
        if not self.taps or self.queries < 1 or self.layers < 1:
            raise BadRecipe("a connector needs at least one tap, one query and one layer")


def default_taps(encoder_layers: int) -> tuple[int, ...]:
    """The layers that DeSTA2.5 taps; for other depths the ends of four equal parts."""
    if encoder_layers in PUBLISHED_TAPS:
        return PUBLISHED_TAPS[encoder_layers]
    parts = min(4, encoder_layers)
    return tuple(round((part + 1) * encoder_layers / parts) - 1 for part in range(parts))


class _Projections(nn.Module):
    """Query, key and value projections and the attention between them."""

    def __init__(self, config: ConnectorConfig) -> None:
        super().__init__()
        width = config.encoder_width
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.heads, self.dropout = config.heads, config.dropout

    def forward(self, states: Tensor, context: Tensor) -> Tensor:
        """Attend. Shape: states (..., queries, width), context (..., frames, width)."""
        q, k, v = (
            projection(inputs).unflatten(-1, (self.heads, -1)).transpose(-3, -2)
            for projection, inputs in (
                (self.query, states),
                (self.key, context),
                (self.value, context),
            )
        )  # (..., heads, queries or frames, width / heads)
        dropout = self.dropout if self.training else 0.0
        if q.is_cuda:
            q = q.expand(*k.shape[:-2], *q.shape[-2:])
            flat_q, flat_k, flat_v = (part.flatten(0, -4) for part in (q, k, v))  # kernels take 4D
            mixed = functional.scaled_dot_product_attention(
                flat_q, flat_k, flat_v, dropout_p=dropout
            ).reshape(q.shape)
        else:  # on CPU the backward pass of the fused kernel is slower than two matmuls
            scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
            weights = functional.dropout(scores.softmax(-1), dropout)
            mixed = weights @ v
        return mixed.transpose(-3, -2).flatten(-2)  # (..., queries, width)


class _Output(nn.Module):
    """Linear, dropout, residual, and BERT's LayerNorm where the norm is "post"."""

    def __init__(self, config: ConnectorConfig, inputs: int) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, config.encoder_width)
        self.LayerNorm = nn.LayerNorm(config.encoder_width, eps=BERT_LAYER_NORM_EPS)
        self.post, self.dropout = config.norm == "post", config.dropout

    def forward(self, states: Tensor, residual: Tensor) -> Tensor:
        summed = residual + functional.dropout(self.dense(states), self.dropout, self.training)
        return self.LayerNorm(summed) if self.post else summed

    def prepare(self, states: Tensor) -> Tensor:
        """What the sublayer reads: normalised first where the norm is "pre"."""
        return states if self.post else self.LayerNorm(states)


class _Attention(nn.Module):
    def __init__(self, config: ConnectorConfig) -> None:
        super().__init__()
        self.self = _Projections(config)
        self.output = _Output(config, config.encoder_width)

    def forward(self, states: Tensor, context: Tensor | None = None) -> Tensor:
        ready = self.output.prepare(states)
        attended: Tensor = self.self(ready, ready if context is None else context)
        mixed: Tensor = self.output(attended, states)
        return mixed


class _Intermediate(nn.Module):
    def __init__(self, config: ConnectorConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.encoder_width, config.intermediate)

    def forward(self, states: Tensor) -> Tensor:
        return functional.gelu(self.dense(states))


class _Layer(nn.Module):
    def __init__(self, config: ConnectorConfig) -> None:
        super().__init__()
        self.attention = _Attention(config)
        self.crossattention = _Attention(config)
        self.intermediate = _Intermediate(config)
        self.output = _Output(config, config.intermediate)

    def forward(self, states: Tensor, context: Tensor) -> Tensor:
        states = self.crossattention(self.attention(states), context)
        grown = self.intermediate(self.output.prepare(states))
        out: Tensor = self.output(grown, states)
        return out


class QFormer(nn.Module):
    """A stack of self-attention, cross-attention and feed-forward layers."""

    def __init__(self, config: ConnectorConfig) -> None:
        super().__init__()
        self.layer = nn.ModuleList(_Layer(config) for _ in range(config.layers))

    def forward(self, states: Tensor, context: Tensor) -> Tensor:
        """Shape: states (..., queries, width), context (..., frames, width) -> like states.

        Leading dimensions broadcast: until the first cross-attention has met the context, states
        that are the same for every clip are computed once.
        """
        for layer in self.layer:
            states = layer(states, context)
        return states


class Connector(nn.Module):
    """Encoder states of all taps -> vectors in the backbone's embedding space.

    Linear layers start from PyTorch's defaults, as in the published code, which never calls BERT's
    own initialisation.
    """

    def __init__(self, config: ConnectorConfig) -> None:
        super().__init__()
        self.config = config
        width = config.encoder_width
        self.layer_prompts = nn.ParameterList(
            nn.Parameter(torch.randn(1, config.queries, width)) for _ in config.taps
        )
        self.layer_weights = nn.Parameter(torch.zeros(config.queries, len(config.taps)))
        self.qformer = QFormer(config)
        self.proj = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, config.backbone_width))
        if config.norm == "pre":
            self.input_norm = nn.LayerNorm(width)

    def match_norm(self, token_norm: float) -> None:
        """Scale the projection so that its outputs start with the mean norm of real tokens."""
        linear = self.proj[1]
        assert isinstance(linear, nn.Linear)
        with torch.no_grad():
            nn.init.normal_(linear.weight, std=1.0)
            nn.init.zeros_(linear.bias)
            width = self.config.encoder_width
            expected = math.sqrt(width * self.config.backbone_width)
            linear.weight.mul_(token_norm / expected)

    def standardise(self, states: Tensor) -> None:
        """Let `input_norm` start so that every dimension of `states` has mean 0 and deviation 1.

        A few dimensions of Whisper's states are far larger than the rest and would drown them.
        Shape: states (clips, taps, frames, width). Only for the "pre" norm.
        """
        with torch.no_grad():
            plain = functional.layer_norm(states, states.shape[-1:]).flatten(0, 2)
            spread, mean = torch.std_mean(plain, 0)  # (width,) each
            scale = 1 / spread.clamp_min(MIN_SPREAD)
            self.input_norm.weight.copy_(scale)
            self.input_norm.bias.copy_(-mean * scale)

    def forward(self, states: Tensor) -> Tensor:
        """Connect. Shape: states (batch, taps, frames, width) -> (batch, queries, backbone width).

        All taps go through the shared Q-Former in one call.
        """
        if self.config.norm == "pre":
            states = self.input_norm(states)
        prompts = torch.cat(list(self.layer_prompts))[None]  # (1, taps, queries, width)
        if self.training and self.config.dropout:  # drawn anew for every clip
            prompts = prompts.expand(len(states), -1, -1, -1)
        out = self.qformer(prompts, states)  # (batch, taps, queries, width)
        weights = self.layer_weights.softmax(-1).T.unsqueeze(-1)  # (taps, queries, 1)
        mixed = (out * weights).sum(1)  # (batch, queries, width)
        projected: Tensor = self.proj(mixed)
        return projected
