"""What a study consists of: stages in the order in which they give answers.

Every stage writes files of its own below the study's folder and can be killed and run again; what
it finds there it does not do again. Cheap answers come first: knowledge, then cascades, then
training and listening.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.registry import load
from echoic.caption import read_captions
from echoic.captioners.registry import open_captioner
from echoic.captioners.run import caption_all, replies_file
from echoic.distill.write import write_targets
from echoic.engine.ask import Generation, Provider
from echoic.engine.providers import open_provider
from echoic.evals.judge import Judge, open_reader
from echoic.evals.plan import (
    AUDIO,
    CASCADE,
    NO_AUDIO,
    PROVIDER_OPTIONS,
    SHUFFLED,
    TEXT,
    Task,
)
from echoic.evals.render import FREE, LIKELIHOOD
from echoic.evals.run_folder import JUDGED
from echoic.evals.tasks import run_task
from echoic.models import store
from echoic.models.catalogue import embedded as embedded_items
from echoic.models.dtype import fast_dtype
from echoic.records import write_json
from echoic.report.build import build
from echoic.seed import read_seeds, read_targets
from echoic.study_file import Study
from echoic.training.job import Job, train
from echoic.training.recipe import Recipe, load_recipe
from echoic.world.render import render

Draw = Callable[[int, int], None]
WORLD = "world"
FREE_TOKENS = 24  # an option and its letter, with room for a few words around them
RENDERERS = ("espeak-ng", "tinysoundfont", "timgm6mb")
LISTENERS = ("silero-vad", "musicnn")


@dataclass(frozen=True)
class Stage:
    """One step of a study: its name, what it makes, and how."""

    name: str
    kind: str
    makes: Path
    do: Callable[[Draw], None]


@dataclass(frozen=True)
class Places:
    """Where things lie below a study's folder."""

    root: Path

    @property
    def world(self) -> Path:
        """The rendered clips."""
        return self.root / WORLD

    def captions(self, captioner: str) -> Path:
        """Captions of the test clips."""
        return self.root / "captions" / f"{captioner}.jsonl"

    @property
    def transcripts(self) -> Path:
        """What captioners and LALMs understand of the words."""
        return self.root / "transcripts.jsonl"

    def targets(self, recipe: Recipe, backbone: str, seed: int) -> Path:
        """What a backbone wrote; recipes that ask for the same share it."""
        asked = recipe.targets
        kind = f"{'prefilled' if asked.prefill else 'free'}-{asked.max_tokens}t"
        if asked.clips:
            kind += f"-{asked.clips}c"
        return self.root / "targets" / backbone / f"{kind}-s{seed}.jsonl"

    def checkpoint(self, label: str, backbone: str) -> Path:
        """A trained LALM."""
        return self.root / "training" / label / backbone

    def features(self, recipe: Recipe) -> Path:
        """The encoder's states of the clips that are heard in training.

        Recipes that listen alike to the same clips share them.
        """
        taps = "".join(f"-{tap}" for tap in recipe.connector.taps)
        clips = "" if _all_heard(recipe) else f"-{recipe.targets.clips}c"
        schedule = recipe.schedule
        return self.root / "features" / f"{schedule.window_s:g}s-pool{schedule.pool}{taps}{clips}"

    @property
    def seeds(self) -> Path:
        """The training clips' seeds."""
        return self.world / "seeds-train.jsonl"

    def run(self, mode: str, control: str, answering: str, which: str, backbone: str) -> Path:
        """A run folder."""
        kind = f"{mode}-{control}" if control else mode
        return self.root / "runs" / f"{kind}-{answering}" / which / backbone


def stages(study: Study, root: Path) -> Iterator[Stage]:
    """All stages of a study, in order."""
    places = Places(root)
    yield Stage(
        "fetch models", "fetch", root / "models.json", lambda draw: _fetch(study, root, draw)
    )
    yield Stage("render the world", "world", places.world / "world.json",
                lambda draw: _render(study, places, draw))  # fmt: skip
    for backbone in study.backbones:
        yield from _knowledge(study, places, backbone)
    for captioner in study.cascade.captioners:
        yield Stage(f"caption: {captioner}", "captions", places.captions(captioner),
                    _bind(_caption, study, places, captioner))  # fmt: skip
    for backbone in study.backbones:
        yield from _cascade(study, places, backbone)
    for backbone in study.backbones:
        for recipe in study.audio.recipes:
            for seed in study.audio.seeds:
                yield from _audio(study, places, backbone, recipe, seed)
    yield Stage("report", "report", root / "report" / "never", lambda draw: _report(root))


