"""What a task asks: which questions, and what the model gets to see of each.

Controls change what is seen, never how it is rendered or graded:

- `no-audio`: the question alone, without caption or audio (how far guessing from text gets);
- `options-only`: the options without stem, caption or audio;
- `shuffled`: the options in several drawn orders, each a verdict of its own (position bias);
- `other-clip`: the caption or audio of another clip of the category (is the clip used?);
- `transcript-only`: audio whose queries the LALM zeroes, so that only its transcript is left. The
  prompts are those of the audio task; the provider must be opened with `PROVIDER_OPTIONS`.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from echoic.benchmarks.base import Benchmark
from echoic.caption import Caption
from echoic.engine.ask import Prompt
from echoic.errors import BadClip, BadRecipe, BadRecord, NoData, UnknownName
from echoic.evals.grade import FREE_RULES, JUDGE, LETTER
from echoic.evals.grade import LIKELIHOOD as LIKELIHOOD_RULE
from echoic.evals.prompt_file import PromptFile
from echoic.evals.render import FREE, LIKELIHOOD, Sight, permutations, render, rng_for
from echoic.question import Question
from echoic.records import file_digest

TEXT, CASCADE, AUDIO = "text", "cascade", "audio"
NO_AUDIO, OPTIONS_ONLY, SHUFFLED = "no-audio", "options-only", "shuffled"
OTHER_CLIP, TRANSCRIPT_ONLY = "other-clip", "transcript-only"
CONTROLS: dict[str, tuple[str, ...]] = {
    NO_AUDIO: (CASCADE, AUDIO),
    OPTIONS_ONLY: (TEXT, CASCADE, AUDIO),
    SHUFFLED: (TEXT, CASCADE, AUDIO),
    OTHER_CLIP: (CASCADE, AUDIO),
    TRANSCRIPT_ONLY: (AUDIO,),
}
# What the provider has to be opened with for a control that the prompts alone cannot express.
PROVIDER_OPTIONS: dict[str, Mapping[str, Any]] = {TRANSCRIPT_ONLY: {"transcript_only": True}}
PERMUTATIONS = 4


@dataclass(frozen=True)
class Task:
    """One evaluation: a benchmark, what is seen of it, how it is answered and which rule counts.

    `captions` (by clip path) are for cascades. `limit` takes that many questions, drawn from `seed`
    so that every category keeps its share; `seed` also draws orders and other clips. `judged`: a
    judge reads the replies too. `rule` "" is the default of the way of answering: the judge's where
    there is one, as in the paper, else the parse. `backbone` and `recipe` only label the result.
    Raises BadRecipe or UnknownName for parts that do not go together.
    """

    mode: str
    benchmark: Benchmark
    control: str = ""
    answering: str = FREE
    rule: str = ""
    judged: bool = False
    captions: Mapping[str, Caption] = field(default_factory=dict)
    seed: int = 0
    limit: int | None = None
    permutations: int = PERMUTATIONS
    wording: PromptFile = field(default_factory=PromptFile.load)
    backbone: str = ""
    recipe: str = ""

    def __post_init__(self) -> None:
        if self.control and self.control not in CONTROLS:
            raise UnknownName(f"control {self.control!r} is none of {', '.join(CONTROLS)}")
        if self.control and self.mode not in CONTROLS[self.control]:
            raise BadRecipe(
                f"control {self.control!r} says nothing about mode {self.mode!r}; it is for "
                f"{' and '.join(CONTROLS[self.control])}"
            )
        if self.answering not in (FREE, LIKELIHOOD):
            raise UnknownName(f"answering {self.answering!r} is neither {FREE} nor {LIKELIHOOD}")
        if self.control == SHUFFLED and self.answering == LIKELIHOOD:
            raise BadRecipe(
                "control 'shuffled' says nothing about likelihood answering: options are scored "
                "one by one, not listed; use --answering free"
            )
        if self.judged and self.answering == LIKELIHOOD:
            raise BadRecipe("a judge reads free replies; likelihood answering has none")
        rules = FREE_RULES if self.answering == FREE else (LIKELIHOOD_RULE,)
        default = LETTER if self.answering == FREE else LIKELIHOOD_RULE
        if self.judged:
            rules, default = (*rules, JUDGE), JUDGE
        if not self.rule:
            object.__setattr__(self, "rule", default)
        elif self.rule == JUDGE and not self.judged:
            raise BadRecipe("rule 'judge' needs a judge: name its model")
        elif self.rule not in rules:
            raise BadRecipe(f"rule {self.rule!r} cannot judge {self.answering} answering")
        if self.limit is not None and self.limit < 1:
            raise BadRecipe(f"limit {self.limit}: at least one question must be asked")
        if self.permutations < 2:
            raise BadRecipe(f"{self.permutations} permutations: at least two show a difference")

    @property
    def sees_clip(self) -> bool:
        """Whether a caption or audio goes with the question."""
        return self.mode != TEXT and self.control not in (NO_AUDIO, OPTIONS_ONLY)


@dataclass(frozen=True)
class Item:
    """One prompt and what is needed to grade its reply."""

    question: Question
    prompt: Prompt
    order: tuple[int, ...]
    variant: int


def plan(task: Task) -> list[Item]:
    """All prompts of a task. Raises BadRecord or BadClip when captions or audio are missing."""
    questions = subset(task.benchmark.questions, limit=task.limit, seed=task.seed)
    if task.mode != TEXT and (mute := [q.id for q in questions if not q.clip]):
        raise BadRecord(
            f"{task.benchmark.name}: {len(mute)} questions have no clip, the first is {mute[0]!r}; "
            f"mode {task.mode!r} needs one"
        )
    heard = _clips_heard(task, questions) if task.sees_clip else {}
    hashes = _hashes(task, heard) if task.mode == AUDIO else {}
    items = []
    for question in questions:
        for variant, order in enumerate(_orders(task, question)):
            id_ = question.id if task.control != SHUFFLED else f"{question.id}#{variant}"
            sight = _sight(task, heard.get(question.id), hashes, order)
            prompt = render(
                question, sight, wording=task.wording, answering=task.answering, id_=id_
            )
            items.append(Item(question, prompt, order, variant))
    return items


def subset(questions: Sequence[Question], *, limit: int | None, seed: int) -> list[Question]:
    """`limit` questions in their order, every category with its share (largest remainders)."""
    if limit is None or limit >= len(questions):
        return list(questions)
    sizes = Counter(question.category for question in questions)
    shares = {name: limit * size / len(questions) for name, size in sizes.items()}
    take = {name: int(share) for name, share in shares.items()}
    by_remainder = sorted(shares, key=lambda name: take[name] - shares[name])
    for name in by_remainder[: limit - sum(take.values())]:
        take[name] += 1
    kept: set[str] = set()
    for name, count in take.items():
        ids = [question.id for question in questions if question.category == name]
        drawn = rng_for(seed, "subset", name).choice(len(ids), size=count, replace=False)
        kept |= {ids[at] for at in drawn}
    return [question for question in questions if question.id in kept]


def _orders(task: Task, question: Question) -> list[tuple[int, ...]]:
    if task.control == SHUFFLED:
        return permutations(question, seed=task.seed, count=task.permutations)
    return [tuple(range(len(question.options)))]


def _sight(
    task: Task, clip: str | None, hashes: Mapping[str, str], order: tuple[int, ...]
) -> Sight:
    if clip is None:
        return Sight(order, stem=task.control != OPTIONS_ONLY)
    if task.mode == CASCADE:
        return Sight(order, caption=task.captions[clip].text)
    return Sight(order, audio=task.benchmark.clip_path(clip), audio_hash=hashes[clip])


def _clips_heard(task: Task, questions: Sequence[Question]) -> dict[str, str]:
    """Question id -> the clip whose caption or audio it comes with."""
    own = {question.id: question.clip for question in questions}
    if task.control == OTHER_CLIP:
        others = _other_clips(task)
        own = {q.id: others[q.category, q.clip] for q in questions}
    if task.mode == CASCADE:
        missing = sorted({clip for clip in own.values() if clip not in task.captions})
        if missing:
            raise BadRecord(
                f"{task.benchmark.name}: no caption for {len(missing)} clips, the first is "
                f"{missing[0]!r}; run 'echoic caption' on the whole benchmark"
            )
    return own


def _other_clips(task: Task) -> dict[tuple[str, str], str]:
    """(category, clip) -> another clip of that category, each used once: a drawn cycle."""
    clips: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for question in task.benchmark.questions:
        if question.clip:
            clips[question.category][question.clip] = None
    others: dict[tuple[str, str], str] = {}
    for category, names in clips.items():
        if len(names) < 2:
            raise NoData(f"category {category!r} has one clip only, so there is no other clip")
        drawn = rng_for(task.seed, "other clip", category).permutation(list(names)).tolist()
        others |= {
            (category, clip): other
            for clip, other in zip(drawn, [*drawn[1:], drawn[0]], strict=True)
        }
    return others


def _hashes(task: Task, heard: Mapping[str, str]) -> dict[str, str]:
    """Clip -> SHA-256 of its file. Raises BadClip when files are missing."""
    clips = dict.fromkeys(heard.values())
    missing = [clip for clip in clips if not task.benchmark.clip_path(clip).is_file()]
    if missing:
        raise BadClip(
            f"{task.benchmark.clip_path(missing[0])}: no such file ({len(missing)} of {len(clips)} "
            "clips are missing); --path must point to the folder or file beside the audio"
        )
    return {clip: file_digest(task.benchmark.clip_path(clip)) for clip in clips}
