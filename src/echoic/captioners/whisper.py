"""The captioner that hears words only."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from echoic.clip import Clip
from echoic.models.transcriber import DEFAULT_WHISPER, Transcriber
from echoic.records import digest

NO_SPEECH = "No speech is heard."
UNCLEAR = "Somebody speaks, but the words are not clear."


def said(text: str) -> str:
    """A transcript as a sentence of a caption."""
    return f'Somebody says: "{text}"' if text else UNCLEAR


@dataclass
class WhisperCaptioner:
    """The transcript where the voice detector finds speech, else "No speech is heard."."""

    transcriber: Transcriber = field(default_factory=Transcriber)

    @property
    def name(self) -> str:
        """ "whisper" for the default model, else with the model's name after a colon."""
        chosen = self.transcriber.name
        return "whisper" if chosen == DEFAULT_WHISPER else f"whisper:{chosen}"

    @property
    def prompt_hash(self) -> str:
        """Covers the model's name, the voice detector's thresholds and the sentences."""
        return digest([self.transcriber.settings, said("{text}"), UNCLEAR, NO_SPEECH])

    def captions(self, clips: Sequence[Clip]) -> list[str]:
        """One sentence for each clip, in order."""
        heard = self.transcriber.hear(clips)
        return [said(one.text) if one.spoken_s else NO_SPEECH for one in heard]
