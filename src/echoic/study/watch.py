"""What a running study tells while it runs, for whoever looks from another terminal.

Each process of a study keeps one small file in `now/`: which stage, how far, since when. The
journal of stages is locked as long as somebody runs the study, so a note whose lock is free was
left by a process that ended without saying so.
"""

import fcntl
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from echoic.errors import BadRecord
from echoic.records import read_json, read_jsonl, write_json
from echoic.study.stage import Asking, Reporting, Stage

STAGES = "stages.jsonl"
NOW = "now"
SUMMARY = "summary.md"  # a report writes it before its page
PERIOD_S = 1.0


@dataclass
class Phase:
    """Part of a stage: the seconds it took, what was done in them, and what there is to do."""

    first: int
    seconds: float = 0.0
    done: int = 0
    total: int = 0


class Clock:
    """Divides the time of a stage between getting ready and its phases, as progress is told.

    What passes before a phase tells its first progress is getting ready (loading a model).
    """

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self._phases: dict[str, Phase] = {}

    def told(self, name: str, done: int, total: int) -> None:
        """A phase has come so far."""
        now = time.monotonic()
        passed, self._last = now - self._last, now
        if name not in self._phases:
            self._phases[name] = Phase(first=done)
            passed = 0.0
        phase = self._phases[name]
        phase.seconds += passed
        phase.done, phase.total = done - phase.first, total

    def record(self) -> dict[str, Any]:
        """Seconds of all and of getting ready; by phase seconds, done in them, and all there is."""
        seconds = time.monotonic() - self._began
        ready = seconds - sum(phase.seconds for phase in self._phases.values())
        return {
            "seconds": round(seconds, 1),
            "ready_s": round(ready, 2),
            "phases": {
                name: [round(phase.seconds, 3), phase.done, phase.total]
                for name, phase in self._phases.items()
            },
        }


@dataclass(frozen=True)
class Note:
    """What one process of a study is doing. Times are seconds since 1970."""

    pid: int
    host: str
    stage: str
    done: int
    total: int
    since: float
    told: float


class Notes:
    """Writes the note of one lane, at most once a second; leaves none behind when it ends well.

    How much there is to do, and that all is done, is told at once.
    """

    def __init__(self, root: Path, lane: str) -> None:
        self._path = root / NOW / f"{lane}.json"
        self._stage, self._since, self._written, self._total = "", 0.0, 0.0, 0

    def begin(self, stage: str) -> None:
        """A stage begins."""
        self._stage, self._since = stage, time.time()
        self._write(0, 0)

    def told(self, done: int, total: int) -> None:
        """It has come so far."""
        if total != self._total or done >= total or time.time() - self._written >= PERIOD_S:
            self._write(done, total)

    def _write(self, done: int, total: int) -> None:
        self._written, self._total = time.time(), total
        note = Note(os.getpid(), socket.gethostname(), self._stage, done, total,
                    self._since, self._written)  # fmt: skip
        write_json(self._path, asdict(note))

    def end(self) -> None:
        """Nothing is running any more."""
        self._path.unlink(missing_ok=True)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of a journal, which may be in use, end in a torn line or not be there."""
    with suppress(BadRecord):
        for _, row in read_jsonl(path):
            yield row


def rows_of(root: Path) -> dict[str, dict[str, Any]]:
    """What each finished stage took, by its name."""
    return {row["stage"]: row for row in lines(root / STAGES)}


def is_done(stage: Stage, rows: Mapping[str, Any]) -> bool:
    """Whether a stage is finished: it is in the journal of stages, and no request of it failed.

    A report is finished when no stage was since it was written; its page is written last.
    """
    if isinstance(stage.work, Reporting):
        before = (stage.makes.parents[1] / STAGES, stage.makes.with_name(SUMMARY))
        if not all(path.exists() for path in (stage.makes, *before)):
            return False
        return stage.makes.stat().st_mtime >= max(path.stat().st_mtime for path in before)
    return stage.name in rows and stage.makes.exists() and not unanswered(stage)


def unanswered(stage: Stage) -> Mapping[str, str]:
    """The prompts of a finished run that have no reply, and why: they count as wrong."""
    if not isinstance(stage.work, Asking) or not stage.makes.exists():
        return {}
    found: Mapping[str, str] = read_json(stage.makes).get("failed") or {}
    return found


def notes(root: Path) -> Iterator[Note]:
    """What the processes of a study said last."""
    for path in sorted((root / NOW).glob("*.json")):
        try:
            yield Note(**read_json(path))
        except (BadRecord, TypeError):
            continue  # it ended while we looked


def held(root: Path, holder: Note | None) -> bool:
    """Whether a process runs the study now.

    The lock is tried only where the one that wrote the note may still be alive: a study that just
    starts is not disturbed.
    """
    if holder is None or not (root / STAGES).exists():
        return False
    if holder.host == socket.gethostname() and not _exists(holder.pid):
        return False
    with (root / STAGES).open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
