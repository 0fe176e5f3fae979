"""Stages side by side: what only waits for remote models runs beside what keeps this machine busy.

Each lane is a process of its own: engines need not share a thread or an event loop, and the lane
ends with the process that started it, even if that is killed. Lanes tell that process which stages
are finished, and hear from it which others are, and which never will be: what needs these is left
out. An interrupt goes to the one that started them.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Self

from echoic.errors import EchoicError
from echoic.study.money import captions_usage
from echoic.study.stage import HERE, Stage
from echoic.study.stages import stages
from echoic.study.watch import Clock, Notes
from echoic.study.work import perform
from echoic.study_file import Study

WAIT_S = 0.2
END_S = 5.0
Draw = Callable[[int, int], None]
Announce = Callable[[int, int, str], Draw]
"""Told (stage number, stages, name); gives what draws the stage's progress."""


def do_stage(
    study: Study, out: Path, stage: Stage, draw: Draw, notes: Notes, told: Callable[[], None]
) -> dict[str, Any]:
    """Do a stage and tell what it took. `told` is called whenever it has come on a little."""
    notes.begin(stage.name)
    clock = Clock()

    def report(phase: str, done: int, total: int) -> None:
        clock.told(phase, done, total)
        notes.told(done, total)
        draw(done, total)
        told()

    perform(study, out, stage, report)
    used = captions_usage(study, stage)
    took = {"stage": stage.name, "kind": stage.kind, **clock.record()}
    return took | ({"usage": used} if used else {})


@dataclass
class _Lane:
    """A process, and what is said to and by it."""

    todo: set[str]
    process: BaseProcess
    line: Connection


class Lanes:
    """The lanes beside this process. Leaving the `with` block ends those that still run."""

    def __init__(self, lanes: Iterable[_Lane]) -> None:
        self._lanes = list(lanes)
        self._rows: list[dict[str, Any]] = []
        self.errors: list[str] = []
        self.lost: set[str] = set()

    @classmethod
    def start(
        cls, study: Study, out: Path, names: Sequence[Sequence[str]], announce: Announce
    ) -> "Lanes":
        """One process for each list of stages, which it does in that order."""
        context = multiprocessing.get_context("spawn")
        lanes = []
        for number, some in enumerate(names, 1):
            ours, theirs = context.Pipe()
            name = f"lane-{number}"
            process = context.Process(
                target=_work, args=(study, out, name, list(some), theirs, announce), daemon=True
            )
            _start_deaf(process)
            theirs.close()
            lanes.append(_Lane(set(some), process, ours))
        return cls(lanes)

    @property
    def running(self) -> bool:
        """Whether any lane still works."""
        return bool(self._lanes)

    def tell(self, finished: Iterable[str]) -> None:
        """Let all lanes know that stages are finished."""
        self._say({"finished": list(finished)})

    def lose(self, names: Iterable[str]) -> None:
        """Let all lanes know that stages will not be done in this run."""
        self.lost.update(names)
        self._say({"lost": list(self.lost)})

    def _say(self, told: dict[str, list[str]]) -> None:
        for lane in self._lanes:
            try:
                lane.line.send(told)
            except OSError:
                continue  # it has ended: `listen` finds out why

    def listen(self) -> None:
        """Take in what the lanes have said."""
        for lane in list(self._lanes):
            try:
                while lane.line.poll():
                    self._take(lane, lane.line.recv())
            except (EOFError, OSError):
                self._lanes.remove(lane)
                lane.process.join(END_S)
                if lane.process.exitcode:
                    status = lane.process.exitcode
                    self.errors.append(
                        f"a process beside this one ended with status {status}; the same command "
                        "goes on"
                    )
                if lane.todo:
                    self.lose(lane.todo)

    def _take(self, lane: _Lane, said: dict[str, Any]) -> None:
        if "error" in said:
            self.errors.append(str(said["error"]))
        else:
            self._rows.append(said)
            lane.todo.discard(said["stage"])
            self.tell([said["stage"]])

    def rows(self) -> list[dict[str, Any]]:
        """What was finished since the last call, as rows of the journal of stages."""
        self.listen()
        rows, self._rows = self._rows, []
        return rows

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for lane in self._lanes:
            lane.process.terminate()
        for lane in self._lanes:
            lane.process.join(END_S)


def _start_deaf(process: BaseProcess) -> None:
    """Start a process that does not hear interrupts, from its first moment on.

    Only the main thread can say so, and only it is interrupted.
    """
    if threading.current_thread() is not threading.main_thread():
        return process.start()
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process.start()
    finally:
        signal.signal(signal.SIGINT, heard)


def _work(
    study: Study, out: Path, name: str, wanted: list[str], line: Connection, announce: Announce
) -> None:
    """The life of a lane."""
    _follow_the_parent()
    todo = list(stages(study, out))
    notes = Notes(out, name)
    finished: set[str] = set()
    lost: set[str] = set()
    try:
        for number, stage in enumerate(todo, 1):
            if stage.name not in wanted:
                continue
            while not finished.issuperset(stage.needs) and lost.isdisjoint(stage.needs):
                notes.end()
                told = line.recv()
                finished.update(told.get("finished", ()))
                lost.update(told.get("lost", ()))
            if not finished.issuperset(stage.needs):
                lost.add(stage.name)
                continue
            draw = announce(number, len(todo), stage.name)
            line.send(do_stage(study, out, stage, draw, notes, lambda: None))
            finished.add(stage.name)
    except EchoicError as error:
        line.send({"error": str(error)})
    finally:
        notes.end()


def _follow_the_parent() -> None:
    """End with the parent, even if it is killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def shares(todo: Sequence[Stage], jobs: int, *, one_purse: bool = False) -> list[list[str]]:
    """The stages of at most `jobs` - 1 lanes: those of a provider follow each other.

    With `one_purse` all that spend share a process, so that what they spend is counted together:
    one lane, or none where stages that keep this machine busy spend too (a judge).
    """
    providers = list(dict.fromkeys(stage.lane for stage in todo if stage.lane != HERE))
    count = min(len(providers), jobs - 1)
    if one_purse:
        here = any(stage.spends and stage.lane == HERE for stage in todo)
        count = 0 if here else min(count, 1)
    if count < 1:
        return []
    return [
        [stage.name for stage in todo if stage.lane in providers[number::count]]
        for number in range(count)
    ]


def wait() -> None:
    """A short pause while other lanes work."""
    time.sleep(WAIT_S)
