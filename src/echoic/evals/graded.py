"""What the replies of a run amount to: verdicts, agreement of the rules, or plain predictions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from echoic.engine.ask import Reply
from echoic.engine.runner import FAILED
from echoic.evals.compare import RuleTable
from echoic.evals.grade import grade, likeliest
from echoic.evals.judge import Case, Judge, Ruling
from echoic.evals.plan import Item
from echoic.verdict import Verdict


def rulings_on(
    judge: Judge | None, items: Sequence[Item], replies: Sequence[Reply]
) -> list[Ruling | None]:
    """What the judge reads in each reply (nothing in one that failed), None without a judge.

    `items` are asked round by round: reply `i` is to item `i % len(items)`. Raises as `Judge.rule`.
    """
    if judge is None:
        return [None] * len(replies)
    asked = (items[at % len(items)] for at in range(len(replies)))
    return [
        *judge.rule(
            [
                Case(item.question, reply.text, item.order)
                for item, reply in zip(asked, replies, strict=True)
            ]
        )
    ]


def verdicts_on(
    rule: str, items: Sequence[Item], replies: Sequence[Reply], rulings: Sequence[Ruling | None]
) -> tuple[Verdict, ...]:
    """One verdict a reply, in the replies' order; rounds as in `rulings_on`."""
    verdicts = []
    for at, (reply, ruling) in enumerate(zip(replies, rulings, strict=True)):
        repeat, place = divmod(at, len(items))
        item = items[place]
        verdict = grade(item.question, reply, rule=rule, order=item.order,
                        variant=item.variant, ruling=ruling)  # fmt: skip
        verdicts.append(replace(verdict, repeat=repeat))
    return tuple(verdicts)


def prediction(item: Item, reply: Reply) -> dict[str, str]:
    """A row of a predictions file: what was written, or the option that scored highest."""
    if not reply.scores:
        return {"id": item.question.id, "prediction": reply.text}
    best = likeliest(reply.scores, [item.question.options[at] for at in item.order])
    text = "" if best is None else item.question.options[item.order[best]]
    return {"id": item.question.id, "prediction": text}


def counts(verdicts: Sequence[Verdict], replies: Sequence[Reply]) -> dict[str, int]:
    """Replies asked for, unparsed (of those that came) and failed."""
    failed = [reply.stop == FAILED for reply in replies]
    unread = [verdict.chosen is None for verdict in verdicts]
    return {
        "asked": len(replies),
        "unparsed": sum(u and not f for u, f in zip(unread, failed, strict=False)),
        "failed": sum(failed),
    }


def grading(verdicts: Sequence[Verdict], rulings: Sequence[Ruling | None]) -> dict[str, Any]:
    """How far the rules agree, and what of each stands on an exception."""
    table = RuleTable()
    for verdict in verdicts:
        table.add(verdict)
    unreadable = sum(ruling is not None and not ruling.readable for ruling in rulings)
    return table.record(unreadable)
