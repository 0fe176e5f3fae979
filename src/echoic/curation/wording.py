"""What models are told that write or review questions: TOML files in `curation/prompts/`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def wording(name: str) -> Mapping[str, str]:
    """The packaged prompt `name`: its `system` and its `user` part with places to fill in."""
    text = files("echoic.curation.prompts").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return {part: told.strip() for part, told in tomllib.loads(text).items()}
