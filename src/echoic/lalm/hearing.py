"""What an LALM hears of a clip: the connector's vectors and a transcript.

As published, Whisper's own decoder transcribes where a voice detector finds speech; elsewhere the
transcript is a single space. Transcripts can be kept in a file, by clip content, so that several
evaluations of the same clips transcribe once.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from echoic.clip import Clip
from echoic.lalm.encoder import Ear
from echoic.lalm.qformer import Connector
from echoic.lalm.splice import NO_SPEECH
from echoic.models.vad import speech_spans
from echoic.models.whisper import transcribe
from echoic.records import Journal

TRANSCRIBE_CLIPS = 16
ENCODE_CLIPS = 16


class Hearing:
    """The ear and the connector of one LALM."""

    def __init__(self, ear: Ear, connector: Connector, *, transcripts: Path | None = None) -> None:
        self.ear, self.connector = ear, connector.eval()
        self._file = transcripts
        self._texts: dict[str, str] = {}

    def transcribe_all(self, audio: Mapping[str, Path]) -> None:
        """Transcribe what is not known yet of `audio` (content hash -> file).

        Batches are planned over the sorted list of all clips and an unfinished one is made again
        whole, so that an interrupted call ends with the same texts.
        """
        if self._file is None:
            self._fill(audio, None)
            return
        with Journal(self._file) as journal:
            rows = [row for row in journal.records() if row["encoder"] == self.ear.whisper.name]
            self._texts |= {row["clip_hash"]: row["text"] for row in rows}
            self._fill(audio, journal)

    def _fill(self, audio: Mapping[str, Path], journal: Journal | None) -> None:
        hashes = sorted(audio)
        for at in range(0, len(hashes), TRANSCRIBE_CLIPS):
            batch = hashes[at : at + TRANSCRIBE_CLIPS]
            if all(clip_hash in self._texts for clip_hash in batch):
                continue
            samples = {clip_hash: Clip.read(audio[clip_hash]).samples for clip_hash in batch}
            spoken = [clip_hash for clip_hash in batch if speech_spans(samples[clip_hash])]
            said = transcribe(self.ear.whisper, [samples[clip_hash] for clip_hash in spoken])
            texts = dict.fromkeys(batch, NO_SPEECH) | dict(zip(spoken, said, strict=True))
            for clip_hash in batch:
                if journal and clip_hash not in self._texts:
                    journal.append(
                        {
                            "clip_hash": clip_hash,
                            "encoder": self.ear.whisper.name,
                            "text": texts[clip_hash],
                        }
                    )
            self._texts = texts | self._texts  # what is known stays

    def transcript(self, clip_hash: str) -> str:
        """What is said in a clip that `transcribe_all` was given."""
        return self._texts[clip_hash]

    @torch.inference_mode()
    def vectors(self, files: Sequence[Path]) -> Tensor:
        """Shape: files (clips,) -> (clips, queries, backbone width) in fp32."""
        parts = []
        for at in range(0, len(files), ENCODE_CLIPS):
            samples = [Clip.read(file).samples for file in files[at : at + ENCODE_CLIPS]]
            parts.append(self.connector(self.ear.states(samples).float()))
        return torch.cat(parts)
