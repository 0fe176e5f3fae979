"""What can be guessed from the options alone: an options-only classifier, held to chance.

Every option becomes a row: its place, its length and rank of length among the options, character
and word n-grams, and words shared with the other options. A logistic regression learns which rows
are keys on four fifths of the questions and points at one option of each in the last fifth.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from echoic.curation.computed.base import tokens
from echoic.errors import NoData
from echoic.models.needs import need
from echoic.question import Question

FOLDS = 5


def key_margins(questions: Sequence[Question], seed: int = 0) -> NDArray[np.float64]:
    """(questions,) how far the key's score lies above the best other option's, out of fold.

    Above 0 the classifier would choose the key. Raises NoData with too few questions for five
    folds, MissingExtra without scikit-learn.
    """
    if len(questions) < FOLDS * 2:
        raise NoData(f"{len(questions)} questions are too few to train a classifier on")
    folds = need("sklearn.model_selection", "bench").KFold(FOLDS, shuffle=True, random_state=seed)
    owners = np.repeat(np.arange(len(questions)), [len(q.options) for q in questions])
    is_key = np.concatenate(
        [[at == q.answer for at in range(len(q.options))] for q in questions]
    ).astype(int)
    texts = [option for q in questions for option in q.options]
    numbers = np.concatenate([_numbers(question) for question in questions])  # (options, features)
    scores = np.zeros(len(owners))
    with need("threadpoolctl", "bench").threadpool_limits(1):  # small products: threads only spin
        for train, test in folds.split(np.arange(len(questions))):
            fit, held = np.isin(owners, train), np.isin(owners, test)
            scores[held] = _scores(texts, numbers, is_key, fit, held)
    margins = np.zeros(len(questions))
    for index in range(len(questions)):
        mine, keys = scores[owners == index], is_key[owners == index].astype(bool)
        margins[index] = mine[keys][0] - mine[~keys].max()
    return margins


def _scores(
    texts: Sequence[str],
    numbers: NDArray[np.float64],
    is_key: NDArray[np.int_],
    fit: NDArray[np.bool_],
    held: NDArray[np.bool_],
) -> NDArray[np.float64]:
    text = need("sklearn.feature_extraction.text", "bench")
    linear = need("sklearn.linear_model", "bench")
    scaler = need("sklearn.preprocessing", "bench").StandardScaler().fit(numbers[fit])
    blocks = []
    for analyzer, sizes in (("char_wb", (2, 4)), ("word", (1, 2))):
        grams = text.TfidfVectorizer(analyzer=analyzer, ngram_range=sizes, min_df=2)
        grams.fit([one for one, used in zip(texts, fit, strict=True) if used])
        blocks.append(grams.transform(texts))
    rows = sparse.hstack([*blocks, scaler.transform(numbers)]).tocsr()
    model = linear.LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced")
    model.fit(rows[fit], is_key[fit])
    found: NDArray[np.float64] = model.decision_function(rows[held])
    return found


def _numbers(question: Question) -> NDArray[np.float64]:
    """(options, features): place, length, its rank and share, words shared with other options."""
    lengths = np.array([len(option) for option in question.options], float)
    sets = [set(tokens(option)) for option in question.options]
    rows = []
    for at, length in enumerate(lengths):
        others = [words for place, words in enumerate(sets) if place != at]
        shared = sum(len(sets[at] & words) for words in others) / (1 + len(sets[at]))
        rows.append(
            [
                *(float(at == place) for place in range(4)),
                length,
                length / lengths.mean(),
                float(length == lengths.max()),
                float(length == lengths.min()),
                shared,
            ]
        )
    return np.array(rows)


def guessed_share(questions: Sequence[Question], seed: int = 0) -> float:
    """Share of questions whose key the classifier finds without the stem; chance is a quarter."""
    return float((key_margins(questions, seed) > 0).mean())
