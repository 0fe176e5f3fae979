"""One audio file, decoded to mono float32 in [-1, 1] at 16 kHz."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from echoic.errors import BadClip, OutputRefused

SAMPLE_RATE_HZ = 16_000
OGG_HEADER_BYTES = 27

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Clip:
    """Decoded audio.

    `samples`: (frames,) float32 in [-1, 1] at 16 kHz; `hash`: SHA-256 of the file's bytes.
    """

    path: Path
    samples: Samples
    hash: str

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / SAMPLE_RATE_HZ

    def stretch(self, start_s: float, end_s: float, name: str) -> "Clip":
        """What lies between two times, in seconds, with `name` as hash. Raises BadClip for none."""
        start, end = (round(second * SAMPLE_RATE_HZ) for second in (start_s, end_s))
        if not len(self.samples[start:end]):
            raise BadClip(f"{self.path}: ends before {start_s:.1f} s")
        return Clip(self.path, self.samples[start:end], name)

    @classmethod
    def read(cls, path: Path) -> "Clip":
        """Decode a WAV, FLAC, OGG or MP3 file of any rate and channel count.

        Channels are averaged, the rate is converted with soxr, and values beyond full scale are
        clipped. Raises BadClip, naming the file, when it is missing, empty, no audio, cut short,
        without frames, or holds values that are not finite.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BadClip(f"{path}: cannot be read: {error.strerror}; check the path") from error
        if not data:
            raise BadClip(f"{path}: the file is empty; fetch it again")
        try:
            with soundfile.SoundFile(io.BytesIO(data)) as sound:
                promised, rate_hz, container = sound.frames, sound.samplerate, sound.format
                frames = sound.read(dtype="float32", always_2d=True)  # (frames, channels)
        except (soundfile.LibsndfileError, RuntimeError) as error:
            reason = str(error).rsplit(": ", 1)[-1].rstrip(".")
            raise BadClip(f"{path}: not audio that can be decoded: {reason}") from error
        if len(frames) == 0:
            raise BadClip(f"{path}: holds no audio frame")
        if len(frames) < promised or IS_CUT.get(container, _never)(data):
            raise BadClip(f"{path}: is cut short; fetch it again")
        if not np.isfinite(frames).all():
            raise BadClip(f"{path}: holds samples that are NaN or infinite")
        mono = frames.mean(axis=1, dtype=np.float32)  # (frames,)
        if rate_hz != SAMPLE_RATE_HZ:
            mono = soxr.resample(mono, rate_hz, SAMPLE_RATE_HZ)
        if len(mono) == 0:
            raise BadClip(f"{path}: too short to hold one frame at {SAMPLE_RATE_HZ} Hz")
        samples = np.clip(mono, -1.0, 1.0).astype(np.float32, copy=False)
        return cls(path=path, samples=samples, hash=sha256(data).hexdigest())


def _wav_is_cut(data: bytes) -> bool:
    """Whether a RIFF data chunk promises more bytes than the file has.

    libsndfile quietly lowers the frame count of such files. A size of 0xFFFFFFFF means "unknown"
    (streamed WAV) and is let through; at a size of 0 libsndfile reads no frame.
    """
    if data[:4] != b"RIFF":
        return False
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"data":
            return size not in (0, 0xFFFF_FFFF) and at + 8 + size > len(data)
        at += 8 + size + size % 2
    return False


def _ogg_is_cut(data: bytes) -> bool:
    """Whether the last Ogg page (RFC 3533 section 6) promises more bytes than the file has.

    libsndfile takes the last whole page for the end.
    """
    at = 0
    while at + OGG_HEADER_BYTES <= len(data) and data[at : at + 4] == b"OggS":
        segments = data[at + OGG_HEADER_BYTES - 1]
        table_end = at + OGG_HEADER_BYTES + segments
        at = table_end + sum(data[at + OGG_HEADER_BYTES : table_end])
        if at > len(data) or table_end > len(data):
            return True
    return data[at : at + 4] != b"" and b"OggS".startswith(data[at : at + 4])


def _never(data: bytes) -> bool:
    """Other containers: the decoded frames are compared with the promised ones."""
    return False


IS_CUT: dict[str, Callable[[bytes], bool]] = {"WAV": _wav_is_cut, "OGG": _ogg_is_cut}


def write_wav(path: Path, samples: Samples, rate_hz: int = SAMPLE_RATE_HZ) -> None:
    """Write mono float32 `samples` (frames,) as 16-bit PCM WAV.

    Raises BadClip on NaN, OutputRefused when the place cannot be written.
    """
    if not np.isfinite(samples).all():
        raise BadClip(f"{path}: samples to write are NaN or infinite")
    try:
        soundfile.write(path, samples, rate_hz, subtype="PCM_16", format="WAV")
    except (OSError, soundfile.LibsndfileError) as error:
        raise OutputRefused(f"{path}: cannot be written; choose another place") from error
