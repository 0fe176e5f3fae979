"""The pool of named sound events: one occurrence, or a stretch of a given length.

A *hit* is over in less than 0.4 s and is repeated to fill a stretch; a *texture* lasts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from echoic.clip import Samples
from echoic.world import noises
from echoic.world.level import at_level, faded, fitted, frames, limited
from echoic.world.soundfont import DRUMS, Note, play

HIT_S = 0.38
HIT_PERIOD_S = 0.46
REFERENCE_DBFS = -22.0

Maker = Callable[[float, np.random.Generator], Samples]


@dataclass(frozen=True)
class Event:
    """`make(seconds, rng)` renders one occurrence; `hit` says that it is short."""

    make: Maker
    hit: bool


def _drum(key: int) -> Event:
    def make(seconds: float, _rng: np.random.Generator) -> Samples:
        return play([Note(0.0, seconds, DRUMS, key, 0.9)], seconds)

    return Event(make, hit=True)


def _effect(program: int, key: int, *, hit: bool = False) -> Event:
    def make(seconds: float, rng: np.random.Generator) -> Samples:
        higher = int(rng.integers(0, 3))
        return play([Note(0.0, seconds, program, key + higher, 0.9)], seconds)

    return Event(make, hit=hit)


EVENTS: Mapping[str, Event] = {
    "siren": Event(noises.siren, hit=False),
    "buzzer": Event(noises.buzzer, hit=False),
    "engine": Event(noises.engine, hit=False),
    "sea waves": _effect(122, 62),
    "telephone ring": _effect(124, 60),
    "helicopter": _effect(125, 60),
    "applause": _effect(126, 60),
    "bird chirp": _effect(123, 44),
    "beep": Event(noises.beep, hit=True),
    "laser zap": Event(noises.zap, hit=True),
    "dog-like bark": Event(noises.bark, hit=True),
    "bell": Event(noises.bell, hit=True),
    "hand clap": _drum(39),
    "bass drum": _drum(36),
    "cowbell": _drum(56),
    "snare drum": _drum(38),
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
    if not event.hit:
        return at_level(faded(event.make(seconds, rng), 0.03), REFERENCE_DBFS)
    hit = once(name, rng)
    count = max(1, round(seconds / HIT_PERIOD_S))
    out = np.zeros(frames(seconds) + len(hit), dtype=np.float32)
    for index in range(count):
        at = frames(index * seconds / count)
        out[at : at + len(hit)] += hit
    return at_level(fitted(out, frames(seconds)), REFERENCE_DBFS)
