"""Do the stored results of a run follow from what is stored beside them?

From `prompts.jsonl` and `run.json` follow the hash of all prompts and the key of every reply in the
journal; from prompts, replies and a judge's answers the verdicts, which are graded anew; from the
verdicts the counts. Nothing is asked. Where the questions are a set that ships here, they are
compared with it too.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from echoic.benchmarks.registry import load
from echoic.engine.ask import Prompt, Reply
from echoic.engine.runner import FAILED, reply_key, stored_replies
from echoic.errors import EchoicError, ProviderFailed, UnknownName
from echoic.evals import run_folder
from echoic.evals.exchange.runs import RunFolder
from echoic.evals.graded import counts, rulings_on, verdicts_on
from echoic.evals.judge import Judge, Ruling
from echoic.evals.plan import Item
from echoic.evals.prompt_file import JudgeFile
from echoic.records import digest, read_json
from echoic.verdict import Verdict

SHIPPED = "akb-open"


@dataclass
class Check:
    """What was found out about one run: `faults` say what does not follow, `notes` what could not
    be looked at. `graded`: whether its replies could be graded again."""

    run: RunFolder
    graded: bool = False
    verdicts: list[Verdict] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def to_record(self) -> dict[str, Any]:
        """The same as JSON."""
        right = sum(verdict.correct for verdict in self.verdicts)
        return {"run": self.run.label, "model": self.run.text("model"),
                "benchmark": self.run.text("benchmark"), "n": len(self.verdicts), "correct": right,
                "graded": self.graded, "faults": self.faults, "notes": self.notes}  # fmt: skip


@dataclass(frozen=True)
class Silent:
    """A judge's model that is not there: its name and settings, and no answer."""

    name: str
    settings: Mapping[str, Any]

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        """Raise ProviderFailed: what the judge is asked should have been stored."""
        missing = len(prompts) - len(done)
        raise ProviderFailed(f"{run_folder.JUDGED} lacks the judge's answers to {missing} replies")


def verify(run: RunFolder) -> Check:
    """Check one finished run. A file that cannot be read is a fault like any other."""
    check = Check(run)
    try:
        check.verdicts = list(run.graded())
        _same_task(check)
        if "imported" in run.facts:
            check.notes.append("imported predictions: questions and replies are not in the folder")
        else:
            _follow(check)
    except EchoicError as error:
        check.faults.append(str(error))
    return check


def _same_task(check: Check) -> None:
    """`run.json` repeats `task.json`."""
    path, facts = check.run.folder / run_folder.TASK, check.run.facts
    if not path.exists():
        return
    task = read_json(path)
    keys = [key for key, value in task.items() if facts.get(key) != value]
    if keys:
        check.faults.append(f"{run_folder.RUN} and {run_folder.TASK} differ in {', '.join(keys)}")


def _follow(check: Check) -> None:
    """Prompts, keys, verdicts and counts."""
    facts = check.run.facts
    items = [asked.item for asked in check.run.asked()]
    if any(item.prompt.audio and not item.prompt.audio_hash for item in items):
        check.notes.append("written by a version that kept no hash of the audio: not graded again")
        return
    if digest([item.prompt.hash for item in items]) != facts.get("prompts_hash"):
        check.faults.append(f"{run_folder.PROMPTS} does not hold the prompts that were asked")
    _same_questions(check, items)
    check.graded = True
    replies = _replies(check, items)
    found = verdicts_on(facts["rule"], items, replies, _rulings(check, items, replies))
    _same_verdicts(check, found)
    told = facts.get("counts", {})
    if (now := counts(found, replies)) != {key: told.get(key) for key in now}:
        check.faults.append(f"counts are {now}, not {told} as {run_folder.RUN} says")


def _same_questions(check: Check, items: Sequence[Item]) -> None:
    """The questions are those of the shipped set, where it is the one and of this edition."""
    if check.run.text("benchmark") != SHIPPED:
        check.notes.append(f"{check.run.text('benchmark')} is not here: keys are those of the run")
        return
    here = load(SHIPPED)
    if here.version_hash != check.run.text("benchmark_hash"):
        check.notes.append(f"another edition of {SHIPPED} than the one here: keys are the run's")
        return
    known = {question.id: question for question in here.questions}
    other = [item.question.id for item in items if item.question != known.get(item.question.id)]
    if other:
        check.faults.append(f"{len(other)} questions are not those of {SHIPPED}: {other[0]!r}")


def _replies(check: Check, items: Sequence[Item]) -> list[Reply]:
    """The journal's replies, round by round; those that failed are in `run.json`."""
    facts = check.run.facts
    held = stored_replies(check.run.folder / run_folder.REPLIES)
    failed: Mapping[str, str] = facts.get("failed") or {}
    replies, lost = [], []
    for repeat in range(facts.get("repeats", 1)):
        for item in items:
            key = reply_key(item.prompt, facts["model"], facts["settings"], repeat)
            if (reply := held.get(key)) is None:
                why = failed.get(item.prompt.id)
                reply = Reply("", stop=FAILED, error=why or "")
                lost += [] if why is not None else [item.prompt.id]
            replies.append(reply)
    if lost:
        check.faults.append(
            f"{run_folder.REPLIES} lacks {len(lost)} replies to these prompts and settings: "
            f"{lost[0]!r}"
        )
    return replies


def _rulings(
    check: Check, items: Sequence[Item], replies: Sequence[Reply]
) -> Sequence[Ruling | None]:
    """A judge's rulings out of its journal; where its wording is not at hand, as they stand."""
    told = check.run.facts.get("judge")
    if told is None:
        return [None] * len(replies)
    try:
        wording = JudgeFile.load(told["prompt"]["name"])
    except UnknownName:
        wording = None
    if wording is None or wording.hash != told["prompt"]["hash"]:
        check.notes.append("the judge's wording is not here: its rulings are taken as they stand")
        return [_stored_ruling(verdict) for verdict in check.verdicts]
    silent = Silent(told["model"], told["settings"])
    with TemporaryDirectory() as place:  # a journal is opened for writing
        journal = Path(place, run_folder.JUDGED)
        if (kept := check.run.folder / run_folder.JUDGED).exists():
            shutil.copyfile(kept, journal)
        with Judge(silent, journal, wording) as judge:
            return rulings_on(judge, items, replies)


def _stored_ruling(verdict: Verdict) -> Ruling:
    chosen = verdict.rules["judge"]["chosen"]
    return Ruling(None if chosen is None else verdict.order.index(chosen))


def _same_verdicts(check: Check, found: Sequence[Verdict]) -> None:
    stored = check.verdicts
    if len(stored) != len(found):
        check.faults.append(f"{len(stored)} verdicts on {len(found)} replies")
        return
    pairs = zip(stored, found, strict=True)
    other = [(one, two) for one, two in pairs if one.to_record() != two.to_record()]
    if other:
        one, two = other[0]
        check.faults.append(
            f"{len(other)} of {len(found)} verdicts are not what grading the replies gives, the "
            f"first on {one.question!r}: {_said(one)} is stored, {_said(two)} is found"
        )


def _said(verdict: Verdict) -> str:
    chosen = "no option" if verdict.chosen is None else f"option {verdict.chosen}"
    return f"{chosen} ({'right' if verdict.correct else 'wrong'})"
