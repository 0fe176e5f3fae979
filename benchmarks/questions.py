"""Four-option questions for the benchmarks: simple, of real length, the same at every call."""

import argparse
import random
from pathlib import Path

from echoic.engine.ask import Prompt
from echoic.question import read_questions

SOUNDS = ("dog barking", "church bell", "steam train", "violin", "kettle boiling", "crying baby")
MANNERS = ("slow and quiet", "fast and loud", "at first far away, then close", "in short bursts")
ASKED = (
    ("Which sound comes first?", "first"),
    ("Which sound is heard last?", "last"),
    ("Which of these is the loudest?", "loudest"),
)


def arguments(description: str) -> argparse.Namespace:
    """The command line that all benchmarks of the engine share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", default="smollm2-135m-instruct", help="name, folder or hub id")
    parser.add_argument("--questions", type=int, default=60, metavar="N")
    parser.add_argument("--file", type=Path, help="JSONL of questions instead of generated ones")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--threads", type=int, help="torch's threads")
    return parser.parse_args()


def questions(count: int, file: Path | None = None) -> list[tuple[str, tuple[str, ...]]]:
    """`count` pairs of text and options; three generated ones in a row share a caption."""
    if file is not None:
        read = read_questions(file)[:count]
        return [(question.stem, question.options) for question in read]
    rng = random.Random(7)
    made = []
    for number in range(count):
        if number % len(ASKED) == 0:
            caption = _caption(rng)
        stem, _ = ASKED[number % len(ASKED)]
        made.append((f"{caption}\n\n{stem}", tuple(rng.sample(SOUNDS, 4))))
    return made


def _caption(rng: random.Random) -> str:
    """About 120 tokens."""
    heard = [f"a {sound}, {rng.choice(MANNERS)}" for sound in rng.sample(SOUNDS, 5)]
    spans = [f"[00:{at * 3:02d}-00:{at * 3 + 3:02d}] {text}" for at, text in enumerate(heard)]
    return f"Clip {rng.randrange(10**6)}. What is heard: " + "; ".join(spans) + "."


def listed(text: str, options: tuple[str, ...]) -> str:
    """A question with its options below it, lettered."""
    lines = [f"{letter}. {option}" for letter, option in zip("ABCDEFGH", options, strict=False)]
    return "\n".join([text, *lines])


def scored(asked: list[tuple[str, tuple[str, ...]]]) -> list[Prompt]:
    """Prompts whose options are scored."""
    return [
        Prompt(str(at), user=text, continuations=tuple(f" {option}" for option in options))
        for at, (text, options) in enumerate(asked)
    ]
