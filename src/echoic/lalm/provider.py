"""An LALM as a provider: the local engine with ears.

Found by `echoic.engine` through the entry-point group `echoic.providers`, as a plugin would be.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from echoic.engine.ask import Generation, Prompt, Reply
from echoic.engine.audio_input import heard
from echoic.engine.chat import render
from echoic.engine.local import BATCH_TOKENS, LocalModel
from echoic.engine.local_plan import ROW_TOKENS
from echoic.engine.torch_model import placed
from echoic.lalm.checkpoint import checkpoint_digest, is_checkpoint, load_connector
from echoic.lalm.encoder import Ear
from echoic.lalm.hearing import Hearing, Progress
from echoic.lalm.splice import splice
from echoic.models.backbone import load_backbone
from echoic.models.whisper import load_whisper


class LalmModel(LocalModel):
    """A backbone whose prompts may hold audio.

    `transcript_only` replaces the connector's vectors by zeros: a control that leaves the model the
    transcript and the place where the audio would be.
    """

    def __init__(
        self,
        name: str,
        model: Any,
        tokenizer: Any,
        hearing: Hearing,
        *,
        checkpoint: str,
        transcript_only: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(name, model, tokenizer, **options)
        self.hearing, self._checkpoint = hearing, checkpoint
        self._transcript_only = transcript_only
        self._numbers: dict[str, int] = {}

    @property
    def settings(self) -> Mapping[str, Any]:
        """Those of the backbone, the checkpoint's identity and the encoder's window."""
        return {
            **super().settings,
            "checkpoint": self._checkpoint,
            "encoder": self.hearing.ear.whisper.name,
            "window_s": self.hearing.ear.window_s,
            "pool": self.hearing.ear.pool,
            "transcript_only": self._transcript_only,
        }

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        """As `LocalModel`, after transcribing the clips that are heard."""
        if len(done) < len(prompts):
            self.hearing.transcribe_all(prompts)
        yield from super().replies(prompts, done)

    def encode(self, prompt: Prompt) -> tuple[int, ...]:
        """Token ids, with one negative id for each of the audio's vectors."""
        if prompt.audio is None:
            return super().encode(prompt)
        text = render(
            self.tokenizer, system=prompt.system, user=prompt.user, prefill=prompt.prefill
        )
        around = splice(self.tokenizer, text, self.hearing.transcript(prompt.audio_hash))
        return (*around.before, *self._places(prompt.audio_hash), *around.after)

    def _places(self, audio_hash: str) -> tuple[int, ...]:
        """The negative ids of a clip: the same for every prompt that holds it.

        Where nothing but zeros is heard, all clips are one, and what they share is computed once.
        """
        queries = self.hearing.connector.config.queries
        heard = "" if self._transcript_only else audio_hash
        number = self._numbers.setdefault(heard, len(self._numbers))
        return tuple(-1 - number * queries - query for query in range(queries))

    def vectors(self, prompts: Sequence[Prompt]) -> Mapping[int, Tensor]:
        """The connector's vectors for the clips of one batch."""
        audio = {prompt.audio_hash: prompt for prompt in prompts if prompt.audio}
        if not audio:
            return {}
        if self._transcript_only:
            shape = self.hearing.connector.config
            found = torch.zeros(len(audio), shape.queries, shape.backbone_width)
        else:
            samples = [heard(prompt).samples for prompt in audio.values()]
            found = self.hearing.vectors(samples)  # (clips, queries, width)
        return {
            place: vector
            for audio_hash, vectors in zip(audio, found, strict=True)
            for place, vector in zip(self._places(audio_hash), vectors, strict=True)
        }


def open_lalm(
    name: str,
    *,
    generation: Generation,
    dtype: str = "float32",
    device: str = "auto",
    batch_tokens: int = BATCH_TOKENS,
    row_tokens: int = ROW_TOKENS,
    transcripts: Path | None = None,
    progress: Progress | None = None,
    transcript_only: bool = False,
    **_: Any,
) -> LalmModel | None:
    """The LALM in checkpoint folder `name`; None when that is no LALM's folder.

    `transcripts` is a file in which transcripts are kept between calls; `progress` is told how many
    clips of how many are transcribed. Raises CheckpointMismatch on faulty weights, UnknownName or
    FetchFailed when backbone or encoder cannot be loaded.
    """
    folder = Path(name)
    if not is_checkpoint(folder):
        return None
    number_format, device = placed(dtype, device)
    config, connector = load_connector(folder)
    whisper = load_whisper(config.encoder, dtype=torch.float32)
    whisper.model.to(device)
    model, tokenizer = load_backbone(config.backbone, dtype=number_format)
    ear = Ear(whisper, config.connector.taps, config.window_s, config.pool)
    return LalmModel(
        f"echoic/{config.backbone}+{config.recipe or folder.name}",
        model.to(device),
        tokenizer,
        Hearing(ear, connector.to(device), transcripts=transcripts, progress=progress),
        checkpoint=checkpoint_digest(folder),
        transcript_only=transcript_only,
        generation=generation,
        batch_tokens=batch_tokens,
        row_tokens=row_tokens,
    )
