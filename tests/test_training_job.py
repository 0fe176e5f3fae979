"""A whole training run on tiny models: from targets to a checkpoint that answers."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from echoic.engine.ask import Generation, Prompt
from echoic.errors import BadClip, BadRecipe, BadRecord, OutputRefused
from echoic.lalm.provider import open_lalm
from echoic.records import write_jsonl
from echoic.seed import Target
from echoic.training.job import Job, read_job, train
from echoic.training.recipe import (
    ConnectorRecipe,
    LossRecipe,
    OptimiserRecipe,
    Recipe,
    ScheduleRecipe,
)
from lalm_tiny import TEMPLATE, save_backbone, save_whisper, write_tones, write_transcripts

RECIPE = Recipe(
    name="tiny",
    summary="a test",
    connector=ConnectorRecipe(queries=3, layers=1, intermediate=24, norm="pre"),
    loss=LossRecipe(kind="teacher", top=8),
    optimiser=OptimiserRecipe(learning_rate=1e-2, warmup_steps=1),
    schedule=ScheduleRecipe(
        steps=5, batch=2, micro_batch=2, dtype="float32", window_s=1.0, save_every=2, max_length=70
    ),
)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Four targets on three clips; the response of the last does not fit."""
    home = tmp_path_factory.mktemp("home")
    write_tones(home / "clips")
    targets = [
        Target(f"t{number}", f"{pitch}.wav", f"(Pitch: {said})", "What?", said)
        for number, (pitch, said) in enumerate(
            [(220, "low"), (330, "mid"), (550, "high"), (550, "high up in the sky above us all")]
        )
    ]
    return Job(
        recipe=RECIPE,
        backbone=save_backbone(home / "backbone", template=TEMPLATE),
        encoder=save_whisper(home / "encoder"),
        targets=targets,
        root=home / "clips",
        seed=3,
    )


@pytest.fixture(scope="module")
def trained(job: Job, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The undisturbed run."""
    out = tmp_path_factory.mktemp("trained")
    return train(job, out / "lalm", out / "features")


class Stopped(Exception):
    """Stands for a kill."""


def stop_at(stage: str, done: int) -> Callable[[str, int, int], None]:
    def report(now: str, at: int, total: int) -> None:
        if (now, at) == (stage, done):
            raise Stopped

    return report


def test_a_run_says_what_it_did(job: Job, trained: Path) -> None:
    note = json.loads((trained / "train.json").read_text())
    assert [row["step"] for row in note["steps"]] == [1, 2, 3, 4, 5]
    assert (note["recipe"], note["seed"], note["targets"]) == ("tiny", 3, 4)
    assert (note["cut"], note["examples"]) == (1, 4)
    assert note["warmup_steps"] == 0
    assert note["recipe_hash"] == RECIPE.hash
    assert not list((trained / "state").iterdir()), "the optimiser's state is not kept"


def test_the_checkpoint_opens_as_an_lalm_and_answers(job: Job, trained: Path) -> None:
    write_transcripts(trained.parent / "transcripts.jsonl", job.encoder, {"h": ""})
    model = open_lalm(
        str(trained),
        generation=Generation(),
        device="cpu",
        transcripts=trained.parent / "transcripts.jsonl",
    )
    assert model is not None
    assert model.name == f"echoic/{job.backbone}+tiny"
    assert model.settings["window_s"] == 1.0
    clip = job.root / "220.wav"
    prompt = Prompt("q", "<|AUDIO|>?", continuations=("low", "mid"), audio=clip, audio_hash="h")
    ((_, reply),) = model.replies([prompt])
    assert reply.stop == "scored"


@pytest.mark.parametrize(("stage", "done"), [("features", 3), ("teacher", 4), ("train", 3)])
def test_a_run_that_was_stopped_ends_with_the_same_checkpoint(
    job: Job, trained: Path, tmp_path: Path, stage: str, done: int
) -> None:
    with pytest.raises(Stopped):
        train(job, tmp_path / "lalm", tmp_path / "features", stop_at(stage, done))
    assert not (tmp_path / "lalm" / "model.safetensors").exists()
    train(job, tmp_path / "lalm", tmp_path / "features")
    for name in ("model.safetensors", "config.json"):
        assert (tmp_path / "lalm" / name).read_bytes() == (trained / name).read_bytes()
    notes = [json.loads((at / "train.json").read_text()) for at in (tmp_path / "lalm", trained)]
    assert notes[0]["steps"] == notes[1]["steps"]


def test_a_finished_run_is_not_run_again(job: Job, trained: Path) -> None:
    def never(*at: object) -> None:
        raise AssertionError(at)

    assert train(job, trained, trained.parent / "features", never) == trained


def test_another_jobs_folder_is_refused(job: Job, trained: Path) -> None:
    other = replace(job, seed=4)
    with pytest.raises(OutputRefused, match="another training run"):
        train(other, trained, trained.parent / "features")


def test_a_checkpoint_that_came_from_elsewhere_is_refused(
    job: Job, trained: Path, tmp_path: Path
) -> None:
    (tmp_path / "model.safetensors").write_bytes((trained / "model.safetensors").read_bytes())
    with pytest.raises(OutputRefused, match="another training run"):
        train(job, tmp_path, tmp_path / "features")
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_no_target_and_no_clip_are_told(job: Job, tmp_path: Path) -> None:
    with pytest.raises(BadRecord, match="no target"):
        train(replace(job, targets=[]), tmp_path / "a", tmp_path / "f")
    with pytest.raises(BadClip, match="220"):
        train(replace(job, root=tmp_path), tmp_path / "b", tmp_path / "g")


def test_paths_of_a_training_file_are_relative_to_it(job: Job, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    write_jsonl(tmp_path / "targets.jsonl", (target.to_record() for target in job.targets))
    (tmp_path / "sub" / "mine.toml").write_text(
        'base = "teacher"\nname = "mine"\n'
        '[data]\nbackbone = "b"\ntargets = "../targets.jsonl"\nroot = "audio"\n'
        'encoder = "e"\nfeatures = "cache"\nseed = 5\n[schedule]\nsteps = 2\n'
    )
    read, features = read_job(tmp_path / "sub" / "mine.toml")
    assert list(read.targets) == list(job.targets)
    assert read.root == tmp_path / "sub" / "audio"
    assert features == tmp_path / "sub" / "cache"
    assert (read.backbone, read.encoder, read.seed) == ("b", "e", 5)
    assert (read.recipe.name, read.recipe.schedule.steps) == ("mine", 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('base = "teacher"', "backbone"),
        ('base = "teacher"\n[data]\nbakbone = "x"', "did you mean 'backbone'"),
        ('base = "teacher"\ndata = 3', "table"),
    ],
)
def test_a_faulty_training_file_is_told(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(BadRecipe, match=message):
        read_job(tmp_path / "mine.toml")
