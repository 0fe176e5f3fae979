"""Clips: every container, rate and channel count; every way in which a file can be broken."""

import struct
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from echoic.clip import SAMPLE_RATE_HZ, Clip, write_wav
from echoic.errors import BadClip, OutputRefused

RATES = [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000]


def tone(rate_hz: int, seconds: float = 1.0, hz: float = 440.0) -> npt.NDArray[np.float64]:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz)


def loudest_hz(samples: npt.NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * SAMPLE_RATE_HZ / len(samples))


def wav_bytes(
    data: bytes,
    *,
    promised: int | None = None,
    channels: int = 1,
    bits: int = 16,
    extra: bytes = b"",
    kind: int = 1,
) -> bytes:
    """A 16 kHz WAV file; its data chunk may promise another size than it has."""
    width = channels * bits // 8
    head = struct.pack("<HHIIHH", kind, channels, 16_000, 16_000 * width, width, bits)
    size = len(data) if promised is None else promised
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + extra
    body += b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", min(len(body) - len(data) + size, 2**32 - 1)) + body


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_any_rate_becomes_16_khz_with_the_same_pitch_and_length(
    tmp_path: Path, suffix: str, rate_hz: int
) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, tone(rate_hz), rate_hz)
    clip = Clip.read(path)
    assert clip.samples.dtype == np.float32
    assert clip.duration_s == pytest.approx(1.0, abs=0.001)
    assert loudest_hz(clip.samples) == pytest.approx(440, abs=1)
    assert np.sqrt(np.mean(clip.samples[2000:-2000] ** 2)) == pytest.approx(0.5 / 2**0.5, rel=0.01)


@pytest.mark.parametrize(("suffix", "container"), [("ogg", "OGG"), ("mp3", "MP3")])
@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_lossy_files_are_read_too(
    tmp_path: Path, suffix: str, container: str, rate_hz: int
) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, tone(rate_hz, 2.0), rate_hz, format=container)
    clip = Clip.read(path)
    assert clip.duration_s == pytest.approx(2.0, abs=0.2)  # MP3 pads
    assert loudest_hz(clip.samples) == pytest.approx(440, abs=1)


@pytest.mark.parametrize(
    "subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]
)
def test_any_sample_format_of_wav_is_read(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(16_000), 16_000, subtype=subtype)
    np.testing.assert_allclose(Clip.read(path).samples, tone(16_000), atol=0.02)


def test_what_a_file_is_decides_not_its_name(tmp_path: Path) -> None:
    path = tmp_path / "really-flac.wav"
    soundfile.write(path, tone(16_000), 16_000, format="FLAC")
    assert Clip.read(path).duration_s == 1.0


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_channels_are_averaged(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "a.wav"
    values = np.linspace(0.1, 0.6, channels)
    soundfile.write(path, np.tile(values, (100, 1)), 16_000, subtype="FLOAT")
    np.testing.assert_allclose(Clip.read(path).samples, values.mean(), atol=1e-6)


def test_opposite_channels_cancel(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.stack([tone(16_000), -tone(16_000)], axis=1), 16_000)
    assert np.abs(Clip.read(path).samples).max() < 1e-4


def test_values_beyond_full_scale_are_clipped(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, 3 * tone(16_000), 16_000, subtype="FLOAT")
    samples = Clip.read(path).samples
    assert samples.max() == 1.0
    assert samples.min() == -1.0


def test_resampling_that_overshoots_stays_within_full_scale(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    square = np.sign(tone(44_100)) * 0.999
    soundfile.write(path, square, 44_100)
    assert np.abs(Clip.read(path).samples).max() <= 1.0


def test_the_hash_is_that_of_the_files_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(16_000), 16_000)
    assert Clip.read(path).hash == sha256(path.read_bytes()).hexdigest()


def test_one_frame_is_a_clip(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, np.asarray([0.25], np.float32))
    clip = Clip.read(path)
    assert clip.samples.tolist() == [0.25]
    assert clip.duration_s == 1 / 16_000


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadClip, match=r"gone\.wav: cannot be read: No such file"):
        Clip.read(tmp_path / "gone.wav")


def test_a_folder_is_no_clip(tmp_path: Path) -> None:
    with pytest.raises(BadClip, match="cannot be read: Is a directory"):
        Clip.read(tmp_path)


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.touch()
    with pytest.raises(BadClip, match=r"a\.wav: the file is empty"):
        Clip.read(path)


