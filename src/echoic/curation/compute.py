"""From generators to a set of questions: shares, stems, key positions, ids.

Every generator draws from its own random stream, seeded by the set's seed and its name, so that
adding one changes no question of another. Keys are spread evenly over A-D in every category.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import zip_longest

import numpy as np

from echoic.curation.computed import (
    chords,
    coding,
    decibels,
    depth,
    distortion,
    filters,
    focus,
    hearing,
    homophones,
    instruments,
    intervals,
    keys,
    levels,
    metre,
    minimal_pairs,
    noise,
    phonemes,
    recording,
    rhyme,
    rooms,
    sampling,
    scales,
    spatial,
    spectral,
    speech,
    syllables,
    tuning,
    waves,
)
from echoic.curation.computed.base import (
    OPTIONS,
    Generator,
    Pick,
    Rng,
    build_evidence,
    distinguishable,
    render,
    sound,
)
from echoic.curation.lexicon import Lexicon
from echoic.curation.taxonomy import taxonomy
from echoic.errors import BadRecord, NoData
from echoic.question import Question
from echoic.records import canonical, digest

FAMILIES = (
    rhyme, syllables, homophones, minimal_pairs, phonemes, focus, speech, keys, intervals, scales,
    chords, metre, tuning, instruments, spatial, noise, distortion, depth, levels, coding, waves,
    decibels, hearing, sampling, spectral, filters, rooms, recording,
)  # fmt: skip
PER_SUBCATEGORY = 20
TRIES = 3000  # draws without a new question after which a generator counts as exhausted
SOURCE = "computed: "


@cache
def generators() -> dict[str, Generator]:
    """Every generator by name, in the order of the families."""
    found = [generator for family in FAMILIES for generator in family.GENERATORS]
    repeated = [name for name, n in Counter(g.name for g in found).items() if n > 1]
    assert not repeated, repeated
    return {generator.name: generator for generator in found}


def by_subcategory() -> dict[str, tuple[Generator, ...]]:
    """Subcategory -> its generators, in the taxonomy's order."""
    groups: dict[str, list[Generator]] = defaultdict(list)
    for generator in generators().values():
        groups[generator.subcategory].append(generator)
    known = [sub.name for sub in taxonomy().subcategories]
    return {name: tuple(groups[name]) for name in known if name in groups}


def stream(seed: int, name: str) -> Rng:
    """The random stream of one generator or category."""
    words = np.frombuffer(hashlib.sha256(name.encode()).digest(), dtype=np.uint32)
    return np.random.default_rng([seed, *words.tolist()])


def compute(
    lexicon: Lexicon,
    *,
    seed: int = 0,
    per_subcategory: int = PER_SUBCATEGORY,
    progress: Callable[[int, int], None] | None = None,
) -> list[Question]:
    """`per_subcategory` questions of every computed subcategory, sorted by id.

    The same seed gives the same set, another seed a fresh one of the same kinds. Raises NoData
    when a subcategory cannot yield so many different questions.
    """
    groups = by_subcategory()
    questions: list[Question] = []
    for done, (subcategory, makers) in enumerate(groups.items()):
        if progress:
            progress(done, len(groups))
        questions += draw_subcategory(lexicon, subcategory, makers, seed, per_subcategory)
    if progress:
        progress(len(groups), len(groups))
    return sorted(_positioned(questions, seed), key=lambda question: question.id)


def draw_subcategory(
    lexicon: Lexicon, name: str, makers: Sequence[Generator], seed: int, wanted: int
) -> list[Question]:
    """`wanted` questions of one subcategory, the key first.

    Turns go round the generators; one that is exhausted leaves its share to the others. Raises
    NoData when all are.
    """
    streams = [_questions(maker, lexicon, stream(seed, maker.name)) for maker in makers]
    rounds = zip_longest(*streams)
    found = [q for turn in _until(rounds, wanted) for q in turn if q is not None][:wanted]
    if len(found) < wanted:
        raise NoData(
            f"{name}: only {len(found)} different questions can be computed, not {wanted}; "
            "lower --per-subcategory"
        )
    return found


def _until(
    rounds: Iterator[tuple[Question | None, ...]], wanted: int
) -> Iterator[tuple[Question | None, ...]]:
    count = 0
    for turn in rounds:
        yield turn
        count += sum(question is not None for question in turn)
        if count >= wanted:
            return


def _questions(generator: Generator, lexicon: Lexicon, rng: Rng) -> Iterator[Question]:
    """Different questions of one generator; wordings take turns. The key stands first."""
    seen: set[str] = set()
    misses = 0
    wording = int(rng.integers(len(generator.wordings)))
    while misses < TRIES:
        drawn = generator.draw(rng, lexicon)
        question = _question(generator, drawn, wording, lexicon) if drawn else None
        if drawn is None or question is None or not seen.isdisjoint(_marks(drawn)):
            misses += 1
            continue
        seen |= _marks(drawn)
        misses = 0
        wording = (wording + 1) % len(generator.wordings)
        yield question


def _marks(drawn: Pick) -> set[str]:
    """What two questions of one generator must not have in common."""
    if drawn.words:  # the same word as the key, or the same words in the stem
        stem = sorted(str(v) for v in drawn.given.values() if v in drawn.words)
        return {canonical(stem)} if stem else {drawn.key}
    return {canonical(dict(drawn.given))}


def _question(generator: Generator, drawn: Pick, wording: int, lexicon: Lexicon) -> Question | None:
    """A question with the key first; None when the sources do not settle every option."""
    options = (drawn.key, *drawn.distractors)
    if len(options) != OPTIONS or not distinguishable(options):
        return None
    subcategory = taxonomy()[generator.subcategory]
    stem = render(generator.wordings[wording], drawn.given)
    question = Question(
        id=f"akb-open-computed-{subcategory.slug}-{digest([stem, sorted(options)])[:8]}",
        stem=stem,
        options=options,
        answer=0,
        category=subcategory.category,
        subcategory=subcategory.name,
        source=SOURCE + generator.name,
        evidence=build_evidence(generator, wording, drawn, lexicon),
    )
    return question if not sound(generator, question) else None


def _positioned(questions: Sequence[Question], seed: int) -> Iterator[Question]:
    """Keys on A-D equally often in every category (and as evenly as can be in subcategories)."""
    groups: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        groups[question.category].append(question)
    for category, group in groups.items():
        rng = stream(seed, f"positions of {category}")
        ordered = sorted(group, key=lambda q: (q.subcategory, q.id))
        for start in range(0, len(ordered), OPTIONS):
            block = ordered[start : start + OPTIONS]
            for question, answer in zip(block, rng.permutation(OPTIONS).tolist(), strict=False):
                rest = [question.options[int(at)] for at in 1 + rng.permutation(OPTIONS - 1)]
                rest.insert(answer, question.gold)
                yield replace(question, options=tuple(rest), answer=answer)


def is_computed(question: Question) -> bool:
    """Whether the key follows from data or arithmetic."""
    return question.source.startswith(SOURCE)


def recompute(question: Question) -> bool:
    """Whether the evidence gives this stem, this key and no other option.

    Raises BadRecord when the question has no evidence or names an unknown generator.
    """
    return not fault(question)


def fault(question: Question) -> str:
    """Why `recompute` fails, or "". Raises BadRecord as `recompute` does."""
    name = question.evidence.get("generator")
    if name not in generators():
        raise BadRecord(f"{question.id}: no generator {name!r}; its key cannot be recomputed")
    try:
        return sound(generators()[name], question)
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError) as error:
        return f"the evidence is incomplete or malformed: {error!r}"
