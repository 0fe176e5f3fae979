"""Every kind of scene, its domain and its share of the clips; drawing all scenes of a split."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from echoic.clip import Samples
from echoic.world import music, sound, speech
from echoic.world.scene import Draft, Scene

SPLITS = ("train", "test")


@dataclass(frozen=True)
class Kind:
    """`task` is MMAU's domain; `share` the clips of 300; `plan` draws, `render` sounds."""

    task: str
    share: int
    plan: Callable[[Draft], None]
    render: Callable[[Scene, np.random.Generator], Samples]


# Each domain has 100 clips of 300; 92 of the 300 count, order, compare or mix. Clips with a
# type-of-audio question are kinds of their own: any other stem would give their type away.
KINDS: Mapping[str, Kind] = {
    "utterance": Kind("speech", 59, speech.plan_utterance, speech.render_utterance),
    "utterance-type": Kind("speech", 10, speech.plan_utterance_type, speech.render_utterance),
    "dialogue": Kind("speech", 12, speech.plan_dialogue, speech.render_dialogue),
    "voice-noise": Kind("speech", 9, speech.plan_voice_and_noise, speech.render_voice_and_noise),
    "voice-noise-type": Kind(
        "speech", 10, speech.plan_voice_and_noise_type, speech.render_voice_and_noise
    ),
    "melody": Kind("music", 57, music.plan_melody, music.render_melody),
    "melody-type": Kind("music", 10, music.plan_melody_type, music.render_melody),
    "metre": Kind("music", 8, music.plan_metre, music.render_metre),
    "duet": Kind("music", 8, music.plan_duet, music.render_duet),
    "voice-music": Kind("music", 7, music.plan_voice_and_music, music.render_voice_and_music),
    "voice-music-type": Kind(
        "music", 10, music.plan_voice_and_music_type, music.render_voice_and_music
    ),
    "event": Kind("sound", 22, sound.plan_event, sound.render_event),
    "event-type": Kind("sound", 10, sound.plan_course, sound.render_course),
    "noise": Kind("sound", 20, sound.plan_noise, sound.render_noise),
    "tone": Kind("sound", 20, sound.plan_tone, sound.render_tone),
    "count": Kind("sound", 13, sound.plan_count, sound.render_count),
    "order": Kind("sound", 15, sound.plan_order, sound.render_order),
}


def shares(count: int) -> dict[str, int]:
    """How many of `count` clips each kind gets: its share, largest remainders first."""
    total = sum(kind.share for kind in KINDS.values())
    exact = {name: kind.share * count / total for name, kind in KINDS.items()}
    given = {name: int(value) for name, value in exact.items()}
    left = sorted(exact, key=lambda name: given[name] - exact[name])
    for name in left[: count - sum(given.values())]:
        given[name] += 1
    return given


def scenes(split: str, count: int, seed: np.random.SeedSequence) -> list[Scene]:
    """All scenes of a split, in shuffled order. The same arguments give the same scenes."""
    order_seed, *clip_seeds = seed.spawn(count + 1)
    names = [name for name, number in shares(count).items() for _ in range(number)]
    shuffled = [names[i] for i in np.random.default_rng(order_seed).permutation(count)]
    turns = dict.fromkeys(KINDS, 0)
    out: list[Scene] = []
    for index, (name, clip_seed) in enumerate(zip(shuffled, clip_seeds, strict=True)):
        plan_seed, render_seed = clip_seed.spawn(2)
        draft = Draft(split, turns[name], np.random.default_rng(plan_seed))
        turns[name] += 1
        KINDS[name].plan(draft)
        out.append(_finished(draft, f"{split}-{index:05d}", name, render_seed))
    return out


def _finished(draft: Draft, clip_id: str, kind: str, seed: np.random.SeedSequence) -> Scene:
    return Scene(
        id=clip_id,
        split=draft.split,
        kind=kind,
        task=KINDS[kind].task,
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
    return KINDS[scene.kind].render(scene, rng)
