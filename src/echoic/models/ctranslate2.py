"""CTranslate2 Whisper to a Hugging Face folder, read by our own reader of its binary format.

The file (little-endian): u32 version, string specification, u32 revision, u32 count; then per
variable: string name, u8 rank, u32 sizes, u8 type, u32 bytes, data; then u32 count of aliases, each
a pair of strings. A string is u16 length, bytes, and a closing zero that the length includes.
Source: ctranslate2's `ModelSpec.save`, binary version 6.
"""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from echoic.errors import CheckpointMismatch
from echoic.models.gguf import MAX_SHARD
from echoic.models.needs import need, quiet

Array = npt.NDArray[Any]

BINARY_VERSION = 6
TYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
SPECIFICATION = "WhisperSpec"

MULTILINGUAL_VOCABULARY = 51_865
"""The language tokens are in English-only vocabularies too, which are one token smaller: OpenAI's
own rule (`Whisper.is_multilingual`)."""

ATTENTION_NAMES = {"self_attention": "self_attn", "attention": "encoder_attn"}
NORM_NAMES = {"gamma": "weight", "beta": "bias"}


def _integer(stream: BinaryIO, kind: str) -> int:
    size = struct.calcsize(kind)
    data = stream.read(size)
    if len(data) != size:
        raise CheckpointMismatch("model.bin: ends in the middle of a variable; fetch it again")
    return int(struct.unpack(kind, data)[0])


def _text(stream: BinaryIO) -> str:
    return stream.read(_integer(stream, "<H")).rstrip(b"\0").decode()


def read_variables(path: Path) -> dict[str, Array]:
    """All arrays of a CTranslate2 `model.bin` by name, aliases left out.

    Raises CheckpointMismatch when it is no Whisper, of another binary version, quantized to a type
    not known here, or cut short.
    """
    variables: dict[str, Array] = {}
    with path.open("rb") as stream:
        version = _integer(stream, "<I")
        specification = _text(stream) if version == BINARY_VERSION else "?"
        if specification != SPECIFICATION:
            raise CheckpointMismatch(
                f"{path}: binary version {version} of {specification}, "
                f"expected version {BINARY_VERSION} of {SPECIFICATION}"
            )
        _integer(stream, "<I")  # the specification's revision: names are checked one by one
        for _ in range(_integer(stream, "<I")):
            name = _text(stream)
            shape = tuple(_integer(stream, "<I") for _ in range(_integer(stream, "<B")))
            kind = _integer(stream, "<B")
            data = stream.read(_integer(stream, "<I"))
            if kind >= len(TYPES):
                raise CheckpointMismatch(f"{path}: {name} has the unknown type {kind}")
            try:
                variables[name] = np.frombuffer(data, dtype=TYPES[kind]).reshape(shape)
            except ValueError as error:
                raise CheckpointMismatch(f"{path}: {name} is cut short or misshapen") from error
    return variables


def whisper_state(variables: Mapping[str, Array]) -> dict[str, Array]:
    """CTranslate2's arrays under the names of WhisperForConditionalGeneration, same precision.

    Queries, keys and values come as one matrix, (3 width, width) in self-attention and (2 width,
    width) for keys and values in cross-attention, and are cut apart. Whisper has no key bias:
    CTranslate2 stores zeros there, checked and dropped. Raises CheckpointMismatch for a variable
    that no Whisper has.
    """
    state: dict[str, Array] = {}
    for name, array in variables.items():
        if array.ndim:  # scalars are settings, such as the number of heads
            try:
                state.update(_renamed(name.split("/"), array))
            except KeyError as error:
                raise CheckpointMismatch(f"model.bin: unknown variable {name}") from error
    return state


def _renamed(parts: list[str], array: Array) -> dict[str, Array]:
    side, rest = parts[0], parts[1:]
    match rest:
        case ["embeddings", "weight"]:
            return {"model.decoder.embed_tokens.weight": array, "proj_out.weight": array}
        case ["position_encodings", "encodings"]:
            return {f"model.{side}.embed_positions.weight": array}
        case ["layer_norm", kind]:
            return {f"model.{side}.layer_norm.{NORM_NAMES[kind]}": array}
        case [("conv1" | "conv2") as conv, kind]:
            return {f"model.{side}.{conv}.{kind}": array}
        case [layer, "ffn", "layer_norm", kind]:
            return {f"{_block(side, layer)}.final_layer_norm.{NORM_NAMES[kind]}": array}
        case [layer, "ffn", linear, kind]:
            number = {"linear_0": "fc1", "linear_1": "fc2"}[linear]
            return {f"{_block(side, layer)}.{number}.{kind}": array}
        case [layer, ("self_attention" | "attention") as attention, "layer_norm", kind]:
            norm = f"{ATTENTION_NAMES[attention]}_layer_norm.{NORM_NAMES[kind]}"
            return {f"{_block(side, layer)}.{norm}": array}
        case [layer, ("self_attention" | "attention") as attention, linear, kind]:
            block = f"{_block(side, layer)}.{ATTENTION_NAMES[attention]}"
            return _projections(block, (attention, linear), kind, array)
    raise KeyError(side)


