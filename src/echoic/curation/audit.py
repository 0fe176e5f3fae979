"""Checks of a question set that need no model: positions, lengths, duplicates, evidence.

They run on anybody's set. What cannot be checked (a set without computed questions) is said.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import binomtest, chisquare

from echoic.curation.compute import SOURCE, fault
from echoic.curation.computed.base import distinguishable, tokens
from echoic.errors import NoData
from echoic.question import LETTERS, Question

LEVEL = 0.01
"""A deviation is reported when chance alone would make one as large in 1 of 100 sets."""


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, what was found, and whether that is all right."""

    check: str
    ok: bool
    text: str


def audit(questions: Sequence[Question]) -> list[Finding]:
    """All checks, in a fixed order. Raises NoData when there is no question."""
    if not questions:
        raise NoData("nothing to audit: the set holds no question")
    return [
        *(_positions(name, group) for name, group in _by_category(questions).items()),
        _longest(questions),
        _duplicate_options(questions),
        _same_words(questions),
        _duplicate_questions(questions),
        _evidence(questions),
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
    computed = [question for question in questions if question.source.startswith(SOURCE)]
    if not computed:
        return Finding("keys recomputed from evidence", True, "no computed question in this set")
    wrong = [(q.id, why) for q in computed if (why := fault(q))]
    text = f"{len(computed) - len(wrong)} of {len(computed)} computed questions"
    if wrong:
        text += f"; {wrong[0][0]}: {wrong[0][1]}"
    return Finding("keys recomputed from evidence", not wrong, text)
