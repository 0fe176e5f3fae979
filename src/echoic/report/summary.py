"""The top of the page in plain words, and the scores that other tools read."""

from collections.abc import Sequence
from dataclasses import dataclass

from echoic.analysis.accuracy import by_group, by_question
from echoic.analysis.correlation import FEWEST_MODELS
from echoic.analysis.intervals import Proportion
from echoic.analysis.scores import WHOLE, Score
from echoic.models.catalogue import embedded
from echoic.report import cells, labels
from echoic.report.cells import Cell
from echoic.report.contrasts import contrast, controls_of
from echoic.report.questions import QuestionBook
from echoic.report.runs import Run

GAINS = ("other-clip", "no-audio")  # the control a hearing model is set against: first one that ran

NOTE = (
    "Accuracies in percent with 95% Wilson intervals, which take questions as independent; where "
    "several questions share a clip they are a little too narrow. Differences are paired and "
    "resample whole clips. In the gauges the bar is the interval, the dot the accuracy, and the "
    "thin line chance."
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
    note: str = NOTE


def summarise(runs: Sequence[Run], book: QuestionBook) -> Summary:
    """The summary of all runs found."""
    real = [run for run in runs if not run.control and run.scored]
    backbones = list(dict.fromkeys(run.backbone for run in sorted(real, key=labels.preference)))
    return Summary(
        ran=_ran(runs, backbones),
        headlines={name: _headlines(name, real, book) for name in sorted(backbones)},
        sentences=tuple(
            sentence for name in sorted(backbones) for sentence in _sentences(name, real, runs)
        ),
        caution=_caution(backbones),
    )


def standing(runs: Sequence[Run], mode: str, backbone: str) -> Run | None:
    """The run that stands for a backbone in a mode; see `labels.preference`."""
    found = [run for run in runs if (run.mode, run.backbone) == (mode, backbone)]
    return min(found, key=labels.preference, default=None)


def _ran(runs: Sequence[Run], backbones: Sequence[str]) -> str:
    modes = [
        title for mode, title in labels.MODE_TITLES.items() if any(r.mode == mode for r in runs)
    ]
    sets = sorted({run.benchmark for run in runs})
    verdicts = sum(len(run.verdicts) for run in runs)
    controls = len({run.control for run in runs if run.control})
    return (
        f"{_count(len(backbones), 'backbone')} ({', '.join(sorted(backbones))}) on "
        f"{_count(len(sets), 'question set')} ({', '.join(sets)}): "
        f"{', '.join(modes).lower()}, with {_count(controls, 'control')}; "
        f"{_count(len(runs), 'run')} and {verdicts:,} graded replies in all."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _headlines(backbone: str, real: Sequence[Run], book: QuestionBook) -> tuple[Headline, ...]:
    lines = []
    for mode, title in labels.MODE_TITLES.items():
        run = standing(real, mode, backbone)
        if run is None:
            lines.append(Headline(mode, title, cells.absent(), None, ""))
            continue
        source = {
            "text": run.benchmark,
            "cascade": f"{run.benchmark}, captions: {run.captioner}",
            "audio": f"{run.benchmark}, recipe: {run.recipe}",
        }[mode]
        said = f"{source}, {run.answering}"
        score = cells.share(by_question(run.scored), bar=True)
        lines.append(Headline(mode, title, score, book.chance(run), said))
    return tuple(lines)


def _sentences(backbone: str, real: Sequence[Run], runs: Sequence[Run]) -> list[str]:
    """Did this backbone learn to hear? One sentence a recipe, from the paired difference."""
    sentences = []
    audio = [run for run in real if (run.mode, run.backbone) == ("audio", backbone)]
    for run in sorted(audio, key=labels.preference):
        found = {other.control: other for other in controls_of(run, runs) if other.scored}
        name = next((name for name in GAINS if name in found), None)
        gain = contrast(run, found[name]) if name else None
        if name is None or gain is None:
            continue
        floor = "with another clip's audio" if name == "other-clip" else "without audio"
        if gain.low > 0:
            verdict = "it uses what it hears"
        elif gain.high < 0:
            verdict = "worse than its control"
        else:
            verdict = "no evidence that it uses what it hears"
        sentences.append(
            f"{labels.system(run)} ({labels.details(run, audio)}) answers "
            f"{_percent(by_question(run.scored))} with the audio and "
            f"{_percent(by_question(found[name].scored))} {floor}: "
            f"{cells.signed(gain.value)} points "
            f"[{cells.signed(gain.low)}, {cells.signed(gain.high)}], {verdict}."
        )
    return sentences


def _percent(share: Proportion) -> str:
    return f"{100 * share.share:.1f}%"


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


def scores(runs: Sequence[Run]) -> list[Score]:
    """SCORES.csv: one model name for the run that stands for a backbone, longer names for the rest.

    Cascades with other captioners go to a captioner comparison, as in the paper's Table 3. Other
    recipes and ways of answering get names of their own, so that no correlation mixes them.
    """
    real = [run for run in runs if not run.control and run.scored]
    found: list[Score] = []
    for run in sorted(real, key=_score_order):
        peers = [other for other in real if other.benchmark == run.benchmark]
        model, group = _place(run, peers)
        shares = {WHOLE: by_question(run.scored)} | by_group(
            run.scored, lambda verdict: labels.category(verdict.category)
        )
        found += [
            Score(
                model,
                group,
                run.benchmark,
                run.mode,
                name,
                100 * shares[name].share,
                shares[name].n,
            )
            for name in (WHOLE, *labels.in_order(name for name in shares if name != WHOLE))
        ]
    return found


def _score_order(run: Run) -> tuple[object, ...]:
    return list(labels.MODE_TITLES).index(run.mode), run.benchmark, labels.preference(run)


def _place(run: Run, peers: Sequence[Run]) -> tuple[str, str]:
    """The model and group columns of a run among all of its benchmark."""
    first = standing(peers, run.mode, run.backbone)
    assert first is not None  # `run` itself is one
    family = {"text": "Text LLMs", "cascade": f"{run.captioner} captions + LLM",
              "audio": f"LALM, recipe {run.recipe}"}[run.mode]  # fmt: skip
    if run is first:
        return run.backbone, family
    rivals = [other for other in peers if (other.mode, other.backbone) == (run.mode, run.backbone)]
    way = (
        labels.details(run, rivals) if len({labels.details(r, rivals) for r in rivals}) > 1 else ""
    )
    if run.mode == "cascade" and run.captioner != first.captioner:
        name = f"{run.captioner} + {run.backbone}" + (f" ({way})" if way else "")
        return name, f"Captioner Comparison (LLM: {run.backbone})"
    return f"{labels.system(run)}" + (f" ({way})" if way else ""), f"Variants ({family})"
