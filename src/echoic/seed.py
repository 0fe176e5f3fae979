"""Seeds (a clip's textual metadata) and targets (what a backbone wrote from them)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from echoic.errors import BadRecord
from echoic.records import read_jsonl


@dataclass(frozen=True)
class Seed:
    """One clip's truth. `audio` is relative to the folder of the seeds file.

    `description` is the DeSTA-style line, `attributes` the same facts as name -> value, `text` the
    words spoken in the clip ("" when nobody speaks).
    """

    id: str
    audio: str
    description: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    def __post_init__(self) -> None:
        if not self.id or not self.audio or not self.description:
            raise BadRecord(f"seed {self.id!r}: id, audio and description must not be empty")

    def to_record(self) -> dict[str, Any]:
        """The JSON object of this seed."""
        return asdict(self)


@dataclass(frozen=True)
class Target:
    """A training target: `response` is what the LALM learns to repeat when it hears `audio`.

    `prefill` are the response's first words where they were given to the backbone (not learned),
    `named` is the share of the seed's attribute values that the response names, from 0 to 1, and
    `complete` tells whether the backbone ended the response itself. `attributes` are the seed's.
    """

    id: str
    audio: str
    seed_description: str
    prompt: str
    response: str
    prefill: str = ""
    text: str = ""
    named: float = 0.0
    complete: bool = True
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.id or not self.audio or not self.prompt:
            raise BadRecord(f"target {self.id!r}: id, audio and prompt must not be empty")

    def to_record(self) -> dict[str, Any]:
        """The JSON object of this target."""
        return asdict(self)


def user_text(place: str, instruction: str) -> str:
    """What the user says in distillation and training: the clip's place, then the instruction.

    `place` is the seed's description where the backbone reads, the audio's mark where it hears.
    """
    return f"{place}\n\n{instruction}"


Row = TypeVar("Row", Seed, Target)


def _read(kind: type[Row], path: Path) -> list[Row]:
    rows: list[Row] = []
    for number, row in read_jsonl(path):
        try:
            rows.append(kind(**row))
        except TypeError as error:
            raise BadRecord(f"{path}:{number}: no {kind.__name__.lower()}: {error}") from error
        except BadRecord as error:
            raise BadRecord(f"{path}:{number}: {error}") from error
    return rows


def read_seeds(path: Path) -> list[Seed]:
    """All seeds of a JSONL file, in order. Raises BadRecord with file and line."""
    return _read(Seed, path)


def read_targets(path: Path) -> list[Target]:
    """All targets of a JSONL file, in order. Raises BadRecord with file and line."""
    return _read(Target, path)
