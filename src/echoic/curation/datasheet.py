"""What a set says of itself: how it was made, who read it, what was rejected.

The text follows from questions and judgements alone, so that it cannot promise a review that did
not happen.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from echoic.curation.assemble import READERS, Assembled
from echoic.curation.audit import key_positions
from echoic.curation.compute import is_computed
from echoic.curation.judgements import HUMAN, MODEL, Judgement, by_question, shown
from echoic.curation.planted import CAUGHT, Batch, counting, found_share
from echoic.curation.taxonomy import Taxonomy
from echoic.question import Question

Reviews = Sequence[tuple[Sequence[Batch], Sequence[Judgement]]]
"""Folders of reviews: their batches, and all judgements in them."""


def datasheet(
    made: Assembled,
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
            f"Wordings that {READERS} readers or more judged (a mended question counts again), the "
            "share that a reader answered otherwise or objected to, and what the set holds.",
            "",
            "| category | subcategory | read | rejected | computed | written |",
            "|---|---|---|---|---|---|",
            *_rows(made, reviews, counted, taxonomy),
            "",
        ]
    )


def _origin(questions: Sequence[Question], counted: Sequence[Judgement]) -> str:
    """Who stands behind the keys, and what people have seen of them."""
    known = {question.id: question for question in questions}
    read = by_question(questions, counted)
    people = sum(any(one.kind == HUMAN for one in said) for said in read.values())
    settled = sum(not all(j.passes(known[id_]) for j in said) for id_, said in read.items())
    human = f"of {people} questions" if people else "none yet"
    but = f" but to {settled} questions that an adjudicator settled" if settled else ""
    return (
        "Keys are computed from data or arithmetic, or were found by two or more blind readers, "
        f"none of whom objected{but}. Human review: **{human}**; how to add it: docs/review.md."
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
    made: Assembled, reviews: Reviews, counted: Sequence[Judgement], taxonomy: Taxonomy
) -> list[str]:
    read, rejected = _wordings(reviews, counted)
    chosen = Counter((q.subcategory, is_computed(q)) for q in made.questions)
    rows = []
    for sub in taxonomy.subcategories:
        seen, gone = read[sub.name], rejected[sub.name]
        share = f"{gone} ({100 * gone / seen:.0f} %)" if seen else "-"
        rows.append(
            f"| {sub.category} | {sub.name} | {seen} | {share} "
            f"| {chosen[sub.name, True]} | {chosen[sub.name, False]} |"
        )
    return rows


def _wordings(reviews: Reviews, counted: Sequence[Judgement]) -> tuple[Counter[str], Counter[str]]:
    """Subcategory -> wordings that were read by enough, and those of them that were rejected.

    Taken from the batches: a question that was mended and read again counts twice.
    """
    asked = {
        (question.id, shown(question)): question
        for batches, _ in reviews
        for batch in batches
        for question in batch.questions
        if question.id not in batch.plants
    }
    said: dict[tuple[str, str], list[Judgement]] = defaultdict(list)
    for judgement in counted:
        said[judgement.question, judgement.content].append(judgement)
    read, rejected = Counter[str](), Counter[str]()
    for key, question in asked.items():
        if len({judgement.reviewer for judgement in said[key]}) >= READERS:
            read[question.subcategory] += 1
            rejected[question.subcategory] += not all(j.passes(question) for j in said[key])
    return read, rejected
