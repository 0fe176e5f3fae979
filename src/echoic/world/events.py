"""The pool of named sound events: one occurrence, or a stretch of a given length.

A *hit* is over in less than 0.4 s and is repeated to fill a stretch; a *texture* lasts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.world import noises
from echoic.world.level import at_level, faded, fitted, frames, limited, resampled, trimmed
from echoic.world.soundfont import DRUMS, Note, play

HIT_S = 0.38
HIT_PERIOD_S = 0.46
PAUSE_S = 0.15  # between one run of a texture that ends by itself and the next
MIN_LEFT_S = 0.3  # no repetition begins when less than this is left
REFERENCE_DBFS = -22.0
SPEED_OCTAVES = 0.12

Maker = Callable[[float, np.random.Generator], Samples]


@dataclass(frozen=True)
class Event:
    """`make(seconds, rng)` renders one occurrence; `hit` says that it is short."""

    make: Maker
    hit: bool


def _played(program: int, key: int, *, hit: bool, skip_s: float = 0.0) -> Event:
    """A sound of the SoundFont, a little faster or slower (and so higher or lower) each time.

    `skip_s` leaves out a slow beginning, so that the sound itself neither swells nor fades.
    """

    def make(seconds: float, rng: np.random.Generator) -> Samples:
        speed = 2 ** rng.uniform(-SPEED_OCTAVES, SPEED_OCTAVES)
        whole_s = skip_s + seconds * speed
        samples = play([Note(0.0, whole_s, program, key, 0.9)], whole_s)[frames(skip_s) :]
        return fitted(resampled(samples, SAMPLE_RATE_HZ * speed), frames(seconds))

    return Event(make, hit)


EVENTS: Mapping[str, Event] = {
    "siren": Event(noises.siren, hit=False),
    "buzzer": Event(noises.buzzer, hit=False),
    "engine": Event(noises.engine, hit=False),
    "sea waves": _played(122, 60, hit=False, skip_s=3.5),
    "telephone ring": _played(124, 44, hit=False),
    "helicopter": _played(125, 60, hit=False, skip_s=3.0),
    "applause": _played(126, 60, hit=False, skip_s=0.8),
    "bird chirp": _played(123, 44, hit=False),
    "beep": Event(noises.beep, hit=True),
    "laser zap": Event(noises.zap, hit=True),
    "dog-like bark": Event(noises.bark, hit=True),
    "bell": Event(noises.bell, hit=True),
    "hand clap": _played(DRUMS, 39, hit=True),
    "bass drum": _played(DRUMS, 36, hit=True),
    "cowbell": _played(DRUMS, 56, hit=True),
    "snare drum": _played(DRUMS, 38, hit=True),
}
HITS = tuple(name for name, event in EVENTS.items() if event.hit)
BACKGROUNDS = ("siren", "engine", "sea waves", "helicopter", "applause", "buzzer")


def once(name: str, rng: np.random.Generator) -> Samples:
    """One hit, HIT_S long, at the reference level. Shape: (frames,)."""
    assert EVENTS[name].hit, f"{name} is a texture"
    return limited(at_level(faded(EVENTS[name].make(HIT_S, rng)), REFERENCE_DBFS))


def stretch(name: str, seconds: float, rng: np.random.Generator) -> Samples:
    """`seconds` of the event at the reference level: a texture, or a hit again and again."""
    event = EVENTS[name]
    if event.hit:
        sample, period_s = once(name, rng), HIT_PERIOD_S
    else:
        sample = trimmed(event.make(seconds, rng))
        period_s = len(sample) / SAMPLE_RATE_HZ + PAUSE_S
    out = np.zeros(frames(seconds) + len(sample), dtype=np.float32)
    for start in range(0, frames(seconds - MIN_LEFT_S), frames(period_s)):
        out[start : start + len(sample)] += sample
    return at_level(faded(fitted(out, frames(seconds))), REFERENCE_DBFS)