def _bind(function: Callable[..., None], *arguments: Any) -> Callable[[Draw], None]:
    return lambda draw: function(*arguments, draw)


def _fetch(study: Study, root: Path, draw: Draw) -> None:
    judge = study.judge.removeprefix("echoic/")
    wanted = [*study.backbones, study.audio.encoder, judge, *RENDERERS, *LISTENERS]
    embedded = [name for name in wanted if name in embedded_items()]
    store.fetch(embedded, draw)
    write_json(root / "models.json", {"fetched": embedded})


def _render(study: Study, places: Places, draw: Draw) -> None:
    part = study.world
    render(
        places.world,
        seed=part.seed,
        train=part.train,
        test=part.test,
        multilingual=part.multilingual,
        progress=draw,
    )


def _world(places: Places) -> Benchmark:
    return load("world", places.world)


def _caption(study: Study, places: Places, name: str, draw: Draw) -> None:
    full = f"oracle:{places.world / 'seeds-test.jsonl'}" if name == "oracle" else name
    out = places.captions(name)
    captioner = open_captioner(
        full,
        whisper=study.audio.encoder,
        transcripts=places.transcripts,
        replies=replies_file(out),
    )
    caption_all(captioner, places.world, _world(places).clips, out, draw)


def _ask(
    task: Task, model: str, judge: str, out: Path, options: Mapping[str, Any], draw: Draw
) -> None:
    provider = _provider(model, task.answering, tuple(sorted(options.items())))
    if not task.judged:
        run_task(task, provider, out, draw)
        return
    with Judge(_judge(judge), out / JUDGED) as reader:
        run_task(task, provider, out, draw, reader)


@lru_cache(maxsize=1)
def _judge(model: str) -> Provider:
    """The judge stays loaded beside the model it reads."""
    return open_reader(model)


@lru_cache(maxsize=1)
def _provider(model: str, answering: str, options: tuple[tuple[str, Any], ...]) -> Provider:
    """The last model stays loaded: stages that ask the same one follow each other."""
    tokens = None if answering == LIKELIHOOD else FREE_TOKENS
    return open_provider(model, generation=Generation(max_tokens=tokens), **dict(options))


def _asking(
    study: Study,
    places: Places,
    backbone: str,
    *,
    mode: str,
    which: str,
    limit: int,
    free: int,
    controls: tuple[str, ...],
    make: Callable[..., Task],
    model: str,
) -> Iterator[Stage]:
    """The evaluation by likelihood, in words on fewer questions, and its controls."""
    todo = [("", LIKELIHOOD, limit)]
    if free:
        todo.append(("", FREE, free))
    for control in controls:
        if control == SHUFFLED:  # listed options only: likelihood scores do not see an order
            todo += [(control, FREE, free)] if free else []
        else:
            todo.append((control, LIKELIHOOD, limit))
    todo.sort(key=lambda item: (item[1] == FREE, bool(PROVIDER_OPTIONS.get(item[0]))))
    for control, answering, count in todo:
        out = places.run(mode, control, answering, which, backbone)
        options = {
            **PROVIDER_OPTIONS.get(control, {}),
            "batch_tokens": study.batch_tokens,
            "transcripts": places.transcripts,
        }
        name = " ".join(part for part in (mode, which, backbone, control, answering) if part)

        def do(
            draw: Draw, c: str = control, a: str = answering, n: int = count, o: Path = out,
            p: Mapping[str, Any] = options,
        ) -> None:  # fmt: skip
            judged = bool(study.judge) and a == FREE
            task = make(control=c, answering=a, limit=n or None, judged=judged)
            _ask(task, model, study.judge, o, p, draw)

        yield Stage(name, f"{mode}-control" if control else mode, out / "run.json", do)


def _knowledge(study: Study, places: Places, backbone: str) -> Iterator[Stage]:
    part = study.knowledge

    def make(**options: Any) -> Task:
        benchmark = load(part.benchmark, Path(part.path) if part.path else None)
        return Task(TEXT, benchmark, seed=study.seed, permutations=study.permutations,
                    backbone=backbone, **options)  # fmt: skip

    yield from _asking(
        study, places, backbone, mode=TEXT, which=Path(part.benchmark).stem, limit=part.limit,
        free=part.free, controls=part.controls, make=make, model=f"echoic/{backbone}",
    )  # fmt: skip


