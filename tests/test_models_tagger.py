"""musicnn: the checkpoint reader, the front end and the network against TensorFlow's numbers."""

from pathlib import Path

import numpy as np
import pytest

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.errors import CheckpointMismatch
from echoic.models import tagger
from echoic.models.tensor_bundle import read_bundle

# The published graph (MTT_musicnn/.meta, run by TensorFlow 2.x) on librosa's log-mel spectrogram of
# `two_tones()`, first 187 frames: probabilities in the order of tagger.LABELS.
GOLDEN = """
.00949 .00094 .12719 .07128 .00134 .10809 .10283 .00032 .03232 .00115 .11794 .08908 .00023 .00215
.06792 .00468 .04335 .00015 .00032 .00118 .00155 .03882 .00002 .00066 .0726 .74777 .00321 .00038
.05462 .00088 .04142 .0058 .01715 .00018 .00007 .00003 .00195 .04735 .00841 .00024 .00233 .03767
.00165 .00013 .03058 .01516 .00001 .00002 .00271 .00003
"""


def two_tones() -> Samples:
    time_s = np.arange(3 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    low = 0.3 * np.sin(2 * np.pi * 220 * time_s)
    high = 0.2 * np.sin(2 * np.pi * 661 * time_s) * np.exp(-((time_s * 4) % 1) * 3)
    return (low + high).astype(np.float32)


def varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """A LevelDB block without its trailer; each key repeats what it shares with the one before."""
    out, before = b"", b""
    for key, value in entries:
        shared = 0
        while shared < min(len(key), len(before)) and key[shared] == before[shared]:
            shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value))
        out, before = out + key[shared:] + value, key
    return out + (0).to_bytes(4, "little") + (1).to_bytes(4, "little")


def entry(shape: list[int], offset: int, size: int, dtype: int = 1, shard: int = 0) -> bytes:
    dims = b"".join(b"\x12" + varint(len(varint(n)) + 1) + b"\x08" + varint(n) for n in shape)
    out = b"\x08" + varint(dtype) + b"\x12" + varint(len(dims)) + dims
    if shard:
        out += b"\x18" + varint(shard)
    if offset:
        out += b"\x20" + varint(offset)
    return out + b"\x28" + varint(size) + b"\x35abcd"  # the checksum is not looked at


def write_bundle(
    folder: Path, entries: list[tuple[bytes, bytes]], data: bytes
) -> tuple[Path, Path]:
    index, raw = folder / "m.index", folder / "m.data-00000-of-00001"
    body = block([(b"", b"\x08\x01"), *entries])
    table = body + b"\0abcd"
    top = block([(b"zzz", varint(0) + varint(len(body)))])
    place = varint(len(table)) + varint(len(top))
    footer = (varint(0) + varint(0) + place).ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")
    index.write_bytes(table + top + b"\0abcd" + footer)
    raw.write_bytes(data)
    return index, raw


def test_a_bundle_gives_back_its_tensors_by_name(tmp_path: Path) -> None:
    kernel, bias = np.arange(600, dtype="<f4").reshape(200, 3), np.asarray([7, 8], dtype="<i8")
    entries = [
        (b"dense/bias", entry([2], 2400, 16, dtype=9)),
        (b"dense/kernel", entry([200, 3], 0, 2400)),
        (b"step", entry([], 0, 4)),
    ]
    found = read_bundle(*write_bundle(tmp_path, entries, kernel.tobytes() + bias.tobytes()))
    assert set(found) == {"dense/bias", "dense/kernel", "step"}
    np.testing.assert_array_equal(found["dense/kernel"], kernel)
    np.testing.assert_array_equal(found["dense/bias"], bias)
    assert found["step"].shape == ()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (entry([200, 3], 0, 2400), "2400 are needed"),
        (entry([2], 0, 8, shard=1), "more than one shard"),
        (entry([2], 0, 8, dtype=7), "7"),
        (entry([5], 0, 8), "reshape"),
    ],
)
def test_a_bundle_that_cannot_be_read_says_why(tmp_path: Path, fault: bytes, told: str) -> None:
    paths = write_bundle(tmp_path, [(b"a", fault)], bytes(8))
    with pytest.raises(CheckpointMismatch, match=told):
        read_bundle(*paths)


