"""Notes played on a General MIDI SoundFont by TinySoundFont."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from echoic.clip import Samples
from echoic.world import native
from echoic.world.level import frames, resampled

RATE_HZ = 32_000  # twice the clip's rate: the synthesizer's own resampling aliases
MAX_VOICES = 96
DRUM_BANK = 128
DRUMS = -1  # instead of a program: the drum kit


@dataclass(frozen=True)
class Note:
    """`program` 0 to 127 of General MIDI, or DRUMS; `key` a MIDI number; `velocity` 0 to 1."""

    start_s: float
    length_s: float
    program: int
    key: int
    velocity: float = 0.8


@cache
def _loaded() -> Any:
    """The SoundFont, loaded once a process. Clones share its samples but none of its state."""
    return native.synthesizer().SoundFont(str(native.soundfont_file()))


def play(notes: Sequence[Note], seconds: float) -> Samples:
    """The notes mixed, `seconds` long, at 16 kHz and no particular level. Shape: (frames,).

    Every call plays on a fresh clone: after a mere reset the same notes sound different.
    """
    module = native.synthesizer()
    font = module.SoundFont(_loaded())
    font.set_output(module.OutputMode.Mono, RATE_HZ, 0.0)
    font.set_max_voices(MAX_VOICES)
    channels: dict[int, int] = {}
    for program in sorted({note.program for note in notes}):
        channels[program] = len(channels)
        drums = program == DRUMS
        font.channel_set_bank(channels[program], DRUM_BANK if drums else 0)
        font.channel_set_preset_number(channels[program], 0 if drums else program, drums)
    out = np.zeros(round(seconds * RATE_HZ), dtype=np.float32)
    done = 0
    for at, on, note in _changes(notes):
        here = min(round(at * RATE_HZ), len(out))
        if here > done:
            font.render(out[done:here].view(np.uint8))
            done = here
        if on:
            font.channel_note_on(channels[note.program], note.key, note.velocity)
        else:
            font.channel_note_off(channels[note.program], note.key)
    if done < len(out):
        font.render(out[done:].view(np.uint8))
    return resampled(out, RATE_HZ)[: frames(seconds)]


def _changes(notes: Sequence[Note]) -> list[tuple[float, bool, Note]]:
    """(time, begins, note), in time; at one moment notes end before others begin."""
    ends = [(note.start_s + note.length_s, False, note) for note in notes]
    starts = [(note.start_s, True, note) for note in notes]
    return sorted([*ends, *starts], key=lambda c: (c[0], c[1], c[2].program, c[2].key))
