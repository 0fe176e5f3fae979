"""Review batches with planted faults, which tell whether a reviewer reads or nods.

Among the questions of a batch stand copies of questions from other batches with a fault of one of
two kinds: a wrong key (the record calls a distractor right; the reviewer must answer otherwise), or
broken options (a distractor that says what the key says, or no right option at all; the reviewer
must object). A reviewer's batch counts when at least `CAUGHT` of its plants are found.

A model forgets one question before the next. A person who reads all batches would know a copy by
its stem: for people, questions are held out of a batch and asked with a fault only.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from echoic.curation.judgements import Judgement
from echoic.errors import NoData
from echoic.question import Question
from echoic.records import digest

WRONG_KEY, BROKEN_OPTIONS = "wrong key", "broken options"
SHARE = 0.06
CAUGHT = 0.9
HELD_OUT = 0.1  # of a batch, at most: what is held out is not reviewed


@dataclass(frozen=True)
class Batch:
    """Questions as a reviewer gets them; `plants` maps the ids of faulty copies to their fault."""

    name: str
    questions: tuple[Question, ...]
    plants: Mapping[str, str]


def make_batches(
    questions: Sequence[Question],
    *,
    size: int,
    seed: int,
    rewordings: Mapping[str, str] | None = None,
    share: float = SHARE,
) -> list[Batch]:
    """Shuffle into batches of about `size` and plant at least `share` faults in each.

    `rewordings` maps question ids to another wording of the key, for distractors that are right
    too; without one, broken options lack the right one. Raises NoData when there are too few
    questions to plant faults from other batches.
    """
    rng = np.random.default_rng([seed, 7])
    groups = _groups(questions, size, rng)
    return _from_others(groups, 1, rng, rewordings or {}, share)


def batches_for_people(
    questions: Sequence[Question],
    *,
    size: int,
    seed: int,
    rewordings: Mapping[str, str] | None = None,
    share: float = SHARE,
) -> tuple[list[Batch], tuple[Question, ...]]:
    """Batches in which no plant is told by a stem read before, and the questions held out for it.

    At least `share` of the questions of a batch, and two, are asked with a fault and nowhere as
    they are. Where that would be more than `HELD_OUT` of a batch, none is held out: the plants are
    copies from the batch that is farthest away. Raises NoData as `make_batches` does.
    """
    rng = np.random.default_rng([seed, 11])
    groups = _groups(questions, size, rng)
    wanted = [max(2, math.ceil(share * len(group))) for group in groups]
    if any(count > HELD_OUT * len(group) for count, group in zip(wanted, groups, strict=True)):
        return _from_others(groups, len(groups) // 2, rng, rewordings or {}, share), ()
    pool = [question for group in groups for question in group]
    batches: list[Batch] = []
    held: list[Question] = []
    for number, (count, group) in enumerate(zip(wanted, groups, strict=True), 1):
        faulty, victims = _faulty(group, count, pool, rng, rewordings or {})
        asked = [question for question in group if question not in victims]
        batches.append(_mixed(number, asked, faulty, rng))
        held += victims
    return batches, tuple(held)


def _groups(
    questions: Sequence[Question], size: int, rng: np.random.Generator
) -> list[list[Question]]:
    """Shuffled, in two groups or more of at most `size`."""
    order = [questions[int(at)] for at in rng.permutation(len(questions))]
    count = max(2, -(-len(order) // size))
    return [order[at::count] for at in range(count)]


def _from_others(
    groups: Sequence[Sequence[Question]],
    distance: int,
    rng: np.random.Generator,
    rewordings: Mapping[str, str],
    share: float,
) -> list[Batch]:
    """Every group with faulty copies from the one that comes `distance` groups later."""
    pool = _dealt(groups)
    batches: list[Batch] = []
    for number, group in enumerate(groups):
        others = groups[(number + distance) % len(groups)]
        wanted = max(2, round(share * len(group) / (1 - share) + 0.5))
        if wanted > len(others):
            raise NoData(f"{len(pool)} questions are too few for planted faults")
        victims = [others[int(at)] for at in rng.permutation(len(others))]
        faulty, _ = _faulty(victims, wanted, pool, rng, rewordings)
        batches.append(_mixed(number + 1, group, faulty, rng))
    return batches


def _dealt(groups: Sequence[Sequence[Question]]) -> list[Question]:
    """The order that `_groups` dealt out: the first of each group, the second of each, ..."""
    turns = itertools.zip_longest(*groups)
    return [question for turn in turns for question in turn if question is not None]


def _faulty(
    victims: Sequence[Question],
    wanted: int,
    pool: Sequence[Question],
    rng: np.random.Generator,
    rewordings: Mapping[str, str],
) -> tuple[list[tuple[Question, str]], list[Question]]:
    """`wanted` faulty copies, each with its fault, and of which questions; the first ones first."""
    left = list(victims)
    faulty: list[tuple[Question, str]] = []
    for turn in range(wanted):
        kind = (WRONG_KEY, BROKEN_OPTIONS)[turn % 2]
        told = rewordings if kind == BROKEN_OPTIONS else {}
        victim = next((each for each in left if each.id in told), left[0])
        left.remove(victim)
        faulty.append(_broken(victim, kind, pool, rng, told.get(victim.id, "")))
    return faulty, [question for question in victims if question not in left]


def _mixed(
    number: int,
    asked: Sequence[Question],
    faulty: Sequence[tuple[Question, str]],
    rng: np.random.Generator,
) -> Batch:
    mixed = [*asked, *(question for question, _ in faulty)]
    shuffled = tuple(mixed[int(at)] for at in rng.permutation(len(mixed)))
    return Batch(f"batch-{number:02d}", shuffled, {each.id: kind for each, kind in faulty})


def _broken(
    question: Question, kind: str, pool: Sequence[Question], rng: np.random.Generator, reworded: str
) -> tuple[Question, str]:
    """A faulty copy and its fault: a wrong key where no other option is at hand to break with."""
    wrong = [at for at in range(len(question.options)) if at != question.answer]
    at = wrong[int(rng.integers(len(wrong)))]
    options = list(question.options)
    if kind == WRONG_KEY:
        answer = at
    elif reworded:
        options[at], answer = reworded, question.answer
    else:
        near = [
            option
            for other in pool
            if other.subcategory == question.subcategory
            for place, option in enumerate(other.options)
            if place != other.answer and option not in options
        ]
        if not near:
            return _broken(question, WRONG_KEY, pool, rng, "")
        options[question.answer], answer = near[int(rng.integers(len(near)))], question.answer
    id_ = f"plant-{digest([question.id, options, answer])[:12]}"
    return replace(question, id=id_, options=tuple(options), answer=answer), kind


def caught(plant: Question, kind: str, judgement: Judgement) -> bool:
    """Whether the reviewer noticed the fault."""
    objects = not judgement.answer or not judgement.clear or not judgement.distractors
    return objects or (kind == WRONG_KEY and judgement.answer != plant.gold)


def found_share(batch: Batch, judgements: Sequence[Judgement]) -> dict[str, float]:
    """Reviewer -> share of the batch's plants that were noticed (0 where some are unanswered)."""
    plants = {question.id: question for question in batch.questions if question.id in batch.plants}
    noticed: dict[str, int] = {}
    for judgement in judgements:
        if judgement.batch == batch.name:
            noticed.setdefault(judgement.reviewer, 0)
            if judgement.question in plants:
                noticed[judgement.reviewer] += caught(
                    plants[judgement.question], batch.plants[judgement.question], judgement
                )
    return {reviewer: count / len(plants) for reviewer, count in noticed.items()}


def counting(batches: Sequence[Batch], judgements: Sequence[Judgement]) -> list[Judgement]:
    """The judgements of all batches in which their reviewer noticed enough; plants left out."""
    good = {
        (batch.name, reviewer)
        for batch in batches
        for reviewer, share in found_share(batch, judgements).items()
        if share >= CAUGHT
    }
    planted = {plant for batch in batches for plant in batch.plants}
    return [
        judgement
        for judgement in judgements
        if (judgement.batch, judgement.reviewer) in good and judgement.question not in planted
    ]
