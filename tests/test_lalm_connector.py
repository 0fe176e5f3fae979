"""The connector against the published one, and what a checkpoint must refuse."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from echoic.errors import BadRecipe, CheckpointMismatch
from echoic.lalm.checkpoint import (
    PREFIX,
    LalmConfig,
    checkpoint_digest,
    load_connector,
    load_weights,
    save_checkpoint,
)
from echoic.lalm.qformer import Connector, ConnectorConfig, default_taps

GOLDEN = Path(__file__).parent / "data" / "golden_connector.safetensors"
TINY = ConnectorConfig(
    encoder_width=12, heads=3, backbone_width=10, taps=(0, 1, 2, 3), queries=4, layers=2,
    intermediate=16,
)  # fmt: skip


def small(norm: str = "post") -> Connector:
    torch.manual_seed(0)
    shape = {"encoder_width": 8, "heads": 2, "backbone_width": 6, "queries": 3, "layers": 1}
    return Connector(ConnectorConfig(**shape, taps=(0, 1), intermediate=5, norm=norm)).eval()  # type: ignore[arg-type]


def test_outputs_equal_the_published_connector() -> None:
    """Golden tensors were written by the published DeSTA2.5 code with random weights, in fp64."""
    tensors = load_file(GOLDEN)
    states, vectors = tensors.pop("golden.states"), tensors.pop("golden.vectors")
    connector = Connector(TINY).double().eval()
    load_weights(connector, tensors, str(GOLDEN))
    with torch.no_grad():
        assert (connector(states) - vectors).abs().max() < 1e-12


def test_names_and_shapes_are_those_of_the_published_checkpoint() -> None:
    with torch.device("meta"):
        connector = Connector(
            ConnectorConfig(encoder_width=1280, heads=20, backbone_width=4096, taps=(7, 15, 23, 31))
        )
    state = connector.state_dict()
    assert len(state) == 165
    assert sum(value.numel() for value in state.values()) == 131_540_224
    assert state["layer_weights"].shape == (64, 4)
    assert state["qformer.layer.5.intermediate.dense.weight"].shape == (3072, 1280)
    assert state["proj.1.weight"].shape == (4096, 1280)


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_queries_see_each_other_both_ways(norm: str) -> None:
    """The first query's output changes when only the last query's prompt changes: not causal."""
    connector = small(norm)
    states = torch.randn(1, 2, 5, 8)
    with torch.no_grad():
        before = connector(states)[0, 0]
        for prompt in connector.layer_prompts:
            prompt[0, -1] += torch.randn(8)
        assert (connector(states)[0, 0] - before).abs().max() > 1e-5


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_clips_of_a_batch_do_not_mix(norm: str) -> None:
    connector, states = small(norm), torch.randn(3, 2, 5, 8)
    with torch.no_grad():
        together = connector(states)
        alone = torch.cat([connector(states[i : i + 1]) for i in range(3)])
    assert (together - alone).abs().max() < 1e-5


def test_matched_vectors_start_as_long_as_tokens() -> None:
    torch.manual_seed(0)
    shape = ConnectorConfig(encoder_width=64, heads=4, backbone_width=96, taps=(0,), norm="pre")
    connector = Connector(shape).eval()
    connector.match_norm(3.0)
    with torch.no_grad():
        norms = connector(torch.randn(4, 1, 20, 64)).norm(dim=-1)
    assert 2.7 < norms.mean() < 3.3


def test_published_taps() -> None:
    assert default_taps(32) == (7, 15, 23, 31)
    assert default_taps(24) == (5, 11, 17, 23)
    assert default_taps(12) == (2, 5, 8, 11)
    assert default_taps(4) == (0, 1, 2, 3)
    assert default_taps(6) == (1, 2, 3, 5)


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    connector = small("pre")
    config = LalmConfig("some/llm", "some/whisper", connector.config, window_s=5.12, recipe="x")
    save_checkpoint(tmp_path / "a", config, connector)
    again, loaded = load_connector(tmp_path / "a")
    assert again == config
    for name, value in connector.state_dict().items():
        assert torch.equal(value, loaded.state_dict()[name])
    assert len(checkpoint_digest(tmp_path / "a")) == 64


def test_the_published_config_keys_are_enough(tmp_path: Path) -> None:
    connector = Connector(TINY)
    row = {
        "llm_model_id": "a/b", "encoder_model_id": "openai/whisper-tiny", "prompt_size": 4,
        "connector_mode": "qformer_1", "qformer_num_hidden_layers": 2, "use_lora": False,
        "target_layer_ids": [0, 1, 2, 3], "llm_config": {"hidden_size": 10},
        "encoder_config": {"d_model": 12, "encoder_attention_heads": 3},
        "intermediate_size": 16,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(row))
    state = {PREFIX + name: value for name, value in connector.state_dict().items()}
    save_file(state, tmp_path / "model.safetensors")
    config, _ = load_connector(tmp_path)
    assert config.window_s == 30.0
    assert config.connector.norm == "post"


@pytest.mark.parametrize("fault", ["missing", "unknown", "misshapen"])
def test_weights_that_differ_are_named(fault: str) -> None:
    connector = small()
    state = {PREFIX + name: value for name, value in connector.state_dict().items()}
    if fault == "missing":
        del state[PREFIX + "layer_weights"]
    elif fault == "unknown":
        state[PREFIX + "extra"] = torch.zeros(1)
    else:
        state[PREFIX + "layer_weights"] = torch.zeros(9, 9)
    name = "extra" if fault == "unknown" else "layer_weights"
    with pytest.raises(CheckpointMismatch, match=name):
        load_weights(connector, state, "here")


def test_an_impossible_shape_is_refused() -> None:
    with pytest.raises(BadRecipe, match="heads"):
        ConnectorConfig(encoder_width=10, heads=3, backbone_width=4, taps=(0,))
    with pytest.raises(BadRecipe, match="norm"):
        ConnectorConfig(encoder_width=9, heads=3, backbone_width=4, taps=(0,), norm="both")