@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG"])
def test_a_file_without_frames_is_named(tmp_path: Path, container: str) -> None:
    path = tmp_path / "a.audio"
    soundfile.write(path, np.zeros((0, 1)), 16_000, format=container)
    with pytest.raises(BadClip, match=r"a\.audio"):
        Clip.read(path)


def test_one_frame_at_a_high_rate_is_too_short(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.asarray([0.5]), 192_000)
    with pytest.raises(BadClip, match=r"a\.wav: too short"):
        Clip.read(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_named(tmp_path: Path, value: float) -> None:
    path = tmp_path / "a.wav"
    samples = tone(16_000).astype(np.float32)
    samples[500] = value
    soundfile.write(path, samples, 16_000, subtype="FLOAT")
    with pytest.raises(BadClip, match=r"a\.wav: holds samples that are NaN or infinite"):
        Clip.read(path)


def test_a_nan_in_a_file_of_another_rate_is_found_before_resampling(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    samples = tone(44_100).astype(np.float32)
    samples[-1] = np.nan
    soundfile.write(path, samples, 44_100, subtype="FLOAT")
    with pytest.raises(BadClip, match="NaN"):
        Clip.read(path)


@pytest.mark.parametrize(
    "content", ["just words\n", "<html>404</html>", '{"error": "not found"}', "RIFF", "ID3", "fLaC"]
)
def test_text_renamed_wav_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.wav"
    path.write_text(content)
    with pytest.raises(BadClip, match=r"a\.wav: ") as caught:
        Clip.read(path)
    assert "\n" not in str(caught.value)


def test_random_bytes_never_give_another_error(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "a.mp3"
    for length in (1, 4, 44, 100, 5000):
        for _ in range(5):
            path.write_bytes(rng.bytes(length))
            with pytest.raises(BadClip):
                Clip.read(path)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    path = tmp_path / f"a.{suffix}"
    noise = 0.1 * np.random.default_rng(0).standard_normal(32_000)
    soundfile.write(path, noise, 16_000)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(BadClip, match=rf"a\.{suffix}"):
        Clip.read(path)


def test_an_mp3_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    noise = 0.1 * np.random.default_rng(0).standard_normal(64_000)
    soundfile.write(path, noise, 16_000, format="MP3")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadClip, match=r"a\.mp3"):
        Clip.read(path)


def test_a_wav_that_lacks_its_last_byte_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_bytes(bytes(2000))[:-1])
    with pytest.raises(BadClip, match="is cut short"):
        Clip.read(path)


def test_a_wav_whose_size_was_never_filled_in_has_no_frame(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_bytes(bytes(2000), promised=0))
    with pytest.raises(BadClip, match="holds no audio frame"):
        Clip.read(path)


def test_a_streamed_wav_of_unknown_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_bytes(np.full(800, 8192, "<i2").tobytes(), promised=0xFFFF_FFFF))
    samples = Clip.read(path).samples
    np.testing.assert_allclose(samples, 0.25)
    assert len(samples) == 800


def test_chunks_before_and_after_the_data_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"  # odd sizes are padded to even ones
    path.write_bytes(wav_bytes(np.full(100, 8192, "<i2").tobytes(), extra=odd) + odd)
    np.testing.assert_allclose(Clip.read(path).samples, 0.25)


def test_a_riff_without_a_data_chunk_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_bytes(b"")[:-8])
    with pytest.raises(BadClip, match=r"a\.wav"):
        Clip.read(path)


def test_an_unknown_codec_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_bytes(bytes(2000), kind=0x7777))
    with pytest.raises(BadClip, match="not audio that can be decoded"):
        Clip.read(path)


def test_written_clips_come_back_within_half_a_step(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    samples = np.random.default_rng(0).uniform(-0.99, 0.99, 1000).astype(np.float32)
    write_wav(path, samples)
    np.testing.assert_allclose(Clip.read(path).samples, samples, atol=1 / 32_768)


def test_what_is_no_number_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with pytest.raises(BadClip, match="NaN or infinite"):
        write_wav(path, np.asarray([0.0, np.nan], np.float32))
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputRefused, match=r"no-folder.a\.wav: cannot be written"):
        write_wav(tmp_path / "no-folder" / "a.wav", np.zeros(10, np.float32))
