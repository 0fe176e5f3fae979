"""What every model that runs here has in common: weights in memory, settings, a seed."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Self

import torch

from echoic.engine.ask import Generation
from echoic.engine.local_generate import Sampler
from echoic.engine.weights import weights_digest
from echoic.errors import UnknownName

DTYPES = {name: getattr(torch, name) for name in ("float32", "bfloat16", "float16")}


class TorchModel:
    """A torch model under the name that results give it. Subclasses answer prompts."""

    engine: ClassVar[str]
    """Its number is raised when the replies to the same settings change."""

    def __init__(
        self, name: str, model: Any, sampler: Sampler, generation: Generation, batch_tokens: int
    ) -> None:
        self._name, self.model, self._sampler = name, model, sampler
        self._generation, self.batch_tokens = generation, batch_tokens
        self._weights = weights_digest(model)

    @property
    def name(self) -> str:
        """The model string that names it in results."""
        return self._name

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that decides the replies."""
        return {
            "engine": self.engine,
            "weights": self._weights,
            "dtype": str(self.model.dtype).removeprefix("torch."),
            "device": self.model.device.type,
            "batch_tokens": self.batch_tokens,
            "generation": {
                **self._generation.to_record(),
                "max_tokens": self._sampler.max_tokens,
                **self.decoding,
            },
        }

    @property
    def decoding(self) -> Mapping[str, Any]:
        """What else decides how it generates."""
        return {}

    def reseeded(self, repeat: int) -> Self:
        """This model with another seed for its samples; weights are shared."""
        again = copy.copy(self)
        again._sampler = replace(self._sampler, seed=self._sampler.seed + repeat)
        return again


def placed(dtype: str, device: str) -> tuple[torch.dtype, str]:
    """The number format of that name, and the device: "auto" takes CUDA where there is one.

    Raises UnknownName for a dtype that is none of `DTYPES`.
    """
    if dtype not in DTYPES:
        raise UnknownName(f"dtype {dtype!r}: choose one of {', '.join(DTYPES)}")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return DTYPES[dtype], device
