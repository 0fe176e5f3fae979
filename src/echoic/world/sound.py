"""Sound scenes: an event, noise, a tone, a number of hits, two events in order."""

import numpy as np

from echoic.clip import Samples
from echoic.world import noises
from echoic.world import vocabulary as v
from echoic.world.events import EVENTS, HIT_S, HITS, once, stretch
from echoic.world.level import at_level, faded, fitted, frames
from echoic.world.scene import MAX_S, Draft, Scene, conditioned, placed

NAMES = tuple(EVENTS)
EVENT_S = (1.2, 1.7)
HIT_GAP_S = (0.25, 0.6)
PAUSE_S = 0.3
LONG_S, SHORT_S = 2.4, 0.8
SAME_S = 1.5  # the first of two sounds, which the second is longer or shorter than


def plan_event(draft: Draft) -> None:
    """One event that begins at a known moment."""
    draft.facts["Type"] = "sound"
    draft.draw("Sound", NAMES)
    draft.draw("Onset", tuple(v.ONSETS_S))
    draft.ask("Sound", "Onset")
    draft.condition("Loudness")
    draft.numbers["event_s"] = draft.rng.uniform(*EVENT_S)


def render_event(scene: Scene, rng: np.random.Generator) -> Samples:
    """Silence up to the onset, then the event."""
    heard = stretch(scene.facts["Sound"], scene.numbers["event_s"], rng)
    silence = np.zeros(frames(v.ONSETS_S[scene.facts["Onset"]]), dtype=np.float32)
    whole = np.concatenate([silence, conditioned(heard, scene.facts)])
    return fitted(whole, frames(MAX_S))


def plan_course(draft: Draft) -> None:
    """One event all through the clip, asked only what could be asked of any clip."""
    draft.facts["Type"] = "sound"
    draft.draw("Sound", NAMES)
    draft.ask("Type")
    draft.condition("Loudness", "Dynamics")
    draft.numbers["event_s"] = draft.rng.uniform(3.0, 4.8)


def render_course(scene: Scene, rng: np.random.Generator) -> Samples:
    """The event, over and over where it is short."""
    heard = stretch(scene.facts["Sound"], scene.numbers["event_s"], rng)
    return placed(conditioned(heard, scene.facts), rng)


def plan_noise(draft: Draft) -> None:
    """Noise of one colour that fills the clip."""
    draft.facts["Type"] = "sound"
    draft.facts["Sound"] = "noise"
    draft.draw("Noise colour", v.NOISES)
    draft.ask("Noise colour", "Duration")
    draft.condition(*(("Loudness", "Dynamics") if draft.turn % 2 else ("Dynamics",)))
    draft.numbers["seconds"] = v.DURATIONS_S[draft.draw("Duration", tuple(v.DURATIONS_S))]


def render_noise(scene: Scene, rng: np.random.Generator) -> Samples:
    """The noise under its conditions."""
    heard = noises.noise(scene.facts["Noise colour"], scene.numbers["seconds"], rng)
    return conditioned(heard, scene.facts)


def plan_tone(draft: Draft) -> None:
    """A tone that fills the clip: how high, and how it moves."""
    draft.facts["Type"] = "sound"
    draft.facts["Sound"] = "tone"
    draft.draw("Tone pitch", tuple(v.TONES_HZ))
    draft.draw("Movement", v.MOVEMENTS)
    draft.ask("Tone pitch", "Movement", "Duration")
    draft.condition(("Loudness", "Dynamics")[draft.turn % 2])
    draft.numbers["seconds"] = v.DURATIONS_S[draft.draw("Duration", tuple(v.DURATIONS_S))]
    draft.numbers["octaves"] = draft.rng.uniform(-0.2, 0.2)


def render_tone(scene: Scene, rng: np.random.Generator) -> Samples:
    """The tone under its condition."""
    hz = v.TONES_HZ[scene.facts["Tone pitch"]] * 2 ** scene.numbers["octaves"]
    heard = noises.tone(hz, scene.facts["Movement"], scene.numbers["seconds"])
    return conditioned(heard, scene.facts)


def plan_count(draft: Draft) -> None:
    """A hit that occurs one to four times, at uneven distances."""
    draft.facts["Type"] = "sound"
    draft.draw("Sound", HITS)
    draft.options["Sound"] = HITS
    draft.draw("Count", tuple(v.COUNTS))
    draft.ask("Count", "Sound")
    gaps = [draft.rng.uniform(*HIT_GAP_S) for _ in range(max(v.COUNTS.values()))]
    draft.numbers["starts_s"] = [0.1 + i * HIT_S + sum(gaps[:i]) for i in range(len(gaps))]


def render_count(scene: Scene, rng: np.random.Generator) -> Samples:
    """The same hit, as often as "Count" says."""
    hit = once(scene.facts["Sound"], rng)
    starts = scene.numbers["starts_s"][: v.COUNTS[scene.facts["Count"]]]
    out = np.zeros(frames(starts[-1]) + len(hit), dtype=np.float32)
    for start in starts:
        out[frames(start) : frames(start) + len(hit)] += hit
    return placed(conditioned(out, scene.facts), rng)


def plan_order(draft: Draft) -> None:
    """Two events: in which order, and how the second differs."""
    draft.facts["Type"] = "sound"
    draft.order(NAMES)
    draft.draw("Second sound", tuple(v.SECOND_SOUNDS))
    draft.ask("Second sound")


def render_order(scene: Scene, rng: np.random.Generator) -> Samples:
    """Both events, the softer 14 dB below the louder."""
    level, length = v.SECOND_SOUNDS[scene.facts["Second sound"]]
    first = at_level(
        stretch(scene.facts["First"], SAME_S, rng), v.SOFTER_DB if level == "louder" else 0.0
    )
    seconds = LONG_S if length == "longer" else SHORT_S
    second = at_level(
        stretch(scene.facts["Then"], seconds, rng), 0.0 if level == "louder" else v.SOFTER_DB
    )
    pause = np.zeros(frames(PAUSE_S), dtype=np.float32)
    whole = np.concatenate([faded(first), pause, faded(second)])
    return placed(conditioned(whole, scene.facts), rng)
