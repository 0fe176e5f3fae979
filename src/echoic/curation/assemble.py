"""From candidates and judgements to a frozen set: who passes, who is too alike, who is chosen.

Computed questions pass when their evidence gives their key again. Written ones pass when `READERS`
reviewers or more judged them as they stand, all of them found the key, and none objected; where an
adjudicator decided, the decision takes the place of their agreement. Of two
that ask nearly the same the second goes. From the rest every subcategory gets its target: a share
of computed questions where there are any, and written ones by chance, without as many of those
whose keys are guessed from the options alone as it takes to bring guessing down to chance (without
more of them, the set could be guessed the other way round). Then questions are exchanged until keys
are as long as distractors.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from echoic.curation.audit import ABSENT, length_shift, longest_share
from echoic.curation.compute import fault, is_computed, stream
from echoic.curation.computed.base import distinguishable
from echoic.curation.cues import key_margins
from echoic.curation.decisions import ACCEPT, REJECT, Decision, decided
from echoic.curation.judgements import Judgement, by_question
from echoic.curation.similar import similar_pairs
from echoic.curation.taxonomy import Taxonomy
from echoic.errors import NoData
from echoic.question import Question

READERS = 2
COMPUTED = 20  # of a subcategory, where as many can be computed and enough others are written
EXCHANGES = 4000
CHANCE = 0.25

UNREAD, WRONG, UNCLEAR, ALIKE, EVIDENCE, SAME_WORDS, CONTEXT, REJECTED = (
    "read by too few", "a reader chose another option", "a reader objected", "like another",
    "evidence does not give the key", "options with the same words",
    "points to what is not there", "an adjudicator rejected it",
)  # fmt: skip


@dataclass(frozen=True)
class Assembled:
    """The set, and why the others are not in it: subcategory -> reason -> count."""

    questions: tuple[Question, ...]
    left_out: Mapping[str, Mapping[str, int]]


def objection(question: Question, judgements: Sequence[Judgement], decision: str = "") -> str:
    """Why a question does not pass; "" when it does. `decision` is an adjudicator's, if any."""
    if decision == REJECT:
        return REJECTED
    if is_computed(question):
        return EVIDENCE if fault(question) else ""
    if not distinguishable(question.options):
        return SAME_WORDS  # the official rule compares words without their order
    if ABSENT.search(question.stem):
        return CONTEXT
    if len({judgement.reviewer for judgement in judgements}) < READERS:
        return UNREAD
    if decision == ACCEPT:
        return ""
    if any(judgement.answer != question.gold for judgement in judgements):
        return WRONG
    return "" if all(judgement.passes(question) for judgement in judgements) else UNCLEAR


def assemble(
    candidates: Sequence[Question],
    judgements: Sequence[Judgement],
    taxonomy: Taxonomy,
    *,
    seed: int = 0,
    decisions: Sequence[Decision] = (),
) -> Assembled:
    """The balanced set. Raises NoData naming every subcategory that has too few questions."""
    read = by_question(candidates, judgements)
    settled = decided(candidates, decisions)
    left_out: dict[str, Counter[str]] = defaultdict(Counter)
    passed: list[Question] = []
    for question in candidates:
        said = read.get(question.id, [])
        if why := objection(question, said, settled.get(question.id, "")):
            left_out[question.subcategory][why] += 1
        else:
            passed.append(question)
    kept = _unlike(passed, left_out)
    pools = _pools(kept)
    short = [
        f"{sub.name} {sum(map(len, pools[sub.name]))} of {sub.target}"
        for sub in taxonomy.subcategories
        if sum(map(len, pools[sub.name])) < sub.target
    ]
    if short:
        raise NoData(f"too few questions pass: {'; '.join(short)}; write or compute more")
    telling = _telling([question for _, written in pools.values() for question in written])
    chosen: list[Question] = []
    spares: dict[str, list[Question]] = {}
    for sub in taxonomy.subcategories:
        computed, written = pools[sub.name]
        count = min(len(computed), max(COMPUTED, sub.target - len(written)))
        rng = stream(seed, f"assemble {sub.name}")  # its own: others' pools change nothing here
        order = [written[int(at)] for at in rng.permutation(len(written))]
        order.sort(key=lambda question: question.id in telling)
        wanted = sub.target - count
        chosen += computed[:count] + order[:wanted]
        spares[sub.name] = [q for q in order[wanted:] if q.id not in telling]
    balanced = [
        _credited(q, read.get(q.id, []))
        for q in _exchange(chosen, spares, stream(seed, "exchange"))
    ]
    questions = sorted(place_keys(balanced, taxonomy, seed), key=lambda question: question.id)
    return Assembled(tuple(questions), left_out)


