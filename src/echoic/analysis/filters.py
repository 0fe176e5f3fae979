"""Which backbones may be recommended: by licence and size."""

import re
from dataclasses import dataclass
from typing import Protocol

CLOSED = "proprietary"  # a licence without weights: nothing that could be trained on


class Traits(Protocol):
    """What must be known about a backbone; "" and None mean unknown."""

    @property
    def family(self) -> str: ...  # noqa: D102

    @property
    def licence(self) -> str: ...  # noqa: D102

    @property
    def parameters(self) -> int | None: ...  # noqa: D102


@dataclass(frozen=True)
class Filters:
    """Which backbones may be recommended: licences (a word of which begins so) and size.

    Without licences every model with weights may; a fact that is asked for and unknown excludes.
    """

    licences: tuple[str, ...] = ()
    max_parameters: float | None = None

    def refusal(self, traits: Traits) -> str:
        """Why a model is left out, "" when it is not."""
        licence = traits.licence.lower()
        if not self.licences and licence == CLOSED:
            return "no weights to train on (proprietary)"
        if self.licences and not any(_begins_word(word, licence) for word in self.licences):
            return f"licence {traits.licence or 'unknown'}"
        if self.max_parameters is not None and traits.parameters is None:
            return "size unknown"
        if self.max_parameters is not None and (traits.parameters or 0) > self.max_parameters:
            return f"{(traits.parameters or 0) / 1e9:.2f} billion parameters"
        return ""


def _begins_word(beginning: str, text: str) -> bool:
    """So that "mit" finds "MIT" and not "limited"."""
    return re.search(rf"\b{re.escape(beginning)}", text, re.IGNORECASE) is not None
