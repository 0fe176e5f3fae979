"""The summary as Markdown, to be pasted into a model card."""

from collections.abc import Sequence

from echoic import __version__
from echoic.analysis.intervals import tenths
from echoic.report.runs import Run
from echoic.report.summary import Headline, Summary

HEADS = ("Model", "Evaluation", "Questions, conditions", "n", "Accuracy (%)", "95% interval",
         "Chance (%)")  # fmt: skip
HASH_DIGITS = 12


def card(summary: Summary, runs: Sequence[Run]) -> str:
    """What ran, one row for each model and evaluation, what may be concluded, and versions."""
    rows = [
        _row(name, line)
        for name, lines in summary.headlines.items()
        for line in lines
        if line.score.value is not None
    ]
    blocks = [
        "## Sound: what the text model knows, and what the audio model hears",
        summary.ran,
        "\n".join([_line(HEADS), _line(["---"] * len(HEADS)), *rows]) if rows else "",
        f"### {summary.heading}" if summary.sentences else "",
        "\n".join(f"- {sentence}" for sentence in map(_plain, summary.sentences)),
        *(f"> {_plain(text)}" for text in (*summary.failures, summary.caution)),
        " ".join([summary.note if rows else "", *_versions(runs)]).strip(),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _row(name: str, line: Headline) -> str:
    low, _, high = line.score.sub.partition("–")
    chance = "not known" if line.chance is None else tenths(line.chance)
    numbers = (f"{line.score.n:,}", line.score.text, f"{low} to {high}", chance)
    return _line([name, line.title, line.said, *numbers])


def _line(values: Sequence[str]) -> str:
    return f"| {' | '.join(map(_plain, values))} |"


def _plain(text: str) -> str:
    """Text that Markdown neither sets in another way nor breaks a table at."""
    for mark in "\\|`*_<>[]":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def _versions(runs: Sequence[Run]) -> list[str]:
    sets = {f"{run.benchmark} {run.text('benchmark_hash')[:HASH_DIGITS]}".strip() for run in runs}
    told = [f"Question sets by content hash: {_plain(', '.join(sorted(sets)))}."] if sets else []
    return [*told, f"Measured with echoic {__version__}."]
