"""Checks of a question set that ask no model: positions, lengths, duplicates, cues, evidence.

They run on anybody's set. What cannot be checked (a set without computed questions, a package that
is not installed) is said.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from scipy.stats import binomtest, chisquare

from echoic.curation.compute import fault, is_computed
from echoic.curation.computed.base import distinguishable, tokens
from echoic.curation.cues import FOLDS, guessed_share
from echoic.curation.similar import similar_pairs
from echoic.errors import MissingExtra, NoData
from echoic.question import LETTERS, Question

LEVEL = 0.01
"""A deviation is reported when chance alone would make one as large in 1 of 100 sets."""

MAX_LENGTH_SHIFT = 0.05
MANY = 200  # questions from which mean lengths say something
MAX_STEM_WORDS, MAX_OPTION_WORDS = 80, 25
MIN_WORDINGS = 4  # of a computed subcategory
ABSENT = re.compile(
    r"\b(?:this|the (?:above|following|attached|given)|above|below) "
    r"(?:clip|recording|audio|sound file|figure|picture|image|passage|excerpt|table)\b"
    r"|\blisten to\b.*\band (?:choose|select|answer)\b",
    re.IGNORECASE,
)
"""What a question without a clip cannot point to."""


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, what was found, and whether that is all right."""

    check: str
    ok: bool
    text: str


def audit(questions: Sequence[Question], *, quick: bool = False) -> list[Finding]:
    """All checks, in a fixed order; `quick` leaves out the classifier and the sentence encoder.

    Raises NoData when there is no question.
    """
    if not questions:
        raise NoData("nothing to audit: the set holds no question")
    return [
        *(_positions(name, group) for name, group in _by_category(questions).items()),
        _longest(questions),
        _mean_length(questions),
        _duplicate_options(questions),
        _same_words(questions),
        _duplicate_questions(questions),
        _context(questions),
        _readable(questions),
        _evidence(questions),
        _wordings(questions),
        *([] if quick else [_alike(questions), _guessed(questions)]),
    ]


def _by_category(questions: Sequence[Question]) -> dict[str, list[Question]]:
    groups: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        groups[question.category].append(question)
    return dict(sorted(groups.items()))


def key_positions(questions: Sequence[Question]) -> dict[str, int]:
    """Letter -> number of keys, over all letters that the questions offer."""
    counts = Counter(question.answer for question in questions)
    width = max(len(question.options) for question in questions)
    return {LETTERS[at]: counts[at] for at in range(width)}


def _positions(category: str, questions: Sequence[Question]) -> Finding:
    counts = key_positions(questions)
    shown = " ".join(f"{letter} {count}" for letter, count in counts.items())
    expected = [
        sum(1 / len(q.options) for q in questions if at < len(q.options))
        for at in range(len(counts))
    ]
    ok = chisquare(list(counts.values()), expected).pvalue >= LEVEL
    return Finding(f"key positions in {category}", bool(ok), shown)


def longest_share(questions: Sequence[Question]) -> float:
    """Expected share of questions won by choosing a longest option, ties broken at random."""
    won = 0.0
    for question in questions:
        lengths = [len(option) for option in question.options]
        if lengths[question.answer] == max(lengths):
            won += 1 / lengths.count(max(lengths))
    return won / len(questions)


def _longest(questions: Sequence[Question]) -> Finding:
    share = longest_share(questions)
    chance = sum(1 / len(q.options) for q in questions) / len(questions)
    n = len(questions)
    ok = binomtest(round(share * n), n, chance).pvalue >= LEVEL
    text = f"{100 * share:.1f}% of keys, chance {100 * chance:.1f}%"
    return Finding("longest option is the key", bool(ok), text)


def length_shift(questions: Sequence[Question]) -> float:
    """Mean length of keys over that of the other options, less 1."""
    keys = [len(question.gold) for question in questions]
    others = [
        len(option)
        for question in questions
        for at, option in enumerate(question.options)
        if at != question.answer
    ]
    return sum(keys) / len(keys) / (sum(others) / len(others)) - 1


def _mean_length(questions: Sequence[Question]) -> Finding:
    shift = length_shift(questions)
    ok = len(questions) < MANY or abs(shift) <= MAX_LENGTH_SHIFT
    return Finding("mean length of keys", ok, f"{100 * shift:+.1f}% against other options")


