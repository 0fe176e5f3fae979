"""A model reads which option a free reply chooses: the third rule, as in arXiv:2603.19195.

The judge is shown the question, its options as the model saw them, and the reply without its
thinking; never the key. It answers with a JSON object. An answer that is none is asked for again,
up to `ROUNDS` times in all; then the reply is unparsed. A local judge, which may be too small to
write JSON, is given the object's beginning, and the letter it holds likeliest is taken. Empty
replies are unparsed without asking.

Answers are kept in a journal under (question, prompt, reply, judge, settings, round), so a second
start, or another file with the same replies, asks only for what is missing.

Differs from the paper, whose judge says right or wrong: a judge that names the option can be held
against the other rules, and cannot be swayed by the key.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from echoic.engine.accounting import usage
from echoic.engine.ask import AUDIO_MARK, Generation, Prompt, Provider, Reply
from echoic.engine.budget import Budget, dollars
from echoic.engine.providers import LOCAL_PREFIXES, open_provider
from echoic.engine.runner import FAILED, new_replies
from echoic.errors import BadRecord, ProviderFailed
from echoic.evals.parse import spoken
from echoic.evals.prompt_file import JudgeFile
from echoic.models.prices import Price, Prices
from echoic.question import LETTERS, Question
from echoic.records import Journal, digest, read_jsonl

ROUNDS = 3
NONE = "NONE"
# How a local judge's answer begins, and how it goes on after the letter.
OPENING, CLOSING = '{"choice": "', '"}'
OBJECT = re.compile(r"\{[^{}]*\}")
SLOT = re.compile(r"\{(stem|options|reply)\}")


@dataclass(frozen=True)
class Case:
    """A reply to be read, and the options' indices in the order in which the model saw them."""

    question: Question
    text: str
    order: tuple[int, ...]


@dataclass(frozen=True)
class Ruling:
    """What the judge read: the place of the chosen option (0 is A) or None.

    `readable` is False when no round brought an answer in the asked form.
    """

    place: int | None
    readable: bool = True


NO_CHOICE = Ruling(None)
UNREADABLE = Ruling(None, readable=False)


def read_answer(text: str, options: int) -> Ruling:
    """The one JSON object in a judge's answer that holds a choice among `options` letters."""
    said: set[object] = set()
    for found in OBJECT.finditer(spoken(text)):
        try:
            choice = json.loads(found.group()).get("choice")
        except json.JSONDecodeError:
            return UNREADABLE
        said.add(choice.strip().strip("().").upper() if isinstance(choice, str) else None)
    if said == {NONE}:
        return NO_CHOICE
    letters = dict(zip(LETTERS[:options], range(options), strict=True))
    place = letters.get(str(said.pop())) if len(said) == 1 else None
    return UNREADABLE if place is None else Ruling(place)


def likeliest_choice(scores: Sequence[float]) -> Ruling:
    """The choice with the highest score; the last one is none. A tie cannot be read."""
    best = max(scores)
    if math.isnan(sum(scores)) or scores.count(best) > 1:
        return UNREADABLE
    place = scores.index(best)
    return NO_CHOICE if place == len(scores) - 1 else Ruling(place)


def open_reader(model: str, budget: Budget | None = None) -> Provider:
    """The model of a judge, at temperature 0. Raises as `open_provider`."""
    capped = {"budget": budget} if budget else {}
    return open_provider(model, generation=Generation(temperature=0.0), **capped)


def open_judge(
    model: str, journal: Path, wording: str = "", budget: Budget | None = None
) -> "Judge":
    """The judge that a model string names; `wording`: a prompt file of your own.

    Raises as `open_provider` and `JudgeFile.load`.
    """
    return Judge(open_reader(model, budget), journal, JudgeFile.load(wording), budget)


def paid(journal: Path, price: Price) -> float:
    """US dollars that the answers in a judge's journal have cost. Raises as `read_jsonl`."""
    if not journal.exists():
        return 0.0
    replies = (Reply.from_record(row["reply"]) for _, row in read_jsonl(journal))
    return sum(dollars(reply, price) for reply in replies)


