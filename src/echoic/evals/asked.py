"""What each question looked like to the model: `prompts.jsonl` of a run folder.

With it a run can be read, exported and checked by somebody who has neither benchmark nor captions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echoic.engine.ask import Prompt
from echoic.errors import BadRecord
from echoic.evals.plan import Item
from echoic.question import Question
from echoic.records import read_jsonl


@dataclass(frozen=True)
class Asked:
    """One prompt. `order` lists the options' indices as they were shown or scored; `audio` is the
    clip's file ("" for text) and stands where the mark is in `user`; `audio_hash` is its content's,
    "" in folders of versions that did not keep it."""

    id: str
    question: Question
    order: tuple[int, ...]
    variant: int
    system: str
    user: str
    prefill: str = ""
    continuations: tuple[str, ...] = ()
    audio: str = ""
    audio_hash: str = ""

    @property
    def item(self) -> Item:
        """The planned prompt. Its audio need not be there any more."""
        heard = Path(self.audio) if self.audio else None
        prompt = Prompt(self.id, self.user, self.system, self.prefill, self.continuations, heard,
                        self.audio_hash)  # fmt: skip
        return Item(self.question, prompt, self.order, self.variant)

    @property
    def options(self) -> list[str]:
        """The options as they were shown."""
        return [self.question.options[at] for at in self.order]

    @property
    def answer(self) -> int:
        """The place of the right option among them."""
        return self.order.index(self.question.answer)


def to_record(item: Item) -> dict[str, Any]:
    """The JSON object of a planned prompt."""
    prompt = item.prompt
    return {
        "id": prompt.id,
        "question": item.question.to_record(),
        "order": list(item.order),
        "variant": item.variant,
        "system": prompt.system,
        "user": prompt.user,
        "prefill": prompt.prefill,
        "continuations": list(prompt.continuations),
        "audio": str(prompt.audio or ""),
        "audio_hash": prompt.audio_hash,
    }


def read_asked(path: Path) -> Iterator[Asked]:
    """The prompts of a run, in order. Raises BadRecord."""
    for number, row in read_jsonl(path):
        where = f"{path}:{number}"
        yield _from_record(row, where)


def _from_record(row: Mapping[str, Any], where: str) -> Asked:
    try:
        values = dict(row)
        values["question"] = Question.from_record(row["question"], where)
        values["order"] = tuple(row["order"])
        values["continuations"] = tuple(row["continuations"])
        return Asked(**values)
    except (KeyError, TypeError) as error:
        raise BadRecord(f"{where}: no prompt of a run: {error}") from error