def _listed(ids: Sequence[str]) -> str:
    return "none" if not ids else f"{len(ids)}: {', '.join(ids[:3])}{'…' if ids[3:] else ''}"


def _duplicate_options(questions: Sequence[Question]) -> Finding:
    found = [
        q.id for q in questions if len({o.strip().lower() for o in q.options}) < len(q.options)
    ]
    return Finding("equal options in a question", not found, _listed(found))


def _same_words(questions: Sequence[Question]) -> Finding:
    """Options that order-blind matching cannot tell apart (empty word sets are not counted)."""
    found = [
        q.id
        for q in questions
        if not distinguishable(q.options) and all(tokens(option) for option in q.options)
    ]
    return Finding("options with the same words", not found, _listed(found))


def _duplicate_questions(questions: Sequence[Question]) -> Finding:
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    found = []
    for question in questions:
        mark = (question.clip, question.stem.strip().lower(), tuple(sorted(question.options)))
        if mark in seen:
            found.append(question.id)
        seen.add(mark)
    return Finding("repeated questions", not found, _listed(found))


def _evidence(questions: Sequence[Question]) -> Finding:
    computed = [question for question in questions if is_computed(question)]
    if not computed:
        return Finding("keys recomputed from evidence", True, "no computed question in this set")
    wrong = [(q.id, why) for q in computed if (why := fault(q))]
    text = f"{len(computed) - len(wrong)} of {len(computed)} computed questions"
    if wrong:
        text += f"; {wrong[0][0]}: {wrong[0][1]}"
    return Finding("keys recomputed from evidence", not wrong, text)


def _context(questions: Sequence[Question]) -> Finding:
    found = [q.id for q in questions if not q.clip and ABSENT.search(q.stem)]
    return Finding("stems that point to what is not there", not found, _listed(found))


def _readable(questions: Sequence[Question]) -> Finding:
    words = [len(question.stem.split()) for question in questions]
    found = [
        question.id
        for question, count in zip(questions, words, strict=True)
        if count > MAX_STEM_WORDS
        or max(len(option.split()) for option in question.options) > MAX_OPTION_WORDS
    ]
    text = f"too long: {_listed(found)}; stems of {median(words):.0f} words, at most {max(words)}"
    return Finding("length of stems and options", not found, text)


def _wordings(questions: Sequence[Question]) -> Finding:
    groups: dict[str, set[tuple[str, int]]] = defaultdict(set)
    counts: Counter[str] = Counter()
    for question in questions:
        if is_computed(question) and question.evidence:
            told = question.evidence
            groups[question.subcategory].add(
                (str(told.get("generator")), int(told.get("wording", 0)))
            )
            counts[question.subcategory] += 1
    few = [name for name, kinds in groups.items() if len(kinds) < min(MIN_WORDINGS, counts[name])]
    text = f"fewer than {MIN_WORDINGS}: {_listed(few)}" if groups else "no computed question"
    return Finding("wordings of computed subcategories", not few, text)


def _alike(questions: Sequence[Question]) -> Finding:
    """Pairs of which at least one was written by somebody."""
    name = "questions that ask nearly the same"
    computed = {question.id for question in questions if is_computed(question)}
    if len(computed) == len(questions):
        return Finding(name, True, "all are computed and differ in evidence")
    try:
        pairs = similar_pairs(questions)
    except MissingExtra as error:
        return Finding(name, True, f"not checked: {error}")
    found = [f"{p.first} and {p.second}" for p in pairs if not {p.first, p.second} <= computed]
    return Finding(name, not found, _listed(found))


def _guessed(questions: Sequence[Question]) -> Finding:
    """A classifier that reads the options only, held to chance."""
    name = "keys guessed from the options alone"
    if len(questions) < FOLDS * 2:
        return Finding(name, True, "not checked: too few questions")
    try:
        share = guessed_share(questions)
    except MissingExtra as error:
        return Finding(name, True, f"not checked: {error}")
    chance = sum(1 / len(q.options) for q in questions) / len(questions)
    n = len(questions)
    ok = binomtest(round(share * n), n, chance, alternative="greater").pvalue >= LEVEL
    return Finding(name, bool(ok), f"{100 * share:.1f}%, chance {100 * chance:.1f}%")
