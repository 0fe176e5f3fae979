"""The wordings of the evaluations: TOML files in `evals/prompts/`, named and hashed in results."""

import tomllib
from dataclasses import asdict, dataclass, fields
from importlib.resources import files
from typing import ClassVar, Self

from echoic.errors import BadRecipe, UnknownName
from echoic.records import digest

FOLDER = "echoic.evals.prompts"


@dataclass(frozen=True)
class Wording:
    """A prompt file: every key is a field, the comments in the file say what each is for."""

    name: str
    default: ClassVar[str]

    @property
    def hash(self) -> str:
        """SHA-256 over all wordings: 64 hex digits."""
        return digest(asdict(self))

    @classmethod
    def load(cls, name: str = "") -> Self:
        """Read a packaged prompt file. Raises UnknownName or, for wrong keys, BadRecipe."""
        name = name or cls.default
        path = files(FOLDER) / f"{name}.toml"
        if not path.is_file():
            raise UnknownName(f"no prompt file {name!r} in {FOLDER}")
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        wrong = set(values) ^ {field.name for field in fields(cls)}
        if wrong:
            raise BadRecipe(f"{path}: key {min(wrong)!r} is missing or unknown")
        return cls(**values)


@dataclass(frozen=True)
class PromptFile(Wording):
    """How questions are put."""

    default = "choice"
    system: str
    caption: str
    option: str
    instruction: str
    cue: str
    neutral_stem: str


@dataclass(frozen=True)
class JudgeFile(Wording):
    """How a judge is asked what a reply chooses."""

    default = "judge"
    system: str
    user: str
    again: str