def _credited(question: Question, judgements: Sequence[Judgement]) -> Question:
    """With the names of its readers in its evidence, by which relatives are marked in tables."""
    if is_computed(question):
        return question
    readers = sorted({judgement.reviewer for judgement in judgements})
    return replace(question, evidence={**question.evidence, "readers": readers})


def _unlike(passed: Sequence[Question], left_out: Mapping[str, Counter[str]]) -> list[Question]:
    """Without the second of every pair that asks nearly the same, computed ones among themselves
    excepted: they differ in their numbers or words."""
    known = {question.id: question for question in passed}
    gone: set[str] = set()
    for pair in similar_pairs(passed):
        first, second = known[pair.first], known[pair.second]
        if gone & {first.id, second.id} or (is_computed(first) and is_computed(second)):
            continue
        loser = first if is_computed(second) else second
        gone.add(loser.id)
        left_out[loser.subcategory][ALIKE] += 1
    return [question for question in passed if question.id not in gone]


def _pools(kept: Sequence[Question]) -> dict[str, tuple[list[Question], list[Question]]]:
    """Subcategory -> (computed, written)."""
    pools: dict[str, tuple[list[Question], list[Question]]] = defaultdict(lambda: ([], []))
    for question in kept:
        pools[question.subcategory][0 if is_computed(question) else 1].append(question)
    return pools


def _telling(written: Sequence[Question]) -> set[str]:
    """Ids of those surest guessed from the options: so many that of the rest a quarter is."""
    if not written:
        return set()
    margins = key_margins(written)
    excess = int((margins > 0).sum()) - CHANCE * len(written)
    wanted = max(0, ceil(excess / (1 - CHANCE)))
    return {written[int(at)].id for at in np.argsort(-margins, kind="stable")[:wanted]}


def length_cue(questions: Sequence[Question]) -> float:
    """How much key lengths tell: 0 when a quarter are longest and keys are as long as others."""
    return abs(longest_share(questions) - CHANCE) + abs(length_shift(questions))


def _exchange(
    chosen: Sequence[Question], spares: dict[str, list[Question]], rng: np.random.Generator
) -> list[Question]:
    """Swap written questions for spare ones of their subcategory while lengths tell less."""
    now = list(chosen)
    movable = [at for at, q in enumerate(now) if not is_computed(q) and spares.get(q.subcategory)]
    cue = length_cue(now)
    for _ in range(EXCHANGES if movable else 0):
        at = movable[int(rng.integers(len(movable)))]
        spare = spares[now[at].subcategory]
        other = int(rng.integers(len(spare)))
        now[at], spare[other] = spare[other], now[at]
        changed = length_cue(now)
        if changed < cue:
            cue = changed
        else:
            now[at], spare[other] = spare[other], now[at]
    return now


def place_keys(questions: Sequence[Question], taxonomy: Taxonomy, seed: int) -> list[Question]:
    """Move keys so that A to D hold equally many, over all and as nearly as can be per category.

    Other options keep their order. Blocks of four questions of one category get all four letters;
    what is left of the categories shares out the letters in turn.
    """
    rng = np.random.default_rng([seed, 9])
    placed: list[Question] = []
    turn = 0
    categories = dict.fromkeys(sub.category for sub in taxonomy.subcategories)
    for category in categories:
        group = sorted(
            (question for question in questions if question.category == category),
            key=lambda question: (question.subcategory, question.id),
        )
        letters: list[int] = []
        for start in range(0, len(group), 4):
            left = len(group) - start
            if left >= 4:
                letters += rng.permutation(4).tolist()
            else:
                letters += [(turn + step) % 4 for step in range(left)]
                turn += left
        placed += [_moved(question, at) for question, at in zip(group, letters, strict=True)]
    return placed


def _moved(question: Question, answer: int) -> Question:
    if len(question.options) != 4:
        raise NoData(f"{question.id}: has {len(question.options)} options, not 4")
    rest = [option for at, option in enumerate(question.options) if at != question.answer]
    rest.insert(answer, question.gold)
    return replace(question, options=tuple(rest), answer=answer)
