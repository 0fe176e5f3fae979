"""The captioner that knows: it repeats the description that the clip was made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from echoic.clip import Clip
from echoic.errors import BadClip
from echoic.records import digest, file_digest
from echoic.seed import read_seeds


@dataclass(frozen=True)
class OracleCaptioner:
    """Seed descriptions from `seeds`, a JSONL whose audio paths are relative to its folder.

    An upper bound for captioners. A clip is matched by where it lies, or else by its content, so
    that a copied benchmark folder finds its seeds too.
    """

    seeds: Path

    @property
    def name(self) -> str:
        """ "oracle"."""
        return "oracle"

    @cached_property
    def prompt_hash(self) -> str:
        """Covers every audio path and description."""
        rows = read_seeds(self.seeds)
        return digest(sorted([seed.audio, seed.description] for seed in rows))

    @cached_property
    def _by_path(self) -> dict[Path, str]:
        folder = self.seeds.parent
        return {
            (folder / seed.audio).resolve(): seed.description for seed in read_seeds(self.seeds)
        }

    @cached_property
    def _by_hash(self) -> dict[str, str]:
        return {file_digest(path): text for path, text in self._by_path.items() if path.is_file()}

    def captions(self, clips: Sequence[Clip]) -> list[str]:
        """The description of each clip, in order. Raises BadClip for a clip without a seed."""
        return [self._caption(clip) for clip in clips]

    def _caption(self, clip: Clip) -> str:
        text = self._by_path.get(clip.path.resolve()) or self._by_hash.get(clip.hash)
        if text is None:
            raise BadClip(
                f"{clip.path}: has no seed in {self.seeds}; give the seeds of these clips"
            )
        return text
