"""Where things lie below a study's folder."""

from dataclasses import dataclass
from pathlib import Path

from echoic.records import plain_name
from echoic.training.recipe import Recipe

WORLD = "world"


@dataclass(frozen=True)
class Places:
    """The files and folders below `root`."""

    root: Path

    @property
    def models(self) -> Path:
        """Says which embedded models were fetched."""
        return self.root / "models.json"

    @property
    def world(self) -> Path:
        """The rendered clips."""
        return self.root / WORLD

    def captions(self, captioner: str, benchmark: str) -> Path:
        """Captions of a benchmark's clips."""
        return self.root / "captions" / f"{beside(benchmark, captioner)}.jsonl"

    @property
    def transcripts(self) -> Path:
        """What captioners and LALMs understand of the words."""
        return self.root / "transcripts.jsonl"

    def targets(self, recipe: Recipe, backbone: str, seed: int) -> Path:
        """What a backbone wrote; recipes that ask for the same share it."""
        asked = recipe.targets
        kind = f"{'prefilled' if asked.prefill else 'free'}-{asked.max_tokens}t"
        if asked.clips:
            kind += f"-{asked.clips}c"
        return self.root / "targets" / plain_name(backbone) / f"{kind}-s{seed}.jsonl"

    def checkpoint(self, label: str, backbone: str) -> Path:
        """A trained LALM."""
        return self.root / "training" / label / plain_name(backbone)

    def features(self, recipe: Recipe) -> Path:
        """The encoder's states of the clips that are heard in training.

        Recipes that listen alike to the same clips share them.
        """
        taps = "".join(f"-{tap}" for tap in recipe.connector.taps)
        clips = "" if all_heard(recipe) else f"-{recipe.targets.clips}c"
        schedule = recipe.schedule
        return self.root / "features" / f"{schedule.window_s:g}s-pool{schedule.pool}{taps}{clips}"

    @property
    def seeds(self) -> Path:
        """The rendered training clips' seeds."""
        return self.world / "seeds-train.jsonl"

    def run(self, mode: str, control: str, answering: str, which: str, backbone: str) -> Path:
        """A run folder."""
        kind = f"{mode}-{control}" if control else mode
        return self.root / "runs" / f"{kind}-{answering}" / which / plain_name(backbone)


def beside(benchmark: str, name: str) -> str:
    """`name` in file names; with a benchmark's name in front where it is not the rendered world."""
    return plain_name(name) if benchmark == WORLD else f"{benchmark}-{plain_name(name)}"


def all_heard(recipe: Recipe) -> bool:
    """Whether training hears all training clips: a warm-up needs no target to learn from a clip."""
    return bool(recipe.warmup.steps) or not recipe.targets.clips
