"""Relations between pronunciations that several families of questions share.

Each relation has two strengths. `sure_*` holds under a reading that the American sources share
and under a British one; `may_*` holds under any reading of any source, or after a common merger.
Keys are sure; distractors are not even possible; what lies between is not asked.
"""

import re
from collections.abc import Callable
from functools import cache
from itertools import product

from echoic.curation.lexicon import (
    Entry,
    Reading,
    any_american,
    any_british,
    broad,
    shared,
    stressed_syllable,
    vowel_spots,
)

Relation = Callable[[Reading, Reading], bool]

_VARIANTS = (
    ("our", "or"), ("re$", "er"), ("(i|y)s(e|ing|ed|ation)", r"\1z\2"), ("ogue$", "og"),
    ("ll", "l"), ("grey", "gray"), ("(c|s)e$", "e"), ("amme$", "am"), ("gement", "gment"),
    ("que$", "ck"), ("sk$", "sc"), ("rc$", "rk"), ("ey$", "y"), ("ium$", "um"),
)  # fmt: skip


HETERONYMS_TEXT = """
abuse advocate alternate animate appropriate articulate associate attribute bass bow close
combat compound conduct conflict console content contract contrast convert convict delegate
deliberate desert digest dove duplicate elaborate escort estimate excuse export extract graduate
house import incense increase insult intimate invalid isolate lead live minute moderate object
permit present produce progress project protest read rebel record refund refuse resume routed
row segment separate sewer sow subject suspect tear transfer upset use wind wound
"""
HETERONYMS = frozenset(HETERONYMS_TEXT.split())
"""Spellings with two pronunciations of different meaning or word class."""


@cache
def sure(relation: Relation, a: Entry, b: Entry) -> bool:
    """Whether the relation holds under shared American readings and under British ones."""
    american = any(relation(x, y) for x, y in product(shared(a), shared(b)))
    return american and any(relation(x, y) for x, y in product(any_british(a), any_british(b)))


def may(relation: Relation, a: Entry, b: Entry) -> bool:
    """Whether the relation holds under any pair of readings, mergers included."""
    ours, theirs = any_american(a), any_american(b)
    return (
        any(relation(x, y) for x, y in product(ours, theirs))
        or any(relation(x, y) for x, y in product(map(broad, ours), map(broad, theirs)))
        or any(relation(x, y) for x, y in product(any_british(a), any_british(b)))
    )


def verdict(
    relation: Relation, a: Entry, b: Entry, *, loose: Relation | None = None
) -> bool | None:
    """True when sure, False when impossible (under `loose` where given), None between."""
    if sure(relation, a, b):
        return True
    return None if may(loose or relation, a, b) else False


@cache
def one_reading(entry: Entry) -> Reading | None:
    """The single American reading, when every source gives that and no other."""
    if entry.word in HETERONYMS:
        return None
    readings = shared(entry)
    return next(iter(readings)) if len(readings) == 1 and readings == any_american(entry) else None


@cache
def tail(reading: Reading) -> Reading:
    """From the last stressed vowel to the end: what a perfect rhyme shares."""
    syllable = stressed_syllable(reading)
    return reading[vowel_spots(reading)[syllable - 1] :] if syllable else ()


def rhyme(a: Reading, b: Reading) -> bool:
    """Perfect rhyme: equal from the stressed vowel on, different before it."""
    if not tail(a) or tail(a) != tail(b):
        return False
    return a[: -len(tail(a))][-1:] != b[: -len(tail(b))][-1:]


def chimes(a: Reading, b: Reading) -> bool:
    """Anything a listener might call a rhyme: equal tails, or equal last syllables' rimes."""
    if tail(a) and tail(a) == tail(b):
        return True
    ends = [r[vowel_spots(r)[-1] :] for r in (a, b) if vowel_spots(r)]
    return len(ends) == 2 and _bare(ends[0]) == _bare(ends[1])


def same_sound(a: Reading, b: Reading) -> bool:
    """Homophony."""
    return a == b


def same_phones(a: Reading, b: Reading) -> bool:
    """Homophony but for stress and reduction: too close for a safe contrast."""
    return _bare(a) == _bare(b)


def _bare(reading: Reading) -> Reading:
    return tuple(phone.rstrip("01") for phone in reading)


def differing(a: Reading, b: Reading) -> tuple[int, ...] | None:
    """Where two readings of equal length differ, stress included; None for other lengths."""
    if len(a) != len(b):
        return None
    return tuple(at for at, (x, y) in enumerate(zip(a, b, strict=True)) if x != y)


def minimal(a: Reading, b: Reading) -> bool:
    """Minimal pair: exactly one phone replaced by another, with equal stress."""
    spots = differing(a, b)
    if spots is None or len(spots) != 1:
        return False
    x, y = a[spots[0]], b[spots[0]]
    return (x[-1] in "01") == (y[-1] in "01") and x.rstrip("01") != y.rstrip("01")


def within_one_edit(a: Reading, b: Reading) -> bool:
    """Equal, or one phone replaced, added or left out (stress ignored)."""
    a, b = _bare(a), _bare(b)
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) <= 1
    short, long = sorted((a, b), key=len)
    if len(long) - len(short) != 1:
        return False
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


def spelling_variants(a: str, b: str) -> bool:
    """Whether two spellings look like one word written in two ways (labor, labour)."""
    return any(re.sub(old, new, a) == re.sub(old, new, b) for old, new in _VARIANTS)


def shared_ending(a: str, b: str) -> int:
    """Number of final letters that two spellings share."""
    count = 0
    while count < min(len(a), len(b)) and a[-1 - count] == b[-1 - count]:
        count += 1
    return count
