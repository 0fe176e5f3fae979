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
from difflib import get_close_matches
from typing import Any

from echoic.benchmarks.base import Benchmark, Unasked
from echoic.benchmarks.sound import MISSING, clip_faults
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


def check_control(control: str, mode: str) -> None:
    """Raise UnknownName for no control, BadRecipe for one that says nothing about the mode."""
    if control not in CONTROLS:
        near = get_close_matches(control, CONTROLS, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UnknownName(f"control {control!r} is none of {', '.join(CONTROLS)}{hint}")
    if mode not in CONTROLS[control]:
        raise BadRecipe(
            f"control {control!r} says nothing about mode {mode!r}; it is for "
            f"{' and '.join(CONTROLS[control])}"
        )


@dataclass(frozen=True)
class Task:
    """One evaluation: a benchmark, what is seen of it, how it is answered and which rule counts.

    `captions` (by clip path) are for cascades. `limit` takes that many questions, drawn from `seed`
    so that every category keeps its share; `seed` also draws orders and other clips. `judged`: a
    judge reads the replies too. `rule` "" is the default of the way of answering: the judge's where
    there is one, as in the paper, else the parse. `repeats` rounds ask all prompts anew (sampled
    decoding). `backbone` and `recipe` only label the result.
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
    repeats: int = 1
    wording: PromptFile = field(default_factory=PromptFile.load)
    backbone: str = ""
    recipe: str = ""

    def __post_init__(self) -> None:
        if self.control:
            check_control(self.control, self.mode)
        if self.answering not in (FREE, LIKELIHOOD):
            raise UnknownName(f"answering {self.answering!r} is neither {FREE} nor {LIKELIHOOD}")
        if self.control == SHUFFLED and self.answering == LIKELIHOOD:
            raise BadRecipe(
                "control 'shuffled' says nothing about likelihood answering: options are scored "
                "one by one, not listed; use --answering free"
            )
        if self.judged and self.answering == LIKELIHOOD:
            raise BadRecipe("a judge reads free replies; likelihood answering has none")
        if self.judged and not self.benchmark.keyed:
            raise NoData(
                f"{self.benchmark.name}: has no key, so a judge would have nothing to score"
            )
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
        if self.control and not self.benchmark.keyed:
            raise NoData(
                f"{self.benchmark.name}: has no key, so control {self.control!r} would show nothing"
            )
        if self.limit is not None and self.limit < 1:
            raise BadRecipe(f"limit {self.limit}: at least one question must be asked")
        if self.repeats < 1:
            raise BadRecipe(f"{self.repeats} repeats: every prompt is asked at least once")
        if self.repeats > 1 and self.answering == LIKELIHOOD:
            raise BadRecipe("likelihoods are the same in every repeat; use --answering free")
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


def askable(task: Task) -> tuple[list[Question], tuple[Unasked, ...]]:
    """The task's questions (its subset), and those that cannot be asked.

    These are the benchmark's, and of the subset the questions whose clip cannot be heard (audio) or
    has no caption because it cannot be heard (cascade). Raises BadRecord when questions have no
    clip or heard clips no caption, BadClip when no clip at all can be heard.
    """
    questions = subset(task.benchmark.questions, limit=task.limit, seed=task.seed)
    if task.mode != TEXT and (mute := [q.id for q in questions if not q.clip]):
        raise BadRecord(
            f"{task.benchmark.name}: {len(mute)} questions have no clip, the first is {mute[0]!r}; "
            f"mode {task.mode!r} needs one"
        )
    heard = _clips_heard(task, questions) if task.sees_clip else {}
    wanted = sorted({c for c in heard.values() if task.mode == AUDIO or c not in task.captions})
    faults = clip_faults(task.benchmark.folder, wanted)
    if task.mode == CASCADE and wanted and not _explained(task, heard, wanted, faults):
        raise _no_captions(task, wanted)
    if heard and set(faults) == set(heard.values()):
        raise _no_clips(faults)
    lost = [
        Unasked(question.id, *faults[heard[question.id]])
        for question in questions
        if heard.get(question.id) in faults
    ]
    gone = {one.id for one in lost}
    return [q for q in questions if q.id not in gone], (*task.benchmark.unasked, *lost)


def plan(task: Task, questions: Sequence[Question] | None = None) -> list[Item]:
    """All prompts of a task, or of those of its questions that `askable` leaves."""
    if questions is None:
        questions, _ = askable(task)
    heard = _clips_heard(task, questions) if task.sees_clip else {}
    hashes = _hashes(task, heard) if task.mode == AUDIO else {}
    items = []
    for question in questions:
        for variant, order in enumerate(orders(task, question)):
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


def orders(task: Task, question: Question) -> list[tuple[int, ...]]:
    """The orders in which a question's options are shown, each a prompt of its own."""
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
    """Clip -> SHA-256 of its file."""
    clips = dict.fromkeys(heard.values())
    return {clip: file_digest(task.benchmark.clip_path(clip)) for clip in clips}


def _explained(
    task: Task, heard: Mapping[str, str], uncaptioned: Sequence[str], faults: Mapping[str, object]
) -> bool:
    """Whether the clips have no caption because they cannot be heard.

    Where none of the audio is at hand, nothing tells why a caption is missing.
    """
    here = any(task.benchmark.clip_path(clip).is_file() for clip in heard.values())
    return here and all(clip in faults for clip in uncaptioned)


def _no_captions(task: Task, clips: Sequence[str]) -> BadRecord:
    return BadRecord(
        f"{task.benchmark.name}: no caption for {len(clips)} clips, the first is {clips[0]!r}; run "
        "'echoic caption' on the whole benchmark, or with the same --limit and --seed"
    )


def _no_clips(faults: Mapping[str, tuple[str, str]]) -> BadClip:
    """None of the clips can be heard: the files are elsewhere, or broken."""
    reason, detail = next(iter(faults.values()))
    remedy = "fetch the audio again"
    if reason == MISSING:
        remedy = "--path must point to the folder or file beside the audio"
    return BadClip(f"{detail} (and none of the {len(faults)} clips can be heard); {remedy}")
