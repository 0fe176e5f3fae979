"""GGUF to a Hugging Face folder, once: bf16 weights and the tokenizer, read in a second later.

transformers reads the GGUF (dequantizing it, reversing llama.cpp's permutations and Gemma's +1 in
the norms) but writes its quantization into the config, and such a model cannot be loaded again
from safetensors. So the weights move to a fresh model made from a clean config.
"""

import contextlib
import functools
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from echoic.errors import CheckpointMismatch
from echoic.models.needs import need, quiet

GGUF_FILE = "model.gguf"
MAX_SHARD = "2GB"


def convert_gguf(raw: Path, ready: Path) -> None:
    """Write config, bf16 safetensors and tokenizer of `raw`/model.gguf into `ready`.

    Other files of `raw` (licences) come along. Raises MissingExtra without torch, transformers or
    gguf, and CheckpointMismatch when the weights are not exactly those of the architecture.
    """
    torch = need("torch")
    gguf = need("gguf")
    transformers = need("transformers")
    # transformers draws one bar of its own here that no setting stops.
    with quiet(transformers), contextlib.redirect_stderr(io.StringIO()), _read_once(gguf):
        loaded = transformers.AutoModelForCausalLM.from_pretrained(
            raw, gguf_file=GGUF_FILE, dtype=torch.float32, local_files_only=True
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            raw, gguf_file=GGUF_FILE, local_files_only=True
        )
        _split_digits(raw / GGUF_FILE, tokenizer)
        fresh = _without_quantization(loaded, transformers).to(torch.bfloat16)
        fresh.save_pretrained(ready, max_shard_size=MAX_SHARD)
        tokenizer.save_pretrained(ready)
    for extra in raw.iterdir():
        if extra.name != GGUF_FILE:
            extra.rename(ready / extra.name)


@contextlib.contextmanager
def _read_once(gguf: Any) -> Iterator[None]:
    """Parse a file once, though transformers opens it anew for config, weights and tokenizer.

    The parser takes one view of the file a token, so it reads a plain array: slices of a
    memory-mapped one cost twice as much.
    """
    reader = gguf.GGUFReader

    class PlainReader(reader):  # type: ignore[misc,valid-type]
        @property
        def data(self) -> np.ndarray[Any, Any]:
            return self._plain

        @data.setter
        def data(self, mapped: np.ndarray[Any, Any]) -> None:
            self._plain = np.asarray(mapped)

    gguf.GGUFReader = functools.cache(PlainReader)
    try:
        yield
    finally:
        gguf.GGUFReader = reader


def _without_quantization(loaded: Any, transformers: Any) -> Any:
    """The same weights in a model whose config knows nothing of GGUF."""
    values = loaded.config.to_dict()
    values.pop("quantization_config", None)
    values.pop("_name_or_path", None)
    values.pop("_model_name_or_path", None)
    config = type(loaded.config).from_dict(values)
    fresh = transformers.AutoModelForCausalLM.from_config(config)
    state = loaded.state_dict()
    differ = set(state) ^ set(fresh.state_dict())
    if differ:
        raise CheckpointMismatch(f"GGUF weights differ from the architecture: {sorted(differ)}")
    fresh.load_state_dict(state)
    fresh.tie_weights()
    return fresh


def _split_digits(path: Path, tokenizer: Any) -> None:
    """Restore SmolLM's pre-tokenizer, which transformers' GGUF reader does not know.

    The file names it (`tokenizer.ggml.pre` = smollm); without it two spaces before a digit are
    cut differently from how the model was trained.
    """
    from tokenizers import pre_tokenizers

    if not isinstance(tokenizer.backend_tokenizer.pre_tokenizer, pre_tokenizers.ByteLevel):
        return  # a SentencePiece vocabulary
    named = need("gguf").GGUFReader(str(path)).fields.get("tokenizer.ggml.pre")
    if named is None or named.contents() != "smollm":
        return
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
