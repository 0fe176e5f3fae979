"""How each stage of a study is done."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.registry import load
from echoic.caption import read_captions
from echoic.captioners.registry import open_captioner
from echoic.captioners.run import caption_all, replies_file
from echoic.distill.write import write_targets
from echoic.engine.ask import Generation, Provider
from echoic.engine.providers import LOCAL_PREFIXES, open_provider
from echoic.evals.judge import Judge, open_reader
from echoic.evals.plan import CASCADE, PROVIDER_OPTIONS, Task
from echoic.evals.render import LIKELIHOOD
from echoic.evals.run_folder import JUDGED
from echoic.evals.tasks import run_task
from echoic.models import store
from echoic.models.backbone import facts
from echoic.models.dtype import fast_dtype
from echoic.records import write_json
from echoic.report.build import build
from echoic.seed import read_seeds, read_targets
from echoic.study.places import WORLD, Places, all_heard
from echoic.study.stages import (
    Asking,
    Captioning,
    Distilling,
    Fetching,
    Rendering,
    Stage,
    Training,
    model_string,
    weights_of,
)
from echoic.study_file import Study
from echoic.training.job import Job, train
from echoic.world.render import render

Report = Callable[[str, int, int], None]
"""Told (phase, done, total); a stage without phases says ""."""


def perform(study: Study, root: Path, stage: Stage, report: Report) -> None:
    """Do what is missing of a stage."""
    places, work = Places(root), stage.work
    draw = partial(report, "")
    if isinstance(work, Fetching):
        store.fetch(work.names, draw)
        write_json(places.models, {"fetched": list(work.names)})
    elif isinstance(work, Rendering):
        part = study.world
        render(places.world, seed=part.seed, train=part.train, test=part.test,
               multilingual=part.multilingual, progress=draw)  # fmt: skip
    elif isinstance(work, Captioning):
        _caption(study, places, work, draw)
    elif isinstance(work, Asking):
        _ask(study, places, work, draw)
    elif isinstance(work, Distilling):
        _distill(study, places, work, draw)
    elif isinstance(work, Training):
        _train(study, places, work, report)
    else:
        build([root], root / "report")


def open_benchmark(study: Study, places: Places, name: str) -> Benchmark:
    """A benchmark of the study by name. Raises as `benchmarks.registry.load`."""
    if name == WORLD and not study.benchmarks:
        return load(WORLD, places.world)
    path = study.benchmarks.get(name, study.knowledge.path)
    return load(name, Path(path) if path else None)


def seeds_file(study: Study, places: Places) -> Path:
    """The seeds of the clips that LALMs are trained on."""
    return Path(study.audio.training) if study.audio.training else places.seeds


def _caption(study: Study, places: Places, work: Captioning, draw: Callable[..., None]) -> None:
    name = work.captioner
    benchmark = open_benchmark(study, places, work.benchmark)
    captioner = open_captioner(
        f"oracle:{places.world / 'seeds-test.jsonl'}" if name == "oracle" else name,
        whisper=study.audio.encoder,
        transcripts=places.transcripts,
        replies=replies_file(work.out),
    )
    caption_all(captioner, benchmark.folder, benchmark.clips, work.out, draw)


def _ask(study: Study, places: Places, work: Asking, draw: Callable[..., None]) -> None:
    judged = bool(study.judge) and work.answering != LIKELIHOOD
    task = task_of(study, places, work, judged=judged)
    tokens = None if work.answering == LIKELIHOOD else study.reply_tokens or None
    options: dict[str, Any] = dict(PROVIDER_OPTIONS.get(work.control, {}))
    if work.model.partition("/")[0] in LOCAL_PREFIXES:
        options |= {"batch_tokens": study.batch_tokens, "transcripts": places.transcripts}
    provider = _provider(work.model, tokens, tuple(sorted(options.items())))
    if not judged:
        run_task(task, provider, work.out, draw)
        return
    with Judge(_judge(study.judge), work.out / JUDGED) as reader:
        run_task(task, provider, work.out, draw, reader)


def task_of(study: Study, places: Places, work: Asking, *, judged: bool = False) -> Task:
    """The task of a run. Raises what reading the benchmark or the captions raises."""
    captions: Mapping[str, Any] = {}
    if work.mode == CASCADE:
        captions = read_captions(places.captions(work.captioner, work.benchmark))
    name = facts(model_string(work.backbone)).name
    return Task(
        work.mode,
        open_benchmark(study, places, work.benchmark),
        captions=captions,
        control=work.control,
        answering=work.answering,
        limit=work.limit or None,
        seed=study.seed,
        permutations=study.permutations,
        backbone=work.backbone if name.startswith("echoic/") else name,
        recipe=work.recipe,
        judged=judged,
    )


@lru_cache(maxsize=1)
def _judge(model: str) -> Provider:
    """The judge stays loaded beside the model it reads."""
    return open_reader(model)


@lru_cache(maxsize=1)
def _provider(model: str, tokens: int | None, options: tuple[tuple[str, Any], ...]) -> Provider:
    """The last model stays loaded: stages that ask the same one follow each other."""
    return open_provider(model, generation=Generation(max_tokens=tokens), **dict(options))


def _distill(study: Study, places: Places, work: Distilling, draw: Callable[..., None]) -> None:
    model, asked = model_string(work.backbone), work.recipe.targets
    local = model.partition("/")[0] in LOCAL_PREFIXES
    provider = open_provider(
        model,
        generation=Generation(max_tokens=asked.max_tokens),
        **({"dtype": fast_dtype()} if local else {}),
    )
    write_targets(
        read_seeds(seeds_file(study, places))[: asked.clips or None],
        provider,
        work.out,
        seed=work.seed,
        prefill=asked.prefill,
        per_clip=asked.per_clip,
        progress=draw,
    )


def _train(study: Study, places: Places, work: Training, report: Report) -> None:
    recipe, seeds = work.recipe, seeds_file(study, places)
    job = Job(
        recipe=recipe,
        backbone=weights_of(work.backbone),
        encoder=study.audio.encoder,
        targets=read_targets(work.targets),
        root=seeds.parent,
        seed=work.seed,
        seeds=read_seeds(seeds)[: None if all_heard(recipe) else recipe.targets.clips],
    )
    train(job, work.out, work.features, report)
