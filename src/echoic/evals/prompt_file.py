"""The wordings of the evaluations: TOML files in `evals/prompts/`, named and hashed in results.

`layout` and `bare` (without stem) say how the parts of a listed question follow each other;
`separator` stands between the options. A file that leaves them out has the usual ones.
"""

import tomllib
from dataclasses import MISSING, dataclass, fields
from importlib.resources import files
from pathlib import Path

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
    layout: str = "{stem}\n{options}\n{instruction}"
    bare: str = "{options}\n{instruction}"
    separator: str = "\n"

    @property
    def hash(self) -> str:
        """SHA-256 over all wordings that are not the usual ones: 64 hex digits."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        usual = {field.name: field.default for field in fields(self)}
        return digest({key: value for key, value in values.items() if value != usual[key]})

    @classmethod
    def load(cls, name: str = DEFAULT) -> "PromptFile":
        """A packaged prompt file by name, or one of your own by path (it ends in `.toml`).

        Raises UnknownName with the known names or, for wrong keys, BadRecipe.
        """
        path = Path(name).expanduser() if name.endswith(".toml") else files(FOLDER) / f"{name}.toml"
        if not path.is_file():
            raise UnknownName(f"prompt file {name!r}: none of {', '.join(prompt_names())}, no file")
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


def prompt_names() -> list[str]:
    """The packaged wordings, the default first: paraphrases to tell knowledge from phrasing."""
    found = {
        file.name.removesuffix(".toml")
        for file in files(FOLDER).iterdir()
        if file.name.endswith(".toml")
    }
    return [DEFAULT, *sorted(found - {DEFAULT})]
