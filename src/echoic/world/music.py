"""Music scenes: a melody, a drum pattern, two instruments in turn, an instrument under a voice."""

import numpy as np

from echoic.clip import Samples
from echoic.world import vocabulary as v
from echoic.world.espeak import Utterance, speak
from echoic.world.level import at_level, faded, fitted, frames
from echoic.world.melody import chord_notes, degree_key, melody, melody_notes, split_of
from echoic.world.scene import Draft, Scene, conditioned, placed
from echoic.world.sentences import sentence
from echoic.world.soundfont import DRUMS, Note, play
from echoic.world.speech import MEDIUM_WPM, draw_voice, over

MELODY_S = 4.3
TAIL_S = 0.35
TEMPO_JITTER = 0.03
ROTATION = ("Loudness", "Dynamics", "Recording")
WEAK_KEY = 42  # closed hi-hat
BEAT_S = (0.26, 0.34)
FIGURE = (0, 2, 4, 2, 0)  # scale degrees of the short figure that each of two instruments plays
FIGURE_STEP_S = 0.4
INTERVAL_KEYS = 14  # how far the second part lies above or below the first


def plan_melody(draft: Draft) -> None:
    """A melody on one instrument; three of its five attributes and one condition are asked."""
    _draw_melody(draft)
    names = ("Instrument", "Tempo", "Melody", "Register", "Character")
    # Character and Tempo share the tempo: which of the five is left out goes round.
    start = draft.turn % len(names)
    draft.ask(*(names[(start + step) % len(names)] for step in range(3)))
    draft.condition(ROTATION[(draft.turn // len(names)) % len(ROTATION)])


def plan_melody_type(draft: Draft) -> None:
    """The same, asked only what could be asked of any clip."""
    _draw_melody(draft)
    draft.ask("Type")
    draft.condition("Loudness", "Dynamics")


def _draw_melody(draft: Draft) -> None:
    draft.facts["Type"] = "music"
    draft.draw("Instrument", tuple(v.PROGRAMS))
    tempo = draft.draw("Tempo", tuple(v.TEMPO_S))
    contour = draft.draw("Melody", v.CONTOURS)
    register = draft.draw("Register", tuple(v.REGISTER_KEYS))
    mode = draft.draw("Mode", ("major", "minor"))
    half = "slow" if tempo in v.SLOW_TEMPI else "fast"
    draft.facts["Character"] = f"{half} and {mode}"
    step_s = v.TEMPO_S[tempo] * draft.rng.uniform(1 - TEMPO_JITTER, 1 + TEMPO_JITTER)
    count = round(MELODY_S / step_s)
    centre = v.REGISTER_KEYS[register]
    root, keys = melody(draft.split, contour, mode, centre, count, draft.rng)
    draft.numbers |= {"root": root, "keys": keys, "step_s": step_s}


def render_melody(scene: Scene, rng: np.random.Generator) -> Samples:
    """The melody over two soft chords."""
    program = v.PROGRAMS[scene.facts["Instrument"]]
    keys, step_s = scene.numbers["keys"], scene.numbers["step_s"]
    seconds = len(keys) * step_s + TAIL_S
    tune = play(melody_notes(keys, program, step_s), seconds)
    chords = play(
        chord_notes(scene.numbers["root"], scene.facts["Mode"], program, seconds), seconds
    )
    whole = at_level(tune, 0.0) + at_level(chords, v.CHORDS_DB)
    return placed(conditioned(faded(whole, 0.03), scene.facts), rng, lead_s=0.1)


def plan_metre(draft: Draft) -> None:
    """A drum pattern: how many beats to the strong one, and what plays that."""
    draft.facts["Type"] = "music"
    draft.facts["Instrument"] = "drums"
    draft.draw("Metre", tuple(v.METRES))
    draft.draw("Accent", tuple(v.ACCENTS))
    draft.ask("Metre", "Accent")
    draft.condition(("Loudness", "Dynamics")[draft.turn % 2])
    draft.numbers["beat_s"] = draft.rng.uniform(*BEAT_S)


def render_metre(scene: Scene, rng: np.random.Generator) -> Samples:
    """Strong beats on the accent's drum, weak ones on the hi-hat."""
    beat_s, metre = scene.numbers["beat_s"], v.METRES[scene.facts["Metre"]]
    notes: list[Note] = []
    for beat in range(int(4.6 / beat_s)):
        strong = beat % metre == 0
        keys = v.ACCENTS[scene.facts["Accent"]] if strong else (WEAK_KEY,)
        velocity = 1.0 if strong else 0.45
        notes += [Note(beat * beat_s, beat_s * 0.9, DRUMS, key, velocity) for key in keys]
    return placed(conditioned(play(notes, 4.75), scene.facts), rng)


def plan_duet(draft: Draft) -> None:
    """Two instruments, one after the other: in which order, and how the second differs."""
    draft.facts["Type"] = "music"
    draft.order(tuple(v.PROGRAMS))
    draft.draw("Second part", tuple(v.SECOND_PARTS))
    draft.ask("Second part")
    draft.numbers["figures"] = _figures(draft)


def _figures(draft: Draft) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The keys of both parts, redrawn until each belongs to the scene's split."""
    higher = v.SECOND_PARTS[draft.facts["Second part"]][0] == "higher"
    while True:
        mode = draft.pick(("major", "minor"))
        root = (
            60 + int(draft.rng.integers(-8, 9)) + (-INTERVAL_KEYS if higher else INTERVAL_KEYS) // 2
        )
        degrees = [int(d) for d in draft.rng.permutation(FIGURE)]
        first = tuple(degree_key(root, mode, d) for d in degrees)
        second = tuple(key + (INTERVAL_KEYS if higher else -INTERVAL_KEYS) for key in first)
        if split_of(first) == split_of(second) == draft.split:
            return first, second


def render_duet(scene: Scene, rng: np.random.Generator) -> Samples:
    """Both figures, the softer 14 dB below the louder."""
    louder = v.SECOND_PARTS[scene.facts["Second part"]][1] == "louder"
    seconds = len(FIGURE) * FIGURE_STEP_S + 0.2
    parts = []
    for name, keys, loud in zip(
        (scene.facts["First"], scene.facts["Then"]),
        scene.numbers["figures"],
        (not louder, louder),
        strict=True,
    ):
        part = play(melody_notes(keys, v.PROGRAMS[name], FIGURE_STEP_S), seconds)
        parts.append(at_level(faded(part, 0.03), 0.0 if loud else v.SOFTER_DB))
    return placed(conditioned(np.concatenate(parts), scene.facts), rng)


def plan_voice_and_music(draft: Draft) -> None:
    """A voice over an instrument, at a known ratio of levels."""
    _draw_over_music(draft)
    draft.ask("Instrument", "Voice level", "Voice")


def plan_voice_and_music_type(draft: Draft) -> None:
    """The same, asked only what could be asked of any clip."""
    _draw_over_music(draft)
    draft.ask("Type")
    draft.condition("Loudness", "Dynamics")


def _draw_over_music(draft: Draft) -> None:
    draft.facts["Type"] = "voice with an instrument"
    draw_voice(draft)
    draft.draw("Instrument", tuple(v.PROGRAMS))
    draft.draw("Voice level", tuple(v.VOICE_LEVELS_DB))
    draft.text = sentence(draft.split, draft.rng).text
    contour, mode = draft.pick(v.CONTOURS), draft.pick(("major", "minor"))
    draft.numbers["keys"] = melody(draft.split, contour, mode, 64, 16, draft.rng)[1]


def render_voice_and_music(scene: Scene, rng: np.random.Generator) -> Samples:
    """Voice and instrument begin and end together."""
    variant, pitch = scene.numbers["voice"]
    voice = speak(Utterance(scene.text + ".", MEDIUM_WPM, pitch, variant))
    program = v.PROGRAMS[scene.facts["Instrument"]]
    tune = play(melody_notes(scene.numbers["keys"], program, 0.33), 16 * 0.33)
    back = fitted(tune, min(len(voice), frames(5.0)))
    return placed(conditioned(over(voice, back, scene.facts["Voice level"]), scene.facts), rng)
