"""The questions with every model's reply, packed into the page for reading one by one.

One shelf an evaluation (benchmark and mode, no controls). Questions on which the models disagree
come first, the most disputed before the rest, then those that all have wrong, then those that all
have right; a shelf is full when its share of `PAGE_BYTES` is. What does not fit lies beside the
page (see `replies`). A shelf is JSON lines under gzip: what the evaluation is, then its questions.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echoic.analysis.accuracy import per_question
from echoic.report import labels
from echoic.report.questions import QuestionBook, Shown
from echoic.report.runs import Run
from echoic.verdict import Verdict

PAGE_BYTES = 11 * 2**20  # of base64, over all shelves
BASE64_BYTES = 4 / 3
GZIP = 31  # zlib's window bits for a gzip header
REPLY_CHARACTERS = 600
VERSION_DIGITS = 8


@dataclass(frozen=True)
class Shelf:
    """One evaluation's questions: how many there are, how many are held, on how many models
    disagree, and the packed text (base64)."""

    title: str
    asked: int
    held: int
    disputed: int
    packed: str


def shelves(runs: Sequence[Run], book: QuestionBook, out: Path) -> list[Shelf]:
    """One for each evaluation whose questions are known, text before cascade before audio."""
    real = [run for run in runs if not run.control]
    groups = labels.grouped(sorted(real, key=_order), lambda run: _title(run, real))
    known = {title: book.shown(some, out) for title, some in groups.items()}
    groups = {title: some for title, some in groups.items() if known[title]}
    found: list[Shelf] = []
    for place, (title, some) in enumerate(groups.items()):
        used = sum(len(shelf.packed) for shelf in found)
        free = (PAGE_BYTES - used) / (len(groups) - place) / BASE64_BYTES
        found.append(_shelf(title, some, known[title], int(free)))
    return found


def _order(run: Run) -> tuple[object, ...]:
    mode = list(labels.MODE_TITLES).index(run.mode)
    return mode, run.benchmark, labels.backbone(run), labels.preference(run)


def _title(run: Run, among: Sequence[Run]) -> str:
    """The evaluation, with the version of its questions where there are several."""
    title = f"{labels.MODE_TITLES[run.mode]}, {run.benchmark}"
    versions = {o.text("benchmark_hash") for o in among if o.benchmark == run.benchmark}
    version = run.text("benchmark_hash")[:VERSION_DIGITS]
    return title if len(versions) == 1 else f"{title} (version {version})"


def _shelf(title: str, runs: Sequence[Run], known: Mapping[str, Shown], free: int) -> Shelf:
    shares = [per_question(run.verdicts) for run in runs]
    asked = [name for name in known if any(name in found for found in shares)]
    means = {name: _mean([found[name] for found in shares if name in found]) for name in asked}
    split = {name for name in asked if len({f[name] for f in shares if name in f}) > 1}
    queue = sorted(asked, key=lambda name: (name not in split, abs(means[name] - 0.5), means[name]))
    rules = sorted({rule for run in runs for rule in run.verdicts[0].rules})
    head = {"systems": [labels.full_name(run, runs) for run in runs], "rules": rules}
    lines = _lines(queue, known, [_replies(run, rules) for run in runs])
    data, held = _pack(head, lines, free)
    return Shelf(title, len(asked), held, len(split), base64.b64encode(data).decode())


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _lines(
    queue: Iterable[str], known: Mapping[str, Shown], replies: Sequence[Mapping[str, list[Any]]]
) -> Iterator[dict[str, Any]]:
    for name in queue:
        shown = known[name]
        yield {
            "id": name,
            "in": [labels.category(shown.question.category), shown.question.subcategory],
            "stem": shown.question.stem,
            "options": shown.question.options,
            "key": shown.question.answer,
            "audio": shown.audio,
            "read": shown.read,
            "replies": [found.get(name) for found in replies],
        }


def _replies(run: Run, rules: Sequence[str]) -> dict[str, list[Any]]:
    """Question -> [chosen or null, right, asked, reply, what each rule says where one differs].

    Of several variants or repeats the first is shown, and how many of them were right.
    """
    found: dict[str, list[Any]] = {}
    for verdict in run.graded():
        held = found.get(verdict.question)
        if held is None:
            found[verdict.question] = [
                verdict.chosen, int(verdict.correct), 1, _cut(verdict), _dissent(verdict, rules)
            ]  # fmt: skip
        else:
            held[1] += verdict.correct
            held[2] += 1
    return found


def _cut(verdict: Verdict) -> str:
    if verdict.scores:
        return ""  # a scored reply repeats the choice
    reply = verdict.reply.strip()
    if len(reply) <= REPLY_CHARACTERS:
        return reply
    return f"{reply[:REPLY_CHARACTERS]} … ({len(reply):,} characters)"


def _dissent(verdict: Verdict, rules: Sequence[str]) -> list[Any]:
    said = [
        [verdict.rules[rule].get("chosen"), int(bool(verdict.rules[rule].get("correct")))]
        if rule in verdict.rules
        else None
        for rule in rules
    ]
    same = [verdict.chosen, int(verdict.correct)]
    return [] if all(one in (same, None) for one in said) else said


def _pack(
    head: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], free: int
) -> tuple[bytes, int]:
    """The gzip bytes, at most about `free` of them, and the number of lines that went in."""
    packer = zlib.compressobj(6, zlib.DEFLATED, GZIP)
    data, held = bytearray(packer.compress(_line(head))), 0
    for line in lines:
        data += packer.compress(_line(line)) + packer.flush(zlib.Z_SYNC_FLUSH)
        held += 1
        if len(data) >= free:
            break
    return bytes(data + packer.flush()), held


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
