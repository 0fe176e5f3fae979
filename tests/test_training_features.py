"""Cached encoder states are the encoder's states, and those of no other clips."""

from pathlib import Path

import pytest
import torch

from echoic.clip import write_wav
from echoic.errors import NoData, OutputRefused
from echoic.lalm.encoder import Ear
from echoic.training.features import build_features
from lalm_tiny import tiny_ear, tiny_whisper, tone, write_tones


def test_rows_are_the_encoders_states_in_fp16(tmp_path: Path) -> None:
    ear, clips = tiny_ear(), write_tones(tmp_path / "clips")
    told: list[tuple[int, int]] = []
    cache = build_features(
        tmp_path / "f", ear, [clip.path for clip in clips], lambda *at: told.append(at)
    )
    rows = cache.rows([2, 0, 2])
    states = ear.states([clip.samples for clip in clips]).half()
    assert rows.dtype == torch.float16
    assert torch.equal(rows, states[[2, 0, 2]])
    assert told == [(0, 3), (3, 3)]


def test_what_is_there_is_not_computed_again(tmp_path: Path) -> None:
    """The second ear has other weights under the same name: its states would differ."""
    files = [clip.path for clip in write_tones(tmp_path / "clips")]
    first = build_features(tmp_path / "f", tiny_ear(), files).rows([0, 1, 2])
    other = Ear(whisper=tiny_whisper(seed=6), taps=(0, 2), window_s=1.0)
    assert torch.equal(build_features(tmp_path / "f", other, files).rows([0, 1, 2]), first)
    assert not torch.equal(build_features(tmp_path / "g", other, files).rows([0, 1, 2]), first)


def test_features_of_other_clips_or_another_ear_are_refused(tmp_path: Path) -> None:
    files = [clip.path for clip in write_tones(tmp_path / "clips")]
    build_features(tmp_path / "f", tiny_ear(), files)
    with pytest.raises(OutputRefused, match="other clips"):
        build_features(tmp_path / "f", tiny_ear(), files[:2])
    with pytest.raises(OutputRefused, match="other clips"):
        build_features(tmp_path / "f", tiny_ear(), files[::-1])
    with pytest.raises(OutputRefused, match="another encoder"):
        build_features(tmp_path / "f", tiny_ear(taps=(1,)), files)
    with pytest.raises(OutputRefused, match="another encoder"):
        build_features(tmp_path / "f", tiny_ear(window_s=0.5), files)


def test_a_clip_that_was_replaced_by_one_of_equal_length_is_another_clip(tmp_path: Path) -> None:
    files = [clip.path for clip in write_tones(tmp_path / "clips")]
    build_features(tmp_path / "f", tiny_ear(), files)
    write_wav(files[0], tone(999))
    with pytest.raises(OutputRefused, match="other clips"):
        build_features(tmp_path / "f", tiny_ear(), files)


def test_no_clip_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="no clip"):
        build_features(tmp_path / "f", tiny_ear(), [])