def _block(side: str, layer: str) -> str:
    return f"model.{side}.layers.{layer.removeprefix('layer_')}"


def _projections(block: str, linear: tuple[str, str], kind: str, array: Array) -> dict[str, Array]:
    names = {
        ("self_attention", "linear_0"): ("q_proj", "k_proj", "v_proj"),
        ("self_attention", "linear_1"): ("out_proj",),
        ("attention", "linear_0"): ("q_proj",),
        ("attention", "linear_1"): ("k_proj", "v_proj"),
        ("attention", "linear_2"): ("out_proj",),
    }[linear]
    pieces = dict(zip(names, np.split(array, len(names)), strict=True))
    if kind == "bias" and "k_proj" in pieces and np.any(pieces.pop("k_proj")):
        raise CheckpointMismatch(f"model.bin: {block} has a key bias, Whisper has none")
    return {f"{block}.{name}.{kind}": piece for name, piece in pieces.items()}


def convert_whisper(raw: Path, ready: Path) -> None:
    """Write a Hugging Face Whisper in fp16 with tokenizer and feature settings into `ready`.

    `raw` holds CTranslate2's model.bin, config.json (suppressed tokens, alignment heads) and
    OpenAI's tokenizer.json. Raises CheckpointMismatch unless every weight finds its place, and
    MissingExtra without torch or transformers.
    """
    torch = need("torch")
    transformers = need("transformers")
    variables = read_variables(raw / "model.bin")
    state = whisper_state(variables)
    hints = json.loads((raw / "config.json").read_text(encoding="utf-8"))
    tokenizer = transformers.WhisperTokenizer.from_pretrained(raw, local_files_only=True)
    config = transformers.WhisperConfig(**_sizes(variables, state), **_token_ids(tokenizer))
    with torch.device("meta"):
        model = transformers.WhisperForConditionalGeneration(config)
    expected = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    found = {name: value.shape for name, value in state.items()}
    if expected != found:
        differ = sorted({name for name, _ in expected.items() ^ found.items()})
        raise CheckpointMismatch(f"model.bin: names or shapes differ from Whisper's: {differ}")
    weights = {name: torch.from_numpy(value.copy()) for name, value in state.items()}
    model.load_state_dict(weights, assign=True)
    model.tie_weights()
    model.generation_config = _generation_config(hints, tokenizer, config.vocab_size)
    with quiet(transformers):
        model.to(torch.float16).save_pretrained(ready, max_shard_size=MAX_SHARD)
        tokenizer.save_pretrained(ready)
        mels = config.num_mel_bins
        transformers.WhisperFeatureExtractor(feature_size=mels).save_pretrained(ready)


def _sizes(variables: Mapping[str, Array], state: Mapping[str, Array]) -> dict[str, int]:
    """The architecture's sizes, read off the weights."""
    sizes: dict[str, int] = {}
    for side in ("encoder", "decoder"):
        layers = {name.split(".")[3] for name in state if name.startswith(f"model.{side}.layers.")}
        sizes[f"{side}_layers"] = len(layers)
        sizes[f"{side}_attention_heads"] = int(variables[f"{side}/num_heads"])
        sizes[f"{side}_ffn_dim"] = len(state[f"model.{side}.layers.0.fc1.bias"])
    vocabulary, width = state["proj_out.weight"].shape
    return sizes | {
        "vocab_size": vocabulary,
        "d_model": width,
        "num_mel_bins": state["model.encoder.conv1.weight"].shape[1],
        "max_source_positions": len(state["model.encoder.embed_positions.weight"]),
        "max_target_positions": len(state["model.decoder.embed_positions.weight"]),
    }


def _token_ids(tokenizer: Any) -> dict[str, int]:
    end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    start = tokenizer.convert_tokens_to_ids("<|startoftranscript|>")
    return {
        "bos_token_id": end,
        "eos_token_id": end,
        "pad_token_id": end,
        "decoder_start_token_id": start,
    }


def _generation_config(hints: Mapping[str, Any], tokenizer: Any, vocabulary: int) -> Any:
    """Greedy decoding with the suppressed tokens that came with the weights."""
    number = tokenizer.convert_tokens_to_ids
    ids = _token_ids(tokenizer)
    extra: dict[str, Any] = {}
    multilingual = vocabulary >= MULTILINGUAL_VOCABULARY
    if multilingual:
        names = [tokenizer.convert_ids_to_tokens(value) for value in hints["lang_ids"]]
        extra["lang_to_id"] = dict(zip(names, hints["lang_ids"], strict=True))
        extra["task_to_id"] = {task: number(f"<|{task}|>") for task in ("transcribe", "translate")}
    return need("transformers").GenerationConfig(
        **ids,
        is_multilingual=multilingual,
        suppress_tokens=hints["suppress_ids"],
        begin_suppress_tokens=hints["suppress_ids_begin"],
        alignment_heads=hints["alignment_heads"],
        no_timestamps_token_id=number("<|notimestamps|>"),
        prev_sot_token_id=number("<|startofprev|>"),
        max_initial_timestamp_index=50,
        max_length=448,
        return_timestamps=False,
        **extra,
    )
