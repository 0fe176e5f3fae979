"""Rhythm & Metre: note values, kinds of metre, durations at a tempo, polyrhythm."""

from math import lcm
from typing import Any

from echoic.curation.computed.base import Evidence, Generator, Pick, Rng, others, pick
from echoic.curation.computed.numeric import Unit, numeric, steps
from echoic.curation.lexicon import Lexicon

METRE = "Rhythm & Metre"
VALUES = {  # in quarter notes
    "whole note": 4.0, "dotted half note": 3.0, "half note": 2.0, "dotted quarter note": 1.5,
    "quarter note": 1.0, "dotted eighth note": 0.75, "eighth note": 0.5,
    "quarter-note triplet note": 2 / 3, "eighth-note triplet note": 1 / 3, "sixteenth note": 0.25,
}  # fmt: skip
KINDS = {
    (2, "simple"): ("2/4", "2/2", "2/8"), (3, "simple"): ("3/4", "3/8", "3/2"),
    (4, "simple"): ("4/4", "4/8", "4/2"), (2, "compound"): ("6/8", "6/4", "6/16"),
    (3, "compound"): ("9/8", "9/4", "9/16"), (4, "compound"): ("12/8", "12/4", "12/16"),
}  # fmt: skip
COUNT = {2: "duple", 3: "triple", 4: "quadruple"}
TEMPI = tuple(range(50, 181, 2))


def classify(signature: str) -> str:
    """ "9/8" -> "compound triple"."""
    for (beats, kind), signatures in KINDS.items():
        if signature in signatures:
            return f"{kind} {COUNT[beats]}"
    raise KeyError(signature)


_ALL = tuple(sorted({classify(s) for group in KINDS.values() for s in group}))
_SIGNATURES = tuple(s for group in KINDS.values() for s in group)


