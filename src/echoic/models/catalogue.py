"""What can be fetched: one `Item` per entry of catalogue.toml."""

import difflib
import functools
import platform
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources

from echoic.errors import UnknownName
from echoic.records import digest

PREPARE_VERSION = {"": 1, "gguf": 1, "ctranslate2": 1}
"""Raised when a conversion changes, so that caches made by the old one are not read."""


@dataclass(frozen=True)
class Item:
    """One thing to fetch; the fields are those of catalogue.toml."""

    name: str
    role: str
    licence: str
    second: str
    size_mb: int
    wheels: Mapping[str, tuple[str, ...]]
    files: Mapping[str, tuple[str, ...]]
    hub: bool = False
    native: str = ""
    prepare: str = ""

    @property
    def pin(self) -> str:
        """Eight hex digits that change when the cached files would: part of the folder's name."""
        parts = [self.wheels, self.files, PREPARE_VERSION[self.prepare], self.prepare]
        return digest([*parts, self.built_for])[:8]

    @property
    def built_for(self) -> str:
        """ "" for data; else the platform (and Python) that the native files belong to."""
        machine = f"{sys.platform}-{platform.machine()}"
        if self.native == "python":
            return f"{machine}-{sysconfig.get_config_var('SOABI')}"
        return machine if self.native == "platform" else ""

    @property
    def requirements(self) -> str:
        """The pip requirement file: pinned versions with every allowed hash."""
        lines = (
            " ".join([requirement, *(f"--hash=sha256:{value}" for value in hashes)])
            for requirement, hashes in self.wheels.items()
        )
        return "\n".join(lines) + "\n"


def parse(text: str) -> dict[str, Item]:
    """Items of a catalogue in TOML, by name."""
    items = {}
    for name, entry in tomllib.loads(text).items():
        wheels = {key: tuple(hashes) for key, hashes in entry.pop("wheels").items()}
        files = {key: tuple(members) for key, members in entry.pop("files").items()}
        items[name] = Item(name=name, wheels=wheels, files=files, **entry)
    return items


@functools.cache
def embedded() -> Mapping[str, Item]:
    """The items that echoic knows, by name."""
    text = resources.files("echoic.models").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return parse(text)


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like `name`."""
    names = sorted(known)
    folded = {known_name.lower(): known_name for known_name in names}
    found = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.0)
    return folded[found[0]] if found else ""


def lookup(name: str, items: Mapping[str, Item]) -> Item:
    """The item called `name`. Raises UnknownName with the nearest known name."""
    if name not in items:
        raise UnknownName(
            f"{name!r} is no embedded model or part; did you mean {nearest(name, items)!r}? "
            "`echoic models list` shows all"
        )
    return items[name]
