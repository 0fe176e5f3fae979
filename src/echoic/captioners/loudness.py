"""Loudness and its course.

Loudness is ITU-R BS.1770-4 with gating, by pyloudnorm, in LUFS. The standard's blocks last 0.4 s; a
shorter clip is measured as one block of its own length, without gating.
"""

import numpy as np
import numpy.typing as npt

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.errors import MissingExtra

Floats = npt.NDArray[np.float64]

BLOCK_S = 0.4
LEVEL_FRAMES = 5  # 50 ms
HEARD_DB = 50.0  # what lies further below the loudest is as good as silent
TURN_DB = 4.0  # a smaller change is no course
SILENCE_PEAK = 1e-4  # -80 dBFS: no captioner should speak of a sound below it


def is_silent(samples: Samples) -> bool:
    """Whether the clip never rises above -80 dBFS."""
    return float(np.abs(samples).max(initial=0.0)) < SILENCE_PEAK


def loudness_lufs(samples: Samples) -> float:
    """Integrated loudness of (frames,) samples; -inf when all blocks lie under the gate.

    Raises MissingExtra without pyloudnorm.
    """
    try:
        import pyloudnorm
    except ImportError as error:
        raise MissingExtra(
            "measuring loudness needs pyloudnorm; pip install 'echoic[local]'"
        ) from error
    duration_s = len(samples) / SAMPLE_RATE_HZ
    meter = pyloudnorm.Meter(SAMPLE_RATE_HZ, block_size=min(BLOCK_S, duration_s))
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(meter.integrated_loudness(samples.astype(np.float64)))


def levels_db(power: Floats) -> Floats:
    """(frames,) level of each 10 ms frame of a (frames, bins) power spectrum, over 50 ms, in dB."""
    total = power.sum(axis=1)
    mean = np.convolve(total, np.ones(LEVEL_FRAMES) / LEVEL_FRAMES, mode="same")
    return np.asarray(10 * np.log10(np.maximum(mean, 1e-12)))


def course_of(levels: Floats) -> tuple[str, float]:
    """Where the loudness goes, and last third over first third in dB.

    The course is "steady", "getting louder", "getting softer", "swelling, then fading" or "fading,
    then swelling": from the levels (frames,) in dB of the thirds of what lies between the first
    and the last frame within 50 dB of the loudest.
    """
    heard = np.flatnonzero(levels >= levels.max() - HEARD_DB)
    inner = 10 ** (levels[heard[0] : heard[-1] + 1] / 10)
    first, middle, last = (
        10 * float(np.log10(part.mean())) if len(part) else float(levels.max())
        for part in np.array_split(inner, 3)
    )
    change = last - first
    if middle - max(first, last) >= TURN_DB:
        return "swelling, then fading", change
    if min(first, last) - middle >= TURN_DB:
        return "fading, then swelling", change
    if abs(change) < TURN_DB:
        return "steady", change
    return ("getting louder" if change > 0 else "getting softer"), change


def spread_db(levels: Floats) -> float:
    """95th minus 10th percentile of the level, at most 50 dB: how wide the dynamics are."""
    high, low = np.percentile(levels, [95, 10])
    return min(HEARD_DB, float(high - low))
