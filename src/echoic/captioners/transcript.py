"""Transcripts, of clips in which somebody speaks only: Whisper invents words for the others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.models import vad

if TYPE_CHECKING:
    from echoic.models.whisper import Whisper

DEFAULT_WHISPER = "whisper-tiny.en"
NO_SPEECH = "No speech is heard."
# A phrase that comes four times or more in a row: greedy decoding has run into a loop.
LOOP = re.compile(r"(\b\S(?:.{0,40}?\S)??)(?:[\s,.;!?]+\1){3,}\b[\s,.;!?]*")
MARGIN_S = 0.2  # kept before the first and after the last span of speech


@dataclass(frozen=True)
class Heard:
    """What is said in a clip: `spoken_s` seconds of speech; `text` is "" when there are none."""

    spoken_s: float
    text: str


@dataclass
class Transcriber:
    """Whisper behind a voice detector; the weights are loaded when the first voice is found.

    `name`: an embedded Whisper ("whisper-tiny.en"), a folder or a hub id; fp32, greedy. What was
    heard once is remembered, as two captioners may share a transcriber (`transcriber_of`).
    """

    name: str = DEFAULT_WHISPER
    _whisper: "Whisper | None" = field(default=None, repr=False)
    _known: dict[str, Heard] = field(default_factory=dict, repr=False)

    @property
    def settings(self) -> dict[str, Any]:
        """What decides the text, for a captioner's prompt hash."""
        return {
            "whisper": self.name,
            "vad": [vad.MODEL_FILE, vad.OPEN_PROBABILITY, vad.CLOSE_PROBABILITY],
            "spans_s": [vad.MIN_SILENCE_S, vad.MIN_SPEECH_S, MARGIN_S],
            "loop": LOOP.pattern,
        }

    def hear(self, clips: Sequence[Samples]) -> list[Heard]:
        """What is said in each clip of (frames,) samples at 16 kHz, in order.

        Raises MissingExtra without onnxruntime, torch or transformers.
        """
        keys = [sha256(samples.tobytes()).hexdigest() for samples in clips]
        fresh = {key: clip for key, clip in zip(keys, clips, strict=True) if key not in self._known}
        self._known |= dict(zip(fresh, self._hear(list(fresh.values())), strict=True))
        return [self._known[key] for key in keys]

    def _hear(self, clips: Sequence[Samples]) -> list[Heard]:
        spans = [vad.speech_spans(samples) for samples in clips]
        spoken = [i for i, found in enumerate(spans) if found]
        said = self._transcribe([_cut(clips[i], spans[i]) for i in spoken])
        texts = dict(zip(spoken, said, strict=True))
        return [
            Heard(sum(end - start for start, end in found), unlooped(texts.get(i, "")))
            for i, found in enumerate(spans)
        ]

    def _transcribe(self, clips: list[Samples]) -> list[str]:
        if not clips:
            return []
        from echoic.models.needs import need
        from echoic.models.whisper import load_whisper, transcribe

        if self._whisper is None:
            self._whisper = load_whisper(self.name, dtype=need("torch").float32)
        return transcribe(self._whisper, clips)


def unlooped(text: str) -> str:
    """`text` with every loop told once, followed by "..."."""
    return LOOP.sub(r"\1... ", text).strip()


@lru_cache
def transcriber_of(name: str) -> Transcriber:
    """The one transcriber of that model in this process."""
    return Transcriber(name)


def _cut(samples: Samples, spans: list[vad.Span]) -> Samples:
    """The clip from its first to its last word."""
    start = max(0, round((spans[0][0] - MARGIN_S) * SAMPLE_RATE_HZ))
    return samples[start : round((spans[-1][1] + MARGIN_S) * SAMPLE_RATE_HZ)]
