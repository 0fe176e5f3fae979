"""What is odd about a benchmark with clips, question by question.

Published benchmarks have such oddities and are asked with them: equal options (the twin of the
right one counts as right), an empty option, a question twice. What cannot be asked is a fault: a
right answer that is none of the options, too few options, audio that is missing, empty or cannot
be decoded.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.sound import MISSING, clip_faults
from echoic.question import LETTERS, Question

EQUAL, EQUAL_GOLD = "equal options", "equal options, the right one among them"
EMPTY_OPTION, REPEATED = "an empty option", "asked before"


@dataclass(frozen=True)
class Oddity:
    """One finding: the question (or clip), what kind, what stands there, whether it bars asking."""

    id: str
    kind: str
    detail: str
    fault: bool


def audit_clips(
    benchmark: Benchmark,
    *,
    audio: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> list[Oddity]:
    """Every oddity, kind by kind; without `audio` the clips are not looked at.

    Clips are decoded in parallel; `progress` is told (done, all).
    """
    found = [
        *(Oddity(one.id, one.reason, one.detail, True) for one in benchmark.unasked),
        *_equal_options(benchmark.questions),
        *_empty_options(benchmark.questions),
        *_repeated(benchmark.questions),
    ]
    if audio:
        found += _unheard(benchmark, progress)
    return found


def by_kind(oddities: Sequence[Oddity]) -> dict[str, list[Oddity]]:
    """Kind -> its oddities, in order of first appearance."""
    groups: dict[str, list[Oddity]] = defaultdict(list)
    for oddity in oddities:
        groups[oddity.kind].append(oddity)
    return dict(groups)


def record(benchmark: Benchmark, oddities: Sequence[Oddity]) -> dict[str, Any]:
    """The audit as a JSON object."""
    return {
        "benchmark": benchmark.name,
        "version": benchmark.version or "unknown",
        "version_hash": benchmark.version_hash,
        "questions": len(benchmark.questions),
        "not_askable": len(benchmark.unasked),
        "clips": len(benchmark.clips),
        "findings": [asdict(oddity) for oddity in oddities],
    }


def _equal_options(questions: Sequence[Question]) -> Iterator[Oddity]:
    for question in questions:
        texts = [text.strip().lower() for text in question.options]
        twins = [LETTERS[at] for at, text in enumerate(texts) if texts.count(text) > 1]
        if twins:
            gold = question.keyed and texts.count(question.gold.strip().lower()) > 1
            shown = " | ".join(question.options)
            kind = EQUAL_GOLD if gold else EQUAL
            yield Oddity(question.id, kind, f"{' '.join(twins)} of {shown}", False)


def _empty_options(questions: Sequence[Question]) -> Iterator[Oddity]:
    for question in questions:
        empty = [LETTERS[at] for at, text in enumerate(question.options) if not text.strip()]
        if empty:
            shown = " | ".join(question.options)
            yield Oddity(question.id, EMPTY_OPTION, f"{' '.join(empty)} of {shown}", False)


def _repeated(questions: Sequence[Question]) -> Iterator[Oddity]:
    """Questions with the clip, stem and options (in any order) of an earlier one."""
    seen: dict[tuple[str, str, tuple[str, ...]], str] = {}
    for question in questions:
        options = tuple(sorted(text.strip().lower() for text in question.options))
        first = seen.setdefault((question.clip, question.stem.lower(), options), question.id)
        if first != question.id:
            yield Oddity(question.id, REPEATED, f"as {first}", False)


def _unheard(benchmark: Benchmark, progress: Callable[[int, int], None] | None) -> Iterator[Oddity]:
    faults = clip_faults(benchmark.folder, benchmark.clips, progress)
    if len(faults) == len(benchmark.clips) and {kind for kind, _ in faults.values()} == {MISSING}:
        where = f"all {len(faults)} clips; the audio is not at {benchmark.folder}"
        yield Oddity(benchmark.clips[0], MISSING, where, True)
        return
    for question in benchmark.questions:
        if question.clip in faults:
            kind, detail = faults[question.clip]
            yield Oddity(question.id, kind, detail, True)
