"""Stress & Emphasis: which word of a sentence is stressed, and what that implies.

The rule is question-answer congruence (Rooth 1992, and any textbook of intonation): the stressed
constituent is the one that answers the question, or that the speaker contrasts with another.
Sentences are built from frames with five slots; each slot has its question, its alternative and
its correction, so that the key follows from the stressed slot.
"""

from typing import Any

from echoic.curation.computed.base import Evidence, Generator, Given, Pick, Rng, pick, sample
from echoic.curation.lexicon import Lexicon

STRESS = "Stress & Emphasis"
NAMES = ("Anna", "David", "Maria", "Omar", "Lena", "Victor", "Nadia", "Peter", "Sofia", "Daniel")
DAYS = ("Monday", "Tuesday", "Thursday", "Friday", "Sunday")

# past verb, its base form, an alternative; adjectives; nouns. Any combination makes sense.
FRAMES: tuple[tuple[tuple[str, str, str], tuple[str, ...], tuple[str, ...]], ...] = (
    (("bought", "buy", "rented"), ("red", "blue", "green"), ("bicycle", "canoe", "guitar")),
    (("painted", "paint", "repaired"), ("small", "large", "old"), ("cupboard", "table", "chair")),
    (("lost", "lose", "sold"), ("silver", "golden", "leather"), ("bracelet", "belt", "purse")),
    (("cleaned", "clean", "moved"), ("wooden", "metal", "plastic"), ("bench", "ladder", "shelf")),
    (("baked", "bake", "ordered"), ("large", "round", "sweet"), ("cake", "tart", "pudding")),
    (("read", "read", "wrote"), ("short", "long", "funny"), ("letter", "poem", "report")),
    (("washed", "wash", "ironed"), ("white", "black", "yellow"), ("shirt", "jacket", "scarf")),
    (("borrowed", "borrow", "broke"), ("new", "heavy", "cheap"), ("camera", "printer", "lamp")),
    (("cooked", "cook", "tasted"), ("spicy", "thick", "creamy"), ("soup", "stew", "sauce")),
    (("planted", "plant", "watered"), ("tall", "tiny", "rare"), ("rose", "fern", "palm")),
)
SLOTS = ("who", "verb", "adjective", "noun", "day")


def _scene(rng: Rng) -> dict[str, Any]:
    """Words for every slot and for its alternative ("other_...")."""
    verb, adjectives, nouns = pick(rng, FRAMES)
    who, other_who = sample(rng, NAMES, 2)
    day, other_day = sample(rng, DAYS, 2)
    adjective, other_adjective = sample(rng, adjectives, 2)
    noun, other_noun = sample(rng, nouns, 2)
    return {
        "who": who, "verb": verb[0], "base": verb[1], "adjective": adjective, "noun": noun,
        "day": day, "other_who": other_who, "other_verb": verb[2],
        "other_adjective": other_adjective, "other_noun": other_noun, "other_day": other_day,
    }  # fmt: skip


def _sentence(scene: Given, slot: str = "") -> str:
    words = {name: scene[name].upper() if name == slot else scene[name] for name in SLOTS}
    return "{who} {verb} the {adjective} {noun} on {day}".format(**words)


def questions(scene: Given) -> dict[str, str]:
    """Slot -> the question that stress on it answers."""
    return {
        "who": f"Who {scene['verb']} the {scene['adjective']} {scene['noun']} on {scene['day']}?",
        "verb": f"What did {scene['who']} do with the {scene['adjective']} {scene['noun']}?",
        "adjective": f"Which {scene['noun']} did {scene['who']} {scene['base']} on {scene['day']}?",
        "noun": f"What did {scene['who']} {scene['base']} on {scene['day']}?",
        "day": f"When did {scene['who']} {scene['base']} the {scene['adjective']} {scene['noun']}?",
    }


def corrections(scene: Given) -> dict[str, str]:
    """Slot -> the mistaken belief that stress on it corrects."""
    return {slot: f"That {misheard(scene, slot)}" for slot in SLOTS}


def misheard(scene: Given, slot: str) -> str:
    """The sentence with one slot replaced by its alternative."""
    return _sentence({**scene, slot: scene[f"other_{slot}"]})


def _stressed(rng: Rng) -> tuple[dict[str, Any], str, tuple[str, ...]]:
    scene = _scene(rng)
    slots = sample(rng, SLOTS, 4)
    scene |= {"slot": slots[0], "stressed": scene[slots[0]].upper()}
    scene["sentence"] = _sentence(scene, slots[0])
    return scene, slots[0], tuple(slots[1:])


def draw_question(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A sentence with one word in capitals; the question that it answers."""
    scene, slot, wrong = _stressed(rng)
    texts = questions(scene)
    why = f"the stressed {scene['stressed']} is what the question asks for"
    return Pick(scene, texts[slot], tuple(texts[other] for other in wrong), why)


def holds_question(evidence: Evidence, option: str) -> bool | None:
    """The option asks for the stressed word."""
    return _rendered(evidence) and option == questions(evidence.given)[evidence.given["slot"]]


def draw_correction(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A sentence with one word in capitals; the belief that it corrects."""
    scene, slot, wrong = _stressed(rng)
    texts = corrections(scene)
    why = f"the stressed {scene['stressed']} stands against {scene[f'other_{slot}']}"
    return Pick(scene, texts[slot], tuple(texts[other] for other in wrong), why)


def holds_correction(evidence: Evidence, option: str) -> bool | None:
    """The option replaces the stressed word."""
    return _rendered(evidence) and option == corrections(evidence.given)[evidence.given["slot"]]


def _rendered(evidence: Evidence) -> bool:
    scene = evidence.given
    return bool(scene["sentence"] == _sentence(scene, scene["slot"]))


def draw_word(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A misheard sentence and what was meant; the word that is stressed in the repetition."""
    scene = _scene(rng)
    slots = sample(rng, SLOTS, 4)
    scene |= {"slot": slots[0], "heard": misheard(scene, slots[0])}
    scene["sentence"] = _sentence(scene)
    why = f"{scene[slots[0]]} is the word that was misheard"
    return Pick(scene, scene[slots[0]], tuple(scene[other] for other in slots[1:]), why)


def holds_word(evidence: Evidence, option: str) -> bool | None:
    """The option is the word in which the two sentences differ."""
    scene = evidence.given
    fits = scene["heard"] == misheard(scene, scene["slot"])
    fits = fits and _sentence(scene) == scene["sentence"]
    return bool(fits and option == scene[scene["slot"]])


GENERATORS = (
    Generator(
        "focus-question",
        STRESS,
        (
            "A speaker says “{sentence}”, with the main stress on the word in capitals. Which "
            "question does this answer most naturally?",
            "In the spoken sentence “{sentence}” the capitals mark the strongest stress. To which "
            "question is it the best reply?",
        ),
        draw_question,
        holds_question,
    ),
    Generator(
        "focus-correction",
        STRESS,
        (
            "A speaker corrects someone with “{sentence}”, stressing the word in capitals. What "
            "had the other person believed?",
            "“{sentence}” is spoken with contrastive stress on the word in capitals. Which belief "
            "does it reject?",
        ),
        draw_correction,
        holds_correction,
    ),
    Generator(
        "focus-word",
        STRESS,
        (
            "A listener misheard a sentence as “{heard}”. The speaker repeats what was really "
            "said: “{sentence}”. Which word will carry the contrastive stress?",
            "“I hear that {heard}”, says one person. “No: {sentence}”, says another. Which word "
            "does the second speaker stress most?",
        ),
        draw_word,
        holds_word,
    ),
)
