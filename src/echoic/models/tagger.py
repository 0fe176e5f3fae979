"""Music tags: musicnn (arXiv 1909.06654) trained on MagnaTagATune, in numpy.

The network sees 3 s patches of a log-mel spectrogram (its own parameters, below) and says for each
of 50 tags how likely it holds: convolutions over timbre and time, three dense-connected layers,
pooling over time, a dense layer. It knows music only: about a dog or a siren it says nothing of
worth. Differs from the published code: the spectrogram stays in float32 (there it passes through
float16, which overflows on loud clips), and the rest of a clip beyond whole patches is not dropped
but covered by one more patch that ends with the clip. Short clips are repeated, as in training.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.errors import CheckpointMismatch
from echoic.models.tensor_bundle import read_bundle

Floats = npt.NDArray[np.float32]

FFT_SAMPLES = 512
HOP_SAMPLES = 256
MELS = 96
COMPRESSION = 10_000  # log10(COMPRESSION * power + 1)
PATCH_FRAMES = 187  # 3 s
NORM_EPSILON = 1e-3
TIMBRAL = ("conv2d", "conv2d_1")  # kernels of 7 frames by 38 and 67 mel bands
TEMPORAL = ("conv2d_2", "conv2d_3", "conv2d_4")  # kernels of 128, 64 and 32 frames by one band
MIDDLE = ("conv2d_5", "conv2d_6", "conv2d_7")  # kernels of 7 frames by all channels

TAGS = (
    "guitar classical slow techno strings drums electronic rock fast piano ambient beat violin "
    "vocal synth female indian opera male singing vocals no_vocals harpsichord loud quiet flute "
    "woman male_vocal no_vocal pop soft sitar solo man classic choir voice new_age dance "
    "male_voice female_vocal beats harp cello no_voice weird country metal female_voice choral"
)
LABELS = tuple(tag.replace("_", " ") for tag in TAGS.split())


def mel_filters() -> Floats:
    """Triangular filters (MELS, FFT_SAMPLES / 2 + 1), equal in area, on Slaney's mel scale.

    The scale is linear (3 mel per 200 Hz) below 1 kHz and logarithmic (27 mel per factor of 6.4)
    above, as in the Auditory Toolbox (Slaney 1998) and librosa's default.
    """
    top_mel = 15 + 27 * np.log(SAMPLE_RATE_HZ / 2 / 1000) / np.log(6.4)
    mels = np.linspace(0, top_mel, MELS + 2)
    edges_hz = np.where(mels < 15, mels * 200 / 3, 1000 * 6.4 ** ((mels - 15) / 27))
    bins_hz = np.fft.rfftfreq(FFT_SAMPLES, 1 / SAMPLE_RATE_HZ)
    low, middle, high = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    rising, falling = (bins_hz - low) / (middle - low), (high - bins_hz) / (high - middle)
    filters = np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low)
    return np.asarray(filters, dtype=np.float32)


def log_mel(samples: Samples) -> Floats:
    """(frames, MELS) log10(10000 x + 1) of the mel power spectrum x, frames centred on hops."""
    padded = np.pad(samples, FFT_SAMPLES // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT_SAMPLES)[::HOP_SAMPLES]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT_SAMPLES) / FFT_SAMPLES)).astype("f4")
    power = np.abs(np.fft.rfft(frames * window)).astype(np.float32) ** 2  # (frames, bins)
    return np.asarray(np.log10(COMPRESSION * (power @ mel_filters().T) + 1))


def patches(spectrogram: Floats) -> Floats:
    """(patches, PATCH_FRAMES, MELS) of a (frames, MELS) spectrogram that cover all of it."""
    if len(spectrogram) < PATCH_FRAMES:
        spectrogram = np.resize(spectrogram, (PATCH_FRAMES, MELS))  # repeats from the start
    last = len(spectrogram) - PATCH_FRAMES
    starts = sorted({*range(0, last + 1, PATCH_FRAMES), last})
    return np.stack([spectrogram[start : start + PATCH_FRAMES] for start in starts])


@dataclass(frozen=True, eq=False)
class Musicnn:
    """The network; `weights` by their names in the checkpoint."""

    weights: dict[str, Floats]

    @classmethod
    def load(cls, folder: Path) -> "Musicnn":
        """Read the checkpoint in `folder`. Raises CheckpointMismatch unless it fits exactly."""
        found = read_bundle(folder / ".index", folder / ".data-00000-of-00001")
        wanted = _shapes()
        have = {name: value.shape for name, value in found.items() if _is_weight(name)}
        if have != wanted:
            names = sorted({name for name, _ in set(have.items()) ^ set(wanted.items())})
            raise CheckpointMismatch(
                f"{folder}: not the 50-tag musicnn; these differ: {', '.join(names)}"
            )
        return cls({name: found[name].astype(np.float32) for name in wanted})

    def probabilities(self, patch: Floats) -> Floats:
        """(50,) tag probabilities of one (PATCH_FRAMES, MELS) patch."""
        weights = self.weights
        mel = self._norm(patch[:, :, None], 0)[:, :, 0]  # (frames, mels)
        front = [self._timbral(mel, name, 1 + i) for i, name in enumerate(TIMBRAL)]
        front += [self._temporal(mel, name, 3 + i) for i, name in enumerate(TEMPORAL)]
        maps = [np.concatenate(front, axis=1)]  # (frames, 561)
        for i, name in enumerate(MIDDLE):
            fresh = self._middle(maps[-1], name, 6 + i)  # (frames, 64)
            maps.append(fresh + maps[-1] if i else fresh)
        features = np.concatenate(maps, axis=1)  # (frames, 753)
        pooled = np.stack([features.max(axis=0), features.mean(axis=0)], axis=1).ravel()  # (1506,)
        hidden = self._norm(pooled, 9) @ weights["dense/kernel"] + weights["dense/bias"]  # (200,)
        hidden = self._norm(np.maximum(hidden, 0), 10)
        logits = hidden @ weights["dense_1/kernel"] + weights["dense_1/bias"]  # (50,)
        return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)

    def _norm(self, values: Floats, number: int) -> Floats:
        """Batch normalisation of the last axis with the stored moments."""
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        weights = self.weights
        deviation = np.sqrt(weights[f"{name}/moving_variance"] + np.float32(NORM_EPSILON))
        scale = weights[f"{name}/gamma"] / deviation
        offset = weights[f"{name}/beta"] - weights[f"{name}/moving_mean"] * scale
        return np.asarray(values * scale + offset)

    def _convolve(self, padded: Floats, name: str) -> Floats:
        """(frames, bands, filters): rectified valid convolution of a (time, band) plane."""
        kernel = self.weights[f"{name}/kernel"][:, :, 0]  # (height, width, filters)
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[:2])
        rows = windows.reshape(-1, kernel.shape[0] * kernel.shape[1])
        out = rows @ kernel.reshape(-1, kernel.shape[2]) + self.weights[f"{name}/bias"]
        return np.asarray(np.maximum(out, 0).reshape(*windows.shape[:2], kernel.shape[2]))

    def _timbral(self, mel: Floats, name: str, norm: int) -> Floats:
        """(frames, 204): wide kernels, the loudest place over frequency."""
        out = self._convolve(np.pad(mel, ((3, 3), (0, 0))), name)
        return np.asarray(self._norm(out, norm).max(axis=1))

    def _temporal(self, mel: Floats, name: str, norm: int) -> Floats:
        """(frames, 51): long kernels within one band, the loudest band."""
        height = self.weights[f"{name}/kernel"].shape[0]
        before = (height - 1) // 2  # even kernels take their extra frame after the centre
        out = self._convolve(np.pad(mel, ((before, height - 1 - before), (0, 0))), name)
        return np.asarray(self._norm(out, norm).max(axis=1))

    def _middle(self, features: Floats, name: str, norm: int) -> Floats:
        """(frames, 64): 7 frames by all channels."""
        out = self._convolve(np.pad(features, ((3, 3), (0, 0))), name)[:, 0]
        return self._norm(out, norm)


def _is_weight(name: str) -> bool:
    """Whether a tensor belongs to the network, not to the optimiser that trained it."""
    return "Adam" not in name and not name.startswith("beta")


def _shapes() -> dict[str, tuple[int, ...]]:
    """Every weight of the network and its shape."""
    kernels = [(7, 38, 204), (7, 67, 204), (128, 1, 51), (64, 1, 51), (32, 1, 51)]
    kernels += [(7, 561, 64), (7, 64, 64), (7, 64, 64)]
    shapes: dict[str, tuple[int, ...]] = {}
    for name, (height, width, filters) in zip(TIMBRAL + TEMPORAL + MIDDLE, kernels, strict=True):
        shapes |= {f"{name}/kernel": (height, width, 1, filters), f"{name}/bias": (filters,)}
    for name, rows, columns in [("dense", 1506, 200), ("dense_1", 200, 50)]:
        shapes |= {f"{name}/kernel": (rows, columns), f"{name}/bias": (columns,)}
    channels = [1, *(filters for _, _, filters in kernels), 1506, 200]
    for number, count in enumerate(channels):
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        for part in ("beta", "gamma", "moving_mean", "moving_variance"):
            shapes[f"{name}/{part}"] = (count,)
    return shapes


@lru_cache(maxsize=1)
def _network() -> Musicnn:
    from echoic.models.store import path

    return Musicnn.load(path("musicnn") / "MTT_musicnn")


def tags(samples: Samples) -> list[tuple[str, float]]:
    """All 50 tags of a clip, (tag, probability from 0 to 1), likeliest first.

    `samples`: (frames,) float32 at 16 kHz. The mean over the clip's 3 s patches.
    """
    network = _network()
    mean = np.mean([network.probabilities(patch) for patch in patches(log_mel(samples))], axis=0)
    order = np.argsort(-mean, kind="stable")
    return [(LABELS[i], float(mean[i])) for i in order]