class Judge:
    """A provider that reads replies, with its journal. Close it, or use it in a `with`.

    `budget` is the one that the provider was opened with.
    """

    def __init__(
        self,
        provider: Provider,
        journal: Path,
        wording: JudgeFile | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.provider, self._budget = provider, budget
        self.wording = wording or JudgeFile.load()
        self.scores = provider.name.partition("/")[0] in LOCAL_PREFIXES
        self.asked = 0  # in this start
        self._path = journal
        self._journal: Journal | None = None
        self._known: dict[bytes, Ruling] = {}

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides its answers."""
        return {
            "model": self.provider.name,
            "settings": dict(self.provider.settings),
            "answering": "likelihood" if self.scores else "free",
            "prompt": {"name": self.wording.name, "hash": self.wording.hash},
        }

    def rule(
        self, cases: Sequence[Case], progress: Callable[[int, int], None] | None = None
    ) -> list[Ruling]:
        """What each reply chooses; `progress` gets (replies read so far, all).

        Raises ProviderFailed when requests failed (call it again then), CostCapReached when the
        budget ends it, OutputRefused when another process writes the journal, BadRecord when the
        journal is damaged.
        """
        rulings = dict.fromkeys(range(len(cases)), NO_CHOICE)
        todo = [at for at, case in enumerate(cases) if spoken(case.text).strip()]
        for round_ in range(ROUNDS):
            prompts = {at: self._prompt(cases[at], round_) for at in todo}
            counts = {prompts[at].id: len(cases[at].order) for at in todo}
            self._ask(list({p.id: p for p in prompts.values()}.values()), counts, round_)
            rulings |= {at: self._known[bytes.fromhex(prompts[at].id)] for at in todo}
            todo = [at for at in todo if not rulings[at].readable]
            if progress:
                progress(len(cases) - len(todo), len(cases))
            if not todo:
                break
        return [rulings[at] for at in range(len(cases))]

    def _prompt(self, case: Case, round_: int) -> Prompt:
        """The request about one reply; its id is the key under which the answer is kept."""
        options = (
            f"({LETTERS[place]}) {case.question.options[at]}" for place, at in enumerate(case.order)
        )
        reply = spoken(case.text).strip()
        told = {"stem": case.question.stem, "options": "\n".join(options), "reply": reply}
        user = SLOT.sub(lambda slot: told[slot[1]], self.wording.user)
        user = (user + (self.wording.again if round_ else "")).replace(AUDIO_MARK, "")
        prompt = Prompt(id="", system=self.wording.system, user=user)
        if self.scores:
            letters = (*LETTERS[: len(case.order)], NONE.lower())
            prompt = replace(
                prompt, prefill=OPENING, continuations=tuple(said + CLOSING for said in letters)
            )
        judge = [self.provider.name, dict(self.provider.settings)]
        key = digest([case.question.hash, prompt.hash, digest(case.text), *judge, round_])
        return replace(prompt, id=key)

    def _opened(self) -> Journal:
        """The journal, opened when it is first needed: the folder has been claimed by then."""
        if self._journal is None:
            self._journal = Journal(self._path)
            self._known = _kept(self._journal)
        return self._journal

    def _ask(self, prompts: list[Prompt], options: Mapping[str, int], round_: int) -> None:
        """Get and keep the answers that are missing; `options` counts those of each prompt.

        The provider gets the full list, from which local batches are planned.
        """
        journal = self._opened()
        ids = [bytes.fromhex(prompt.id) for prompt in prompts]
        done = frozenset(at for at, id_ in enumerate(ids) if id_ in self._known)
        if len(done) == len(prompts):
            return
        failed: list[Reply] = []
        for at, reply in new_replies(self.provider, prompts, done, self._budget):
            self.asked += 1
            if reply.stop == FAILED:
                failed.append(reply)
                continue
            key = prompts[at].id
            if reply.scores:
                ruling = likeliest_choice(reply.scores)
            else:
                ruling = read_answer(reply.text, options[key])
            row = {"key": key, "round": round_, **asdict(ruling), "reply": asdict(reply)}
            journal.append(row)
            self._known[ids[at]] = ruling
        if failed:
            raise ProviderFailed(
                f"judge {self.provider.name}: {len(failed)} of {len(prompts)} requests failed: "
                f"{failed[0].error}; the same command asks for them again"
            )

    def usage(self, prices: Prices) -> dict[str, Any]:
        """What the answers in its journal took, as `accounting.usage` says."""
        rows = self._opened().records()
        replies = [Reply.from_record(row["reply"]) for row in rows]
        return usage(self.provider.name, [Prompt("", "")], replies, prices)

    def close(self) -> None:
        """Let go of the journal."""
        if self._journal:
            self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _kept(journal: Journal) -> dict[bytes, Ruling]:
    """Key -> ruling, of all answers in a journal. Raises BadRecord for a line that holds none."""
    known: dict[bytes, Ruling] = {}
    for number, row in enumerate(journal.records(), 1):
        try:
            known.setdefault(bytes.fromhex(row["key"]), Ruling(row["place"], row["readable"]))
        except (KeyError, TypeError, ValueError) as error:
            raise BadRecord(
                f"{journal.path}: record {number}: no judge's answer ({error!r}); mend or remove "
                "the line"
            ) from error
    return known
