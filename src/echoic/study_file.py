"""The file that says what to compare. Every key is read; an unknown one is an error."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin

from echoic.errors import BadRecipe

LATER = "later"
MONEY = ("budget", "prices")


def later(usual: Any) -> Any:
    """A key that older study files do not have, with its usual value."""
    return field(default_factory=lambda: usual, metadata={LATER: usual})


@dataclass(frozen=True)
class WorldPart:
    """Clips to render; `train` and `test` count clips."""

    seed: int = 0
    train: int = 1500
    test: int = 330
    multilingual: bool = False


@dataclass(frozen=True)
class KnowledgePart:
    """Text-only questions. `limit` 0 means all; `free` questions are also answered in words."""

    benchmark: str = "akb-open"
    path: str = ""
    limit: int = 0
    free: int = 0
    controls: tuple[str, ...] = ("options-only", "shuffled")


@dataclass(frozen=True)
class CascadePart:
    """Captions in place of audio: every captioner with every backbone, unless `only` says less."""

    captioners: tuple[str, ...] = ("whisper", "acoustic", "oracle")
    limit: int = 0
    free: int = 0
    controls: tuple[str, ...] = ("no-audio", "shuffled")
    only: Mapping[str, tuple[str, ...]] = later({})  # captioner -> the backbones that read it


@dataclass(frozen=True)
class AudioPart:
    """LALMs to train and ask. One run for every recipe, seed and backbone.

    `training` is a file of seeds whose audio lies beside it ("": the rendered world's), with
    `training_clips` seeds as far as is known before it is there.
    """

    encoder: str = "whisper-tiny.en"
    recipes: tuple[str, ...] = ("teacher",)
    seeds: tuple[int, ...] = (0,)
    limit: int = 0
    free: int = 0
    controls: tuple[str, ...] = ("other-clip", "no-audio", "transcript-only")
    steps: Mapping[str, int] = field(default_factory=dict)  # backbone -> optimiser steps
    warmup: Mapping[str, int] = field(default_factory=dict)  # backbone -> steps before them
    clips: Mapping[str, int] = field(default_factory=dict)  # backbone -> clips it writes about
    limits: Mapping[str, int] = field(default_factory=dict)  # backbone -> in place of `limit`
    backbones: tuple[str, ...] = later(())  # that are trained; none named: all
    training: str = later("")
    training_clips: int = later(0)


@dataclass(frozen=True)
class Study:
    """What to compare: backbones on three evaluations.

    A backbone is a model string (`openai/gpt-5`) or an embedded name, which stands for
    `echoic/<name>`. `benchmarks` (name -> path) are described and heard; without any it is the
    rendered world. `answering` "likelihood" scores options and lets `free` questions of each part
    be answered in words; "free" asks for words only, of at most `reply_tokens` tokens (0: as the
    model likes). `judge` is the model string of one that reads them; without it the parse decides.
    `budget` is the most that the whole study may cost, in US dollars; `prices` a file of prices on
    top of the packaged ones.
    """

    name: str
    backbones: tuple[str, ...]
    seed: int = 0
    permutations: int = 2
    batch_tokens: int = 4096
    judge: str = later("")
    answering: str = later("likelihood")
    reply_tokens: int = later(24)  # an option and its letter, with room for a few words around them
    budget: float | None = later(None)
    prices: str = later("")
    benchmarks: Mapping[str, str] = later({})
    world: WorldPart = field(default_factory=WorldPart)
    knowledge: KnowledgePart = field(default_factory=KnowledgePart)
    cascade: CascadePart = field(default_factory=CascadePart)
    audio: AudioPart = field(default_factory=AudioPart)

    def __post_init__(self) -> None:
        if not self.backbones:
            raise BadRecipe(f"study {self.name!r} names no backbone")
        if self.answering not in ("likelihood", "free"):
            raise BadRecipe(f"study {self.name!r}: answering {self.answering!r}: 'likelihood' or "
                            "'free'")  # fmt: skip
        free = any((self.knowledge.free, self.cascade.free, self.audio.free))
        if free and self.answering == "free":
            raise BadRecipe(f"study {self.name!r}: with answering = \"free\" all questions are "
                            "answered in words; use 'limit' in place of 'free'")  # fmt: skip
        if self.judge and not free and self.answering != "free":
            raise BadRecipe(f"study {self.name!r} names a judge and lets nothing be answered in "
                            "words; set 'free' in a part or leave the judge out")  # fmt: skip
        parts = {"": self, "[world] ": self.world, "[knowledge] ": self.knowledge,
                 "[cascade] ": self.cascade, "[audio] ": self.audio}  # fmt: skip
        for where, part in parts.items():
            for key, value in vars(part).items():
                if isinstance(value, int) and value < 0:
                    raise BadRecipe(f"study {self.name!r}: {where}{key} {value}: a number from 0")
        if self.budget is not None and not 0 <= self.budget < float("inf"):
            raise BadRecipe(f"study {self.name!r}: budget {self.budget}: a number of dollars")
        for key in ("steps", "warmup", "clips", "limits"):
            self._check(f"[audio.{key}]", getattr(self.audio, key), self.backbones)
        self._check("[audio] backbones", self.audio.backbones, self.backbones)
        self._check("[cascade.only]", self.cascade.only, self.cascade.captioners)
        for captioner, names in self.cascade.only.items():
            self._check(f"[cascade.only] {captioner!r}", names, self.backbones)

    def _check(self, where: str, names: Iterable[str], known: tuple[str, ...]) -> None:
        for name in names:
            if name not in known:
                near = get_close_matches(name, known, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise BadRecipe(f"study {self.name!r}: {where} names {name!r}, which the study "
                                f"does not have{hint}")  # fmt: skip

    def to_record(self) -> dict[str, Any]:
        """All values that decide results, nested as in the file.

        The record names a study's folder. Keys that came `later` are left out where they have
        their usual value, so that older folders go on, and money, on which no result depends: a
        budget may be raised.
        """
        return {key: value for key, value in _record(self).items() if key not in MONEY}


def _record(part: Any) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for item in fields(part):
        value = getattr(part, item.name)
        if LATER in item.metadata and value == item.metadata[LATER]:
            continue
        row[item.name] = _record(value) if is_dataclass(value) else value
    return row


Part = TypeVar("Part")


def build_part(kind: type[Part], row: object, where: str) -> Part:
    """Make dataclass `kind` of a TOML table, nested tables likewise.

    Lists become tuples and whole numbers fit where fractions are wanted. Raises BadRecipe naming
    `where` for an unknown key (with the nearest known one), a wrong type or a missing key.
    """
    assert is_dataclass(kind)
    if not isinstance(row, Mapping):
        raise BadRecipe(f"{where} must be a table, not {row!r}")
    known = {item.name: item for item in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in row.items():
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
            raise BadRecipe(f"{where}: unknown key {key!r}{hint}")
        wanted = known[key].type
        if isinstance(wanted, type) and is_dataclass(wanted):
            values[key] = build_part(wanted, value, f"{where} [{key}]")
        else:
            values[key] = _checked(wanted, value, f"{where}: {key}")
    try:
        made: Part = kind(**values)
    except TypeError as error:
        raise BadRecipe(f"{where}: {error}") from error
    return made


def _checked(wanted: Any, value: Any, where: str) -> Any:
    if get_origin(wanted) is UnionType and value is not None:  # only unions with None are used
        wanted = next(kind for kind in get_args(wanted) if kind is not NoneType)
    if wanted is float and type(value) is int:
        return float(value)
    if wanted in (int, float, bool, str) and type(value) is not wanted:
        raise BadRecipe(f"{where} must be {wanted.__name__}, not {value!r}")
    if get_origin(wanted) is tuple:
        if not isinstance(value, list | tuple):
            raise BadRecipe(f"{where} must be a list, not {value!r}")
        kinds = get_args(wanted)
        if Ellipsis not in kinds and len(value) != len(kinds):
            raise BadRecipe(f"{where} must have {len(kinds)} items, not {value!r}")
        return tuple(_checked(kinds[0], item, f"{where}: an item") for item in value)
    if get_origin(wanted) is Mapping:
        if not isinstance(value, Mapping):
            raise BadRecipe(f"{where} must be a table, not {value!r}")
        kind = get_args(wanted)[1]
        return {key: _checked(kind, item, f"{where}: {key}") for key, item in value.items()}
    return value


def read_toml(path: Path) -> dict[str, Any]:
    """The table of a TOML file. Raises BadRecipe naming the file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadRecipe(f"{path}: cannot be read: {error.strerror}; check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRecipe(f"{path}: not TOML: {error}") from error


def read_study(path: Path) -> Study:
    """The study in a TOML file. Raises BadRecipe on what is missing, unknown or impossible."""
    return build_part(Study, read_toml(path), str(path))
