"""The one grader: a reply to a question becomes a verdict.

Rules: `official` (token subset, as MMAU and MMAR score), `letter` (letter/option parse) and, where
one is asked, `judge` (a model reads the reply) for free replies; `likelihood` (the option whose
mean log-probability per token is highest) for scored ones. Every rule that applies judges every
reply; the task names the one that counts. A reply that a rule cannot read is wrong under it, and
counted as unparsed.
"""

import math
from collections.abc import Sequence

from echoic.engine.ask import Reply
from echoic.engine.runner import FAILED
from echoic.errors import BadRecord, NoData
from echoic.evals.judge import Ruling
from echoic.evals.official import official_choice
from echoic.evals.parse import parse_choice
from echoic.question import Question
from echoic.verdict import Verdict

OFFICIAL, LETTER, JUDGE, LIKELIHOOD = "official", "letter", "judge", "likelihood"
FREE_RULES = (LETTER, OFFICIAL)


def grade(
    question: Question,
    reply: Reply,
    *,
    rule: str,
    order: Sequence[int] | None = None,
    variant: int = 0,
    ruling: Ruling | None = None,
) -> Verdict:
    """The verdict on `reply`. `order` lists the options' indices as they were shown or scored.

    `ruling` is what a judge read, None where none was asked.

    Raises BadRecord when `rule` does not apply to this kind of reply, or the number of scores is
    not that of the options; NoData for a question without key.
    """
    if not question.keyed:
        raise NoData(f"{question.id}: has no key, so no reply to it can be graded")
    shown = tuple(order) if order is not None else tuple(range(len(question.options)))
    if reply.stop == FAILED and rule == LIKELIHOOD:
        choices: dict[str, int | None] = {LIKELIHOOD: None}
    else:
        choices = _choices(question, reply, shown, ruling)
    if rule not in choices:
        raise BadRecord(
            f"{question.id}: rule {rule!r} does not apply to this reply; {', '.join(choices)} do"
        )
    rules = {
        name: {"chosen": chosen, "correct": is_right(question, chosen)}
        for name, chosen in choices.items()
    }
    scored = bool(reply.scores)
    return Verdict(
        question=question.id,
        category=question.category,
        subcategory=question.subcategory,
        chosen=choices[rule],
        correct=is_right(question, choices[rule]),
        rule=rule,
        reply=reply.text,
        clip=question.clip,
        variant=variant,
        answer=question.answer,
        rules=rules,
        scores=tuple(reply.scores[shown.index(at)] for at in range(len(shown))) if scored else (),
        order=() if scored else shown,
    )


def _choices(
    question: Question, reply: Reply, shown: tuple[int, ...], ruling: Ruling | None
) -> dict[str, int | None]:
    """What each rule that applies reads, as indices into the question's own options."""
    options = [question.options[at] for at in shown]
    if reply.scores:
        if len(reply.scores) != len(options):
            raise BadRecord(f"{question.id}: {len(reply.scores)} scores for {len(options)} options")
        found: dict[str, int | None] = {LIKELIHOOD: likeliest(reply.scores, options)}
    else:
        found = {
            LETTER: parse_choice(reply.text, options),
            OFFICIAL: official_choice(reply.text, options, shown.index(question.answer)),
        }
        if ruling is not None:
            found[JUDGE] = ruling.place
    return {rule: None if at is None else shown[at] for rule, at in found.items()}


def is_right(question: Question, chosen: int | None) -> bool:
    """Whether the chosen option reads as the right one (MMAU has questions with equal options)."""
    return chosen is not None and question.options[chosen] == question.gold


def likeliest(scores: Sequence[float], options: Sequence[str]) -> int | None:
    """The index of the highest score; None for a tie between different texts, or for NaN."""
    if any(math.isnan(score) for score in scores):
        return None
    best = max(scores)
    tied = [at for at, score in enumerate(scores) if score == best]
    return tied[0] if len({options[at] for at in tied}) == 1 else None
