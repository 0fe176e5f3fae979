"""What an LALM hears of a clip: the connector's vectors and a transcript.

As published, Whisper's own decoder transcribes where a voice detector finds speech; elsewhere the
transcript is a single space. Unlike there, it hears the span with words only (models/transcriber).
Transcripts can be kept in a file, so that captioners and evaluations of the same clips transcribe
once.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from echoic.clip import Samples
from echoic.engine.ask import Prompt
from echoic.engine.audio_input import heard
from echoic.lalm.encoder import Ear
from echoic.lalm.qformer import Connector
from echoic.lalm.splice import NO_SPEECH
from echoic.models.transcriber import Transcriber

Progress = Callable[[int, int], None]

TRANSCRIBE_CLIPS = 16
ENCODE_CLIPS = 16


class Hearing:
    """The ear and the connector of one LALM."""

    def __init__(
        self,
        ear: Ear,
        connector: Connector,
        *,
        transcripts: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.ear, self.connector = ear, connector.eval()
        self._progress = progress
        self._transcriber = Transcriber(ear.whisper.name, transcripts, ear.whisper)

    def transcribe_all(self, prompts: Sequence[Prompt]) -> None:
        """Transcribe what is not known yet of the prompts' clips.

        Batches are planned over the sorted list of all clips, so that an interrupted call ends with
        the same texts.
        """
        audio = {prompt.audio_hash: prompt for prompt in prompts if prompt.audio}
        hashes = sorted(audio)
        for at in range(0, len(hashes), TRANSCRIBE_CLIPS):
            batch = hashes[at : at + TRANSCRIBE_CLIPS]
            if any(self._transcriber.known(clip_hash) is None for clip_hash in batch):
                self._transcriber.hear([heard(audio[clip_hash]) for clip_hash in batch])
                if self._progress:
                    self._progress(at + len(batch), len(hashes))

    def transcript(self, clip_hash: str) -> str:
        """What is said in a clip that `transcribe_all` was given."""
        known = self._transcriber.known(clip_hash)
        assert known is not None, "transcribe_all was not given this clip"
        return known.text or NO_SPEECH

    @torch.inference_mode()
    def vectors(self, clips: Sequence[Samples]) -> Tensor:
        """Shape: clips (clips,) of (frames,) -> (clips, queries, backbone width) in fp32."""
        parts = []
        for at in range(0, len(clips), ENCODE_CLIPS):
            states = self.ear.states(clips[at : at + ENCODE_CLIPS])
            parts.append(self.connector(states.float()))
        return torch.cat(parts)
