"""Optional packages: one clear line when they are not there."""

import contextlib
import importlib
import importlib.util
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from echoic.errors import MissingExtra


def need(module: str, extra: str = "local") -> ModuleType:
    """Import `module`. Raises MissingExtra naming the extra that brings it."""
    installed(module, extra)
    return importlib.import_module(module)


def installed(module: str, extra: str = "local") -> None:
    """Raise MissingExtra unless `module` can be found; imports nothing."""
    package = module.partition(".")[0]
    if importlib.util.find_spec(package) is None:
        raise MissingExtra(
            f"{package} is not installed and is needed here: pip install 'echoic[{extra}]'"
        )


@contextlib.contextmanager
def quiet(transformers: Any) -> Iterator[None]:
    """Hold back transformers' progress bars and advice: the caller draws, and raises."""
    log = transformers.utils.logging
    bars, level = log.is_progress_bar_enabled(), log.get_verbosity()
    log.disable_progress_bar()
    log.set_verbosity_error()
    try:
        yield
    finally:
        log.set_verbosity(level)
        if bars:
            log.enable_progress_bar()