def test_a_file_that_is_no_bundle_is_named(tmp_path: Path) -> None:
    index, raw = write_bundle(tmp_path, [(b"a", entry([2], 0, 8))], bytes(8))
    whole = index.read_bytes()
    for cut in (b"", b"hello", whole[:30], whole[:-1]):
        index.write_bytes(cut)
        with pytest.raises(CheckpointMismatch, match=r"m\.index"):
            read_bundle(index, raw)
    index.unlink()
    with pytest.raises(CheckpointMismatch, match="cannot be read"):
        read_bundle(index, raw)


def test_the_mel_filters_are_those_of_transformers() -> None:
    audio_utils = pytest.importorskip("transformers.audio_utils")
    theirs = audio_utils.mel_filter_bank(
        257, 96, 0.0, 8000.0, SAMPLE_RATE_HZ, norm="slaney", mel_scale="slaney"
    )
    np.testing.assert_allclose(tagger.mel_filters(), theirs.T, atol=1e-7)


def test_a_silent_frame_is_zero_and_a_second_has_63_frames() -> None:
    spectrogram = tagger.log_mel(np.zeros(SAMPLE_RATE_HZ, np.float32))
    assert spectrogram.shape == (63, 96)  # 1 + 16000 // 256
    assert not spectrogram.any()


def test_patches_cover_every_frame_and_short_clips_are_repeated() -> None:
    ramp = np.repeat(np.arange(400, dtype=np.float32)[:, None], 96, axis=1)
    starts = [patch[0, 0] for patch in tagger.patches(ramp)]
    assert starts == [0, 187, 213]  # 213 = 400 - 187: the last patch ends with the clip
    assert tagger.patches(ramp[:187]).shape == (1, 187, 96)
    short = tagger.patches(ramp[:100])
    assert short.shape == (1, 187, 96)
    assert short[0, :, 0].tolist() == [*range(100), *range(87)]


def test_there_are_fifty_tags_each_once() -> None:
    assert len(set(tagger.LABELS)) == 50


@pytest.mark.models
def test_probabilities_equal_those_of_the_published_graph() -> None:
    from echoic.models.store import path

    network = tagger.Musicnn.load(path("musicnn") / "MTT_musicnn")
    found = network.probabilities(tagger.patches(tagger.log_mel(two_tones()))[0])
    np.testing.assert_allclose(found, [float(word) for word in GOLDEN.split()], atol=1e-5)


@pytest.mark.models
def test_tags_come_likeliest_first() -> None:
    found = tagger.tags(two_tones())
    values = [value for _, value in found]
    assert found[0][0] == "flute"
    assert values == sorted(values, reverse=True)
    assert {name for name, _ in found} == set(tagger.LABELS)


@pytest.mark.models
@pytest.mark.parametrize("frames", [1, 300, 16_000])
def test_even_the_shortest_clip_gets_its_tags(frames: int) -> None:
    found = tagger.tags(np.full(frames, 0.1, np.float32))
    assert len(found) == 50
    assert all(0 <= value <= 1 for _, value in found)


def test_a_checkpoint_with_other_weights_names_them(tmp_path: Path) -> None:
    paths = write_bundle(tmp_path, [(b"dense/bias", entry([2], 0, 8))], bytes(8))
    for path, name in zip(paths, (".index", ".data-00000-of-00001"), strict=True):
        path.rename(tmp_path / name)
    with pytest.raises(CheckpointMismatch, match=r"conv2d/kernel.*dense/bias"):
        tagger.Musicnn.load(tmp_path)
