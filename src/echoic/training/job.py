"""From targets to a checkpoint: everything a training run does, in order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from echoic.engine.memory import peak_rss_mib
from echoic.errors import BadRecord, OutputRefused
from echoic.lalm.checkpoint import CONFIG, WEIGHTS, LalmConfig, to_bytes
from echoic.lalm.encoder import Ear
from echoic.lalm.frozen import FrozenBackbone
from echoic.lalm.qformer import Connector, ConnectorConfig, default_taps
from echoic.models.backbone import load_backbone
from echoic.models.dtype import fast_dtype
from echoic.models.whisper import load_whisper
from echoic.records import digest, read_json, write_atomic, write_json
from echoic.seed import Seed, Target, read_seeds, read_targets
from echoic.study_file import build_part, read_toml
from echoic.training.examples import Example, make_examples
from echoic.training.features import build_features
from echoic.training.loop import Data, Trainer
from echoic.training.progress import STATE
from echoic.training.recipe import Recipe, make_recipe
from echoic.training.teacher import teacher_shards, text_distributions
from echoic.training.warmup import warm_up

STANDARD_CLIPS = 256  # from which the encoder's means and deviations are taken

Report = Callable[[str, int, int], None]
"""Told (stage, done, total)."""


@dataclass(frozen=True)
class Job:
    """What to train: `root` is the folder that all audio paths are relative to."""

    recipe: Recipe
    backbone: str
    encoder: str
    targets: Sequence[Target]
    root: Path
    seed: int = 0
    seeds: Sequence[Seed] = ()  # more clips for the warm-up, which needs no target


@dataclass(frozen=True)
class DataPart:
    """The `[data]` table of a training file; paths are relative to the file."""

    backbone: str
    targets: str
    root: str
    encoder: str = "openai/whisper-large-v3"
    features: str = ""
    seeds: str = ""
    seed: int = 0


def read_job(path: Path) -> tuple[Job, Path | None]:
    """A training file: a recipe (`base` and overrides) with a `[data]` table.

    Returns the job and the folder of cached features, if the file names one. Raises BadRecipe on
    anything missing or unknown.
    """
    table = read_toml(path)
    data = build_part(DataPart, table.pop("data", {}), f"{path} [data]")
    here = path.parent
    job = Job(
        recipe=make_recipe(table, str(path)),
        backbone=data.backbone,
        encoder=data.encoder,
        targets=read_targets(here / data.targets),
        root=here / data.root,
        seed=data.seed,
        seeds=read_seeds(here / data.seeds) if data.seeds else (),
    )
    return job, (here / data.features if data.features else None)


def make_ear(encoder: str, recipe: Recipe) -> Ear:
    """The frozen encoder in fp32, on the GPU where there is one; taps as published by default."""
    whisper = load_whisper(encoder, dtype=torch.float32)
    if torch.cuda.is_available():
        whisper.model.to("cuda")
    return Ear(
        whisper=whisper,
        taps=recipe.connector.taps or default_taps(whisper.model.config.encoder_layers),
        window_s=recipe.schedule.window_s,
        pool=recipe.schedule.pool,
    )


def make_connector(job: Job, ear: Ear, backbone: FrozenBackbone) -> Connector:
    """A fresh connector between the two, drawn from the job's seed."""
    torch.manual_seed(job.seed)
    shape = job.recipe.connector
    connector = Connector(
        ConnectorConfig(
            encoder_width=ear.width,
            heads=ear.heads,
            backbone_width=backbone.width,
            taps=ear.taps,
            queries=shape.queries,
            layers=shape.layers,
            intermediate=shape.intermediate,
            dropout=shape.dropout,
            norm=shape.norm,
        )
    )
    if shape.match_token_norm:
        connector.match_norm(backbone.token_norm())
    return connector


def train(job: Job, out: Path, features: Path, report: Report | None = None) -> Path:
    """Train and write a checkpoint into `out`; returns `out`. Goes on where an earlier call ended.

    `features` is the folder of the encoder's states, shared by all runs on the same clips.
    `out/train.json` holds the loss of every step, times, and what was cut. Raises OutputRefused
    when `out` belongs to another job, BadRecord when there is no target.
    """
    if not job.targets:
        raise BadRecord("there is no target to train on; distil first")
    identity = _identity(job)
    note, ended = out / "job.json", (out / WEIGHTS).exists()
    if (note.exists() and read_json(note) != identity) or (ended and not note.exists()):
        raise OutputRefused(f"{out}: holds another training run; remove it or choose another place")
    if ended:
        return out
    write_json(note, identity)
    trainer, config = prepare(job, out, features, report)
    state = trainer.run(out / STATE, _stage(report, "train"))
    write_json(out / CONFIG, config.to_record())
    write_json(out / "train.json", _outcome(job, trainer, state.losses, state.seconds))
    write_atomic(out / WEIGHTS, to_bytes(trainer.connector.cpu()))
    for leftover in (out / STATE).glob("*"):
        leftover.unlink()
    return out


