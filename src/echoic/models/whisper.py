"""Whisper as encoder and as transcriber."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.errors import UnknownName
from echoic.models.catalogue import nearest
from echoic.models.named import load_exactly, locate
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
    transformers = need("transformers")
    place = locate(name, role="encoder")
    model = load_exactly(place, transformers.WhisperForConditionalGeneration, dtype=dtype)
    with place.reading():
        features = transformers.WhisperFeatureExtractor.from_pretrained(
            place.source, **place.options
        )
        tokenizer = transformers.WhisperTokenizer.from_pretrained(place.source, **place.options)
    multilingual = bool(getattr(model.generation_config, "is_multilingual", False))
    return Whisper(name, model, features, tokenizer, multilingual)


def log_mel(whisper: Whisper, clips: Sequence[Samples]) -> "torch.Tensor":
    """Log-mel features (clips, mels, 3000) in the model's dtype; longer clips are cut at 30 s."""
    made = whisper.features(list(clips), sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt")
    features: torch.Tensor = made.input_features
    return features.to(device=whisper.model.device, dtype=whisper.model.dtype)


def transcribe(
    whisper: Whisper, clips: Sequence[Samples], *, language: str | None = None, batch: int = 16
) -> list[str]:
    """What is said in each clip (mono 16 kHz samples), in the clips' order.

    Greedy, no timestamps. `language` is a code such as "de"; None lets a multilingual model decide
    per window. Clips longer than 30 s are cut into windows of 30 s whose texts are joined. Raises
    UnknownName for a language that the model does not have.
    """
    windows = [
        (owner, clip[start : start + WINDOW_SAMPLES])
        for owner, clip in enumerate(clips)
        for start in range(0, len(clip), WINDOW_SAMPLES)
    ]
    texts: list[list[str]] = [[] for _ in clips]
    for start in range(0, len(windows), batch):
        share = windows[start : start + batch]
        encoded = encode(whisper, log_mel(whisper, [window for _, window in share]))
        for (owner, _), tokens in zip(share, greedy(whisper, encoded, language), strict=True):
            said = whisper.tokenizer.decode(tokens, skip_special_tokens=True)
            texts[owner].append(str(said).strip())
    return [" ".join(part for part in parts if part) for parts in texts]


def encode(whisper: Whisper, features: "torch.Tensor") -> "torch.Tensor":
    """The encoder's last states (clips, 1500, width) for log-mel features (clips, mels, 3000)."""
    import torch

    with torch.inference_mode():
        encoded: torch.Tensor = whisper.model.get_encoder()(features).last_hidden_state
    return encoded


def greedy(
    whisper: Whisper, encoded: "torch.Tensor", language: str | None = None
) -> list[list[int]]:
    """The most likely next token, again and again, for encoder states (clips, 1500, width).

    Returns each clip's tokens without prompt and end token. The suppressed tokens are those of the
    model's generation config. Differs from OpenAI's decoder: no timestamps, no second try at a
    higher temperature, no text of the window before. Raises UnknownName for an unknown language.
    """
    import torch

    model, settings = whisper.model, whisper.model.generation_config
    never, not_first = settings.suppress_tokens or [], settings.begin_suppress_tokens or []
    end = int(model.config.eos_token_id)
    finished = torch.zeros(len(encoded), dtype=torch.bool, device=encoded.device)
    cache = None
    said: list[torch.Tensor] = []
    with torch.inference_mode():
        tokens = _prompts(whisper, encoded, language)  # (clips, prompt)
        for _ in range(MAX_NEW_TOKENS):
            out = model(
                encoder_outputs=(encoded,),
                decoder_input_ids=tokens,
                past_key_values=cache,
                use_cache=True,
            )
            cache = out.past_key_values
            logits = out.logits[:, -1].float()  # (clips, vocabulary)
            logits[:, never if said else [*never, *not_first]] = -torch.inf
            chosen = logits.argmax(-1).masked_fill(finished, end)  # (clips,)
            finished |= chosen == end
            if bool(finished.all()):
                break
            said.append(chosen)
            tokens = chosen[:, None]
    rows = torch.stack(said, dim=1).tolist() if said else [[] for _ in encoded]
    return [[token for token in row if token != end] for row in rows]


def _prompts(whisper: Whisper, encoded: "torch.Tensor", language: str | None) -> "torch.Tensor":
    """The tokens before the transcript, (clips, prompt): start, language and task, no timestamps.

    The language, when not given, is the likeliest language token behind the start token.
    """
    import torch

    model, settings = whisper.model, whisper.model.generation_config
    start = torch.full(
        (len(encoded), 1), model.config.decoder_start_token_id, device=encoded.device
    )
    silent = torch.full_like(start, settings.no_timestamps_token_id)
    if not whisper.multilingual:
        return torch.cat([start, silent], dim=1)
    codes = {token.strip("<|>"): number for token, number in settings.lang_to_id.items()}
    if language is None:
        known = torch.tensor(sorted(codes.values()), device=encoded.device)
        logits = model(encoder_outputs=(encoded,), decoder_input_ids=start).logits[:, -1]
        spoken = known[logits[:, known].argmax(-1)][:, None]  # (clips, 1)
    elif language in codes:
        spoken = torch.full_like(start, codes[language])
    else:
        raise UnknownName(
            f"{whisper.name} knows no language {language!r}; did you mean "
            f"{nearest(language, codes)!r}?"
        )
    task = torch.full_like(start, settings.task_to_id["transcribe"])
    return torch.cat([start, spoken, task, silent], dim=1)
