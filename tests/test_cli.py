"""The command line: light, one line an error, and the exit statuses of the contract."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from command import ended_with
from echoic.cli.main import VERBS

HEAVY = ("torch", "transformers", "inspect_ai", "matplotlib", "scipy", "sklearn", "onnxruntime")
SEED = {"id": "s", "audio": "s.wav", "description": "(Pitch: low)", "attributes": {"Pitch": "low"}}


def outcome(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    status = ended_with(*arguments)
    said = capsys.readouterr()
    return status, said.out, said.err


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line of a deliberate error."""
    status, out, err = outcome(capsys, *arguments)
    assert (status, out) == (1, "")
    assert err.startswith("echoic: ")
    assert err.count("\n") == 1
    return err


@contextlib.contextmanager
def opened_by(running: subprocess.Popen[str], pipe: Path) -> Iterator[None]:
    """Hold the writing end of a pipe from the moment on at which the process reads it."""
    while running.poll() is None:
        try:
            end = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads yet
            time.sleep(0.05)
            continue
        try:
            yield
        finally:
            os.close(end)
        return
    raise AssertionError(f"ended with status {running.returncode} before reading")


def test_help_of_every_verb_imports_nothing_heavy() -> None:
    script = f"""
import sys
from echoic.cli.main import main
for arguments in [["--help"], *([verb, "--help"] for verb in {sorted(VERBS)!r}), ["--version"]]:
    main(arguments)
sys.exit(", ".join(sorted(set(sys.modules) & set({HEAVY!r}))) or 0)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    for verb, about in VERBS.items():
        assert verb in ran.stdout
        assert about.split()[0] in ran.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["trian"],
        ["train", "recipe.toml"],
        ["train", "recipe.toml", "--out", "x", "--fast"],
        ["study", "walk"],
        ["distill", "--seeds", "s.jsonl", "--model", "m", "--out", "t", "--per-clip", "many"],
    ],
    ids=["verb", "missing option", "unknown option", "sub-verb", "no number"],
)
def test_wrong_usage_is_status_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    status, out, err = outcome(capsys, *arguments)
    assert (status, out) == (2, "")
    assert "Error: " in err
    assert "Traceback" not in err


def test_help_and_version_are_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(capsys, "--version")[0] == 0
    assert outcome(capsys, "study", "run", "--help")[0] == 0


def test_a_missing_file_is_one_line_and_status_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    gone = tmp_path / "none.toml"
    for verb in (["train"], ["study", "run"], ["study", "status"]):
        assert "none.toml: cannot be read" in refused(capsys, *verb, gone, "--out", tmp_path / "o")
    seeds = tmp_path / "none.jsonl"
    line = refused(capsys, "distill", "--seeds", seeds, "--model", "mockllm/model", "--out", "t")
    assert "none.jsonl: no such file" in line
    assert not (tmp_path / "o").exists()


def test_an_unknown_key_of_a_training_file_gets_the_nearest(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('base = "teacher"\n[data]\nbackbone = "b"\ntargets = "t.jsonl"\nroot = "."\n')
    assert "t.jsonl: no such file" in refused(capsys, "train", path, "--out", tmp_path / "o")
    path.write_text('base = "teacher"\n[data]\nbackbone = "b"\ntarget = "t.jsonl"\nroot = "."\n')
    assert "did you mean 'targets'" in refused(capsys, "train", path, "--out", tmp_path / "o")


def test_any_model_string_can_distill(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text(json.dumps(SEED) + "\n")
    status, out, _ = outcome(
        capsys, "distill", "--seeds", tmp_path / "s.jsonl", "--model", "mockllm/model",
        "--out", tmp_path / "t.jsonl", "--per-clip", 2,
    )  # fmt: skip
    assert status == 0
    assert "2 targets; they name 0.0 %" in out
    assert len((tmp_path / "t.jsonl").read_text().splitlines()) == 2


def test_an_interrupted_command_says_how_to_go_on(tmp_path: Path) -> None:
    """The command waits for a pipe that never fills, so the moment of the signal is known."""
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "echoic", "study", "status", str(pipe), "--out", "o"]
    with (
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running,
        opened_by(running, pipe),
    ):
        running.send_signal(signal.SIGINT)
        _, err = running.communicate()
    assert running.returncode == 130
    assert err.strip() == "echoic: interrupted; the same command goes on where it stopped"
