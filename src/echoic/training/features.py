"""Encoder states on disk, computed once: the encoder is frozen, so no epoch needs it again.

fp16 shards of safetensors (fp16, not bf16: its error in the connector's gradient is far smaller).
A shard is written whole or not at all, so an interrupted build goes on with the next one.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from echoic.clip import Clip
from echoic.errors import BadClip, NoData, OutputRefused
from echoic.lalm.encoder import Ear
from echoic.records import digest, file_digest, read_json, write_atomic, write_json

SHARD_CLIPS = 64
ENCODE_CLIPS = 16


def _identity(ear: Ear, files: Sequence[Path]) -> dict[str, Any]:
    return {
        "encoder": ear.whisper.name,
        "taps": list(ear.taps),
        "window_s": ear.window_s,
        "positions": ear.positions,
        "width": ear.width,
        "clips": len(files),
        "contents": digest([_content(path) for path in files]),
    }


def _content(path: Path) -> str:
    try:
        return file_digest(path)
    except OSError as error:
        raise BadClip(f"{path}: cannot be read: {error.strerror}; check the path") from error


class FeatureCache:
    """States of a list of clips. `rows` reads any of them back, by position in the list."""

    def __init__(self, folder: Path, clips: int) -> None:
        self.folder, self.clips = folder, clips
        self._open: dict[int, Any] = {}

    def rows(self, indices: Sequence[int]) -> Tensor:
        """Shape: indices (batch,) -> (batch, taps, positions, width) in fp16."""
        return torch.cat([self._row(index) for index in indices])

    def _row(self, index: int) -> Tensor:
        shard, row = divmod(index, SHARD_CLIPS)
        if shard not in self._open:
            path = _shard_path(self.folder, shard)
            opened: Any = safe_open(path, framework="pt")
            self._open[shard] = opened.get_slice("states")
        states: Tensor = self._open[shard][row : row + 1]
        return states


def _shard_path(folder: Path, shard: int) -> Path:
    return folder / f"states-{shard:05d}.safetensors"


def build_features(
    folder: Path,
    ear: Ear,
    files: Sequence[Path],
    progress: Callable[[int, int], None] | None = None,
) -> FeatureCache:
    """Encode what is missing of `files`.

    Raises OutputRefused if `folder` holds features of other clips (whatever their names) or of
    another encoder, BadClip for a file that cannot be read.
    """
    if not files:
        raise NoData(f"{folder}: no clip to encode")
    identity, note = _identity(ear, files), folder / "features.json"
    if note.exists() and read_json(note) != identity:
        raise OutputRefused(
            f"{folder}: holds features of other clips or another encoder; remove it"
        )
    write_json(note, identity)
    if progress:
        progress(0, len(files))
    for shard in range(-(-len(files) // SHARD_CLIPS)):
        path = _shard_path(folder, shard)
        mine = files[shard * SHARD_CLIPS : (shard + 1) * SHARD_CLIPS]
        if not path.exists():
            parts = [
                ear.states([Clip.read(file).samples for file in mine[at : at + ENCODE_CLIPS]])
                for at in range(0, len(mine), ENCODE_CLIPS)
            ]
            write_atomic(path, save({"states": torch.cat(parts).half().cpu()}))
        if progress:
            progress(min(len(files), (shard + 1) * SHARD_CLIPS), len(files))
    return FeatureCache(folder, len(files))
