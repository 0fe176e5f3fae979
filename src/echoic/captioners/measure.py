"""All measurements of a clip in one record; what each means stands in the modules named.

Loudness and its course: `loudness`; pitch: `pitch`; brightness, noisiness, colour: `spectrum`;
onsets, separate sounds, tempo: `rhythm`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from echoic.captioners import loudness, spectrum
from echoic.captioners.pitch import pitch_track
from echoic.captioners.rhythm import FRAMES_PER_S, rhythm_of
from echoic.clip import SAMPLE_RATE_HZ, Samples

Floats = npt.NDArray[np.float64]

# A frame has a clear pitch when less than the first share of its power is aperiodic. Creaky and low
# voices have few such frames: where they are too few, frames up to the second share count as well.
# Not from the start, because among chords those frames point at a period that nobody plays.
CLEAR, UNCLEAR = 0.15, 0.35
MIN_CLEAR = 0.2  # of the frames that are not quiet
MIN_PITCHED = 0.1  # below it a clip has no pitch
TURN_SEMITONES = 1.5  # a change of pitch by less is no direction
STEADY_SEMITONES = 1.0  # between the 10th and the 90th percentile


@dataclass(frozen=True)
class Pitch:
    """`hz`: median; `share`: of the frames that are not quiet, from 0 to 1, that have a pitch.

    `start_hz`, `end_hz`: medians of the first and the last third of the pitched frames; `course`:
    "steady", "rising", "falling", "rising then falling", "falling then rising" or "varying".
    """

    hz: float
    share: float
    start_hz: float
    end_hz: float
    course: str


@dataclass(frozen=True)
class Sound:
    """One stretch of sound: seconds, dB under the loudest stretch, median Hz or 0."""

    start_s: float
    end_s: float
    below_db: float
    pitch_hz: float


@dataclass(frozen=True)
class Measurements:
    """A clip in numbers. Everything below `silent` is 0 or None for a silent clip."""

    duration_s: float
    silent: bool
    lufs: float = 0.0
    course: str = "steady"
    change_db: float = 0.0
    spread_db: float = 0.0
    pitch: Pitch | None = None
    centroid_hz: float = 0.0
    slope_db: float = 0.0
    noisiness: float = 0.0
    onsets: int = 0
    sounds: tuple[Sound, ...] = ()
    bpm: float = 0.0


def measure(samples: Samples) -> Measurements:
    """Measure (frames,) samples at 16 kHz. Raises MissingExtra without pyloudnorm."""
    duration_s = len(samples) / SAMPLE_RATE_HZ
    if loudness.is_silent(samples):
        return Measurements(duration_s, silent=True)
    power = spectrum.power_frames(samples)  # (frames, bins)
    loud = spectrum.loud_frames(power)
    levels = loudness.levels_db(power)
    slope = spectrum.slope_db(power[loud])
    rhythm = rhythm_of(power)
    hz, aperiodic = pitch_track(samples)  # (frames,), (frames,)
    course, change_db = loudness.course_of(levels)
    return Measurements(
        duration_s,
        silent=False,
        lufs=loudness.loudness_lufs(samples),
        course=course,
        change_db=change_db,
        spread_db=loudness.spread_db(levels),
        pitch=pitch_of(hz, aperiodic, int(loud.sum())),
        centroid_hz=spectrum.centroid_hz(power[loud]),
        slope_db=slope,
        noisiness=spectrum.noisiness(power[loud], slope),
        onsets=len(rhythm.onsets_s),
        sounds=_sounds(rhythm.sounds, levels, hz, aperiodic),
        bpm=rhythm.bpm,
    )


def _sounds(
    spans: tuple[tuple[float, float], ...], levels: Floats, hz: Floats, aperiodic: Floats
) -> tuple[Sound, ...]:
    """Every (start, end) in seconds with its level and pitch; frames of 10 ms."""
    slices = [slice(round(a * FRAMES_PER_S), round(b * FRAMES_PER_S)) for a, b in spans]
    means = [10 * float(np.log10(np.mean(10 ** (levels[part] / 10)))) for part in slices]
    sounds = []
    for (start_s, end_s), part, mean in zip(spans, slices, means, strict=True):
        pitch = pitch_of(hz[part], aperiodic[part], part.stop - part.start)
        sounds.append(Sound(start_s, end_s, max(means) - mean, pitch.hz if pitch else 0.0))
    return tuple(sounds)


def pitch_of(hz: Floats, aperiodic: Floats, loud_frames: int) -> Pitch | None:
    """The pitch of a track (frames,) in Hz with its aperiodic shares (frames,), or None."""
    heard = hz[aperiodic < CLEAR]
    if len(heard) < MIN_CLEAR * loud_frames:
        heard = hz[aperiodic < UNCLEAR]
    share = min(1.0, len(heard) / max(1, loud_frames))
    if len(heard) < 3 or share < MIN_PITCHED:
        return None
    first, middle, last = (float(np.median(part)) for part in np.array_split(heard, 3))
    return Pitch(
        hz=float(np.median(heard)),
        share=share,
        start_hz=first,
        end_hz=last,
        course=_course(heard, first, middle, last),
    )


def _course(heard: Floats, first: float, middle: float, last: float) -> str:
    """Where the pitch goes, from the medians of its thirds."""
    low, high = np.percentile(heard, [10, 90])
    if 12 * np.log2(high / low) < STEADY_SEMITONES:
        return "steady"
    up, on = 12 * np.log2(middle / first), 12 * np.log2(last / middle)
    if up >= TURN_SEMITONES and on <= -TURN_SEMITONES:
        return "rising then falling"
    if up <= -TURN_SEMITONES and on >= TURN_SEMITONES:
        return "falling then rising"
    if abs(up + on) < TURN_SEMITONES:
        return "varying"
    return "rising" if up + on > 0 else "falling"
