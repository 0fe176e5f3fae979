"""An LALM on disk: `config.json` and the connector's weights in `model.safetensors`.

Both in the published DeSTA2.5 format (names below `perception.connector.`), so its checkpoint loads
here. Loading is exact: a missing, unknown or misshapen tensor is an error that names it. Keys that
the published config lacks have the published values as defaults.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save
from torch import Tensor

from echoic.engine.ask import AUDIO_MARK
from echoic.errors import CheckpointMismatch
from echoic.lalm.encoder import WINDOW_S
from echoic.lalm.qformer import Connector, ConnectorConfig
from echoic.records import atomic_folder, digest, file_digest, read_json, write_atomic, write_json

PREFIX = "perception.connector."
CONFIG = "config.json"
WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class LalmConfig:
    """What makes an LALM: two frozen models by name, and the connector between them."""

    backbone: str
    encoder: str
    connector: ConnectorConfig
    window_s: float = WINDOW_S
    pool: int = 1
    recipe: str = ""

    def to_record(self) -> dict[str, Any]:
        """The published config's keys, and ours below them."""
        shape = self.connector
        return {
            "model_type": "desta25",
            "llm_model_id": self.backbone,
            "encoder_model_id": self.encoder,
            "connector_mode": "qformer_1",
            "qformer_num_hidden_layers": shape.layers,
            "prompt_size": shape.queries,
            "audio_locator": AUDIO_MARK,
            "use_lora": False,
            "target_layer_ids": list(shape.taps),
            "encoder_width": shape.encoder_width,
            "encoder_heads": shape.heads,
            "backbone_width": shape.backbone_width,
            "intermediate_size": shape.intermediate,
            "dropout": shape.dropout,
            "norm": shape.norm,
            "window_s": self.window_s,
            "pool": self.pool,
            "recipe": self.recipe,
        }


def is_checkpoint(folder: Path) -> bool:
    """Whether `folder` holds an LALM (and not a plain language model)."""
    config = folder / CONFIG
    return config.is_file() and "connector_mode" in read_json(config)


def read_config(folder: Path) -> LalmConfig:
    """The config of a checkpoint. Raises CheckpointMismatch on what cannot be run."""
    row = read_json(folder / CONFIG)
    if row.get("connector_mode") != "qformer_1" or row.get("use_lora"):
        raise CheckpointMismatch(f"{folder / CONFIG}: only connector_mode qformer_1 without LoRA")
    encoder, backbone = row.get("encoder_config", {}), row.get("llm_config", {})
    try:
        shape = ConnectorConfig(
            encoder_width=row.get("encoder_width") or encoder["d_model"],
            heads=row.get("encoder_heads") or encoder["encoder_attention_heads"],
            backbone_width=row.get("backbone_width") or backbone["hidden_size"],
            taps=tuple(row["target_layer_ids"]),
            queries=row["prompt_size"],
            layers=row["qformer_num_hidden_layers"],
            intermediate=row.get("intermediate_size", ConnectorConfig.intermediate),
            dropout=row.get("dropout", ConnectorConfig.dropout),
            norm=row.get("norm", ConnectorConfig.norm),
        )
        return LalmConfig(
            backbone=row["llm_model_id"],
            encoder=row["encoder_model_id"],
            connector=shape,
            window_s=row.get("window_s", WINDOW_S),
            pool=row.get("pool", 1),
            recipe=row.get("recipe", ""),
        )
    except KeyError as error:
        raise CheckpointMismatch(f"{folder / CONFIG}: no key {error.args[0]!r}") from error


def to_bytes(connector: Connector) -> bytes:
    """The trainable weights as safetensors, under their published names."""
    state = {PREFIX + name: value.contiguous() for name, value in connector.state_dict().items()}
    data: bytes = save(state)
    return data


def save_checkpoint(folder: Path, config: LalmConfig, connector: Connector) -> None:
    """Write a new checkpoint folder, whole or not at all."""
    with atomic_folder(folder) as work:
        write_json(work / CONFIG, config.to_record())
        write_atomic(work / WEIGHTS, to_bytes(connector))


def load_weights(connector: Connector, tensors: dict[str, Tensor], where: str) -> None:
    """Load published names exactly. Raises CheckpointMismatch naming the first that differ."""
    mine = {PREFIX + name: tuple(value.shape) for name, value in connector.state_dict().items()}
    theirs = {name: tuple(value.shape) for name, value in tensors.items()}
    faults = [f"{name} is missing" for name in mine if name not in theirs]
    faults += [f"{name} is unknown" for name in theirs if name not in mine]
    faults += [
        f"{name} is {theirs[name]}, not {shape}"
        for name, shape in mine.items()
        if name in theirs and theirs[name] != shape
    ]
    if faults:
        more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise CheckpointMismatch(f"{where}: {'; '.join(faults[:3])}{more}")
    connector.load_state_dict({name[len(PREFIX) :]: value for name, value in tensors.items()})


def load_connector(folder: Path) -> tuple[LalmConfig, Connector]:
    """Config and connector (fp32, evaluation mode) of a checkpoint folder."""
    config = read_config(folder)
    connector = Connector(config.connector)
    try:
        tensors = load_file(folder / WEIGHTS)
    except (OSError, ValueError) as error:
        raise CheckpointMismatch(f"{folder / WEIGHTS}: cannot be read: {error}") from error
    load_weights(connector, {k: v.float() for k, v in tensors.items()}, str(folder / WEIGHTS))
    return config, connector.eval()


def checkpoint_digest(folder: Path) -> str:
    """Identity of a trained LALM in results: 64 hex digits over config and weights."""
    return digest([read_json(folder / CONFIG), file_digest(folder / WEIGHTS)])
