"""Review batches with planted faults, which tell whether a reviewer reads or nods.

Among the questions of a batch stand copies of questions from other batches with a fault of one of
two kinds: a wrong key (the record calls a distractor right; the reviewer must answer otherwise), or
broken options (a distractor that says what the key says, or no right option at all; the reviewer
must object). A reviewer's batch counts when at least `CAUGHT` of its plants are found.
"""

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
    order = [questions[int(at)] for at in rng.permutation(len(questions))]
    count = max(2, -(-len(order) // size))
    groups = [order[at::count] for at in range(count)]
    batches: list[Batch] = []
    for number, group in enumerate(groups):
        others = groups[(number + 1) % count]
        wanted = max(2, round(share * len(group) / (1 - share) + 0.5))
        if wanted > len(others):
            raise NoData(f"{len(questions)} questions are too few for planted faults")
        victims = [others[int(at)] for at in rng.permutation(len(others))]
        plants: dict[str, str] = {}
        faulty: list[Question] = []
        for turn in range(wanted):
            kind = (WRONG_KEY, BROKEN_OPTIONS)[turn % 2]
            told = (rewordings or {}) if kind == BROKEN_OPTIONS else {}
            victim = next((each for each in victims if each.id in told), victims[0])
            victims.remove(victim)
            broken, kind = _broken(victim, kind, order, rng, told.get(victim.id, ""))
            plants[broken.id] = kind
            faulty.append(broken)
        mixed = [*group, *faulty]
        shuffled = tuple(mixed[int(at)] for at in rng.permutation(len(mixed)))
        batches.append(Batch(f"batch-{number + 1:02d}", shuffled, plants))
    return batches


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
