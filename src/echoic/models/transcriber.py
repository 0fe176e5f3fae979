"""Transcripts, of clips in which somebody speaks only: Whisper invents words for the others.

A clip is cut to the span from its first to its last word, and a loop of the decoder is told once.
Captioners and LALMs hear with the same transcriber, so clips are transcribed once for all of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echoic.clip import SAMPLE_RATE_HZ, Clip, Samples
from echoic.models import vad
from echoic.records import Journal, digest

if TYPE_CHECKING:
    from echoic.models.whisper import Whisper

DEFAULT_WHISPER = "whisper-tiny.en"
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
    heard once is remembered, in `file` too where one is named: a line per clip, by its content.
    """

    name: str = DEFAULT_WHISPER
    file: Path | None = None
    whisper: "Whisper | None" = field(default=None, repr=False)
    _known: dict[str, Heard] = field(default_factory=dict, repr=False)
    _read: bool = field(default=False, repr=False)

    @property
    def settings(self) -> dict[str, Any]:
        """What decides the text."""
        return {
            "whisper": self.name,
            "vad": [vad.MODEL_FILE, vad.OPEN_PROBABILITY, vad.CLOSE_PROBABILITY],
            "spans_s": [vad.MIN_SILENCE_S, vad.MIN_SPEECH_S, MARGIN_S],
            "loop": LOOP.pattern,
        }

    def known(self, clip_hash: str) -> Heard | None:
        """What was heard in a clip of that content, if it was heard already."""
        if self.file and not self._read:
            with Journal(self.file) as journal:
                self._known |= self._stored(journal)
            self._read = True
        return self._known.get(clip_hash)

    def hear(self, clips: Sequence[Clip]) -> list[Heard]:
        """What is said in each clip, in order.

        Unless all are known, all are heard again, in one batch, and what was known stays: an
        interrupted call, made again with the same clips, ends with the same texts. Raises
        MissingExtra without onnxruntime, torch or transformers.
        """
        distinct = {clip.hash: clip.samples for clip in clips}
        fresh = [clip_hash for clip_hash in distinct if self.known(clip_hash) is None]
        if fresh:
            heard = dict(zip(distinct, self._hear(list(distinct.values())), strict=True))
            self._known = heard | self._known
            self._store(fresh)
        return [self._known[clip.hash] for clip in clips]

    def _stored(self, journal: Journal) -> dict[str, Heard]:
        mine = digest(self.settings)
        return {
            row["clip_hash"]: Heard(row["spoken_s"], row["text"])
            for row in journal.records()
            if row.get("settings") == mine
        }

    def _store(self, clip_hashes: Sequence[str]) -> None:
        if self.file is None:
            return
        about = {"whisper": self.name, "settings": digest(self.settings)}
        with Journal(self.file) as journal:
            for clip_hash in clip_hashes:
                journal.append({"clip_hash": clip_hash, **vars(self._known[clip_hash]), **about})

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

        if self.whisper is None:
            self.whisper = load_whisper(self.name, dtype=need("torch").float32)
        return transcribe(self.whisper, clips)


def unlooped(text: str) -> str:
    """`text` with every loop told once, followed by "..."."""
    return LOOP.sub(r"\1... ", text).strip()


@lru_cache
def transcriber_of(name: str, file: Path | None = None) -> Transcriber:
    """The one transcriber of that model and file in this process."""
    return Transcriber(name, file)


def _cut(samples: Samples, spans: list[vad.Span]) -> Samples:
    """The clip from its first to its last word."""
    start = max(0, round((spans[0][0] - MARGIN_S) * SAMPLE_RATE_HZ))
    return samples[start : round((spans[-1][1] + MARGIN_S) * SAMPLE_RATE_HZ)]
