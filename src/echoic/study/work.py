"""How each stage of a study is done.

What needs torch, or draws figures, is imported by the stages that do: a study of remote models runs
without the first, and each command starts without the second.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from echoic.caption import read_captions
from echoic.captioners.chat import ChatCaptioner
from echoic.captioners.joined import JoinedCaptioner
from echoic.captioners.registry import open_captioner
from echoic.captioners.run import caption_all, replies_file
from echoic.distill.write import write_targets
from echoic.engine.ask import Generation, Provider
from echoic.engine.budget import Budget
from echoic.engine.providers import LOCAL_PREFIXES, open_provider
from echoic.errors import CostCapReached, ProviderFailed
from echoic.evals.judge import Judge, open_reader
from echoic.evals.plan import CASCADE, PROVIDER_OPTIONS, Task
from echoic.evals.render import LIKELIHOOD
from echoic.evals.run_folder import JUDGED
from echoic.evals.tasks import run_task
from echoic.models import store
from echoic.models.backbone import facts
from echoic.models.dtype import fast_dtype
from echoic.records import write_json
from echoic.seed import read_seeds, read_targets
from echoic.study import money
from echoic.study.inputs import described, open_benchmark, seeds_file
from echoic.study.names import model_string, route, weights_of
from echoic.study.places import Places, all_heard
from echoic.study.stage import (
    Asking,
    Call,
    Captioning,
    Distilling,
    Fetching,
    Rendering,
    Stage,
    Training,
)
from echoic.study.stages import stages
from echoic.study_file import Study

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
        from echoic.world.render import render

        part = study.world
        render(places.world, seed=part.seed, train=part.train, test=part.test,
               multilingual=part.multilingual, progress=draw)  # fmt: skip
    elif isinstance(work, Captioning):
        _caption(study, places, work, draw)
    elif isinstance(work, Asking):
        _ask(study, places, stage, work, draw)
    elif isinstance(work, Distilling):
        _distill(study, places, work, draw)
    elif isinstance(work, Training):
        _train(study, places, work, report)
    else:
        from echoic.report.build import build

        build([root], root / "report")


def _caption(study: Study, places: Places, work: Captioning, draw: Callable[..., None]) -> None:
    name = work.captioner
    benchmark = open_benchmark(study, places, work.benchmark)
    captioner = open_captioner(
        f"oracle:{places.world / 'seeds-test.jsonl'}" if name == "oracle" else name,
        whisper=study.audio.encoder,
        transcripts=places.transcripts,
        replies=replies_file(work.out),
    )
    limit = None
    parts = captioner.parts if isinstance(captioner, JoinedCaptioner) else (captioner,)
    for part in parts:
        if isinstance(part, ChatCaptioner) and (purse := _purse_of(study, places, work, part)):
            limit = limit.beside(purse.price, purse.max_tokens) if limit else purse
            part.provider = open_provider(
                part.provider.name, generation=part.prompt.generation, budget=limit
            )
    with _within(study, limit):
        caption_all(captioner, benchmark.folder, described(study, benchmark), work.out, draw)


def _ask(
    study: Study, places: Places, stage: Stage, work: Asking, draw: Callable[..., None]
) -> None:
    judged = bool(study.judge) and work.answering != LIKELIHOOD
    task = task_of(study, places, work, judged=judged)
    tokens = None if work.answering == LIKELIHOOD else study.reply_tokens or None
    limit = _purse(study, places, stage.calls[0], tokens, counted=True)
    prices = money.prices(study)
    options: dict[str, Any] = dict(PROVIDER_OPTIONS.get(work.control, {}))
    if stage.calls[0].model.partition("/")[0] in LOCAL_PREFIXES:
        options |= {"batch_tokens": study.batch_tokens, "transcripts": places.transcripts}
    if limit:
        provider = open_provider(
            work.model, generation=Generation(max_tokens=tokens), budget=limit, **options
        )
    else:
        provider = _provider(work.model, tokens, tuple(sorted(options.items())))
    if not judged:
        with _within(study, limit):
            run_task(task, provider, work.out, draw, prices=prices, budget=limit)
        return
    purse = _purse(study, places, stage.calls[1], None)
    if limit and purse:
        purse = limit.beside(purse.price)
    with (
        _within(study, limit or purse),
        Judge(_judge(study.judge, purse), work.out / JUDGED, budget=purse) as reader,
    ):
        run_task(task, provider, work.out, draw, reader, prices=prices, budget=limit)


def _purse_of(study: Study, places: Places, work: Captioning, part: ChatCaptioner) -> Budget | None:
    call = Call(part.provider.name, replies_file(work.out))
    return _purse(study, places, call, part.prompt.generation.max_tokens)


def _purse(
    study: Study, places: Places, call: Call, tokens: int | None, *, counted: bool = False
) -> Budget | None:
    if study.budget is None:
        return None
    every = stages(study, places.root)
    return money.purse(study, call, every, max_tokens=tokens, counted=counted)


@contextmanager
def _within(study: Study, limit: Budget | None) -> Iterator[None]:
    """Tell a study that stops at its budget from one that fails."""
    try:
        yield
    except (CostCapReached, ProviderFailed) as error:
        refused = limit and [one for one in (limit, *limit.others) if one.refused is not None]
        if not limit or not refused:
            raise
        raise CostCapReached(
            f"study {study.name!r}: stopped at its budget of {study.budget:g} US dollars: "
            f"{limit.spent:.4f} are spent and the next request could cost "
            f"{refused[0].refused:.4f}; what was paid for is kept, and the same command goes on "
            "when the study file's budget is raised"
        ) from error


def task_of(study: Study, places: Places, work: Asking, *, judged: bool = False) -> Task:
    """The task of a run. Raises what reading the benchmark or the captions raises."""
    captions: Mapping[str, Any] = {}
    if work.mode == CASCADE:
        captions = read_captions(places.captions(work.captioner, work.benchmark))
    name = facts(route(work.backbone)).name
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


def _judge(model: str, limit: Budget | None) -> Provider:
    """A judge; without a budget it stays loaded beside the model it reads."""
    return open_reader(model, limit) if limit else _kept_judge(model)


_kept_judge = lru_cache(maxsize=1)(open_reader)


@lru_cache(maxsize=1)
def _provider(model: str, tokens: int | None, options: tuple[tuple[str, Any], ...]) -> Provider:
    """The last model stays loaded: stages that ask the same one follow each other."""
    return open_provider(model, generation=Generation(max_tokens=tokens), **dict(options))


def _distill(study: Study, places: Places, work: Distilling, draw: Callable[..., None]) -> None:
    model, asked = model_string(work.backbone), work.recipe.targets
    local = route(work.backbone).partition("/")[0] in LOCAL_PREFIXES
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
    from echoic.training.job import Job, train

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
