"""Brightness, noisiness and colour of a clip.

- brightness: power-weighted mean frequency (spectral centroid) in Hz, median over frames;
- slope: straight line through the mean spectrum, dB per octave: 0 white, -3 pink, -6 brown noise;
- noisiness: flatness of each frame's spectrum once that line is taken out, 0 for a pure tone, about
  1 for noise of any colour. Flatness is the geometric over the arithmetic mean of the power; for
  noise its expectation is exp(-0.5772) = 0.56, which is scaled to 1.
"""

import numpy as np
import numpy.typing as npt

from echoic.clip import SAMPLE_RATE_HZ, Samples

Floats = npt.NDArray[np.float64]

FFT_SAMPLES = 1024
HOP_SAMPLES = SAMPLE_RATE_HZ // 100
LOWEST_HZ, HIGHEST_HZ = 60.0, 7000.0  # beyond: rumble, and the resampler's edge
BANDS_PER_OCTAVE = 3
QUIETEST_DB = -40.0  # frames further below the loudest one do not count
NOISE_FLATNESS = float(np.exp(-np.euler_gamma))
TINY = 1e-20  # power: -200 dBFS, keeps logarithms finite in digital silence


def power_frames(samples: Samples) -> Floats:
    """(frames, bins) power spectrum every 10 ms, frames centred, Hann window, bins of 15.6 Hz."""
    padded = np.pad(samples.astype(np.float64), FFT_SAMPLES // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT_SAMPLES)[::HOP_SAMPLES]
    return np.abs(np.fft.rfft(frames * np.hanning(FFT_SAMPLES))) ** 2 / FFT_SAMPLES


def loud_frames(power: Floats) -> npt.NDArray[np.bool_]:
    """(frames,) whether a frame is within 40 dB of the loudest."""
    total = power.sum(axis=1)
    return np.asarray(total >= max(float(total.max()) * 10 ** (QUIETEST_DB / 10), TINY))


def frequencies_hz() -> Floats:
    """(bins,) centre of every bin."""
    return np.linspace(0.0, SAMPLE_RATE_HZ / 2, FFT_SAMPLES // 2 + 1)


def centroid_hz(power: Floats) -> float:
    """Median over frames (frames, bins) of the power-weighted mean frequency."""
    return float(np.median(power @ frequencies_hz() / np.maximum(power.sum(axis=1), TINY)))


def slope_db(power: Floats) -> float:
    """dB per octave of a straight line through the mean power in third-octave bands."""
    octaves, level_db = _bands(power.mean(axis=0))
    return float(np.polyfit(octaves, level_db, 1)[0])


def noisiness(power: Floats, slope: float) -> float:
    """0 for tones to about 1 for noise; median over frames (frames, bins)."""
    centres = frequencies_hz()
    kept = (centres >= LOWEST_HZ) & (centres <= HIGHEST_HZ)
    tilt = 10 ** (slope * np.log2(centres[kept] / LOWEST_HZ) / 10)  # (kept bins,)
    flat = np.maximum(power[:, kept] / tilt, TINY)
    flatness = np.exp(np.log(flat).mean(axis=1)) / flat.mean(axis=1)  # (frames,)
    return float(min(1.0, np.median(flatness) / NOISE_FLATNESS))


def _bands(spectrum: Floats) -> tuple[Floats, Floats]:
    """(octaves above LOWEST_HZ, mean level in dB) of the third-octave bands that hold a bin."""
    centres = frequencies_hz()
    span = np.log2(HIGHEST_HZ / LOWEST_HZ)
    edges = LOWEST_HZ * 2 ** np.arange(0, span, 1 / BANDS_PER_OCTAVE)
    band = np.digitize(centres, edges) * (centres <= HIGHEST_HZ)  # 0: outside
    used = [number for number in range(1, len(edges) + 1) if (band == number).any()]
    octaves = [np.log2(centres[band == number].mean() / LOWEST_HZ) for number in used]
    level = [10 * np.log10(max(spectrum[band == number].mean(), TINY)) for number in used]
    return np.asarray(octaves), np.asarray(level)
