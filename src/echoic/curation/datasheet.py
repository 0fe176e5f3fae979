"""What a set says of itself: how it was made, who read it, what was rejected.

The text follows from questions and judgements alone, so that it cannot promise a review that did
not happen.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from echoic.curation.assemble import UNCLEAR, WRONG, Assembled
from echoic.curation.audit import key_positions
from echoic.curation.compute import is_computed
from echoic.curation.judgements import HUMAN, MODEL, Judgement, by_question
from echoic.curation.planted import CAUGHT, Batch, counting, found_share
from echoic.curation.taxonomy import Taxonomy
from echoic.question import Question

Reviews = Sequence[tuple[Sequence[Batch], Sequence[Judgement]]]
"""Folders of reviews: their batches, and all judgements in them."""


def datasheet(
    made: Assembled,
    candidates: Sequence[Question],
    reviews: Reviews,
    taxonomy: Taxonomy,
    *,
    name: str,
    version: str,
    content_hash: str,
) -> str:
    """The datasheet of an assembled set as Markdown; `content_hash` is that of the set's file."""
    counted = [judgement for folder in reviews for judgement in counting(*folder)]
    computed = sum(map(is_computed, made.questions))
    total = len(made.questions)
    letters = ", ".join(f"{k} {n}" for k, n in key_positions(made.questions).items())
    return "\n".join(
        [
            f"# {name} {version}: datasheet",
            "",
            "Built after the method of AKB-2000 (arXiv:2603.19195); **these are not the authors' "
            "questions**, and scores on the two sets must never share a column. "
            f"{_origin(made.questions, counted)} Agreement of models filters out hard items and "
            "those on which models err alike, so scores on what is left flatter models, above "
            "all relatives of the writers and readers.",
            "",
            "| | |",
            "|---|---|",
            f"| questions | {total}: {computed} computed, {total - computed} written |",
            f"| keys | {letters} |",
            f"| content hash (SHA-256) | `{content_hash}` |",
            f"| writers of written questions | {_writers(made.questions)} |",
            *_readers(reviews),
            "",
            "## Questions and rejections by subcategory",
            "",
            "Written candidates that were read at least twice, the share of them that a reader "
            "answered otherwise or objected to, and what is in the set.",
            "",
            "| category | subcategory | read | rejected | computed | written |",
            "|---|---|---|---|---|---|",
            *_rows(made, candidates, counted, taxonomy),
            "",
        ]
    )


def _origin(questions: Sequence[Question], counted: Sequence[Judgement]) -> str:
    """Who stands behind the keys, and what people have seen of them."""
    people = {
        question
        for question, judgements in by_question(questions, counted).items()
        if any(judgement.kind == HUMAN for judgement in judgements)
    }
    human = f"of {len(people)} questions" if people else "none yet"
    return (
        "Keys are computed from data or arithmetic, or were found by two or more blind readers, "
        f"none of whom objected. Human review: **{human}**; how to add it: docs/review.md."
    )


def _writers(questions: Sequence[Question]) -> str:
    """From the evidence of generated questions; others say in their source where they are from."""
    names = Counter(
        str(question.evidence.get("writer", "see the set's folder"))
        for question in questions
        if not is_computed(question)
    )
    return ", ".join(f"{name} ({count})" for name, count in sorted(names.items())) or "none"


def _readers(reviews: Reviews) -> list[str]:
    """One row for each reader and folder."""
    rows = []
    for number, (batches, judgements) in enumerate(reviews, 1):
        kinds = {judgement.reviewer: judgement.kind for judgement in judgements}
        for reader, kind in sorted(kinds.items()):
            mine = [judgement for judgement in judgements if judgement.reviewer == reader]
            shares = [
                share
                for batch in batches
                for name, share in found_share(batch, mine).items()
                if name == reader
            ]
            good = sum(share >= CAUGHT for share in shares)
            what = "model" if kind == MODEL else "person"
            rows.append(
                f"| reader {reader} ({what}), round {number} | {len(mine)} judgements; {good} of "
                f"{len(shares)} batches count; found {100 * sum(shares) / len(shares):.0f} % of "
                "planted faults |"
            )
    return rows


def _rows(
    made: Assembled,
    candidates: Sequence[Question],
    counted: Sequence[Judgement],
    taxonomy: Taxonomy,
) -> list[str]:
    read = by_question(candidates, counted)
    twice: Counter[str] = Counter(
        question.subcategory
        for question in candidates
        if len(read.get(question.id, [])) > 1 and not is_computed(question)
    )
    chosen = Counter((q.subcategory, is_computed(q)) for q in made.questions)
    rows = []
    for sub in taxonomy.subcategories:
        reasons: Mapping[str, int] = made.left_out.get(sub.name, {})
        rejected = reasons.get(WRONG, 0) + reasons.get(UNCLEAR, 0)
        share = f"{rejected} ({100 * rejected / twice[sub.name]:.0f} %)" if twice[sub.name] else "-"
        rows.append(
            f"| {sub.category} | {sub.name} | {twice[sub.name]} | {share} "
            f"| {chosen[sub.name, True]} | {chosen[sub.name, False]} |"
        )
    return rows
