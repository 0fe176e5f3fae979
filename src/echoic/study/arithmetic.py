"""Operations, GPU time and room on disk by arithmetic: an estimate, made of `assumptions.toml`.

A forward pass costs two operations a parameter and token. Training through a frozen backbone costs
four: forward, and backward to the activations only. The connector, which learns, costs six.
"""

from dataclasses import dataclass

from echoic.models.backbone import facts
from echoic.study.assumptions import assumed
from echoic.study.names import weights_of
from echoic.training.recipe import Recipe

POSITIONS_A_SECOND = 50  # of Whisper's encoder
WINDOW_S = 30
TAPS = 4  # encoder layers that are read, as published
BACKBONE_WIDTH = 4096
BYTES_FEATURE, BYTES_WEIGHT = 2, 4  # fp16, fp32
COPIES_SAVED = 3  # weights and AdamW's two moments
TRANSCRIPT_TOKENS = 50
WHOLE_TRAINING, THROUGH_FROZEN = 6, 4


@dataclass(frozen=True)
class Encoder:
    """A Whisper: width and layers of its encoder, parameters of encoder and decoder."""

    width: int
    layers: int
    parameters: int
    decoder: int


def encoder(name: str) -> Encoder | None:
    """The Whisper whose size is in `name` (openai/whisper-large-v3), None for another."""
    sizes = assumed()["whisper"]
    return next((Encoder(*row) for size, row in sizes.items() if size in name), None)


def gpu_seconds(operations: float, *, writing: bool = False) -> float:
    """Time on the card of `assumptions.toml` for so many operations."""
    gpu = assumed()["gpu"]
    share = gpu["share_writing" if writing else "share_reading"]
    return float(operations / (gpu["operations_a_second"] * share))


def parameters(backbone: str) -> int:
    """The parameters of a backbone; 0 when they are not on file."""
    return facts(weights_of(backbone)).parameters or 0


def asked_s(backbone: str, tokens_in: float, tokens_out: float) -> float:
    """GPU seconds to read and write so many tokens."""
    size = 2 * parameters(backbone)
    return gpu_seconds(size * tokens_in) + gpu_seconds(size * tokens_out, writing=True)


def heard_s(name: str, clips: float, window_s: float = WINDOW_S) -> float:
    """GPU seconds to encode so many clips."""
    whisper = encoder(name)
    size = whisper.parameters if whisper else 0
    return gpu_seconds(2 * size * window_s * POSITIONS_A_SECOND * clips)


def transcribed_s(name: str, clips: float) -> float:
    """GPU seconds to transcribe so many clips."""
    whisper = encoder(name)
    written = 2 * whisper.decoder * TRANSCRIPT_TOKENS * clips if whisper else 0
    return heard_s(name, clips) + gpu_seconds(written, writing=True)


def feature_bytes(name: str, recipe: Recipe) -> int:
    """Room for the encoder's states of one clip."""
    whisper = encoder(name)
    positions = recipe.schedule.window_s * POSITIONS_A_SECOND / recipe.schedule.pool
    taps = len(recipe.connector.taps) or TAPS
    return round(taps * positions * whisper.width * BYTES_FEATURE) if whisper else 0


def connector_parameters(name: str, recipe: Recipe) -> int:
    """Weights of the Q-Former: self- and cross-attention, feed-forward, queries, projection."""
    whisper, shape = encoder(name), recipe.connector
    if whisper is None:
        return 0
    width, taps = whisper.width, len(shape.taps) or TAPS
    layer = 8 * width**2 + 2 * width * shape.intermediate
    return shape.layers * layer + taps * shape.queries * width + width * BACKBONE_WIDTH


def connector_ops(name: str, recipe: Recipe) -> float:
    """Operations to run the connector forward on one clip."""
    whisper, shape = encoder(name), recipe.connector
    if whisper is None:
        return 0.0
    width, taps = whisper.width, len(shape.taps) or TAPS
    positions = recipe.schedule.window_s * POSITIONS_A_SECOND / recipe.schedule.pool
    per_query = 6 * width**2 + 2 * width * shape.intermediate
    keys = 2 * width**2 * positions
    return float(2 * shape.layers * taps * (per_query * shape.queries + keys))


def trained_s(name: str, backbone: str, recipe: Recipe, examples: float, tokens: float) -> float:
    """GPU seconds to train on so many examples of so many tokens."""
    through = THROUGH_FROZEN * parameters(backbone) * tokens
    return gpu_seconds((through + WHOLE_TRAINING / 2 * connector_ops(name, recipe)) * examples)
