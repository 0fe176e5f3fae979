"""What a plan takes for want of knowledge, with its reasons: `assumed/assumptions.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any


@cache
def assumed() -> Mapping[str, Any]:
    """The contents of that file."""
    file = resources.files("echoic.study") / "assumed" / "assumptions.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
