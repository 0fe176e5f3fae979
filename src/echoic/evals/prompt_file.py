"""The wordings of the evaluations: TOML files in `evals/prompts/`, named and hashed in results."""

import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files

from echoic.errors import BadRecipe, UnknownName
from echoic.records import digest

FOLDER = "echoic.evals.prompts"
DEFAULT = "choice"


@dataclass(frozen=True)
class PromptFile:
    """One wording; the comments in the file say what each key is for."""

    name: str
    system: str
    caption: str
    option: str
    instruction: str
    cue: str
    neutral_stem: str

    @property
    def hash(self) -> str:
        """SHA-256 over all wordings: 64 hex digits."""
        return digest({field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, name: str = DEFAULT) -> "PromptFile":
        """Read a packaged prompt file. Raises UnknownName or, for wrong keys, BadRecipe."""
        path = files(FOLDER) / f"{name}.toml"
        if not path.is_file():
            raise UnknownName(f"no prompt file {name!r} in {FOLDER}")
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        wrong = set(values) ^ {field.name for field in fields(cls)}
        if wrong:
            raise BadRecipe(f"{path}: key {min(wrong)!r} is missing or unknown")
        return cls(**values)
