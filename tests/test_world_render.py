"""World folders: whole, the same every time, resumable, never overwritten."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from echoic.cli.main import root
from echoic.clip import Clip
from echoic.errors import OutputRefused
from echoic.records import read_json
from echoic.seed import read_seeds
from echoic.world.render import render

pytestmark = pytest.mark.models

SIZES = {"train": 20, "test": 16}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world") / "made"
    render(out, seed=7, train=SIZES["train"], test=SIZES["test"], workers=1)
    return out


def test_a_world_holds_clips_seeds_and_questions(world: Path) -> None:
    assert read_json(world / "world.json")["seed"] == 7
    rows = read_json(world / "questions.json")
    clips = {path.name for path in (world / "test-audios").iterdir()}
    assert {Path(row["audio_id"]).name for row in rows} == clips
    assert all((world / row["audio_id"]).is_file() for row in rows)
    for split, size in SIZES.items():
        seeds = read_seeds(world / f"seeds-{split}.jsonl")
        assert len(seeds) == size
        for seed in seeds:
            clip = Clip.read(world / seed.audio)
            assert 2.0 <= len(clip.samples) / 16_000 <= 5.1
            assert 1e-4 < np.abs(clip.samples).max() < 1.0
            assert seed.text in seed.description
            assert "\n" not in seed.description
            for name, value in seed.attributes.items():
                assert f"{name}: {value}" in seed.description


def test_two_workers_write_the_same_bytes_as_one(world: Path, tmp_path: Path) -> None:
    render(tmp_path / "again", seed=7, train=SIZES["train"], test=SIZES["test"], workers=2)
    assert contents(tmp_path / "again") == contents(world)


def test_another_seed_writes_other_clips(world: Path, tmp_path: Path) -> None:
    render(tmp_path / "other", seed=8, train=0, test=SIZES["test"], workers=1)
    one, two = contents(world), contents(tmp_path / "other")
    clips = [name for name in two if name.endswith(".wav")]
    assert len(clips) == SIZES["test"]
    assert all(one[name] != two[name] for name in clips)


class Stopped(Exception):
    """Stands for whatever ends a run in the middle."""


def test_an_interrupted_run_goes_on_and_ends_the_same(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "cut"

    def stop(done: int, _total: int) -> None:
        if done >= 16:
            raise Stopped

    sizes = SIZES
    with pytest.raises(Stopped):
        render(out, seed=7, **sizes, workers=1, progress=stop)
    assert not (out / "world.json").exists()
    (out / "train-audios" / ".train-00019.wav.torn").write_bytes(b"RIFF")
    seen: list[tuple[int, int]] = []
    render(out, seed=7, **sizes, workers=1, progress=lambda *step: seen.append(step))
    assert seen[0] == (16, 36)
    assert seen[-1] == (36, 36)
    assert contents(out) == contents(world)


def test_a_finished_world_is_left_alone(world: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in world.rglob("*")}
    render(world, seed=7, **SIZES)
    assert {path: path.stat().st_mtime_ns for path in world.rglob("*")} == before


def test_a_world_of_another_seed_or_size_is_refused(world: Path) -> None:
    with pytest.raises(OutputRefused, match="another seed"):
        render(world, seed=8, **SIZES)
    with pytest.raises(OutputRefused, match="another seed"):
        render(world, seed=7, train=21, test=16)


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(OutputRefused, match="not empty"):
        render(tmp_path, seed=0, **SIZES)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_the_command_renders_a_sixth_for_the_test_split(tmp_path: Path) -> None:
    out = tmp_path / "small"
    arguments = ["world", "render", "--out", str(out), "--seed", "1", "--size", "12"]
    done = CliRunner().invoke(root, arguments)
    assert done.exit_code == 0, done.output
    assert "10 training and 2 test clips" in done.output
    assert len(list((out / "test-audios").iterdir())) == 2
    assert json.loads((out / "world.json").read_text())["train"] == 10


def test_the_command_refuses_a_size_without_a_test_split(tmp_path: Path) -> None:
    done = CliRunner().invoke(root, ["world", "render", "--out", str(tmp_path), "--size", "5"])
    assert done.exit_code == 2


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks processes up in /proc")
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """Else every killed run would leave two processes behind for ever."""
    code = (
        "from pathlib import Path; from echoic.world.render import render\n"
        f"render(Path({str(tmp_path / 'world')!r}), seed=0, train=400, test=40, workers=2)"
    )
    group = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    try:
        while not list(tmp_path.rglob("*.wav")):
            assert group.poll() is None
            time.sleep(0.05)
        group.kill()
        group.wait()
        for _ in range(1200):
            if not _members(group.pid):
                break
            time.sleep(0.05)
        assert not _members(group.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group.pid, signal.SIGKILL)


def _members(session: int) -> list[int]:
    """Processes of a session, but for those that have ended and wait to be collected."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, of = stat.read_text().rpartition(")")[2].split()[:4]
            if int(of) == session and state != "Z":
                found.append(int(stat.parent.name))
    return found
