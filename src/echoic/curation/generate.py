"""Questions written by language models, as in the paper: several writers, one guideline each.

Every request asks one model for a few questions of one subcategory and difficulty. More are asked
for than wanted, since review will drop some. What comes back is checked for form only; a candidate
keeps its writer, the hash of its prompt, and the time.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from echoic.curation.taxonomy import Subcategory
from echoic.curation.wording import wording
from echoic.engine.ask import Prompt, Provider
from echoic.engine.runner import FAILED, run
from echoic.errors import BadQuestion, ProviderFailed
from echoic.models.prices import packaged
from echoic.question import LETTERS, Question
from echoic.records import Journal, digest, plain_name, read_jsonl

LEVELS = ("everyday", "informed", "expert")
PER_REQUEST = 6
OVERSAMPLING = 1.5
ROUNDS = 3  # of asking again for what could not be read
SOURCE = "written: "
LIST = re.compile(r"\[.*\]", re.DOTALL)
CHARACTERS_A_TOKEN = 4
TOKENS_A_QUESTION = 150

DEFAULT_WRITERS = (
    "openai/gpt-5", "google/gemini-2.5-pro", "anthropic/claude-sonnet-4-5",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What one prompt asks for."""

    subcategory: Subcategory
    level: str
    number: int
    count: int

    @property
    def id(self) -> str:
        """Names the request in journals."""
        return f"{self.subcategory.slug}-{self.level}-{self.number:02d}"

    @property
    def prompt(self) -> Prompt:
        """The filled-in prompt."""
        told, sub = wording("generate"), self.subcategory
        user = told["user"].format(
            name=sub.name,
            category=sub.category,
            scope=sub.scope,
            out_of_scope=sub.out_of_scope,
            guideline=sub.guideline,
            level=self.level,
            count=self.count,
            number=self.number + 1,
        )
        return Prompt(id=self.id, user=user, system=told["system"])


@dataclass(frozen=True)
class Estimate:
    """What writing takes, about: requests, tokens in and out, US dollars at list prices.

    `unpriced` names the writers without a price, whose share `dollars` leaves out.
    """

    requests: int
    tokens_in: int
    tokens_out: int
    dollars: float
    unpriced: tuple[str, ...]


def plan(
    subcategories: Sequence[Subcategory], writers: int, oversampling: float = OVERSAMPLING
) -> list[Request]:
    """The requests for one of `writers` models, so that all together write `oversampling` times the
    target of every subcategory."""
    requests = []
    for sub in subcategories:
        turns = math.ceil(sub.target * oversampling / writers / PER_REQUEST)
        requests += [
            Request(sub, LEVELS[turn % len(LEVELS)], turn // len(LEVELS), PER_REQUEST)
            for turn in range(turns)
        ]
    return requests


def estimate(requests: Sequence[Request], writers: Sequence[str]) -> Estimate:
    """Before a token is spent; four characters count as a token, reasoning as none."""
    prompts = [request.prompt for request in requests]
    characters = sum(len(prompt.system) + len(prompt.user) for prompt in prompts)
    tokens_in = characters // CHARACTERS_A_TOKEN
    tokens_out = sum(request.count for request in requests) * TOKENS_A_QUESTION
    prices = {name: packaged().of(name) for name in writers}
    return Estimate(
        requests=len(writers) * len(requests),
        tokens_in=len(writers) * tokens_in,
        tokens_out=len(writers) * tokens_out,
        dollars=sum(p.dollars(tokens_in, tokens_out) for p in prices.values() if p),
        unpriced=tuple(name for name, found in prices.items() if found is None),
    )


def generate(
    requests: Sequence[Request],
    provider: Provider,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
) -> list[Question]:
    """One model's questions, appended to the JSONL `out` as they come; all of its questions there.

    Replies are kept beside `out`, so a restart asks for what is missing only. Replies in which no
    question can be read are asked for again, up to `ROUNDS` times. A stem that is there already is
    not added. Raises ProviderFailed when a request failed after all others were answered.
    """
    replied = out.with_suffix(f".{plain_name(provider.name)}.replies.jsonl")
    todo, failed = list(requests), ""
    with Journal(out) as journal:
        stems = {question.stem.casefold() for question in _candidates(out)}
        for repeat in range(ROUNDS):
            prompts = [request.prompt for request in todo]
            replies = run(provider, prompts, replied, repeat=repeat, progress=progress)
            again = []
            for request, prompt, reply in zip(todo, prompts, replies, strict=True):
                if reply.stop == FAILED:
                    failed = reply.error
                    continue
                questions = list(parse(reply.text, request, provider.name, prompt.hash))
                if not questions:
                    again.append(request)
                for question in questions:
                    if question.stem.casefold() not in stems:
                        stems.add(question.stem.casefold())
                        journal.append(question.to_record())
            todo = again
            if not todo:
                break
    if failed:
        raise ProviderFailed(f"{provider.name}: {failed}; run the same command again")
    return [q for q in _candidates(out) if q.evidence.get("writer") == provider.name]


def _candidates(path: Path) -> list[Question]:
    """What a file of candidates holds so far, perhaps nothing. Raises BadQuestion (file:line)."""
    return [Question.from_record(row, f"{path}:{number}") for number, row in read_jsonl(path)]


def parse(text: str, request: Request, writer: str, prompt_hash: str) -> Iterator[Question]:
    """The well-formed questions in a reply; what is malformed is left out."""
    found = LIST.search(text)
    try:
        rows = json.loads(found.group()) if found else []
    except json.JSONDecodeError:
        return
    for row in rows:
        try:
            yield _question(row, request, writer, prompt_hash)
        except (BadQuestion, KeyError, TypeError, ValueError, AttributeError):
            continue


def _question(row: Any, request: Request, writer: str, prompt_hash: str) -> Question:
    """Raises one of many errors when the row is not as asked."""
    stem, options = row["stem"].strip(), [option.strip() for option in row["options"]]
    answer = LETTERS.index(row["answer"].strip().strip("().").upper())
    if len(options) != 4 or len({option.casefold() for option in options}) != 4 or not all(options):
        raise ValueError("four different options are needed")
    sub = request.subcategory
    return Question(
        id=f"written-{sub.slug}-{digest([stem, sorted(options)])[:8]}",
        stem=stem,
        options=tuple(options),
        answer=answer,
        category=sub.category,
        subcategory=sub.name,
        source=SOURCE + str(row.get("source", "no source given")).strip(),
        evidence={
            "writer": writer,
            "request": request.id,
            "prompt": prompt_hash,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "level": request.level,
            "rationale": str(row.get("rationale", "")).strip(),
        },
    )
