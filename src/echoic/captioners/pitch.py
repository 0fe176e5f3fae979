"""Fundamental frequency by YIN (de Cheveigne and Kawahara 2002, doi 10.1121/1.1458024).

Steps 1 to 5 of the paper: difference function, its cumulative mean normalisation, absolute
threshold (the first dip below it, else the lowest point), parabolic interpolation. Differs: lags
are sampled four times finer than the signal (band-limited interpolation of the correlation), so
that tones up to 7 kHz keep their period, and the depth of the dip is told beside the pitch, so that
a frame can be left out when its dip is shallow.
"""

import numpy as np
import numpy.typing as npt

from echoic.clip import SAMPLE_RATE_HZ, Samples

Floats = npt.NDArray[np.float64]

LOWEST_HZ, HIGHEST_HZ = 55.0, 7000.0
HOP_SAMPLES = SAMPLE_RATE_HZ // 100
SUM_SAMPLES = 1024  # 64 ms: three and a half periods of the lowest pitch
LAGS = int(SAMPLE_RATE_HZ / LOWEST_HZ) + 2
FINER = 4
FFT_SAMPLES = 2048
THRESHOLD = 0.15  # aperiodic share of the power below which the first dip is taken
QUIETEST_DB = -40.0  # frames further below the loudest one are not asked
SILENCE_RMS = 1e-4  # -80 dBFS
FRAMES_AT_ONCE = 256  # bounds the memory: 17 MB of lags

assert SUM_SAMPLES + LAGS <= FFT_SAMPLES


def pitch_track(samples: Samples) -> tuple[Floats, Floats]:
    """(frames,) pitch in Hz every 10 ms, and (frames,) share of the power that does not repeat.

    The share is 0 for an exactly periodic frame and about 1 for noise; frames that are more than
    40 dB below the loudest have 1, and 0 Hz.
    """
    padded = np.pad(samples, (SUM_SAMPLES // 2, SUM_SAMPLES // 2 + LAGS))
    view = np.lib.stride_tricks.sliding_window_view(padded, SUM_SAMPLES + LAGS)[::HOP_SAMPLES]
    power = np.mean(view[:, :SUM_SAMPLES] ** 2, axis=1, dtype=np.float64)  # (frames,)
    floor = max(power.max() * 10 ** (QUIETEST_DB / 10), SILENCE_RMS**2)
    hz, aperiodic = np.zeros(len(view)), np.ones(len(view))
    asked = np.flatnonzero(power >= floor)
    for start in range(0, len(asked), FRAMES_AT_ONCE):
        chosen = asked[start : start + FRAMES_AT_ONCE]
        hz[chosen], aperiodic[chosen] = _pitches(view[chosen])
    return hz, aperiodic


def _pitches(frames: Samples) -> tuple[Floats, Floats]:
    """(n,) Hz and (n,) aperiodic shares of frames (n, SUM_SAMPLES + LAGS)."""
    normal = _normalised(_difference(frames))  # (n, lags), lag = column / FINER
    first = int(FINER * SAMPLE_RATE_HZ / HIGHEST_HZ)
    inner, later, earlier = normal[:, first:-1], normal[:, first + 1 :], normal[:, first - 1 : -2]
    dips = (inner < THRESHOLD) & (inner <= later) & (inner < earlier)
    at = np.where(dips.any(axis=1), dips.argmax(axis=1), inner.argmin(axis=1)) + first
    rows = np.arange(len(normal))
    before, here, after = (normal[rows, at + step] for step in (-1, 0, 1))
    bend = before - 2 * here + after
    shift = np.where(bend > 0, (before - after) / (2 * np.where(bend > 0, bend, 1)), 0)
    return FINER * SAMPLE_RATE_HZ / (at + np.clip(shift, -1, 1)), here


def _difference(frames: Samples) -> Floats:
    """(n, FINER * LAGS) squared difference between a frame and its shifted self."""
    head = np.fft.rfft(frames[:, :SUM_SAMPLES], FFT_SAMPLES)
    whole = np.fft.rfft(frames, FFT_SAMPLES)
    products = np.conj(head) * whole  # (n, FFT_SAMPLES / 2 + 1)
    correlation = FINER * np.fft.irfft(products, FINER * FFT_SAMPLES)[:, : FINER * LAGS]
    sums = np.cumsum(np.pad(frames**2, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    energy = sums[:, SUM_SAMPLES:] - sums[:, : LAGS + 1]  # (n, LAGS + 1) at whole lags
    whole_lags, part = np.divmod(np.arange(FINER * LAGS), FINER)
    share = part / FINER
    shifted = energy[:, whole_lags] * (1 - share) + energy[:, whole_lags + 1] * share
    return np.maximum(energy[:, :1] + shifted - 2 * correlation, 0)


def _normalised(difference: Floats) -> Floats:
    """The difference over its mean at all shorter lags; 1 at lag 0."""
    lags = np.arange(1, difference.shape[1])
    means = np.cumsum(difference[:, 1:], axis=1) / lags
    normal = np.ones_like(difference)
    np.divide(difference[:, 1:], means, out=normal[:, 1:], where=means > 0)
    return normal
