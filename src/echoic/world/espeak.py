"""Speech by espeak-ng, called in the process through ctypes.

Three traps of the library are handled here. Unknown voices are no error to it: an unknown language
returns 2 and keeps the voice before, an unknown variant returns 0 and gives the plain voice; so
the code is checked and the variant's file looked up. And its flutter runs on from one utterance to
the next, even past re-initialisation, so that a clip would depend on what was spoken before it:
the library is loaded afresh for every utterance (5 ms). And it seeds the random numbers behind
breathy voices with the time of day: they are seeded again.
"""

import _ctypes
import contextlib
import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from echoic.clip import Samples
from echoic.errors import EchoicError, MissingExtra, UnknownName
from echoic.world import native
from echoic.world.level import resampled, trimmed

RATE_HZ = 22_050
SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT
DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT
UTF8 = 1  # espeakCHARS_UTF8
RATE, PITCH, RANGE = 1, 3, 4  # espeak_PARAMETER
RANDOM_SEED = 1
CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


@dataclass(frozen=True)
class Utterance:
    """`rate_wpm` 80 to 450 words a minute; `pitch` and `intonation` 0 to 99, espeak's own scale."""

    text: str
    rate_wpm: int
    pitch: int
    variant: str
    language: str = "en-us"
    intonation: int = 40


def speak(utterance: Utterance) -> Samples:
    """The utterance at 16 kHz, without the silence around it.

    Shape: (frames,). Raises UnknownName for a language or variant that espeak-ng does not have.
    """
    variant = native.espeak_data() / "voices" / "!v" / utterance.variant
    if not variant.is_file():
        raise UnknownName(f"espeak-ng has no voice variant {utterance.variant!r} in {variant}")
    with _fresh_library() as (library, chunks):
        voice = f"{utterance.language}+{utterance.variant}"
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise UnknownName(f"espeak-ng has no voice {voice!r}; it would keep the one before")
        library.espeak_SetParameter(RATE, utterance.rate_wpm, 0)
        library.espeak_SetParameter(PITCH, utterance.pitch, 0)
        library.espeak_SetParameter(RANGE, utterance.intonation, 0)
        data = utterance.text.encode()
        code = library.espeak_Synth(data, len(data) + 1, 0, 0, 0, UTF8, None, None)
        if code != 0 or not chunks:
            raise EchoicError(f"espeak-ng did not speak {utterance.text!r}: code {code}")
        library.espeak_Synchronize()
    samples = np.concatenate(chunks).astype(np.float32) / np.float32(32768)
    return trimmed(resampled(samples, RATE_HZ))


@contextlib.contextmanager
def _fresh_library() -> Iterator[tuple[Any, list[Any]]]:
    """The library in its initial state, and the list that its audio (int16) arrives in."""
    library = ctypes.CDLL(str(native.espeak_library()))
    chunks: list[Any] = []

    def receive(wave: Any, count: int, _events: Any) -> int:
        if wave and count > 0:
            chunks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        return 0

    callback = CALLBACK(receive)
    home = str(native.espeak_data().parent).encode()
    try:
        rate = library.espeak_Initialize(SYNCHRONOUS, 0, home, DONT_EXIT)
        if rate != RATE_HZ:
            raise MissingExtra(
                f"espeak-ng did not start with the data in {native.espeak_data()}: it answers "
                f"{rate} where its rate, {RATE_HZ} Hz, was expected; fetch it again"
            )
        library.espeak_ng_SetRandSeed(RANDOM_SEED)
        library.espeak_SetSynthCallback(callback)
        yield library, chunks
    finally:
        library.espeak_Terminate()
        _ctypes.dlclose(library._handle)
