"""The frozen ear: Whisper's encoder, read after several of its layers.

The published model encodes a whole 30 s window of which a short clip fills a part. `window_s`
below 30 encodes only that many seconds (positions are cut, not stretched): cheaper by the same
factor and more for attention, but another model; results name the window. `pool` averages that many
neighbouring frames of every tap into one: again another model, and named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.errors import BadRecipe
from echoic.models.whisper import Whisper

WINDOW_S = 30.0
MEL_HOP_SAMPLES = 160
CONV_STRIDE = 2
FRAMES_PER_S = SAMPLE_RATE_HZ / MEL_HOP_SAMPLES / CONV_STRIDE  # 50.0


@dataclass(frozen=True)
class Ear:
    """Whisper's encoder with its taps. `frames` of each clip are encoded, the rest is cut.

    Raises BadRecipe for taps that are not layers in ascending order (the connector's queries belong
    to them by place), and for a window that Whisper does not have.
    """

    whisper: Whisper
    taps: tuple[int, ...]
    window_s: float = WINDOW_S
    pool: int = 1

    def __post_init__(self) -> None:
        layers = len(self._encoder.layers)
        if not self.taps or list(self.taps) != sorted({*self.taps} & {*range(layers)}):
            raise BadRecipe(
                f"taps {self.taps}: name some of {self.whisper.name}'s layers 0 to {layers - 1}, "
                "ascending"
            )
        if not 0 < self.window_s <= WINDOW_S:
            raise BadRecipe(f"window of {self.window_s} s: must be above 0 and at most 30")
        if self.pool < 1 or self.frames % self.pool:
            raise BadRecipe(f"pool {self.pool}: must divide the window's {self.frames} frames")

    @property
    def _encoder(self) -> Any:
        return self.whisper.model.model.encoder

    @property
    def frames(self) -> int:
        """Encoder positions of one window: 1,500 for 30 s."""
        return round(self.window_s * FRAMES_PER_S)

    @property
    def positions(self) -> int:
        """States of one window and tap: frames, or means of `pool` frames."""
        return self.frames // self.pool

    @property
    def width(self) -> int:
        """Width of the encoder's states."""
        return int(self.whisper.model.config.d_model)

    @property
    def heads(self) -> int:
        """Attention heads of the encoder, and of the Q-Former after it."""
        return int(self.whisper.model.config.encoder_attention_heads)

    def mel(self, clips: Sequence[Samples]) -> Tensor:
        """Whisper's log-mel features of the window. Shape: (clips, mels, 2 * frames)."""
        samples = round(self.window_s * SAMPLE_RATE_HZ)
        features = self.whisper.features(
            [np.asarray(clip[:samples]) for clip in clips],
            sampling_rate=SAMPLE_RATE_HZ,
            padding="max_length",
            max_length=samples,
            truncation=True,
            return_tensors="pt",
        ).input_features
        return torch.as_tensor(features)[..., : CONV_STRIDE * self.frames]

    @torch.inference_mode()
    def states(self, clips: Sequence[Samples]) -> Tensor:
        """Encode. Shape: clips of (samples,) -> (clips, taps, positions, width), the model's dtype.

        States are read before the encoder's final LayerNorm, as the published model does.
        """
        return self.tap(self.mel(clips))

    def tap(self, mel: Tensor) -> Tensor:
        """Encode log-mels. Shape: (clips, mels, 2 * frames) -> (clips, taps, positions, width)."""
        encoder = self._encoder
        weight = encoder.conv1.weight
        assert isinstance(weight, Tensor)
        hidden = functional.gelu(encoder.conv1(mel.to(weight.device, weight.dtype)))
        hidden = functional.gelu(encoder.conv2(hidden)).transpose(1, 2)  # (clips, frames, width)
        hidden = hidden + encoder.embed_positions.weight[: hidden.shape[1]]
        tapped: list[Tensor] = []
        for index, layer in enumerate(encoder.layers):
            out = layer(hidden, None)
            hidden = out[0] if isinstance(out, tuple) else out
            if index in self.taps:
                tapped.append(hidden.unflatten(1, (-1, self.pool)).mean(2))
            if index == max(self.taps):
                break
        return torch.stack(tapped, dim=1)
