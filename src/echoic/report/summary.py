"""The top of the page in plain words, and the scores that other tools read."""

from collections.abc import Sequence
from dataclasses import dataclass

from echoic.analysis.accuracy import by_question
from echoic.analysis.correlation import FEWEST_MODELS
from echoic.analysis.intervals import Proportion, tenths
from echoic.models.catalogue import embedded
from echoic.report import cells, labels
from echoic.report.cells import Cell
from echoic.report.contrasts import contrast, controls_of
from echoic.report.leaderboard import standing_runs
from echoic.report.questions import QuestionBook
from echoic.report.runs import Run

NAMED_UP_TO = 6  # backbones in a sentence
GAINS = ("other-clip", "no-audio")  # the control a hearing model is set against: first one that ran

HEARS = "it uses what it hears"
UNDECIDED = "no evidence that it uses what it hears"
WORSE = "worse than its control"

NOTE = (
    "Accuracies in percent with 95% Wilson intervals, which take questions as independent; where "
    "several questions share a clip they are a little too narrow. Differences are paired and "
    "resample whole clips."
)


@dataclass(frozen=True)
class Headline:
    """One backbone's number in one evaluation, with what it was measured on."""

    mode: str
    title: str
    score: Cell
    chance: float | None
    said: str


@dataclass(frozen=True)
class Summary:
    """What ran, the main numbers by backbone, and what may be concluded."""

    ran: str
    headlines: dict[str, tuple[Headline, ...]]
    sentences: tuple[str, ...]
    caution: str
    heading: str = "Do they hear?"
    count: str = ""  # the sentences in one, where they are many
    note: str = NOTE
    failures: tuple[str, ...] = ()


def summarise(runs: Sequence[Run], book: QuestionBook) -> Summary:
    """The summary of all runs found."""
    real = [run for run in runs if not run.control and run.scored]
    backbones = sorted({run.backbone for run in real})
    names = sorted({labels.backbone(run) for run in real})
    sentences = tuple(sentence for name in names for sentence in _sentences(name, real, runs))
    return Summary(
        ran=_ran(runs, backbones),
        headlines={name: _headlines(name, runs, book) for name in names},
        sentences=sentences,
        caution=_caution(backbones),
        count=_counted(sentences),
        failures=_failures(runs),
    )


def _ran(runs: Sequence[Run], backbones: Sequence[str]) -> str:
    modes = [
        title for mode, title in labels.MODE_TITLES.items() if any(r.mode == mode for r in runs)
    ]
    sets = sorted({run.benchmark for run in runs})
    verdicts = sum(len(run.verdicts) - run.failed for run in runs)
    controls = len({run.control for run in runs if run.control})
    studies = list(dict.fromkeys(run.study for run in runs if run.study))
    named = f" ({', '.join(sorted(backbones))})" if len(backbones) <= NAMED_UP_TO else ""
    return (
        (f"{_count(len(studies), 'study')} ({', '.join(studies)}). " if studies else "")
        + f"{_count(len(backbones), 'backbone')}{named} on "
        f"{_count(len(sets), 'question set')} ({', '.join(sets)}): "
        f"{', '.join(modes).lower()}, with {_count(controls, 'control')}; "
        f"{_count(len(runs), 'run')} and {verdicts:,} graded replies in all."
    )


