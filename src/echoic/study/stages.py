"""What a study consists of: stages in the order in which they give answers.

Every stage writes files of its own below the study's folder and can be killed and run again; what
it finds there it does not do again. Cheap answers come first: knowledge, then cascades, then
training and listening. How a stage is done stands in `work`, what it will take in `estimate`.
"""

from collections.abc import Iterator
from pathlib import Path

from echoic.captioners.names import chat_models, parts_of
from echoic.captioners.run import replies_file
from echoic.evals.plan import AUDIO, CASCADE, NO_AUDIO, PROVIDER_OPTIONS, SHUFFLED, TEXT
from echoic.evals.render import FREE, LIKELIHOOD
from echoic.evals.run_folder import JUDGED, REPLIES
from echoic.models.catalogue import embedded
from echoic.study.check import check_file
from echoic.study.names import route, weights_of
from echoic.study.places import WORLD, Places, beside
from echoic.study.stage import (
    Asking,
    Call,
    Captioning,
    Distilling,
    Fetching,
    Rendering,
    Reporting,
    Stage,
    Training,
)
from echoic.study_file import Study
from echoic.training.recipe import Recipe, load_recipe

RENDERERS = ("espeak-ng", "tinysoundfont", "timgm6mb")
LISTENERS = ("silero-vad", "musicnn")
FETCH, RENDER = "fetch models", "render the world"


def stages(study: Study, root: Path) -> Iterator[Stage]:
    """All stages of a study, in order. Raises BadRecipe for what cannot be done."""
    check_file(study, trained(study))
    todo = list(_all_but_report(study, Places(root)))
    yield from todo
    names = tuple(stage.name for stage in todo)
    yield Stage("report", "report", root / "report" / "index.html", Reporting(), names)


def _all_but_report(study: Study, places: Places) -> Iterator[Stage]:
    yield Stage(FETCH, "fetch", places.models, Fetching(embedded_names(study)))
    if renders(study):
        yield Stage(RENDER, "world", places.world / "world.json", Rendering(), (FETCH,))
    for backbone in study.backbones:
        yield from _knowledge(study, places, backbone)
    for benchmark in benchmarks(study):
        for captioner in study.cascade.captioners:
            yield _caption(study, places, captioner, benchmark)
    for backbone in study.backbones:
        for benchmark in benchmarks(study):
            yield from _cascade(study, places, backbone, benchmark)
    for backbone in trained(study):
        for name in study.audio.recipes:
            for seed in study.audio.seeds:
                yield from _audio(study, places, backbone, name, seed)


def benchmarks(study: Study) -> tuple[str, ...]:
    """The benchmarks with clips, by name; the rendered world where none is named."""
    return tuple(study.benchmarks) or (WORLD,)


def trained(study: Study) -> tuple[str, ...]:
    """The backbones of which LALMs are trained."""
    return study.audio.backbones or study.backbones


def renders(study: Study) -> bool:
    """Whether anything of the study is about rendered clips."""
    heard = study.cascade.captioners or study.audio.recipes
    return bool(heard and not study.benchmarks) or bool(
        study.audio.recipes and not study.audio.training
    )


def embedded_names(study: Study) -> tuple[str, ...]:
    """The embedded models and parts that a study needs."""
    models = [weights_of(name) for name in (*study.backbones, study.judge)]
    captioners = [part for name in study.cascade.captioners for part in parts_of(name)]
    listens = study.audio.recipes or any(
        part.partition(":")[0] in ("acoustic", "whisper") for part in captioners
    )
    clips = [study.audio.encoder, *LISTENERS] if listens else []
    wanted = [*models, *clips, *(RENDERERS if renders(study) else ())]
    return tuple(name for name in dict.fromkeys(wanted) if name in embedded())


def _knowledge(study: Study, places: Places, backbone: str) -> Iterator[Stage]:
    part = study.knowledge
    for control, answering, count in _questions(study, part.limit, part.free, part.controls):
        which = Path(part.benchmark).stem
        out = places.run(TEXT, control, answering, which, backbone)
        yield _ask(
            study, Asking(TEXT, control, answering, part.benchmark, count, backbone, out), which
        )


