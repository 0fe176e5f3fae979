"""Whether a benchmark's clips can be heard: decoded by several threads, as the decoder lets go."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from echoic.clip import Clip
from echoic.errors import BadClip

MISSING, EMPTY, UNDECODABLE = "missing audio", "empty audio", "undecodable audio"
THREADS = min(8, os.cpu_count() or 1)


def clip_faults(
    folder: Path,
    clips: Iterable[str],
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, tuple[str, str]]:
    """Clip -> (reason, what is wrong) for every clip that cannot be heard, in the clips' order.

    `progress` is told (clips decoded, all).
    """
    names = list(dict.fromkeys(clips))
    found: dict[str, tuple[str, str]] = {}
    with ThreadPoolExecutor(THREADS) as pool:
        for done, (name, fault) in enumerate(_checked(pool, folder, names), 1):
            if fault is not None:
                found[name] = fault
            if progress:
                progress(done, len(names))
    return found


def _checked(
    pool: ThreadPoolExecutor, folder: Path, names: list[str]
) -> Iterator[tuple[str, tuple[str, str] | None]]:
    return zip(names, pool.map(lambda name: clip_fault(folder / name), names), strict=True)


def clip_fault(path: Path) -> tuple[str, str] | None:
    """(reason, what is wrong) of an audio file, None when it decodes to at least one frame."""
    if not path.is_file():
        return MISSING, f"{path}: no such file"
    if path.stat().st_size == 0:
        return EMPTY, f"{path}: the file is empty"
    try:
        Clip.read(path)
    except BadClip as error:
        return (EMPTY if "no audio frame" in str(error) else UNDECODABLE), str(error)
    return None
