"""What a captioner is."""

from collections.abc import Sequence
from typing import Protocol

from echoic.clip import Clip


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