def _count(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _headlines(backbone: str, runs: Sequence[Run], book: QuestionBook) -> tuple[Headline, ...]:
    rows = [list(row.items()) for row in standing_runs(runs).values()]
    found = [(run, [peer for _, peer in row]) for row in rows for name, run in row
             if name == backbone]  # fmt: skip
    lines = []
    for mode, title in labels.MODE_TITLES.items():
        some = [(run, peers) for run, peers in found if run.mode == mode]
        lines += [_headline(title, run, peers, book) for run, peers in some]
        if not some:
            lines.append(Headline(mode, title, cells.absent(), None, ""))
    return tuple(lines)


def _headline(title: str, run: Run, peers: Sequence[Run], book: QuestionBook) -> Headline:
    source = {
        "text": run.benchmark,
        "cascade": f"{run.benchmark}, captions: {run.captioner}",
        "audio": f"{run.benchmark}, recipe: {run.recipe}",
    }[run.mode]
    score = cells.share(by_question(run.scored), bar=True)
    said = f"{source}, {labels.details(run, peers)}"
    return Headline(run.mode, title, score, book.chance(run), said)


def _sentences(backbone: str, real: Sequence[Run], runs: Sequence[Run]) -> list[str]:
    """Did this backbone learn to hear? One sentence a recipe, from the paired difference."""
    sentences = []
    audio = [run for run in real if (run.mode, labels.backbone(run)) == ("audio", backbone)]
    for run in sorted(audio, key=labels.preference):
        found = {other.control: other for other in controls_of(run, runs) if other.scored}
        name = next((name for name in GAINS if name in found), None)
        gain = contrast(run, found[name]) if name else None
        if name is None or gain is None:
            continue
        floor = "with another clip's audio" if name == "other-clip" else "without audio"
        verdict = {1: HEARS, 0: UNDECIDED, -1: WORSE}[cells.sign(gain)]
        sentences.append(
            f"{labels.system(run)} ({labels.details(run, audio)}) answers "
            f"{_percent(by_question(run.scored))} with the audio and "
            f"{_percent(by_question(found[name].scored))} {floor}: "
            f"{cells.signed(gain.value)} points "
            f"[{cells.signed(gain.low)}, {cells.signed(gain.high)}], {verdict}."
        )
    return sentences


def _failures(runs: Sequence[Run]) -> tuple[str, ...]:
    """One sentence on requests that got no reply, since they lower every number; none without."""
    lost = [run for run in runs if run.failed]
    if not lost:
        return ()
    named = "; ".join(
        f"{labels.evaluation(run).lower()} of {labels.system(run)} ({run.benchmark}): "
        f"{run.failed:,} of {len(run.verdicts):,}"
        for run in lost[:NAMED_UP_TO]
    )
    more = f"; and {len(lost) - NAMED_UP_TO} runs more" if len(lost) > NAMED_UP_TO else ""
    return (
        "Some requests failed and count as wrong, so these scores are too low and differences from "
        f"them are off: {named}{more}. The same command asks for them again.",
    )


def _counted(sentences: Sequence[str]) -> str:
    """How often each verdict was reached; "" for few sentences, which are read faster."""
    if len(sentences) <= NAMED_UP_TO:
        return ""
    counts = {
        verdict: sum(sentence.endswith(f", {verdict}.") for sentence in sentences)
        for verdict in (HEARS, UNDECIDED, WORSE)
    }
    return (
        f"Of {len(sentences)} systems with audio, each set against its control, {counts[HEARS]} "
        f"use what they hear, {counts[WORSE]} do worse than the control, and for "
        f"{counts[UNDECIDED]} there is no evidence either way."
    )


def _percent(share: Proportion) -> str:
    return f"{tenths(share.share)}%"


def _caution(backbones: Sequence[str]) -> str:
    if set(backbones) <= set(embedded()):
        what = (
            "One tiny embedded model"
            if len(backbones) == 1
            else f"A comparison of {len(backbones)} tiny embedded models"
        )
        return (
            f"This report shows that the machine works, and no more. {what} on synthesized clips "
            "is no evidence for or against the paper's claim that a backbone's auditory knowledge "
            "carries over to the audio model built on it."
        )
    if len(backbones) < FEWEST_MODELS:
        return (
            f"{_count(len(backbones), 'backbone')} cannot show whether text-only knowledge carries "
            f"over to audio: that takes at least {FEWEST_MODELS}, and even 8 leave wide intervals."
        )
    return (
        f"{_count(len(backbones), 'backbone')} were compared. Read every coefficient with its "
        "interval: with few models the width is the result."
    )
