"""Our reader of CTranslate2's binary format, on files written by hand."""

import struct
from pathlib import Path

import numpy as np
import pytest

from echoic.errors import CheckpointMismatch
from echoic.models.ctranslate2 import read_variables, whisper_state


def text(value: str) -> bytes:
    data = value.encode() + b"\0"
    return struct.pack("<H", len(data)) + data


def variable(name: str, array: np.ndarray, kind: int) -> bytes:
    shape = b"".join(struct.pack("<I", size) for size in array.shape)
    data = array.tobytes()
    return (
        text(name) + struct.pack("<B", array.ndim) + shape
        + struct.pack("<BI", kind, len(data)) + data
    )  # fmt: skip


def model(*variables: bytes, specification: str = "WhisperSpec", version: int = 6) -> bytes:
    head = struct.pack("<I", version) + text(specification)
    return head + struct.pack("<II", 3, len(variables)) + b"".join(variables)


def written(folder: Path, data: bytes) -> Path:
    path = folder / "model.bin"
    path.write_bytes(data)
    return path


def test_arrays_come_back_with_name_shape_type_and_values(tmp_path: Path) -> None:
    half = np.arange(6, dtype=np.float16).reshape(2, 3)
    data = model(variable("encoder/x", half, 4), variable("encoder/num_heads", np.int16(6), 2))
    found = read_variables(written(tmp_path, data))
    assert list(found) == ["encoder/x", "encoder/num_heads"]
    assert found["encoder/x"].dtype == np.float16
    assert np.array_equal(found["encoder/x"], half)
    assert int(found["encoder/num_heads"]) == 6


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (model(specification="TransformerSpec"), "of TransformerSpec, expected version 6"),
        (model(version=5), "binary version 5"),
        (b"\x06\x00", "ends in the middle"),
        (model(variable("a", np.zeros(4, np.float32), 0))[:-3], "a is cut short or misshapen"),
        (model(variable("a", np.zeros(4, np.float32), 9)), "a has the unknown type 9"),
    ],
)
def test_a_file_that_is_no_whisper_or_cut_is_told(tmp_path: Path, data: bytes, told: str) -> None:
    with pytest.raises(CheckpointMismatch, match=told):
        read_variables(written(tmp_path, data))


def test_joined_projections_are_cut_into_query_key_and_value() -> None:
    joined = np.arange(12, dtype=np.float32).reshape(6, 2)  # (3 width, width)
    bias = np.array([1, 2, 0, 0, 5, 6], np.float32)
    state = whisper_state(
        {
            "encoder/layer_3/self_attention/linear_0/weight": joined,
            "encoder/layer_3/self_attention/linear_0/bias": bias,
            "decoder/layer_0/attention/linear_1/weight": joined[:4],
        }
    )
    own = "model.encoder.layers.3.self_attn"
    cross = "model.decoder.layers.0.encoder_attn"
    assert {name: array.tolist() for name, array in state.items()} == {
        f"{own}.q_proj.weight": [[0, 1], [2, 3]],
        f"{own}.k_proj.weight": [[4, 5], [6, 7]],
        f"{own}.v_proj.weight": [[8, 9], [10, 11]],
        f"{own}.q_proj.bias": [1, 2],
        f"{own}.v_proj.bias": [5, 6],
        f"{cross}.k_proj.weight": [[0, 1], [2, 3]],
        f"{cross}.v_proj.weight": [[4, 5], [6, 7]],
    }


def test_a_key_bias_which_whisper_lacks_is_refused() -> None:
    with pytest.raises(CheckpointMismatch, match="has a key bias"):
        whisper_state({"encoder/layer_0/self_attention/linear_0/bias": np.ones(6, np.float32)})


@pytest.mark.parametrize(
    "name", ["encoder/unheard/of", "encoder/layer_0/ffn/linear_7/weight", "decoder/scale/a/b/c/d"]
)
def test_a_variable_without_a_place_is_refused(name: str) -> None:
    with pytest.raises(CheckpointMismatch, match=f"unknown variable {name}"):
        whisper_state({name: np.ones(6, np.float32)})
