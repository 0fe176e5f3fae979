"""Every kind of scene, its domain and its share of the clips; drawing all scenes of a split."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from echoic.clip import Samples
from echoic.world import music, sound, speech
from echoic.world.scene import Draft, Scene

DRAWS = 15


@dataclass(frozen=True)
class Kind:
    """`task` is MMAU's domain; `share` the clips of 300; `plan` draws, `render` sounds."""

    task: str
    share: int
    plan: Callable[[Draft], None]
    render: Callable[[Scene, np.random.Generator], Samples]


# Of 300 clips; each domain has about 100, and about 90 count, order, compare or mix.
KINDS: Mapping[str, Kind] = {
    "utterance": Kind("speech", 59, speech.plan_utterance, speech.render_utterance),
    "dialogue": Kind("speech", 12, speech.plan_dialogue, speech.render_dialogue),
    "voice-noise": Kind("speech", 9, speech.plan_voice_and_noise, speech.render_voice_and_noise),
    "melody": Kind("music", 57, music.plan_melody, music.render_melody),
    "metre": Kind("music", 8, music.plan_metre, music.render_metre),
    "duet": Kind("music", 8, music.plan_duet, music.render_duet),
    "voice-music": Kind("music", 7, music.plan_voice_and_music, music.render_voice_and_music),
    "event": Kind("sound", 22, sound.plan_event, sound.render_event),
    "noise": Kind("sound", 20, sound.plan_noise, sound.render_noise),
    "tone": Kind("sound", 20, sound.plan_tone, sound.render_tone),
    "count": Kind("sound", 13, sound.plan_count, sound.render_count),
    "order": Kind("sound", 15, sound.plan_order, sound.render_order),
}
# One kind per type of audio, asked only what could be asked of any clip: any other stem would give
# the type away. Which of them a clip is, is drawn like a value: exact numbers of each would let the
# types of some clips be told from those of the others.
TYPE_SHARE = 50
TYPE_KINDS: Mapping[str, Kind] = {
    "type-speech": Kind("speech", 0, speech.plan_utterance_type, speech.render_utterance),
    "type-music": Kind("music", 0, music.plan_melody_type, music.render_melody),
    "type-sound": Kind("sound", 0, sound.plan_course, sound.render_course),
    "type-voice-noise": Kind(
        "speech", 0, speech.plan_voice_and_noise_type, speech.render_voice_and_noise
    ),
    "type-voice-music": Kind(
        "music", 0, music.plan_voice_and_music_type, music.render_voice_and_music
    ),
}
ALL_KINDS = {**KINDS, **TYPE_KINDS}


def shares(count: int) -> dict[str, int]:
    """How many of `count` clips each kind gets, and "type": largest remainders first."""
    parts = {name: kind.share for name, kind in KINDS.items()} | {"type": TYPE_SHARE}
    total = sum(parts.values())
    exact = {name: part * count / total for name, part in parts.items()}
    given = {name: int(value) for name, value in exact.items()}
    left = sorted(exact, key=lambda name: given[name] - exact[name])
    for name in left[: count - sum(given.values())]:
        given[name] += 1
    return given


def fair_scenes(
    count: int, seed: np.random.SeedSequence, multilingual: bool = False
) -> list[Scene]:
    """The scenes of the test split: of several draws the one with the middle `constant_score`.

    Values drawn one by one are sometimes so uneven that answering always the same pays. Values
    dealt out evenly are worse: what is rare in one fold of a cross-validation is then frequent in
    the others, and a regression on the text falls far below chance (12%). Draws that are as uneven
    as chance makes them on average keep it at chance (24.5%, with the binomial's own spread).
    """
    drawn = [scenes("test", count, child, multilingual) for child in seed.spawn(DRAWS)]
    return sorted(drawn, key=constant_score)[DRAWS // 2]


def constant_score(group: Sequence[Scene]) -> int:
    """How many questions the best constant answer per attribute gets right."""
    answers = Counter((name, scene.facts[name]) for scene in group for name in scene.asked)
    best: dict[str, int] = {}
    for (name, _), number in answers.items():
        best[name] = max(best.get(name, 0), number)
    return sum(best.values())


def scenes(
    split: str, count: int, seed: np.random.SeedSequence, multilingual: bool = False
) -> list[Scene]:
    """All scenes of a split, in shuffled order. The same arguments give the same scenes.

    `seed` must be fresh: spawning from it is part of the draw.
    """
    order_seed, *clip_seeds = seed.spawn(count + 1)
    rng = np.random.default_rng(order_seed)
    slots = [name for name, number in shares(count).items() for _ in range(number)]
    turns = dict.fromkeys(ALL_KINDS, 0)
    out: list[Scene] = []
    for index, (slot, clip_seed) in enumerate(zip(rng.permutation(count), clip_seeds, strict=True)):
        name = slots[slot]
        if name == "type":
            name = tuple(TYPE_KINDS)[int(rng.integers(len(TYPE_KINDS)))]
        plan_seed, render_seed = clip_seed.spawn(2)
        draft = Draft(split, turns[name], np.random.default_rng(plan_seed), multilingual)
        turns[name] += 1
        ALL_KINDS[name].plan(draft)
        out.append(finished(draft, f"{split}-{index:05d}", name, render_seed))
    return out


def finished(draft: Draft, clip_id: str, kind: str, seed: np.random.SeedSequence) -> Scene:
    """The scene that a draft has become; `seed` decides all that is drawn while it sounds."""
    return Scene(
        id=clip_id,
        split=draft.split,
        kind=kind,
        task=ALL_KINDS[kind].task,
        facts=draft.facts,
        numbers=draft.numbers,
        asked=tuple(draft.asked),
        options=draft.options,
        text=draft.text,
        entropy=tuple(int(word) for word in seed.generate_state(4)),
    )


def rendered(scene: Scene) -> Samples:
    """The clip of a scene: a pure function of it. Shape: (frames,), 16 kHz."""
    rng = np.random.default_rng(scene.entropy)
    return ALL_KINDS[scene.kind].render(scene, rng)
