"""Benchmarks by name; where a path is asked for, the id of a dataset on the hub will do."""

import difflib
from collections.abc import Callable
from pathlib import Path

from echoic.benchmarks import akb_open, generic, hub, mapping, mmar, mmau, sakura, world
from echoic.benchmarks.base import Benchmark
from echoic.errors import UnknownName
from echoic.models.named import looks_like_hub_id

# Read from a file or folder that the user names.
BY_PATH: dict[str, Callable[[str, Path], Benchmark]] = {
    "akb-2000": generic.load,
    "mmar": mmar.load,
    "mmau": mmau.load,
    "mmau-pro": lambda name, path: mapping.load(name, path, mapping.shipped(name)),
    "mmau-test": mmau.load_test,
    "mmsu": lambda name, path: mapping.load(name, path, mapping.shipped(name)),
    "sakura": sakura.load,
    "world": world.load,
}
NAMES = ("akb-open", *BY_PATH)


def load(name: str, path: Path | None = None, columns: Path | None = None) -> Benchmark:
    """The benchmark of that name; one ending in `.jsonl` is a file of Questions.

    With a mapping file (`columns`) the name is free and `path` any table of questions. Raises
    UnknownName for a name that is neither (or lacks its path), BadRecord (file:line) for a file
    that does not hold what its format promises.
    """
    if columns is not None:
        if path is None:
            raise UnknownName(
                f"{columns}: maps the columns of a file; say which one with --path "
                "('echoic score': --questions)"
            )
        return mapping.load(name, _local(path), mapping.read_mapping(columns))
    if name == "akb-open":
        return akb_open.load(name, path)
    if name in BY_PATH:
        if path is None:
            raise UnknownName(f"benchmark {name!r} does not ship here: say where it is with --path")
        return BY_PATH[name](name, _local(path))
    if name.endswith(".jsonl"):
        if path is not None:
            raise UnknownName(f"benchmark {name!r} is a file already; leave --path out")
        return generic.load(Path(name).stem, Path(name))
    close = difflib.get_close_matches(name, NAMES, n=2)
    hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
    raise UnknownName(
        f"benchmark {name!r} is none of {', '.join(NAMES)} and no .jsonl file (others need "
        f"--mapping){hint}"
    )


def _local(path: Path) -> Path:
    """`path` itself, or the folder of the dataset that it names."""
    if path.exists() or not looks_like_hub_id(str(path)):
        return path
    return hub.dataset(str(path))
