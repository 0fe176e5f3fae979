"""Several captioners as one."""

from collections.abc import Sequence
from dataclasses import dataclass

from echoic.captioners.base import Captioner
from echoic.clip import Clip
from echoic.records import digest


@dataclass(frozen=True)
class JoinedCaptioner:
    """The captions of `parts` after one another, a line each."""

    parts: tuple[Captioner, ...]

    @property
    def name(self) -> str:
        """The parts' names joined with "+"."""
        return "+".join(part.name for part in self.parts)

    @property
    def prompt_hash(self) -> str:
        """Covers the parts' prompt hashes and their order."""
        return digest([part.prompt_hash for part in self.parts])

    def captions(self, clips: Sequence[Clip]) -> list[str]:
        """One text for each clip, in order."""
        columns = [part.captions(clips) for part in self.parts]
        return ["\n".join(texts) for texts in zip(*columns, strict=True)]
