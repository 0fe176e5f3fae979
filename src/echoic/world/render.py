"""Writing a world folder: clips, seeds and questions, resumable and the same every time.

`.plan.json` says what a folder is meant to become and is written first; `world.json` is written
last and says that it is finished.
"""

import hashlib
import io
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from echoic import __version__
from echoic.clip import SAMPLE_RATE_HZ
from echoic.errors import OutputRefused
from echoic.records import make_folder, read_json, write_atomic, write_json, write_jsonl
from echoic.seed import Seed
from echoic.world import native
from echoic.world.kinds import fair_scenes, rendered, scenes
from echoic.world.questions import questions
from echoic.world.scene import Scene

Progress = Callable[[int, int], None]

PLAN, WORLD = ".plan.json", "world.json"
WORKERS = 2
CHUNK = 8  # scenes handed to a worker at once


def render(
    out: Path,
    *,
    seed: int,
    train: int,
    test: int,
    multilingual: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Render `train` + `test` clips into `out`; go on where an earlier call stopped.

    A finished folder of the same plan is left as it is. Raises OutputRefused when `out` holds
    anything else. `progress` is called with clips done and clips in all.
    """
    plan = _plan(seed, train, test, multilingual)
    if _prepared(out, plan):
        return
    train_seed, test_seed, question_seed = np.random.SeedSequence(seed).spawn(3)
    drawn = {
        "train": scenes("train", train, train_seed, multilingual),
        "test": fair_scenes(test, test_seed, multilingual),
    }
    _render_missing(out, [*drawn["train"], *drawn["test"]], workers or WORKERS, progress)
    for split, group in drawn.items():
        write_jsonl(
            out / f"seeds-{split}.jsonl",
            (seed_of(scene, _seconds(out, scene)).to_record() for scene in group),
        )
    write_json(out / "questions.json", questions(drawn["test"], question_seed))
    write_json(out / WORLD, plan)
    (out / PLAN).unlink(missing_ok=True)


def _plan(seed: int, train: int, test: int, multilingual: bool) -> dict[str, Any]:
    """What decides every byte of a world."""
    return {
        "seed": seed,
        "train": train,
        "test": test,
        "multilingual": multilingual,
        "generator": generator_hash(),
        "versions": {"echoic": __version__, "numpy": np.__version__},
        "libraries": {
            "espeak-ng": _short_hash(native.espeak_library().read_bytes()),
            "soundfont": _short_hash(native.soundfont_file().read_bytes()),
        },
    }


def generator_hash() -> str:
    """SHA-256 (64 hex digits) over the sources of this room."""
    total = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _short_hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _prepared(out: Path, plan: dict[str, Any]) -> bool:
    """Whether `out` is finished; else made ready. Raises OutputRefused on anything foreign."""
    for name in (WORLD, PLAN):
        if (out / name).is_file():
            if read_json(out / name) == plan:
                return name == WORLD
            raise OutputRefused(
                f"{out}: holds a world of another seed, size or version (see {out / name}); "
                "remove it or choose another place"
            )
    make_folder(out)
    if any(out.iterdir()):
        raise OutputRefused(f"{out}: is not empty and holds no world; choose another place")
    write_json(out / PLAN, plan)
    return False


def _wav(out: Path, scene: Scene) -> Path:
    return out / f"{scene.split}-audios" / f"{scene.id}.wav"


def _seconds(out: Path, scene: Scene) -> float:
    return float(soundfile.info(_wav(out, scene)).duration)


def _render_missing(
    out: Path, group: Sequence[Scene], workers: int, progress: Progress | None
) -> None:
    for torn in out.glob("*-audios/.*.wav.*"):
        torn.unlink()  # a killed run's unfinished file
    missing = [scene for scene in group if not _wav(out, scene).is_file()]
    done = len(group) - len(missing)
    for count in _rendered_counts(out, missing, workers):
        done += count
        if progress:
            progress(done, len(group))


def _rendered_counts(out: Path, missing: Sequence[Scene], workers: int) -> Iterator[int]:
    """How many scenes each step rendered: first none, once the workers are ready."""
    chunks = [missing[at : at + CHUNK] for at in range(0, len(missing), CHUNK)]
    jobs = [[(_wav(out, scene), scene) for scene in chunk] for chunk in chunks]
    if workers == 1 or not jobs:
        yield 0
        yield from map(_write_chunk, jobs)
        return
    # Forked children would inherit threads and locks of the caller, such as torch's.
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_follow_the_parent
    ) as pool:
        yield sum(pool.map(_write_chunk, [()] * workers))
        yield from pool.map(_write_chunk, jobs)


def _follow_the_parent() -> None:
    """In a worker: leave interrupts to the parent, and end with it even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _write_chunk(jobs: Sequence[tuple[Path, Scene]]) -> int:
    for path, scene in jobs:
        stream = io.BytesIO()
        samples = rendered(scene)
        soundfile.write(stream, samples, SAMPLE_RATE_HZ, subtype="PCM_16", format="WAV")
        write_atomic(path, stream.getvalue())
    return len(jobs)


def seed_of(scene: Scene, seconds: float) -> Seed:
    """The seed of a rendered scene: a DeSTA-style line, and the same facts as a mapping."""
    length = max(1, round(seconds))
    facts = {name: value for name, value in scene.facts.items() if name != "Duration"}
    facts["Duration"] = f"{length}s"
    inside = ", ".join(f"{name}: {value}" for name, value in facts.items())
    spoken = f"{scene.text} " if scene.text else ""
    return Seed(
        id=scene.id,
        audio=f"{scene.split}-audios/{scene.id}.wav",
        description=f"[00:00-00:{length:02d}] {spoken}({inside})",
        attributes=facts,
        text=scene.text,
    )
