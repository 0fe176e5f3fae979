"""What a chat model is asked for a caption: TOML files in `captioners/prompts/`, or one's own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from echoic.engine.ask import AUDIO_MARK, Generation
from echoic.errors import BadRecipe, UnknownName
from echoic.study_file import build_part, read_toml

FOLDER = "echoic.captioners.prompts"
DEFAULT = "describe"


@dataclass(frozen=True)
class CaptionPrompt:
    """`user` follows the clip ("" for models that take audio only).

    Clips longer than `split_s` seconds (0: none) are captioned in parts. `generation` leaves what
    it does not name to the provider.
    """

    name: str
    user: str
    system: str = ""
    split_s: float = 0
    generation: Generation = field(default_factory=Generation)

    def __post_init__(self) -> None:
        if not self.name or self.split_s < 0:
            raise BadRecipe("a caption prompt needs a name, and split_s of 0 or more seconds")
        if AUDIO_MARK in self.user or AUDIO_MARK in self.system:
            raise BadRecipe(f"caption prompt {self.name!r}: the clip goes first; drop {AUDIO_MARK}")

    def to_record(self) -> Mapping[str, Any]:
        """All that decides a caption; the name does not."""
        return {key: value for key, value in asdict(self).items() if key != "name"}


def names() -> list[str]:
    """The prompt files that ship with echoic."""
    return sorted(
        file.name.removesuffix(".toml")
        for file in files(FOLDER).iterdir()
        if file.name.endswith(".toml")
    )


def load_prompt(name: str = DEFAULT) -> CaptionPrompt:
    """A packaged prompt by name, or one of your own by path (it ends in `.toml`).

    Raises UnknownName with the known names, BadRecipe for a file with a wrong key.
    """
    if name.endswith(".toml"):
        path = Path(name).expanduser()
        return build_part(CaptionPrompt, read_toml(path), str(path))
    if name not in names():
        raise UnknownName(
            f"caption prompt {name!r} is none of {', '.join(names())}, and no .toml file"
        )
    with as_file(files(FOLDER) / f"{name}.toml") as path:
        return build_part(CaptionPrompt, read_toml(path), str(path))
