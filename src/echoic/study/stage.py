"""One step of a study: what kinds of step there are, and which models they ask."""

from dataclasses import dataclass
from pathlib import Path

from echoic.captioners.names import parts_of
from echoic.engine.providers import behind_api
from echoic.study.names import model_string
from echoic.training.recipe import Recipe

HERE = "here"


@dataclass(frozen=True)
class Fetching:
    """Embedded models to fetch."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Rendering:
    """The world of the study file."""


@dataclass(frozen=True)
class Captioning:
    """All clips of a benchmark, described by a captioner."""

    captioner: str
    benchmark: str
    out: Path


@dataclass(frozen=True)
class Asking:
    """One run: a mode and control on a benchmark. `limit` 0 asks all questions.

    `recipe` and `checkpoint` belong to LALMs, whose backbone `backbone` is.
    """

    mode: str
    control: str
    answering: str
    benchmark: str
    limit: int
    backbone: str
    out: Path
    captioner: str = ""
    recipe: str = ""
    checkpoint: Path | None = None

    @property
    def model(self) -> str:
        """The model string that is asked."""
        return f"echoic/{self.checkpoint}" if self.checkpoint else model_string(self.backbone)


@dataclass(frozen=True)
class Distilling:
    """Targets that a backbone writes for its own training."""

    backbone: str
    recipe: Recipe
    seed: int
    out: Path


@dataclass(frozen=True)
class Training:
    """One LALM, from its targets to its checkpoint."""

    backbone: str
    recipe: Recipe
    label: str
    seed: int
    targets: Path
    out: Path
    features: Path


@dataclass(frozen=True)
class Reporting:
    """The report on all runs."""


Work = Fetching | Rendering | Captioning | Asking | Distilling | Training | Reporting


@dataclass(frozen=True)
class Call:
    """A model that a stage asks, and the journal that keeps its replies."""

    model: str
    journal: Path

    @property
    def remote(self) -> bool:
        """Whether it is behind an API."""
        return behind_api(self.model)

    @property
    def provider(self) -> str:
        """Who is asked; of the services with OpenAI's interface which one."""
        name, _, rest = self.model.partition("/")
        return f"{name}/{rest.partition('/')[0]}" if name == "openai-api" else name


@dataclass(frozen=True)
class Stage:
    """One step of a study: its name, what it makes, how, and which stages come before it."""

    name: str
    kind: str
    makes: Path
    work: Work
    needs: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()

    @property
    def spends(self) -> bool:
        """Whether it asks anything behind an API."""
        return any(call.remote for call in self.calls)

    @property
    def lane(self) -> str:
        """What it keeps busy: this machine, or the first remote provider it asks."""
        if not self.calls or not all(call.remote for call in self.calls):
            return HERE
        if isinstance(self.work, Captioning) and len(parts_of(self.work.captioner)) > 1:
            return HERE
        return self.calls[0].provider
