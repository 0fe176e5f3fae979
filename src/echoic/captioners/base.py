"""What a captioner is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from echoic.clip import Clip
from echoic.errors import BadClip

Progress = Callable[[int, int], None]


class Captioner(Protocol):
    """Something that writes a text about a clip.

    `name` stands in every caption and in results; `prompt_hash` (64 hex digits) covers everything
    that decides what is written: prompts, thresholds, weights by name.
    """

    @property
    def name(self) -> str:
        """The captioner's name, such as "acoustic"."""
        ...

    @property
    def prompt_hash(self) -> str:
        """Identity of prompts and settings."""
        ...

    def captions(self, clips: Sequence[Clip]) -> list[str]:
        """One text for each clip, in order. Raises BadClip for a clip that can have none."""
        ...


@dataclass(frozen=True)
class ClipFile:
    """A clip that is not decoded; `hash` is the SHA-256 of the file's bytes."""

    path: Path
    hash: str


@runtime_checkable
class AsksAtOnce(Captioner, Protocol):
    """A captioner whose clips do not depend on each other and are asked about all at once."""

    def texts(
        self, clips: Sequence[ClipFile], progress: Progress | None = None
    ) -> dict[str, str | BadClip]:
        """Content hash -> caption, or why there is none; `progress` is told (done, total)."""
        ...
