"""Onsets, separate sounds and tempo of a clip.

- novelty: rise of the compressed power, summed over eight bands per octave-like split, every 10 ms;
- onsets: peaks of the novelty (Bello et al. 2005, section V: local maximum above a moving mean);
- sounds: stretches of level within 30 dB of the loudest, gaps under 0.1 s closed;
- tempo: when most onsets are evenly spaced, their spacing; else the lag of the best repetition of
  the novelty, weighed by a preference for 120 BPM with a width of one octave (Ellis 2007), as a lag
  of half or double the beat repeats just as well.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, uniform_filter1d

from echoic.captioners.spectrum import TINY, frequencies_hz

Floats = npt.NDArray[np.float64]

FRAMES_PER_S = 100
EDGES_HZ = (0, 100, 200, 400, 800, 1600, 2400, 3200, 4800, 6400, 8001)
COMPRESSION = 1000.0  # log(1 + COMPRESSION * power / greatest power)
EDGE_FRAMES = 5  # half a window and the step of the difference
PEAK_FRAMES = 7  # an onset is the highest point within 30 ms either side
MEAN_FRAMES = 50
RISE_SHARE = 0.12  # of the strongest onset, above the moving mean
SOUND_DB = -30.0
GAP_FRAMES = 10
SHORTEST_FRAMES = 3
SLOWEST_BPM, FASTEST_BPM, PREFERRED_BPM = 40.0, 240.0, 120.0
FEWEST_ONSETS = 4
FEWEST_BEATS = 2.5  # a clip must hold so many repetitions of the beat
FASTEST_PULSE = 400.0  # faster is a roll or a trill, not a pulse
EVEN_WITHIN, EVEN_SHARE = 0.12, 0.6  # intervals near the median one, and how many must be
MIN_REPETITION = 0.35  # normalised autocorrelation, 1 for exact repetition


@dataclass(frozen=True)
class Rhythm:
    """`onsets_s`: where something begins; `sounds`: (start, end) in seconds of each stretch between
    pauses; `bpm`: beats per minute, 0 if nothing repeats.
    """

    onsets_s: tuple[float, ...]
    sounds: tuple[tuple[float, float], ...]
    bpm: float


def rhythm_of(power: Floats) -> Rhythm:
    """Rhythm of a clip's power spectrum (frames, bins) every 10 ms."""
    rise = novelty(power)
    onsets_s = _peaks(rise) / FRAMES_PER_S
    return Rhythm(
        onsets_s=tuple(float(at) for at in onsets_s),
        sounds=_sounds(power.sum(axis=1)),
        bpm=(_pulse(onsets_s) or _tempo(rise)) if len(onsets_s) >= FEWEST_ONSETS else 0.0,
    )


def novelty(power: Floats) -> Floats:
    """(frames,) summed rise of the log power in bands; silence counts as before the clip."""
    edges = np.searchsorted(frequencies_hz(), EDGES_HZ[:-1])
    bands = np.add.reduceat(power, edges, axis=1)  # (frames, bands)
    level = np.log1p(COMPRESSION * bands / max(bands.max(), TINY))
    before = np.vstack([np.zeros((2, level.shape[1])), level[:-2]])  # two frames: windows overlap
    rise = np.maximum(level - before, 0).sum(axis=1)
    rise[-EDGE_FRAMES:] = 0  # a clip cut in mid-sound ends in a click that nobody played
    return np.asarray(rise)


def _peaks(rise: Floats) -> npt.NDArray[np.intp]:
    """Frames where the novelty peaks."""
    if rise.max() <= 0:
        return np.zeros(0, dtype=np.intp)
    smooth = gaussian_filter1d(rise, 1.0, mode="constant")
    top = smooth == maximum_filter1d(smooth, PEAK_FRAMES, mode="constant")
    above = smooth - uniform_filter1d(smooth, MEAN_FRAMES, mode="constant")
    return np.flatnonzero(top & (above >= RISE_SHARE * smooth.max()))


def _sounds(level: Floats) -> tuple[tuple[float, float], ...]:
    """(start, end) in seconds of the stretches of sound in a (frames,) power envelope."""
    if level.max() <= TINY:
        return ()
    loud = np.flatnonzero(level >= level.max() * 10 ** (SOUND_DB / 10))
    breaks = np.flatnonzero(np.diff(loud) > GAP_FRAMES)
    stretches = np.split(loud, breaks + 1)
    return tuple(
        (float(stretch[0]) / FRAMES_PER_S, float(stretch[-1] + 1) / FRAMES_PER_S)
        for stretch in stretches
        if stretch[-1] - stretch[0] + 1 >= SHORTEST_FRAMES
    )


def _pulse(onsets_s: Floats) -> float:
    """Onsets per minute where most follow each other at even intervals, else 0."""
    intervals = np.diff(onsets_s)
    usual = float(np.median(intervals))
    even = intervals[np.abs(intervals - usual) <= EVEN_WITHIN * usual]
    if len(even) < EVEN_SHARE * len(intervals):
        return 0.0
    per_minute = 60 / float(even.mean())
    return per_minute if per_minute <= FASTEST_PULSE else 0.0


def _tempo(rise: Floats) -> float:
    """Beats per minute of a (frames,) novelty, or 0 when nothing repeats."""
    smooth = gaussian_filter1d(rise, 2.0, mode="constant")
    smooth = smooth - smooth.mean()
    frames = len(smooth)
    slowest = min(int(60 * FRAMES_PER_S / SLOWEST_BPM), int(frames / FEWEST_BEATS))
    lags = np.arange(int(60 * FRAMES_PER_S / FASTEST_BPM), slowest + 1)
    if len(lags) < 3:
        return 0.0
    repeats = np.asarray([smooth[lag:] @ smooth[:-lag] / (frames - lag) for lag in lags])
    repeats = repeats / max(float(smooth @ smooth) / frames, TINY)
    octaves = np.log2(60 * FRAMES_PER_S / lags / PREFERRED_BPM)
    best = int(np.argmax(np.maximum(repeats, 0) * np.exp(-0.5 * octaves**2)))
    if repeats[best] < MIN_REPETITION:
        return 0.0
    return float(60 * FRAMES_PER_S / (lags[best] + _vertex(repeats, best)))


def _vertex(values: Floats, at: int) -> float:
    """How far from `at` the parabola through three neighbours has its top, in steps."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = values[at - 1 : at + 2]
    bend = before - 2 * here + after
    return float((before - after) / (2 * bend)) if bend < 0 else 0.0
