"""JSONL, atomic files, locks and content hashes.

Files are written to a temporary name in the same folder and renamed; appends are whole lines.
A process killed between the two leaves at most one torn last line, which `Journal` cuts off.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Self

from echoic.errors import BadRecord, OutputRefused

FSYNC_PERIOD_S = 1.0
TAIL_BYTES = 1 << 16


def canonical(value: object) -> str:
    """`value` as JSON with sorted keys and no spaces: equal values, equal text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(value: object) -> str:
    """SHA-256 (64 hex digits) of a JSON-like value, whatever the order of its keys."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def plain_name(text: str) -> str:
    """`text` as part of a file's name: letters, digits, dots and dashes."""
    return "".join(c if c.isalnum() or c in "-." else "-" for c in text)


def file_digest(path: Path) -> str:
    """SHA-256 (64 hex digits) of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_json(path: Path) -> Any:
    """The JSON value in `path`. Raises BadRecord naming the file (and line) on any fault."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise BadRecord(f"{path}: no such file; check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadRecord(f"{path}: cannot be read as UTF-8 text: {error}") from error
    except json.JSONDecodeError as error:
        raise BadRecord(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"{path}: not JSON: {too_much(error)}") from error


def too_much(error: ValueError | RecursionError) -> str:
    """What Python's JSON reader cannot hold."""
    if isinstance(error, RecursionError):
        return "brackets nested too deeply"
    return "a number with too many digits"


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, object) for every non-empty line of a JSONL file.

    Raises BadRecord with file and line when the file is missing or a line is not a JSON object.
    """
    try:
        with path.open(encoding="utf-8-sig") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield number, _parse_line(path, number, line)
    except FileNotFoundError as error:
        raise BadRecord(f"{path}: no such file; check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadRecord(f"{path}: cannot be read as UTF-8 text: {error}") from error


def _parse_line(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadRecord(
            f"{path}:{number}: not a JSON object: {error.msg}; mend or remove the line"
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"{path}:{number}: not a JSON object: {too_much(error)}") from error
    if not isinstance(value, dict):
        raise BadRecord(f"{path}:{number}: a {type(value).__name__}, not a JSON object")
    return value


def make_folder(path: Path) -> Path:
    """Create `path` and its parents. Raises OutputRefused when that is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputRefused(
            f"{path}: cannot be made a folder: {error.strerror}; choose another place"
        ) from error
    return path


def write_atomic(path: Path, data: str | bytes) -> None:
    """Write `data` whole or not at all. Raises OutputRefused when the place is not writable."""
    with atomic_stream(path) as stream:
        stream.write(data.encode() if isinstance(data, str) else data)


@contextlib.contextmanager
def atomic_stream(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes become `path` when the block ends without error, else are thrown away.

    Raises OutputRefused when the place is not writable.
    """
    make_folder(path.parent)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OutputRefused(
            f"{path}: cannot be written: {error.strerror}; choose another place"
        ) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as error:
        raise OutputRefused(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def write_json(path: Path, value: object) -> None:
    """Write `value` as indented JSON, atomically."""
    write_atomic(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object a line, atomically; one row at a time is in memory."""
    with atomic_stream(path) as stream:
        for row in rows:
            stream.write(json_line(row))


def json_line(row: Mapping[str, Any]) -> bytes:
    """`row` as one line of a JSONL file."""
    try:
        return json.dumps(row, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can write
        return json.dumps(row).encode() + b"\n"


@contextlib.contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder that takes the name `path` when the block ends without error.

    Raises OutputRefused when `path` exists already: nothing is overwritten silently.
    """
    if path.exists():
        raise OutputRefused(f"{path}: exists already; remove it or choose another place")
    make_folder(path.parent)
    try:
        work = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    except OSError as error:
        raise OutputRefused(f"{path}: cannot be written: {error.strerror}") from error
    try:
        yield work
        os.chmod(work, 0o755)
        os.rename(work, path)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path` (made if absent) as an exclusive lock, waiting for whoever holds it now.

    Raises OutputRefused when the place is not writable.
    """
    make_folder(path.parent)
    try:
        stream = path.open("a")
    except OSError as error:
        raise OutputRefused(
            f"{path}: cannot be written: {error.strerror}; choose another place"
        ) from error
    with stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


class Journal:
    """An append-only JSONL file that survives kill -9 and refuses a second writer.

    Opening cuts off a torn last line. Each `append` writes one whole line; the file is synced at
    most once a second and when closed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        make_folder(path.parent)
        try:
            self._stream = path.open("ab+")
        except OSError as error:
            raise OutputRefused(f"{path}: cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._stream.close()
            raise OutputRefused(
                f"{path}: another process writes it; wait for it or stop it"
            ) from error
        self._cut_torn_tail()
        self._synced_at = time.monotonic()

    def _cut_torn_tail(self) -> None:
        size = at = self._stream.seek(0, os.SEEK_END)
        newline = -1
        while at and newline < 0:  # from the end, as a journal may be larger than the memory
            at = max(0, at - TAIL_BYTES)
            self._stream.seek(at)
            newline = self._stream.read(TAIL_BYTES).rfind(b"\n")
        whole = at + newline + 1
        if whole < size:
            self._stream.truncate(whole)
        self._stream.seek(0, os.SEEK_END)

    def records(self) -> Iterator[dict[str, Any]]:
        """Every record written so far, oldest first."""
        self._stream.flush()
        return (row for _, row in read_jsonl(self.path))

    def append(self, row: Mapping[str, Any]) -> None:
        """Write one record as one line. Raises OutputRefused, and closes, when the disk is full."""
        try:
            self._stream.write(json_line(row))
            self._stream.flush()
        except OSError as error:
            with contextlib.suppress(OSError):  # closing tries to write the rest once more
                self._stream.close()
            raise OutputRefused(
                f"{self.path}: cannot be written: {error.strerror}; make room and run again"
            ) from error
        if time.monotonic() - self._synced_at >= FSYNC_PERIOD_S:
            os.fsync(self._stream.fileno())
            self._synced_at = time.monotonic()

    def close(self) -> None:
        """Sync and let go of the file."""
        if not self._stream.closed:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
