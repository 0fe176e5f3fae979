"""Four-option questions about scenes, in MMAU's fields plus "lead".

Text alone gives no hint. An attribute either has four values, which are then always the four
options, or a larger pool, from which gold and distractors are drawn alike and about which no other
question of the clip is asked. Values are drawn independently per clip, and keys stand equally
often in each place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from echoic.world import vocabulary as v
from echoic.world.events import BACKGROUNDS, EVENTS
from echoic.world.scene import Scene
from echoic.world.sentences import OBJECTS

OPTIONS = 4
DATASET = "echoic-world"


@dataclass(frozen=True)
class Template:
    """`values`: what the attribute can be; `wordings`: the stems, each as likely."""

    subcategory: str
    category: str
    difficulty: str
    values: Sequence[str]
    wordings: tuple[str, ...]


def _perceived(
    subcategory: str, difficulty: str, values: Sequence[str], *wordings: str
) -> Template:
    return Template(subcategory, "perception", difficulty, tuple(values), wordings)


def _reasoned(subcategory: str, difficulty: str, values: Sequence[str], *wordings: str) -> Template:
    return Template(subcategory, "reasoning", difficulty, tuple(values), wordings)


TEMPLATES: Mapping[str, Template] = {
    "Type": _perceived(
        "type", "easy", v.TYPES,
        "What kind of audio is this clip?",
        "Which type of audio do you hear?",
    ),
    "Loudness": _perceived(
        "loudness", "medium", tuple(v.LOUDNESS_DBFS),
        "How loud is the recording as a whole?",
        "Which level of loudness does the clip have?",
    ),
    "Dynamics": _perceived(
        "dynamics", "medium", v.DYNAMICS,
        "How does the loudness change over time?",
        "What course does the volume take in this clip?",
    ),
    "Recording": _perceived(
        "recording", "easy", v.RECORDINGS,
        "Under which condition was this recorded?",
        "How would you describe the quality of the recording?",
    ),
    "Duration": _perceived(
        "duration", "medium", tuple(v.DURATIONS_S),
        "How long does the sound last?",
        "What is the length of the sound?",
    ),
    "Voice": _perceived(
        "voice", "easy", tuple(v.VOICES),
        "Who is speaking?",
        "Which description fits the speaker's voice?",
    ),
    "Speaking rate": _perceived(
        "speaking rate", "easy", tuple(v.RATES_WPM),
        "How fast does the person speak?",
        "Which speaking rate do you hear?",
    ),
    "Delivery": _reasoned(
        "delivery", "medium",
        ("a man speaking slowly", "a man speaking quickly",
         "a woman speaking slowly", "a woman speaking quickly"),
        "Taking speaker and speed together, what do you hear?",
        "Which phrase describes both who speaks and how?",
    ),
    "Language": _perceived(
        "language",
        "medium",
        tuple(v.LANGUAGES),
        "Which language is spoken?",
        "What language does the speaker use?",
    ),
    "Object": _perceived(
        "words", "hard", (),
        "Which object does the speaker mention?",
        "What thing is named in the sentence?",
    ),
    "Speakers": _reasoned(
        "order", "medium", tuple(v.SPEAKERS),
        "Who says the first and who the second phrase?",
        "In which order do the speakers take their turns?",
    ),
    "Pace": _reasoned(
        "comparison", "medium", tuple(v.PACES),
        "How does the speaking rate compare between the two phrases?",
        "How does the second phrase's speed compare with that of the first?",
    ),
    "Levels": _reasoned(
        "comparison", "medium", tuple(v.LEVELS),
        "How does the loudness compare between the two phrases?",
        "How loud are the first and the second phrase?",
    ),
    "Background": _perceived(
        "background", "medium", BACKGROUNDS,
        "What is heard behind the voice?",
        "Which sound accompanies the speaker?",
    ),
    "Voice level": _reasoned(
        "balance", "hard", tuple(v.VOICE_LEVELS_DB),
        "How loud is the voice compared with what accompanies it?",
        "How does the level of the voice stand to the rest?",
    ),
    "Instrument": _perceived(
        "instrument", "easy", tuple(v.PROGRAMS),
        "Which instrument is playing?",
        "What instrument do you hear?",
    ),
    "Tempo": _perceived(
        "tempo", "easy", tuple(v.TEMPO_S),
        "How fast do the notes follow each other?",
        "Which tempo does the melody have?",
    ),
    "Melody": _perceived(
        "melody", "medium", v.CONTOURS,
        "In which direction does the melody move?",
        "What contour does the tune follow?",
    ),
    "Register": _perceived(
        "register", "easy", tuple(v.REGISTER_KEYS),
        "In which register is the melody played?",
        "How high does the tune lie?",
    ),
    "Character": _reasoned(
        "mode", "hard", tuple(v.CHARACTERS),
        "Taking speed and mode together, what is the character of the piece?",
        "Which phrase names both the pace and the mode of this piece?",
    ),
    "Metre": _reasoned(
        "metre", "hard", tuple(v.METRES),
        "How many beats are there from one strong beat to the next?",
        "In which metre is the drum pattern?",
    ),
    "Accent": _perceived(
        "accent", "medium", tuple(v.ACCENTS),
        "What plays the strong beats?",
        "Which percussion sound marks the accents?",
    ),
    "Second part": _reasoned(
        "comparison", "hard", tuple(v.SECOND_PARTS),
        "How does the second instrument's part differ from the first's?",
        "Compared with the first instrument, how does the second one play?",
    ),
    "Order": _reasoned(
        "order", "medium", (),
        "In which order do the two follow each other?",
        "Which sequence do you hear?",
    ),
    "First": _reasoned(
        "order", "medium", (),
        "Which of these comes first?",
        "What does the clip begin with?",
    ),
    "Second sound": _reasoned(
        "comparison", "hard", tuple(v.SECOND_SOUNDS),
        "How does the second sound differ from the first?",
        "Compared with the first sound, what is the second one like?",
    ),
    "Sound": _perceived(
        "event", "easy", tuple(EVENTS),
        "Which sound do you hear?",
        "What makes the sound in this clip?",
    ),
    "Onset": _reasoned(
        "onset", "medium", tuple(v.ONSETS_S),
        "When does the sound begin?",
        "How long does it take until something is heard?",
    ),
    "Noise colour": _perceived(
        "noise colour", "medium", v.NOISES,
        "Which colour does the noise have?",
        "What colour of noise is this?",
    ),
    "Tone pitch": _perceived(
        "tone pitch", "easy", tuple(v.TONES_HZ),
        "How high is the tone?",
        "Where does the pitch of the tone lie?",
    ),
    "Movement": _perceived(
        "movement", "medium", v.MOVEMENTS,
        "How does the pitch of the tone move?",
        "What does the tone's frequency do over time?",
    ),
    "Count": _reasoned(
        "count", "hard", tuple(v.COUNTS),
        "How many times does the sound occur?",
        "How often is the sound heard?",
    ),
}  # fmt: skip


def questions(scenes: Sequence[Scene], seed: np.random.SeedSequence) -> list[dict[str, Any]]:
    """All questions about the scenes, in MMAU's fields plus "lead", in the scenes' order."""
    rng = np.random.default_rng(seed)
    places = {name: _Places(rng) for name in TEMPLATES}
    return [
        _question(scene, attribute, places[attribute].next(), rng)
        for scene in scenes
        for attribute in scene.asked
    ]


class _Places:
    """Places 0 to 3 of the key, in shuffled blocks, so that each comes equally often."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._left: list[int] = []

    def next(self) -> int:
        if not self._left:
            self._left = [int(place) for place in self._rng.permutation(OPTIONS)]
        return self._left.pop()