def _caption(study: Study, places: Places, captioner: str, benchmark: str) -> Stage:
    out = places.captions(captioner, benchmark)
    return Stage(
        _caption_name(captioner, benchmark),
        "captions",
        out,
        Captioning(captioner, benchmark, out),
        (FETCH, *_rendered(benchmark)),
        tuple(Call(model, replies_file(out)) for model in chat_models(captioner)),
    )


def _caption_name(captioner: str, benchmark: str) -> str:
    return f"caption: {captioner}" + ("" if benchmark == WORLD else f" {benchmark}")


def _rendered(benchmark: str) -> tuple[str, ...]:
    return (RENDER,) if benchmark == WORLD else ()


def _cascade(study: Study, places: Places, backbone: str, benchmark: str) -> Iterator[Stage]:
    part = study.cascade
    captioners = [c for c in part.captioners if backbone in part.only.get(c, study.backbones)]
    for captioner in captioners:
        last = captioner == captioners[-1]
        # The question alone is the same whoever would have captioned: one such run is enough.
        controls = tuple(c for c in part.controls if last or c not in (NO_AUDIO, SHUFFLED))
        free = part.free if last else 0
        which = beside(benchmark, captioner)
        for control, answering, count in _questions(study, part.limit, free, controls):
            out = places.run(CASCADE, control, answering, which, backbone)
            work = Asking(CASCADE, control, answering, benchmark, count, backbone, out, captioner)
            yield _ask(study, work, which, _caption_name(captioner, benchmark))


def recipe_of(study: Study, name: str, backbone: str) -> Recipe:
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
    recipe = recipe_of(study, name, backbone)
    label = recipe.name if len(part.seeds) == 1 else f"{recipe.name}-s{seed}"
    targets, checkpoint = places.targets(recipe, backbone, seed), places.checkpoint(label, backbone)
    distill, train = f"distill: {backbone} {targets.stem}", f"train: {label} {backbone}"
    rendered = () if part.training else (RENDER,)
    yield Stage(distill, "distill", targets, Distilling(backbone, recipe, seed, targets),
                (FETCH, *rendered),
                (Call(route(backbone), targets.with_suffix(".replies.jsonl")),))  # fmt: skip
    work = Training(backbone, recipe, label, seed, targets, checkpoint, places.features(recipe))
    yield Stage(train, "train", checkpoint / "model.safetensors", work, (distill,))
    limit = part.limits.get(backbone, part.limit)
    for benchmark in benchmarks(study):
        which = beside(benchmark, label)
        for control, answering, count in _questions(study, limit, part.free, part.controls):
            out = places.run(AUDIO, control, answering, which, backbone)
            asking = Asking(AUDIO, control, answering, benchmark, count, backbone, out,
                            recipe=label, checkpoint=checkpoint)  # fmt: skip
            yield _ask(study, asking, which, train)


def _questions(
    study: Study, limit: int, free: int, controls: tuple[str, ...]
) -> list[tuple[str, str, int]]:
    """(control, answering, questions): by likelihood, in words on fewer questions, controls."""
    if study.answering == FREE:
        return [(control, FREE, limit) for control in ("", *controls)]
    todo = [("", LIKELIHOOD, limit)]
    if free:
        todo.append(("", FREE, free))
    for control in controls:
        if control == SHUFFLED:  # listed options only: likelihood scores do not see an order
            todo += [(control, FREE, free)] if free else []
        else:
            todo.append((control, LIKELIHOOD, limit))
    return sorted(todo, key=lambda item: (item[1] == FREE, bool(PROVIDER_OPTIONS.get(item[0]))))


def _ask(study: Study, work: Asking, which: str, *needs: str) -> Stage:
    mode, control = work.mode, work.control
    parts = (mode, which, work.backbone, control, work.answering)
    asked = work.model if work.checkpoint else route(work.backbone)
    calls = [Call(asked, work.out / REPLIES)]
    if study.judge and work.answering == FREE:
        calls.append(Call(route(study.judge), work.out / JUDGED))
    return Stage(
        " ".join(part for part in parts if part),
        f"{mode}-control" if control else mode,
        work.out / "run.json",
        work,
        (FETCH, *needs, *(_rendered(work.benchmark) if mode != TEXT else ())),
        tuple(calls),
    )
