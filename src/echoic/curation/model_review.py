"""Blind review by a model: the same reading as a person's, stored as a model's.

Every question of a batch, planted faults among them, is one request. A reply that is not the asked
JSON object is asked for again, up to `ROUNDS` times; then it counts as no judgement.
"""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from echoic.curation.judgements import MODEL, Judgement, shown
from echoic.curation.planted import Batch
from echoic.curation.wording import wording
from echoic.engine.ask import Prompt, Provider
from echoic.engine.runner import FAILED, run
from echoic.errors import ProviderFailed
from echoic.question import LETTERS, Question

ROUNDS = 3
NONE = "none"
OBJECT = re.compile(r"\{.*\}", re.DOTALL)


def prompt_for(question: Question) -> Prompt:
    """What a reviewer reads of one question: never its key, id of origin or source."""
    told = wording("review")
    options = "\n".join(f"({LETTERS[at]}) {text}" for at, text in enumerate(question.options))
    user = told["user"].replace("{stem}", question.stem).replace("{options}", options)
    return Prompt(id=question.id, user=user, system=told["system"])


def parse(text: str, question: Question, reviewer: str, batch: str) -> Judgement | None:
    """The judgement in a reply; None when there is none."""
    found = OBJECT.search(text)
    try:
        row: dict[str, Any] = json.loads(found.group()) if found else {}
        answer, clear, distractors = row["answer"], row["clear"], row["distractors"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return None
    if not (isinstance(answer, str) and isinstance(clear, bool) and isinstance(distractors, bool)):
        return None
    letter = answer.strip().strip("().").upper()
    letters = LETTERS[: len(question.options)]
    if letter != NONE.upper() and (len(letter) != 1 or letter not in letters):
        return None
    return Judgement(
        question=question.id,
        content=shown(question),
        reviewer=reviewer,
        kind=MODEL,
        answer="" if letter == NONE.upper() else question.options[letters.index(letter)],
        clear=clear,
        distractors=distractors,
        comment=str(row.get("comment", "")),
        batch=batch,
    )


def review(
    batch: Batch,
    provider: Provider,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> list[Judgement]:
    """One model's judgements of a batch; replies are kept in `folder`, so a restart goes on.

    Raises ProviderFailed when a request failed; the next call asks for what is missing.
    """
    todo: Sequence[Question] = batch.questions
    found: dict[str, Judgement] = {}
    journal = folder / f"{batch.name}.replies.jsonl"
    for repeat in range(ROUNDS):
        prompts = [prompt_for(question) for question in todo]
        replies = run(provider, prompts, journal, repeat=repeat, progress=progress)
        failed = [reply for reply in replies if reply.stop == FAILED]
        if failed:
            raise ProviderFailed(
                f"{provider.name}: {len(failed)} of {len(todo)} requests failed: "
                f"{failed[0].error}; run the same command again"
            )
        for question, reply in zip(todo, replies, strict=True):
            judgement = parse(reply.text, question, provider.name, batch.name)
            if judgement:
                found[question.id] = judgement
        todo = [question for question in todo if question.id not in found]
        if not todo:
            break
    return [found[question.id] for question in batch.questions if question.id in found]
