"""Whisper as encoder and as transcriber."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.models.named import locate
from echoic.models.needs import need

if TYPE_CHECKING:
    import torch
    from transformers import (
        PreTrainedTokenizerBase,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
    )

WINDOW_S = 30
WINDOW_SAMPLES = WINDOW_S * SAMPLE_RATE_HZ  # 480_000
MAX_NEW_TOKENS = 224
"""Half of Whisper's text context, OpenAI's own limit for one window."""


@dataclass(frozen=True, eq=False)
class Whisper:
    """A loaded Whisper. English-only models are not `multilingual` and take no language."""

    name: str
    model: "WhisperForConditionalGeneration"
    features: "WhisperFeatureExtractor"
    tokenizer: "PreTrainedTokenizerBase"
    multilingual: bool


def load_whisper(name: str, *, dtype: "torch.dtype") -> Whisper:
    """The Whisper called `name` (embedded name, local folder or hub id), frozen, in eval mode.

    Raises UnknownName, FetchFailed, MissingExtra.
    """
    need("torch")
    transformers = need("transformers")
    place = locate(name, role="encoder")
    with place.reading():
        model = transformers.WhisperForConditionalGeneration.from_pretrained(
            place.source, dtype=dtype
        )
        features = transformers.WhisperFeatureExtractor.from_pretrained(place.source)
        tokenizer = transformers.WhisperTokenizer.from_pretrained(place.source)
    model.eval().requires_grad_(False)
    multilingual = bool(getattr(model.generation_config, "is_multilingual", False))
    return Whisper(name, model, features, tokenizer, multilingual)


def log_mel(whisper: Whisper, clips: Sequence[Samples]) -> "torch.Tensor":
    """Log-mel features (clips, mels, 3000) in the model's dtype; longer clips are cut at 30 s."""
    made = whisper.features(list(clips), sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt")
    return made.input_features.to(device=whisper.model.device, dtype=whisper.model.dtype)


def transcribe(
    whisper: Whisper, clips: Sequence[Samples], *, language: str | None = None, batch: int = 16
) -> list[str]:
    """What is said in each clip (mono 16 kHz samples), in the clips' order.

    Greedy, no timestamps. `language` is a code such as "de"; None lets a multilingual model decide
    per clip. Clips longer than 30 s are cut into windows of 30 s whose texts are joined.
    """
    windows = [
        (owner, clip[start : start + WINDOW_SAMPLES])
        for owner, clip in enumerate(clips)
        for start in range(0, max(len(clip), 1), WINDOW_SAMPLES)
    ]
    texts: list[list[str]] = [[] for _ in clips]
    for start in range(0, len(windows), batch):
        share = windows[start : start + batch]
        tokens = generate_tokens(whisper, log_mel(whisper, [w for _, w in share]), language)
        said = whisper.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        for (owner, _), text in zip(share, said, strict=True):
            texts[owner].append(text.strip())
    return [" ".join(part for part in parts if part) for parts in texts]


def generate_tokens(
    whisper: Whisper, features: "torch.Tensor", language: str | None = None
) -> "torch.Tensor":
    """Greedy token ids (clips, tokens) for log-mel features (clips, mels, 3000), padded at the end."""
    torch = need("torch")
    chosen = {"language": language, "task": "transcribe"} if whisper.multilingual else {}
    with torch.inference_mode():
        return whisper.model.generate(
            features,
            do_sample=False,
            num_beams=1,
            return_timestamps=False,
            max_new_tokens=MAX_NEW_TOKENS,
            **chosen,
        )
