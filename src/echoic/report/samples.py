"""A few questions with what the models said: right ones and wrong ones, drawn by a fixed seed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from echoic.question import LETTERS, Question
from echoic.report import labels
from echoic.report.contrasts import stream
from echoic.report.questions import QuestionBook
from echoic.report.runs import Run
from echoic.report.summary import standing
from echoic.verdict import Verdict

EACH = 2  # right and wrong samples of every standing run
REPLY_CHARACTERS = 400


@dataclass(frozen=True)
class Option:
    """One option: its letter, its words, and whether it is the key or the choice."""

    letter: str
    words: str
    right: bool
    chosen: bool


@dataclass(frozen=True)
class Sample:
    """One question and one reply. `audio` is a link from the page to the clip, "" for none."""

    system: str
    mode: str
    category: str
    question: str
    stem: str
    options: tuple[Option, ...]
    correct: bool
    unread: bool
    reply: str
    audio: str


def draw(runs: Sequence[Run], book: QuestionBook, out: Path) -> list[Sample]:
    """Samples of the run that stands for each backbone and mode; audio before text.

    Runs whose questions are not here give none: a reply without its question tells nothing.
    """
    real = [run for run in runs if not run.control and run.scored]
    samples: list[Sample] = []
    for mode in reversed(labels.MODE_TITLES):
        for backbone in sorted({run.backbone for run in real}):
            run = standing(real, mode, backbone)
            if run is not None:
                samples += _of_run(run, book, out)
    return samples


def _of_run(run: Run, book: QuestionBook, out: Path) -> list[Sample]:
    known = book.questions(run)
    benchmark = book.benchmark(run)
    rng = stream("samples", run.mode, labels.system(run))
    picked: list[Sample] = []
    for correct in (True, False):
        pool = [v for v in run.scored if v.correct is correct and v.question in known]
        places = sorted(rng.choice(len(pool), min(EACH, len(pool)), replace=False)) if pool else []
        folder = benchmark.folder if benchmark else None
        picked += [_sample(run, pool[i], known[pool[i].question], folder, out) for i in places]
    return picked


def _sample(
    run: Run, verdict: Verdict, question: Question, folder: Path | None, out: Path
) -> Sample:
    reply = "" if verdict.scores else verdict.reply.strip()  # a scored reply repeats the choice
    if len(reply) > REPLY_CHARACTERS:
        reply = f"{reply[:REPLY_CHARACTERS]} … ({len(verdict.reply):,} characters)"
    return Sample(
        system=labels.system(run),
        mode=labels.MODE_TITLES[run.mode],
        category=labels.category(verdict.category),
        question=question.id,
        stem=question.stem,
        options=tuple(
            Option(LETTERS[i], words, i == question.answer, i == verdict.chosen)
            for i, words in enumerate(question.options)
        ),
        correct=verdict.correct,
        unread=verdict.chosen is None,
        reply=reply,
        audio=_link(folder, question.clip, out),
    )


def _link(folder: Path | None, clip: str, out: Path) -> str:
    """A relative, quoted link to a clip that exists, else ""."""
    if folder is None or not clip or not (folder / clip).is_file():
        return ""
    return quote(os.path.relpath((folder / clip).resolve(), out.resolve()).replace(os.sep, "/"))