def _question(scene: Scene, attribute: str, place: int, rng: np.random.Generator) -> dict[str, Any]:
    template = TEMPLATES[attribute]
    answer = scene.facts[attribute]
    distractors = _distractors(scene, attribute, rng)
    choices = [*distractors[:place], answer, *distractors[place:]]
    return {
        "id": f"{scene.id}-{template.subcategory.replace(' ', '-')}-{scene.asked.index(attribute)}",
        "audio_id": f"./{scene.split}-audios/{scene.id}.wav",
        "question": template.wordings[int(rng.integers(len(template.wordings)))],
        "choices": choices,
        "answer": answer,
        "dataset": DATASET,
        "task": scene.task,
        "split": scene.split,
        "category": template.category,
        "sub-category": template.subcategory,
        "difficulty": template.difficulty,
        "lead": f"{attribute}:",
    }


def _distractors(scene: Scene, attribute: str, rng: np.random.Generator) -> list[str]:
    """Three other values of the attribute, in random order."""
    if attribute in scene.options:
        values: Sequence[str] = scene.options[attribute]
    elif attribute == "Object":
        values = OBJECTS[scene.split]
    else:
        values = TEMPLATES[attribute].values
    others = [value for value in values if value != scene.facts[attribute]]
    return [others[i] for i in rng.permutation(len(others))[: OPTIONS - 1]]
