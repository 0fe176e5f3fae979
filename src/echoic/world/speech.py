"""Speech scenes: one utterance, two phrases, a voice over noise."""

import numpy as np

from echoic.clip import Samples
from echoic.errors import EchoicError
from echoic.world import vocabulary as v
from echoic.world.espeak import Utterance, speak
from echoic.world.events import BACKGROUNDS, stretch
from echoic.world.level import at_level, faded, frames, limited, mixed
from echoic.world.scene import MAX_S, Draft, Scene, conditioned, placed
from echoic.world.sentences import foreign_sentence, phrase, sentence

GAP_S = 0.25
ROTATION = ("Loudness", "Dynamics", "Recording")
OBJECT_EVERY = 6  # one utterance in six is asked about a word that was said
RATE_JITTER = 0.04
MEDIUM_WPM = 170


def draw_voice(draft: Draft) -> None:
    """Draw a voice: gender and pitch level, and which espeak variant stands for them."""
    gender, pitch = v.VOICES[draft.pick(tuple(v.VOICES))]
    draft.facts |= {"Gender": gender, "Pitch": pitch}
    draft.facts["Voice"] = next(k for k, pair in v.VOICES.items() if pair == (gender, pitch))
    choices = v.VARIANTS[gender, pitch]
    draft.numbers["voice"] = choices[int(draft.rng.integers(len(choices)))]


def plan_utterance(draft: Draft) -> None:
    """One sentence: voice, speaking rate, the two joined, and one condition.

    In a multilingual world every second one is asked its language instead of the joined fact.
    """
    draft.facts["Type"] = "speech"
    _draw_utterance(draft)
    if draft.multilingual and draft.turn % 2:
        language = draft.draw("Language", tuple(v.LANGUAGES))
        draft.text = foreign_sentence(language, draft.split, draft.rng)
        draft.ask("Voice", "Speaking rate", "Language")
    elif draft.turn % OBJECT_EVERY == 0:
        draft.facts["Object"] = draft.numbers["object"]
        draft.ask("Voice", "Speaking rate", "Object")
    else:
        draft.ask("Voice", "Speaking rate", "Delivery")
    draft.condition(ROTATION[draft.turn % len(ROTATION)])


def plan_utterance_type(draft: Draft) -> None:
    """The same, asked only what could be asked of any clip."""
    draft.facts["Type"] = "speech"
    _draw_utterance(draft)
    draft.ask("Type")
    draft.condition("Loudness", "Dynamics")


def _draw_utterance(draft: Draft) -> None:
    draw_voice(draft)
    rate = draft.draw("Speaking rate", tuple(v.RATES_WPM))
    who = "a man" if draft.facts["Gender"] == "male" else "a woman"
    how = "slowly" if rate in v.SLOW_RATES else "quickly"
    draft.facts["Delivery"] = f"{who} speaking {how}"
    said = sentence(draft.split, draft.rng)
    draft.text = said.text
    draft.numbers["object"] = said.thing


def render_utterance(scene: Scene, rng: np.random.Generator) -> Samples:
    """The sentence in its voice, under its condition."""
    wpm = v.RATES_WPM[scene.facts["Speaking rate"]] * rng.uniform(1 - RATE_JITTER, 1 + RATE_JITTER)
    return placed(conditioned(_spoken(scene, round(wpm)), scene.facts), rng)


def _spoken(scene: Scene, wpm: int) -> Samples:
    variant, pitch = scene.numbers["voice"]
    language = v.LANGUAGES[scene.facts.get("Language", "English")]
    samples = speak(Utterance(scene.text + ".", wpm, pitch, variant, language))
    if len(samples) > frames(MAX_S - 0.15):
        raise EchoicError(f"{scene.id}: {scene.text!r} takes too long at {wpm} words a minute")
    return samples


def plan_dialogue(draft: Draft) -> None:
    """Two phrases: who speaks, how fast and how loud the one is against the other."""
    draft.facts["Type"] = "speech"
    draft.draw("Speakers", tuple(v.SPEAKERS))
    draft.draw("Pace", tuple(v.PACES))
    draft.draw("Levels", tuple(v.LEVELS))
    draft.ask("Speakers", "Pace", "Levels")
    phrases = (phrase(draft.split, draft.rng), phrase(draft.split, draft.rng))
    draft.numbers["phrases"] = phrases
    draft.text = ". ".join(phrases)
    voices = {}
    for gender in ("male", "female"):
        choices = v.VARIANTS[gender, "low" if draft.rng.random() < 0.5 else "high"]
        voices[gender] = choices[int(draft.rng.integers(len(choices)))]
    draft.numbers["voices"] = voices


def render_dialogue(scene: Scene, rng: np.random.Generator) -> Samples:
    """Both phrases, each at the level that "Levels" names."""
    parts: list[Samples] = []
    genders, paces, levels = (
        v.SPEAKERS[scene.facts["Speakers"]],
        v.PACES[scene.facts["Pace"]],
        v.LEVELS[scene.facts["Levels"]],
    )
    for text, gender, pace, level in zip(
        scene.numbers["phrases"], genders, paces, levels, strict=True
    ):
        variant, pitch = scene.numbers["voices"][gender]
        spoken = speak(Utterance(text + ".", v.PHRASE_WPM[pace], pitch, variant))
        gap = np.zeros(frames(GAP_S), dtype=np.float32)
        parts += [limited(at_level(spoken, v.PHRASE_DBFS[level])), gap]
    return placed(np.concatenate(parts[:-1]), rng)


def plan_voice_and_noise(draft: Draft) -> None:
    """A voice over a lasting sound, at a known ratio of levels."""
    _draw_over_noise(draft)
    draft.ask("Background", "Voice level", "Voice")


def plan_voice_and_noise_type(draft: Draft) -> None:
    """The same, asked only what could be asked of any clip."""
    _draw_over_noise(draft)
    draft.ask("Type")
    draft.condition("Loudness", "Dynamics")


def _draw_over_noise(draft: Draft) -> None:
    draft.facts["Type"] = "voice over noise"
    draw_voice(draft)
    draft.draw("Background", BACKGROUNDS)
    draft.draw("Voice level", tuple(v.VOICE_LEVELS_DB))
    draft.text = sentence(draft.split, draft.rng).text


def render_voice_and_noise(scene: Scene, rng: np.random.Generator) -> Samples:
    """Voice and background begin and end together; their levels differ by the known ratio."""
    voice = _spoken(scene, MEDIUM_WPM)
    back = stretch(scene.facts["Background"], len(voice) / frames(1.0), rng)
    return placed(conditioned(over(voice, back, scene.facts["Voice level"]), scene.facts), rng)


def over(voice: Samples, back: Samples, voice_level: str) -> Samples:
    """`voice` over `back`, cut to the shorter, at the ratio that the value names."""
    count = min(len(voice), len(back))
    return faded(mixed(voice[:count], back[:count], v.VOICE_LEVELS_DB[voice_level]))