def prepare(
    job: Job, out: Path, features: Path, report: Report | None = None
) -> tuple[Trainer, LalmConfig]:
    """Everything before the first step: features, examples, the teacher's distributions."""
    recipe = job.recipe
    ear = make_ear(job.encoder, recipe)
    files, rows, attributes = _distinct(job)
    cache = build_features(features, ear, files, _stage(report, "features"))
    dtype = getattr(torch, fast_dtype(recipe.schedule.dtype))
    model, tokenizer = load_backbone(job.backbone, dtype=dtype)
    backbone = FrozenBackbone(model.to("cuda") if torch.cuda.is_available() else model, tokenizer)
    examples = make_examples(
        job.targets,
        tokenizer,
        queries=recipe.connector.queries,
        max_length=recipe.schedule.max_length,
    )
    wanted = (
        teacher_shards(
            out / "teacher", backbone, examples, recipe.loss.top, _stage(report, "teacher")
        )
        if recipe.loss.kind == "teacher"
        else text_distributions(examples)
    )
    connector = make_connector(job, ear, backbone)
    if recipe.connector.norm == "pre":
        connector.standardise(cache.rows(range(min(len(files), STANDARD_CLIPS))).float())
    if recipe.warmup.steps:
        warm_up(
            connector,
            backbone,
            cache,
            attributes,
            recipe.warmup,
            seed=job.seed,
            file=out / "warm.safetensors",
            progress=_stage(report, "warm-up"),
        )
    config = LalmConfig(
        backbone=job.backbone,
        encoder=job.encoder,
        connector=connector.config,
        window_s=recipe.schedule.window_s,
        pool=recipe.schedule.pool,
        recipe=recipe.name,
    )
    data = Data(examples=examples, rows=rows, features=cache, wanted=wanted)
    return Trainer(recipe, backbone, connector, data, job.seed), config


def _distinct(job: Job) -> tuple[list[Path], list[int], list[Mapping[str, str]]]:
    """The distinct audio files, for each target the position of its file, each file's attributes.

    Seeds come first and in their order, so that runs that share them share cached features.
    """
    clips = {seed.audio: seed.attributes for seed in job.seeds}
    clips |= {target.audio: target.attributes for target in job.targets}
    places = {audio: place for place, audio in enumerate(clips)}
    rows = [places[target.audio] for target in job.targets]
    return [job.root / audio for audio in clips], rows, list(clips.values())


def _identity(job: Job) -> dict[str, Any]:
    return {
        "recipe": job.recipe.name,
        "recipe_hash": job.recipe.hash,
        "backbone": job.backbone,
        "encoder": job.encoder,
        "targets": len(job.targets),
        "targets_hash": digest([target.to_record() for target in job.targets]),
        "seed": job.seed,
        "seeds_hash": digest([seed.to_record() for seed in job.seeds]),
    }


def _outcome(job: Job, trainer: Trainer, losses: Sequence[float], seconds: float) -> dict[str, Any]:
    examples: Sequence[Example] = trainer.data.examples
    return {
        **_identity(job),
        "summary": job.recipe.summary,
        "dtype": str(trainer.backbone.dtype).removeprefix("torch."),
        "warmup_steps": job.recipe.warmup.steps,
        "steps": [{"step": step + 1, "loss": round(loss, 5)} for step, loss in enumerate(losses)],
        "seconds": round(seconds, 1),
        "peak_rss_mib": peak_rss_mib(),
        "parameters": sum(weight.numel() for weight in trainer.connector.parameters()),
        "named": sum(target.named for target in job.targets) / len(job.targets),
        "cut": sum(example.cut for example in examples),
        "examples": len(examples),
    }


def _stage(report: Report | None, name: str) -> Callable[[int, int], None] | None:
    return (lambda done, total: report(name, done, total)) if report else None
