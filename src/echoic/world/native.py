"""The two native libraries that make the sounds, found in the embedded models' folders.

espeak-ng (GPL-3) and the SoundFont (GPL-2) are fetched at run time and never redistributed. The
synthesizer's compiled module is loaded by itself: its package would ask for PortAudio, which only
playing needs.
"""

import importlib.machinery
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from echoic.errors import MissingExtra
from echoic.models import store


def _one(folder: Path, pattern: str) -> Path:
    """The first match of `pattern` below `folder`. Raises MissingExtra when there is none."""
    found = sorted(folder.rglob(pattern))
    if not found:
        raise MissingExtra(
            f"{folder}: holds no {pattern}; remove the folder and run `echoic models fetch`"
        )
    return found[0]


@cache
def espeak_library() -> Path:
    """espeak-ng's shared library."""
    return _one(store.path("espeak-ng"), "*espeak-ng.[sd]*")


@cache
def espeak_data() -> Path:
    """The folder `espeak-ng-data`: dictionaries, phonemes, voices."""
    return _one(store.path("espeak-ng"), "espeak-ng-data")


@cache
def soundfont_file() -> Path:
    """The General MIDI SoundFont."""
    return _one(store.path("timgm6mb"), "*.sf2")


@cache
def synthesizer() -> Any:
    """TinySoundFont's compiled module. Raises MissingExtra where this Python cannot load it."""
    suffixes = importlib.machinery.EXTENSION_SUFFIXES
    folder = store.path("tinysoundfont")
    files = [f for f in sorted(folder.rglob("_tinysoundfont*")) if f.name.endswith(tuple(suffixes))]
    if not files:
        raise MissingExtra(
            f"{folder}: no synthesizer module for this Python (it ends in one of "
            f"{', '.join(suffixes)}); remove the folder and run `echoic models fetch tinysoundfont`"
        )
    spec = importlib.util.spec_from_file_location("_tinysoundfont", files[0])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
