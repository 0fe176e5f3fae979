"""The paper's models by name: how each is reached, and what it is asked with (`presets.toml`)."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from echoic.errors import BadRecord


@dataclass(frozen=True)
class Preset:
    """`api` is a model string of a maker's API, `hub` the id of open weights: one of the two."""

    name: str
    api: str = ""
    hub: str = ""
    reasoning: str = ""

    def __post_init__(self) -> None:
        if bool(self.api) == bool(self.hub):
            raise BadRecord(f"preset {self.name}: needs either api or hub")

    @property
    def models(self) -> tuple[str, ...]:
        """All its model strings."""
        return (self.api,) if self.api else (f"vllm/{self.hub}", f"hf/{self.hub}")

    def route(self, *, vllm: bool) -> str:
        """Its model string here: through vLLM where there is one."""
        return self.models[0] if self.api or vllm else self.models[1]


@functools.cache
def presets() -> Mapping[str, Preset]:
    """All presets by name."""
    text = resources.files("echoic.models").joinpath("presets.toml").read_text(encoding="utf-8")
    return {name: Preset(name=name, **row) for name, row in tomllib.loads(text).items()}
