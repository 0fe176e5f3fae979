"""What a stage takes: questions, calls, tokens, work in units of its progress, and room on disk."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from echoic.captioners.prompt_file import DEFAULT, load_prompt
from echoic.distill.bank import assign
from echoic.engine.ask import Prompt
from echoic.evals.judge import OPENING
from echoic.evals.plan import AUDIO, CASCADE, OPTIONS_ONLY, TRANSCRIPT_ONLY, Task, orders, subset
from echoic.evals.prompt_file import JudgeFile
from echoic.evals.render import LIKELIHOOD, Sight, render
from echoic.lalm.splice import END, START
from echoic.question import Question
from echoic.seed import user_text
from echoic.study import arithmetic
from echoic.study.assumptions import assumed
from echoic.study.foresight import Foresight
from echoic.study.inputs import described
from echoic.study.places import all_heard
from echoic.study.stage import Asking, Call, Captioning, Distilling, Rendering, Stage, Training
from echoic.study.stages import recipe_of

SAMPLE = 200  # prompts whose tokens are counted; more are scaled up from so many, evenly spaced
LAID_OUT = 2_000  # prompts whose shared beginnings are found; more are scaled up from the first
UNHEARD = Path("clip.wav")


@dataclass(frozen=True)
class Load:
    """What is asked of one model."""

    call: Call
    calls: int
    tokens_in: float
    tokens_out: float
    audio: bool = False


@dataclass(frozen=True)
class Estimate:
    """What a stage takes in all, whatever is there already.

    `units` is work by phase of the stage's progress: tokens computed for likelihood (what prompts
    share once, where the tokenizer is here), else replies, clips, examples or steps. `gpu_s` is
    arithmetic (`assumptions.toml`), 0 where it says nothing.
    """

    stage: Stage
    questions: int = 0
    loads: tuple[Load, ...] = ()
    units: Mapping[str, float] = field(default_factory=dict)
    disk_bytes: float = 0.0
    gpu_s: float = 0.0


class Estimator:
    """Estimates the stages of one study in their order; each kind of prompt is counted once."""

    def __init__(self, foresight: Foresight) -> None:
        self.foresight, self.study = foresight, foresight.study
        self._asked: dict[tuple[object, ...], Estimate] = {}
        self._features: set[Path] = set()

    def of(self, stage: Stage) -> Estimate:
        """The estimate of a stage."""
        work = stage.work
        if isinstance(work, Asking):
            return self._asking(stage, work)
        if isinstance(work, Captioning):
            return self._captioning(stage, work)
        if isinstance(work, Distilling):
            return self._distilling(stage, work)
        if isinstance(work, Training):
            return self._training(stage, work)
        if isinstance(work, Rendering):
            clips = self.study.world.train + self.study.world.test
            size = clips * assumed()["bytes"]["world_clip"]
            return Estimate(stage, units={"": clips}, disk_bytes=size)
        return Estimate(stage)

    def _asking(self, stage: Stage, work: Asking) -> Estimate:
        key = (work.mode, work.control, work.answering, work.benchmark, work.limit, work.backbone,
               work.captioner)  # fmt: skip
        queries = self._queries(work) if work.checkpoint else 0
        if (*key, queries) not in self._asked:
            self._asked[*key, queries] = self._counted(stage, work, queries)
        found = self._asked[*key, queries]
        pairs = zip(found.loads, stage.calls, strict=True)
        loads = tuple(replace(load, call=call) for load, call in pairs)
        return replace(found, stage=stage, loads=loads)

    def _queries(self, work: Asking) -> int:
        names = self.study.audio.recipes
        name = next(n for n in names if work.recipe.startswith(Path(n).stem)) if names else ""
        return recipe_of(self.study, name, work.backbone).connector.queries

    def _counted(self, stage: Stage, work: Asking, queries: int) -> Estimate:
        foresight, tokens = self.foresight, self.foresight.tokens(work.backbone)
        task = Task(work.mode, foresight.benchmark(work.benchmark), control=work.control,
                    answering=work.answering, limit=work.limit or None, seed=self.study.seed,
                    permutations=self.study.permutations)  # fmt: skip
        shown = [
            (question, order)
            for question in subset(task.benchmark.questions, limit=task.limit, seed=task.seed)
            for order in orders(task, question)
        ]
        captions: Mapping[str, str] = {}
        if work.mode == CASCADE and task.sees_clip:
            captions = foresight.captions(work.captioner, work.benchmark)
        read = tails = 0.0
        step = max(1, len(shown) // SAMPLE)
        for question, order in shown[::step]:
            prompt = _prompt(task, question, order, captions)
            read += tokens.prompt(prompt)
            if prompt.audio is not None:
                spoken = foresight.transcript(question.clip, work.benchmark) or " "
                read += queries + tokens.text(START) + tokens.text(spoken) + tokens.text(END)
            tails += sum(map(tokens.text, prompt.continuations))
        scale = len(shown) / len(shown[::step])
        read, tails = read * scale, tails * scale
        likelihood = work.answering == LIKELIHOOD
        units = float(len(shown))
        if likelihood:
            units = read + tails
            if tokens.exact:
                some = shown[:LAID_OUT]
                prompts = [(q, _prompt(task, q, order, captions)) for q, order in some]
                units = self._computed(work, prompts, queries) * len(shown) / len(some)
        reply, said = 0.0, 0.0
        if not likelihood:
            reply, said = foresight.reply_tokens(work.backbone, work.mode, work.model)
        written = reply * len(shown)
        loads = [Load(stage.calls[0], len(shown), read, written)]
        if len(stage.calls) > 1:
            loads.append(self._judged(stage.calls[1], shown, said * len(shown)))
        clips = len(task.benchmark.clips) if task.sees_clip and work.mode == AUDIO else 0
        return Estimate(
            stage,
            questions=len({question.id for question, _ in shown}),
            loads=tuple(loads),
            units={"": units},
            disk_bytes=assumed()["bytes"]["reply"] * sum(load.calls for load in loads),
            gpu_s=arithmetic.asked_s(work.backbone, read + tails, written)
            + arithmetic.heard_s(self.study.audio.encoder, clips),
        )

    def _computed(
        self, work: Asking, prompts: Sequence[tuple[Question, Prompt]], queries: int
    ) -> int:
        """Tokens that the local engine computes for prompts; needs the model's tokenizer."""
        told = (
            (prompt, "" if work.control == TRANSCRIPT_ONLY else question.clip,
             self.foresight.transcript(question.clip, work.benchmark) if prompt.audio else "")
            for question, prompt in prompts
        )  # fmt: skip
        return self.foresight.tokens(work.backbone).computed(told, queries)

    def _judged(
        self, call: Call, shown: Sequence[tuple[Question, tuple[int, ...]]], said: float
    ) -> Load:
        """What a judge reads and writes about `shown`, and replies of `said` tokens in all."""
        wording, tokens = JudgeFile.load(), self.foresight.tokens(call.model)
        opening = "" if call.remote else OPENING
        some = shown[:: max(1, len(shown) // SAMPLE)]
        read = 0.0
        for question, _ in some:
            listed = "\n".join(f"(A) {option}" for option in question.options)
            prompt = Prompt("", wording.user + question.stem + listed, wording.system, opening)
            read += tokens.prompt(prompt)
        answer = assumed()["judge_tokens"] * len(shown) if call.remote else 0
        return Load(call, len(shown), read * len(shown) / len(some) + said, answer)

    def _captioning(self, stage: Stage, work: Captioning) -> Estimate:
        clips = len(described(self.study, self.foresight.benchmark(work.benchmark)))
        estimate = Estimate(stage, units={"": clips}, disk_bytes=1000 * clips)
        if not stage.calls:
            name = work.captioner.partition(":")[2] or self.study.audio.encoder
            hears = not work.captioner.startswith("oracle")
            return replace(estimate, gpu_s=arithmetic.transcribed_s(name, clips) if hears else 0.0)
        asked = load_prompt(work.captioner.partition("#")[2] or DEFAULT)
        seconds = self.foresight.clip_s(work.benchmark)
        parts = max(1, math.ceil((seconds - 1) / asked.split_s)) if asked.split_s else 1
        tokens = self.foresight.tokens(stage.calls[0].model)
        texts = self.foresight.captions(work.captioner, work.benchmark).values()
        some = list(texts)[:SAMPLE]
        heard = assumed()["caption"]["audio_tokens_a_second"] * seconds
        words = tokens.prompt(Prompt("", asked.user or " ", asked.system))
        load = Load(
            stage.calls[0],
            clips * parts,
            clips * (parts * words + heard),
            clips * sum(map(tokens.text, some)) / len(some),
            audio=True,
        )
        return replace(estimate, loads=(load,))

    def _distilling(self, stage: Stage, work: Distilling) -> Estimate:
        asked = work.recipe.targets
        seeds = self.foresight.seeds[: asked.clips or None]
        tokens = self.foresight.tokens(work.backbone)
        count = len(seeds) * asked.per_clip
        if not count:
            return Estimate(stage, loads=(Load(stage.calls[0], 0, 0, 0),))
        read, some = 0.0, seeds[:: max(1, len(seeds) // SAMPLE)]
        rng = np.random.default_rng([work.seed, 1])
        for item in assign(some, rng=rng, prefill=asked.prefill):
            text = user_text(item.description, item.instruction)
            read += tokens.prompt(Prompt("", text, prefill=item.prefill))
        read *= count / len(some)
        # Given words begin a list that has to be cut; free text mostly ends by itself.
        written = (
            count * asked.max_tokens * (1 if asked.prefill else assumed()["seed"]["target_share"])
        )
        return Estimate(
            stage,
            questions=count,
            loads=(Load(stage.calls[0], count, read, written),),
            units={"": count},
            disk_bytes=assumed()["bytes"]["reply"] * count,
            gpu_s=arithmetic.asked_s(work.backbone, read, written),
        )

    def _training(self, stage: Stage, work: Training) -> Estimate:
        recipe, encoder = work.recipe, self.study.audio.encoder
        seeds = len(self.foresight.seeds)
        examples = min(seeds, recipe.targets.clips or seeds) * recipe.targets.per_clip
        clips = seeds if all_heard(recipe) else min(seeds, recipe.targets.clips)
        shared = work.features in self._features
        self._features.add(work.features)
        schedule, warm = recipe.schedule, recipe.warmup
        steps = schedule.steps or math.ceil(schedule.epochs * examples / schedule.batch)
        teacher = examples if recipe.loss.kind == "teacher" else 0
        tokens = recipe.connector.queries + 60 + recipe.targets.max_tokens
        weights = arithmetic.connector_parameters(encoder, recipe) * arithmetic.BYTES_WEIGHT
        heard = 0 if shared else clips
        return Estimate(
            stage,
            units={"features": heard, "teacher": teacher, "warm-up": warm.steps, "train": steps},
            disk_bytes=heard * arithmetic.feature_bytes(encoder, recipe)
            + weights * (1 + arithmetic.COPIES_SAVED),
            gpu_s=arithmetic.heard_s(encoder, heard, schedule.window_s)
            + arithmetic.trained_s(encoder, work.backbone, recipe, steps * schedule.batch, tokens)
            + arithmetic.trained_s(encoder, "", recipe, warm.steps * warm.batch, 0),
        )


def _prompt(
    task: Task, question: Question, order: tuple[int, ...], captions: Mapping[str, str]
) -> Prompt:
    """The prompt of a question, with an audio file that stands for its clip."""
    sight = Sight(order, stem=task.control != OPTIONS_ONLY)
    if task.sees_clip and task.mode == CASCADE:
        sight = replace(sight, caption=captions[question.clip])
    elif task.sees_clip and task.mode == AUDIO:
        sight = replace(sight, audio=UNHEARD)
    return render(question, sight, wording=task.wording, answering=task.answering, id_=question.id)
