"""Optional packages: one clear line when they are not there."""

import importlib
from types import ModuleType

from echoic.errors import MissingExtra


def need(module: str, extra: str = "local") -> ModuleType:
    """Import `module`. Raises MissingExtra naming the extra that brings it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.split(".")[0]
        if error.name != package:
            raise
        raise MissingExtra(
            f"{package} is not installed; local models need it: pip install 'echoic[{extra}]'"
        ) from error
