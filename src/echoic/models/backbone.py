"""Backbones: text LLMs by embedded name, local folder or hub id, and what is known about them."""

import functools
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from echoic.analysis.lineage import STAGES
from echoic.errors import BadRecord
from echoic.models.named import load_exactly, locate
from echoic.models.needs import need
from echoic.study_file import build_part, read_toml

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

ROUTES = ("echoic/", "hf/", "vllm/", "together/", "openrouter/", "openai-api/")
"""How a model is reached, not which it is: taken off before facts are looked up."""


@dataclass(frozen=True)
class BackboneFacts:
    """What its maker published about a backbone; "" and None mean unknown.

    `parameters` counts all weights, `release` is an ISO date or month.
    """

    name: str
    family: str = ""
    generation: str = ""
    stage: str = ""
    parameters: int | None = None
    release: str = ""
    licence: str = ""
    ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.stage and self.stage not in STAGES:
            raise BadRecord(f"{self.name}: stage {self.stage!r} is none of {', '.join(STAGES)}")


OWN_FACTS = "ECHOIC_BACKBONES"
"""The environment variable that names a file of your own with more facts."""


def known_facts() -> Mapping[str, BackboneFacts]:
    """All facts by lower-case name and id: backbones.toml, then the file that $ECHOIC_BACKBONES
    names (same format; it goes before). Raises BadRecipe or BadRecord naming what is wrong there.
    """
    return _known_facts(os.environ.get(OWN_FACTS, ""))


@functools.cache
def _known_facts(own: str) -> Mapping[str, BackboneFacts]:
    with resources.as_file(resources.files("echoic.models").joinpath("backbones.toml")) as packaged:
        tables = [(packaged, read_toml(packaged))]
    if own:
        path = Path(own).expanduser()
        tables.append((path, read_toml(path)))
    found: dict[str, BackboneFacts] = {}
    for path, table in tables:
        for name, entry in table.items():
            told = {"name": name, **entry} if isinstance(entry, dict) else entry
            try:
                row = build_part(BackboneFacts, told, f"{path}: [{name}]")
            except BadRecord as error:
                raise BadRecord(f"{path}: {error}") from error
            found |= {key.lower(): row for key in (name, *row.ids)}
    return found


def facts(name: str) -> BackboneFacts:
    """Facts about a backbone, by its embedded name, its name in the paper, or a model string.

    A model that is not on file gets its name and nothing else: any model may be compared, whether
    or not its lineage is known.
    """
    bare = name
    while bare.startswith(ROUTES):
        bare = bare.partition("/")[2]
    return known_facts().get(bare.lower(), BackboneFacts(name=name))


OTHER_FAMILIES = ("Claude", "DeepSeek", "GPT", "Grok", "Mistral")
"""Families without a line in backbones.toml, by the word that their models' names begin with."""


def family(name: str) -> str:
    """The family of a model by any of its names, "" when unknown: "openai/gpt-5" -> "GPT".

    Taken from the facts on file, else from a word of the name that begins like a known family.
    """
    if told := facts(name).family:
        return told
    known = sorted({row.family for row in known_facts().values() if row.family} | {*OTHER_FAMILIES})
    words = re.split(r"[^a-z0-9]+", name.lower())
    return next((one for one in known for word in words if word.startswith(one.lower())), "")


def load_backbone(
    name: str, *, dtype: "torch.dtype"
) -> "tuple[PreTrainedModel, PreTrainedTokenizerBase]":
    """The causal LM called `name`, frozen and in eval mode, and its tokenizer.

    `name` is an embedded name (fetched first if absent), a local folder, or a hub id. Raises
    UnknownName, FetchFailed (no network, no such id, not readable), CheckpointMismatch (weights
    missing), MissingExtra.
    """
    transformers = need("transformers")
    place = locate(name, role="backbone")
    model = load_exactly(place, transformers.AutoModelForCausalLM, dtype=dtype)
    with place.reading():
        tokenizer = transformers.AutoTokenizer.from_pretrained(place.source, **place.options)
    return model, tokenizer