def draw_kind(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The class of a time signature."""
    signature = pick(rng, _SIGNATURES)
    key = classify(signature)
    return Pick({"signature": signature}, key, others(rng, _ALL, key), "the upper number")


def holds_kind(evidence: Evidence, option: str) -> bool | None:
    """The option is the class."""
    return classify(evidence.given["signature"]) == option


def draw_signature(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The time signature of a class."""
    key = pick(rng, _SIGNATURES)
    rest = [s for s in _SIGNATURES if classify(s) != classify(key)]
    wrong = others(rng, rest, key)
    return Pick({"kind": classify(key)}, key, wrong, f"{key} is {classify(key)}")


def holds_signature(evidence: Evidence, option: str) -> bool | None:
    """The option is of that class."""
    return bool(classify(option) == evidence.given["kind"])


def _bar(signature: str) -> float:
    """Length of a bar in quarter notes."""
    upper, lower = map(int, signature.split("/"))
    return upper * 4 / lower


def _fitting(rng: Rng) -> dict[str, Any] | None:
    signature = pick(rng, ("2/4", "3/4", "4/4", "5/4", "6/8", "9/8", "12/8", "7/8", "3/2", "6/4"))
    value = pick(rng, ("half note", "quarter note", "eighth note", "sixteenth note"))
    count = _bar(signature) / VALUES[value]
    if count != int(count) or count < 2:
        return None
    return {"signature": signature, "value": value}


GENERATORS = (
    Generator(
        "metre-kind",
        METRE,
        (
            "How is the time signature {signature} classified?",
            "A dance is notated in {signature}. What kind of metre is that?",
        ),
        draw_kind,
        holds_kind,
    ),
    Generator(
        "metre-signature",
        METRE,
        ("Which time signature is {kind} metre?",),
        draw_signature,
        holds_signature,
    ),
    numeric(
        "metre-duration",
        METRE,
        (
            "At {tempo} quarter-note beats per minute, how long does a {value} last?",
            "A delay effect should repeat after one {value} at a tempo of {tempo} quarter notes "
            "per minute. Which delay time is right?",
        ),
        given=lambda rng: {"tempo": pick(rng, TEMPI), "value": pick(rng, tuple(VALUES))},
        solve=lambda g: 60_000 / g["tempo"] * VALUES[g["value"]],
        show=Unit("ms"),
        formula="60,000 ms / {tempo} times the {value} in quarter notes",
        mistakes={
            "a quarter note": lambda g: 60_000 / g["tempo"],
            "tempo taken as a duration": lambda g: 10 * g["tempo"] * VALUES[g["value"]],
        },
    ),
    numeric(
        "metre-bar",
        METRE,
        (
            "How long does one bar of {signature} last at {tempo} quarter notes per minute?",
            "A loop of one bar in {signature} is recorded at a tempo of {tempo} quarter notes per "
            "minute. What is its duration?",
        ),
        given=lambda rng: {
            "tempo": pick(rng, TEMPI),
            "signature": pick(rng, ("2/4", "3/4", "4/4", "5/4", "6/8", "7/8", "9/8", "12/8")),
        },
        solve=lambda g: _bar(g["signature"]) * 60 / g["tempo"],
        show=Unit("s", 2),
        formula="bar of {signature} in quarter notes * 60 / {tempo}",
        mistakes={
            "the upper number of quarter notes": lambda g: (
                int(g["signature"].split("/")[0]) * 60 / g["tempo"]
            ),
            "always four beats": lambda g: 240 / g["tempo"],
            "one beat too few": lambda g: (_bar(g["signature"]) - 1) * 60 / g["tempo"],
            "one beat too many": lambda g: (_bar(g["signature"]) + 1) * 60 / g["tempo"],
        },
    ),
    numeric(
        "metre-fit",
        METRE,
        (
            "How many {value}s fill one bar of {signature}?",
            "One bar of {signature} contains nothing but {value}s. How many are there?",
        ),
        given=_fitting,
        solve=lambda g: _bar(g["signature"]) / VALUES[g["value"]],
        show=Unit(""),
        formula="bar of {signature} / one {value}",
        mistakes={
            "the upper number": lambda g: int(g["signature"].split("/")[0]),
            "as if in 4/4": lambda g: 4 / VALUES[g["value"]],
        },
        filler=steps(1, 2, 3, 4, 6),
        ratio=1.0,
        gap=1,
        low=0.5,
    ),
    numeric(
        "metre-polyrhythm",
        METRE,
        (
            "Two drummers share a bar: one plays {a} even strokes, the other {b}. What is the "
            "smallest number of equal subdivisions on which all their strokes fall?",
            "A polyrhythm of {a} against {b} is programmed on a step grid. What is the smallest "
            "number of equal steps that the cycle can have?",
        ),
        given=lambda rng: (
            {"a": a, "b": b}
            if (a := int(rng.integers(2, 13))) < (b := int(rng.integers(3, 17))) and b % a
            else None
        ),
        solve=lambda g: lcm(g["a"], g["b"]),
        show=Unit(""),
        formula="least common multiple of {a} and {b}",
        mistakes={
            "the product": lambda g: g["a"] * g["b"],
            "the sum": lambda g: g["a"] + g["b"],
            "the sum minus the common stroke": lambda g: g["a"] + g["b"] - 1,
            "twice the larger": lambda g: 2 * max(g["a"], g["b"]),
            "twice the product": lambda g: 2 * g["a"] * g["b"],
        },
    ),
    numeric(
        "metre-tempo",
        METRE,
        (
            "A piece of {bars} bars in {signature} lasts {seconds} seconds. What is the tempo in "
            "quarter notes per minute?",
            "{bars} bars of {signature} take {seconds} seconds to play. How many quarter notes per "
            "minute is that?",
        ),
        given=lambda rng: {
            "bars": pick(rng, (8, 12, 16, 20, 24, 32)),
            "signature": pick(rng, ("2/4", "3/4", "4/4", "5/4", "6/8")),
            "seconds": int(rng.integers(12, 91)),
        },
        solve=lambda g: g["bars"] * _bar(g["signature"]) * 60 / g["seconds"],
        show=Unit("beats per minute"),
        formula="{bars} bars of {signature} in quarter notes * 60 / {seconds}",
        mistakes={
            "as if in 4/4": lambda g: g["bars"] * 240 / g["seconds"],
            "as if in 3/4": lambda g: g["bars"] * 180 / g["seconds"],
        },
        low=44,
        high=260,
    ),
)
