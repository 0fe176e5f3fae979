"""Training recipes: named TOML files, every key read, unknown keys refused.

`paper` is DeSTA2.5 as published; the others say in their own file what they change and why. A
recipe can be named, or be the path of a TOML file whose `base` names one and whose tables override
it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from echoic.errors import BadRecipe
from echoic.records import digest
from echoic.study_file import build_part, read_toml


@dataclass(frozen=True)
class ConnectorRecipe:
    """The Q-Former's shape; the encoder and the backbone fix the rest."""

    queries: int = 64
    layers: int = 6
    intermediate: int = 3072
    dropout: float = 0.1
    norm: str = "post"
    match_token_norm: bool = False  # start with outputs as long as the backbone's token vectors
    taps: tuple[int, ...] = ()  # encoder layers that are read; (): as published for its depth


@dataclass(frozen=True)
class TargetRecipe:
    """How the backbone writes its own targets."""

    prefill: bool = False  # begin the reply with "(<first attribute>:" of a rotated seed line
    per_clip: int = 1
    max_tokens: int = 128
    clips: int = 0  # how many of the clips the backbone writes about; 0: all


@dataclass(frozen=True)
class LossRecipe:
    """What the LALM is taught: the text ("text") or the backbone's distribution ("teacher")."""

    kind: str = "text"
    top: int = 32  # the teacher's most probable tokens that are kept
    sample: int = 0  # random tokens that stand for the rest of the vocabulary; 0: all of it

    def __post_init__(self) -> None:
        if self.kind not in ("text", "teacher"):
            raise BadRecipe(f"loss kind {self.kind!r}: 'text' or 'teacher'")
        if self.top < 1 or self.sample < 0:
            raise BadRecipe("loss top must be at least 1, and sample not negative")


@dataclass(frozen=True)
class OptimiserRecipe:
    """AdamW with warm-up and a cosine down to `final_share` of the rate."""

    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.01
    warmup_steps: int = 2000
    final_share: float = 0.0
    clip_norm: float = 1.0


@dataclass(frozen=True)
class ScheduleRecipe:
    """How long and how much at once. `steps` 0 means `epochs` over the targets."""

    steps: int = 0
    epochs: int = 10
    batch: int = 96
    micro_batch: int = 12  # rows that are in memory at once; gradients add up to one batch
    dtype: str = "bfloat16"  # where the processor has it, else float32 (models/dtype.py)
    window_s: float = 30.0
    pool: int = 1  # neighbouring encoder frames that are averaged into one
    max_length: int = 300  # tokens of a sequence; responses beyond it are cut and counted
    save_every: int = 50

    def __post_init__(self) -> None:
        if self.dtype not in ("bfloat16", "float32"):
            raise BadRecipe(f"dtype {self.dtype!r}: 'bfloat16' or 'float32'")
        counts = (self.batch, self.micro_batch, self.save_every, max(self.steps, self.epochs))
        if min(counts) < 1:
            raise BadRecipe("batch, micro_batch, save_every and steps or epochs must be positive")


@dataclass(frozen=True)
class WarmupRecipe:
    """Steps of the connector alone (training/warmup.py). 0 steps: none, as published."""

    steps: int = 0
    batch: int = 32
    learning_rate: float = 1e-3


@dataclass(frozen=True)
class Recipe:
    """One way to train a connector."""

    name: str
    summary: str
    connector: ConnectorRecipe = field(default_factory=ConnectorRecipe)
    targets: TargetRecipe = field(default_factory=TargetRecipe)
    loss: LossRecipe = field(default_factory=LossRecipe)
    optimiser: OptimiserRecipe = field(default_factory=OptimiserRecipe)
    schedule: ScheduleRecipe = field(default_factory=ScheduleRecipe)
    warmup: WarmupRecipe = field(default_factory=WarmupRecipe)

    def to_record(self) -> dict[str, Any]:
        """All values, nested as in the TOML file."""
        return asdict(self)

    @property
    def hash(self) -> str:
        """Identity of the recipe: 64 hex digits."""
        return digest(self.to_record())


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = (
            _merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
        )
    return merged


def _shipped() -> dict[str, Path]:
    return {path.stem: path for path in (Path(__file__).parent / "recipes").glob("*.toml")}


def recipe_names() -> list[str]:
    """Names of the recipes that come with the package."""
    return sorted(_shipped())


def recipe_table(name: str) -> dict[str, Any]:
    """The table of a shipped recipe. Raises BadRecipe with the nearest name."""
    shipped = _shipped()
    if name not in shipped:
        near = get_close_matches(name, shipped, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(shipped))}"
        raise BadRecipe(f"no recipe {name!r}; {hint}")
    return read_toml(shipped[name])


def make_recipe(row: Mapping[str, Any], where: str) -> Recipe:
    """A recipe from a table, whose `base` (if any) names a shipped recipe that it changes."""
    table = dict(row)
    base = table.pop("base", None)
    return build_part(Recipe, _merge(recipe_table(str(base)), table) if base else table, where)


def load_recipe(name: str, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """A shipped recipe by name, or one from a TOML file by path, with `overrides` on top."""
    row = read_toml(Path(name)) if name.endswith(".toml") else {"base": name}
    return make_recipe(_merge(row, overrides or {}), name)
