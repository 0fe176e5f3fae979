"""The captioner that measures: numbers and words about a clip, its transcript, its music tags."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from echoic.captioners import words
from echoic.captioners.measure import Measurements, measure
from echoic.captioners.whisper import NO_SPEECH, said
from echoic.clip import Clip, Samples
from echoic.models import tagger
from echoic.models.transcriber import Heard, Transcriber
from echoic.records import digest

FORMAT = 2  # raise it when the wording or a measurement changes: older captions are made anew
SHOWN_TAGS = 3
MIN_TAG = 0.1  # a tag less likely is not named
EMPTY_TAGS = frozenset({"no vocals", "no vocal", "no voice", "weird"})  # say nothing of a sound


@dataclass
class AcousticCaptioner:
    """Duration, loudness, pitch, rhythm, timbre; what is said; what the music tagger guesses.

    `transcripts` False leaves the words out (another captioner beside it has them), not the share
    of speech.
    """

    transcriber: Transcriber = field(default_factory=Transcriber)
    transcripts: bool = True

    @property
    def name(self) -> str:
        """ "acoustic"."""
        return "acoustic"

    @property
    def prompt_hash(self) -> str:
        """Covers the format's number, every scale of words, and the models by name."""
        scales = {key: value for key, value in vars(words).items() if key.isupper()}
        return digest(
            [
                FORMAT,
                {key: str(value) for key, value in scales.items()},
                self.transcriber.settings,
                self.transcripts,
                [SHOWN_TAGS, MIN_TAG, sorted(EMPTY_TAGS)],
            ]
        )

    def captions(self, clips: Sequence[Clip]) -> list[str]:
        """One paragraph for each clip, in order. Raises MissingExtra without the local models."""
        heard = self.transcriber.hear(clips)
        return [
            self._caption(clip.samples, spoken) for clip, spoken in zip(clips, heard, strict=True)
        ]

    def _caption(self, samples: Samples, heard: Heard) -> str:
        made = measure(samples)
        share = heard.spoken_s / made.duration_s
        start = f"A clip of {made.duration_s:.1f} seconds: {words.kind(made, share)}."
        if made.silent:
            return start
        voice = share >= words.SPEECH_SHARE
        parts = [start, *_measured(made, voice=voice)]
        parts += self._speech(made, heard)
        if not voice and made.noisiness < words.COLOURED:
            parts.append(music(samples))
        return " ".join(part for part in parts if part)

    def _speech(self, made: Measurements, heard: Heard) -> list[str]:
        if not heard.spoken_s:
            return [NO_SPEECH] if self.transcripts else []
        told = [words.speaking(heard.text, heard.spoken_s, made.duration_s)]
        return [*told, said(heard.text)] if self.transcripts else told


def _measured(made: Measurements, *, voice: bool) -> list[str]:
    return [
        words.loudness(made),
        words.pitch(made.pitch, voice=voice),
        words.rhythm(made, voice=voice),
        words.sounds(made, voice=voice),
        words.timbre(made),
    ]


def music(samples: Samples) -> str:
    """ "If it is music: piano (91%), solo (48%)." or "" when no tag is likely."""
    likely = [
        f"{name} ({100 * share:.0f}%)"
        for name, share in tagger.tags(samples)
        if share >= MIN_TAG and name not in EMPTY_TAGS
    ][:SHOWN_TAGS]
    return f"If it is music: {', '.join(likely)}." if likely else ""