def _cascade(study: Study, places: Places, backbone: str) -> Iterator[Stage]:
    part = study.cascade
    for captioner in part.captioners:
        last = captioner == part.captioners[-1]
        # The question alone is the same whoever would have captioned: one such run is enough.
        controls = tuple(c for c in part.controls if last or c not in (NO_AUDIO, SHUFFLED))

        def make(captioner: str = captioner, **options: Any) -> Task:
            return Task(CASCADE, _world(places), captions=read_captions(places.captions(captioner)),
                        seed=study.seed, permutations=study.permutations, backbone=backbone,
                        **options)  # fmt: skip

        yield from _asking(
            study, places, backbone, mode=CASCADE, which=captioner, limit=part.limit,
            free=part.free if last else 0, controls=controls, make=make, model=f"echoic/{backbone}",
        )  # fmt: skip


def _recipe(study: Study, name: str, backbone: str) -> Recipe:
    """A recipe as the study changes it for one backbone; a warm-up only where there is one."""
    part, recipe = study.audio, load_recipe(name)
    over: dict[str, dict[str, int]] = {}
    if steps := part.steps.get(backbone):
        over["schedule"] = {"steps": steps}
    if recipe.warmup.steps and (steps := part.warmup.get(backbone)):
        over["warmup"] = {"steps": steps}
    if clips := part.clips.get(backbone):
        over["targets"] = {"clips": clips}
    return load_recipe(name, over)


def _audio(study: Study, places: Places, backbone: str, name: str, seed: int) -> Iterator[Stage]:
    part = study.audio
    recipe = _recipe(study, name, backbone)
    label = recipe.name if len(part.seeds) == 1 else f"{recipe.name}-s{seed}"
    targets, checkpoint = places.targets(recipe, backbone, seed), places.checkpoint(label, backbone)
    yield Stage(f"distill: {backbone} {targets.stem}", "distill", targets,
                _bind(_distill, places, backbone, recipe, seed))  # fmt: skip
    yield Stage(f"train: {label} {backbone}", "train", checkpoint / "model.safetensors",
                _bind(_train, study, places, backbone, recipe, label, seed))  # fmt: skip

    def make(**options: Any) -> Task:
        return Task(AUDIO, _world(places), seed=study.seed, permutations=study.permutations,
                    backbone=backbone, recipe=label, **options)  # fmt: skip

    yield from _asking(
        study, places, backbone, mode=AUDIO, which=label,
        limit=part.limits.get(backbone, part.limit), free=part.free, controls=part.controls,
        make=make, model=f"echoic/{checkpoint}",
    )  # fmt: skip


def _all_heard(recipe: Recipe) -> bool:
    """Whether training hears all training clips: a warm-up needs no target to learn from a clip."""
    return bool(recipe.warmup.steps) or not recipe.targets.clips


def _distill(places: Places, backbone: str, recipe: Recipe, seed: int, draw: Draw) -> None:
    provider = open_provider(
        f"echoic/{backbone}",
        generation=Generation(max_tokens=recipe.targets.max_tokens),
        dtype=fast_dtype(),
    )
    write_targets(
        read_seeds(places.seeds)[: recipe.targets.clips or None],
        provider,
        places.targets(recipe, backbone, seed),
        seed=seed,
        prefill=recipe.targets.prefill,
        per_clip=recipe.targets.per_clip,
        progress=draw,
    )


def _train(
    study: Study,
    places: Places,
    backbone: str,
    recipe: Recipe,
    label: str,
    seed: int,
    draw: Draw,
) -> None:
    job = Job(
        recipe=recipe,
        backbone=backbone,
        encoder=study.audio.encoder,
        targets=read_targets(places.targets(recipe, backbone, seed)),
        root=places.world,
        seed=seed,
        seeds=read_seeds(places.seeds)[: None if _all_heard(recipe) else recipe.targets.clips],
    )
    out, features = places.checkpoint(label, backbone), places.features(recipe)
    train(job, out, features, lambda _, done, total: draw(done, total))


def _report(root: Path) -> None:
    build([root], root / "report")
