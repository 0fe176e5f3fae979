"""Tiny audio language models with random weights, for tests of what listens and what trains.

The tokenizer has one token a printable character, so that texts and token counts can be read off by
eye. Weights are large enough that a wrong mask, position or vector changes every number.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    AutoModelForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    PreTrainedTokenizerFast,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperTokenizer,
)

from echoic.clip import SAMPLE_RATE_HZ, Clip, Samples, write_wav
from echoic.lalm.checkpoint import LalmConfig, save_checkpoint
from echoic.lalm.encoder import Ear
from echoic.lalm.frozen import FrozenBackbone
from echoic.lalm.qformer import Connector, ConnectorConfig
from echoic.models.transcriber import Transcriber
from echoic.models.whisper import Whisper
from echoic.records import digest, write_jsonl

PRINTABLE = [chr(code) for code in range(32, 127)]
VOCABULARY = ["<pad>", "<bos>", "<end>", "<unk>", "\n", *PRINTABLE]  # 100 tokens
TEMPLATE = (
    "{% for m in messages %}[{{ m['role'][:1] }}]{{ m['content'] }}<end>{% endfor %}"
    "{% if add_generation_prompt %}[a]{% endif %}"
)
CONFIGS = {"llama": LlamaConfig, "gemma3": Gemma3TextConfig}
WIDTH = 32
QUERIES = 3


def character_tokenizer(template: str | None = None) -> PreTrainedTokenizerFast:
    """One token a character; `<end>` and the other special tokens are one token each."""
    inner = Tokenizer(models.WordLevel({word: at for at, word in enumerate(VOCABULARY)}, "<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    inner.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<bos>",
        eos_token="<end>",
        pad_token="<pad>",
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = template
    return tokenizer


def ids_of(text: str) -> list[int]:
    """Token ids of printable text, worked out without a tokenizer."""
    return [VOCABULARY.index(character) for character in text]


def tiny_backbone(kind: str = "llama", seed: int = 3, **changes: Any) -> Any:
    """A causal LM of two layers, in fp32, the same at every call with one seed."""
    settings = {
        "vocab_size": len(VOCABULARY),
        "hidden_size": WIDTH,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": WIDTH // 2,
        "max_position_embeddings": 512,
        "initializer_range": 0.3,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }
    if kind == "gemma3":
        settings |= {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 8}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = CONFIGS[kind](**settings | changes)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    return model.eval().requires_grad_(False)


def tiny_frozen(kind: str = "llama", template: str | None = None, **changes: Any) -> FrozenBackbone:
    """The same, as training runs it."""
    return FrozenBackbone(tiny_backbone(kind, **changes), character_tokenizer(template))


def tiny_whisper(seed: int = 5) -> Whisper:
    """A Whisper with an encoder of three layers and width 16, and hardly any decoder."""
    config = WhisperConfig(
        vocab_size=120,
        num_mel_bins=8,
        d_model=16,
        encoder_layers=3,
        encoder_attention_heads=2,
        encoder_ffn_dim=24,
        decoder_layers=1,
        decoder_attention_heads=2,
        decoder_ffn_dim=24,
        max_target_positions=32,
        init_std=0.2,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = WhisperForConditionalGeneration(config).eval().requires_grad_(False)
    features = WhisperFeatureExtractor(feature_size=8)
    return Whisper("tiny", model, features, WhisperTokenizer(), multilingual=False)


def tiny_ear(taps: tuple[int, ...] = (0, 2), window_s: float = 1.0) -> Ear:
    """An ear of 50 frames."""
    return Ear(whisper=tiny_whisper(), taps=taps, window_s=window_s)


def tiny_connector(ear: Ear, seed: int = 7, **changes: Any) -> Connector:
    """A connector from a tiny ear to a tiny backbone."""
    settings = {"queries": QUERIES, "layers": 1, "intermediate": 24, "dropout": 0.0, "norm": "pre"}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        shape = ConnectorConfig(
            encoder_width=ear.width,
            heads=ear.heads,
            backbone_width=WIDTH,
            taps=ear.taps,
            **settings | changes,  # type: ignore[arg-type]
        )
        return Connector(shape).eval()


def tone(pitch_hz: float, seconds: float = 1.0) -> Samples:
    """A sine tone at half of full scale."""
    time_s = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (0.5 * np.sin(2 * np.pi * pitch_hz * time_s)).astype(np.float32)


def write_tones(folder: Path, pitches: tuple[float, ...] = (220.0, 330.0, 550.0)) -> list[Clip]:
    """One WAV file a pitch, read back."""
    folder.mkdir(parents=True, exist_ok=True)
    for pitch in pitches:
        write_wav(folder / f"{pitch:g}.wav", tone(pitch))
    return [Clip.read(folder / f"{pitch:g}.wav") for pitch in pitches]


def save_backbone(folder: Path, kind: str = "llama", template: str | None = None) -> str:
    """A backbone on disk; returns the name under which it is opened."""
    tiny_backbone(kind).save_pretrained(folder)
    character_tokenizer(template).save_pretrained(folder)
    return str(folder)


def save_whisper(folder: Path) -> str:
    """A Whisper on disk; returns the name under which it is opened."""
    whisper = tiny_whisper()
    whisper.model.save_pretrained(folder)
    whisper.features.save_pretrained(folder)
    whisper.tokenizer.save_pretrained(folder)
    return str(folder)


def save_lalm(folder: Path, kind: str = "llama", template: str | None = None) -> Path:
    """Backbone, encoder and checkpoint below `folder`; returns the checkpoint's folder."""
    ear = tiny_ear()
    connector = tiny_connector(ear)
    config = LalmConfig(
        backbone=save_backbone(folder / "backbone", kind, template),
        encoder=save_whisper(folder / "encoder"),
        connector=connector.config,
        window_s=ear.window_s,
        recipe="test",
    )
    save_checkpoint(folder / "checkpoint", config, connector)
    return folder / "checkpoint"


def write_transcripts(file: Path, encoder: Path | str, texts: Mapping[str, str]) -> None:
    """A file of transcripts that `encoder` is said to have made: clip hash -> text."""
    made = {"whisper": str(encoder), "settings": digest(Transcriber(str(encoder)).settings)}
    write_jsonl(
        file,
        [{"clip_hash": key, "spoken_s": 1.0, "text": text, **made} for key, text in texts.items()],
    )
