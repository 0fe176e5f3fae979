"""The wordings of the evaluations: TOML files in `evals/prompts/` (questions) and
`evals/judge_prompts/` (judges), or one of your own; named and hashed in results."""

import tomllib
from dataclasses import MISSING, dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import ClassVar, Self

from echoic.errors import BadRecipe, UnknownName
from echoic.records import digest

DEFAULT = "choice"


@dataclass(frozen=True)
class Wording:
    """A prompt file: every key is a field, the comments in the file say what each is for."""

    name: str
    folder: ClassVar[str]
    default: ClassVar[str]

    @property
    def hash(self) -> str:
        """SHA-256 over all wordings that are not the usual ones: 64 hex digits."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        usual = {field.name: field.default for field in fields(self)}
        return digest({key: value for key, value in values.items() if value != usual[key]})

    @classmethod
    def load(cls, name: str = "") -> Self:
        """A packaged prompt file by name, or one of your own by path (it ends in `.toml`).

        Raises UnknownName with the known names or, for wrong keys, BadRecipe.
        """
        name = name or cls.default
        own = name.endswith(".toml")
        path = Path(name).expanduser() if own else files(cls.folder) / f"{name}.toml"
        if not path.is_file():
            raise UnknownName(f"prompt file {name!r}: none of {', '.join(cls.names())}, no file")
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadRecipe(f"{path}: not TOML: {error}") from error
        known = {field.name: field.default is MISSING for field in fields(cls)}
        wrong = {key for key in values if key not in known}
        wrong |= {key for key, needed in known.items() if needed and key not in values}
        if wrong:
            raise BadRecipe(f"{path}: key {min(wrong)!r} is missing or unknown")
        return cls(**values)

    @classmethod
    def names(cls) -> list[str]:
        """The packaged wordings, the default first."""
        listed = (file.name for file in files(cls.folder).iterdir())
        found = {name.removesuffix(".toml") for name in listed if name.endswith(".toml")}
        return [cls.default, *sorted(found - {cls.default})]


@dataclass(frozen=True)
class PromptFile(Wording):
    """How questions are put; several wordings tell knowledge from phrasing.

    `layout` and `bare` (without stem) say how the parts of a listed question follow each other;
    `separator` stands between the options. A file that leaves them out has the usual ones.
    """

    folder = "echoic.evals.prompts"
    default = DEFAULT
    system: str
    caption: str
    option: str
    instruction: str
    cue: str
    neutral_stem: str
    layout: str = "{stem}\n{options}\n{instruction}"
    bare: str = "{options}\n{instruction}"
    separator: str = "\n"


@dataclass(frozen=True)
class JudgeFile(Wording):
    """How a judge is asked what a reply chooses."""

    folder = "echoic.evals.judge_prompts"
    default = "judge"
    system: str
    user: str
    again: str
