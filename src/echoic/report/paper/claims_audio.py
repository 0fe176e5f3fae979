"""Claims on the audio-grounded evaluation (Table 4)."""

from collections.abc import Iterator

from echoic.analysis.scores import WHOLE
from echoic.report.paper.checks import (
    AUDIO,
    CASCADES,
    OURS,
    PAGE,
    PAPER,
    TEXT_ONLY,
    Check,
    besides,
    claim,
    gap,
    shown,
)
from echoic.report.paper.numbers import Paper, order

SPREAD_POINTS = {"MMAU audio": 10, "MMAR audio": 8}
SEVERAL = 3
PUBLISHED_RECIPE = "DeSTA2.5-Audio [14]"


@claim(
    "spread",
    "With the training recipe fixed, the backbone alone moves the audio score by 10 points or more "
    "on MMAU and 8 on MMAR.",
    whose=PAPER,
    where="Table 4",
)
def _backbone_matters(paper: Paper) -> Iterator[Check]:
    for metric, least in SPREAD_POINTS.items():
        values = paper.column(metric)
        best, worst = (order(values)[i] for i in (0, -1))
        points = round(values[best] - values[worst], 2)
        yield Check(
            f"{metric}: {best} {shown(values[best])} − {worst} {shown(values[worst])} = "
            f"{shown(points)} points, {least} or more",
            points >= least,
        )


@claim(
    "cascade",
    "A cascade of captioner and text model reaches or passes several published audio models.",
    whose=PAGE,
    where="Tables 3, 4",
)
def _cascade_rivals(paper: Paper) -> Iterator[Check]:
    for cascade, audio in zip(CASCADES, AUDIO, strict=True):
        published = paper.group(audio, "Published")
        for kind, values in (
            ("any LLM", paper.column(cascade)),
            ("an open-weight LLM", paper.open_weight(cascade)),
        ):
            best = order(values)[0]
            passed = sum(score <= values[best] for score in published.values())
            yield Check(
                f"{cascade}, {kind}: {best} {shown(values[best])} reaches {passed} of "
                f"{len(published)} published systems, {SEVERAL} or more",
                passed >= SEVERAL,
            )


@claim(
    "own-audio",
    "Each backbone scores higher from captions than as a fine-tuned audio model.",
    whose=OURS,
    where="Tables 3, 4",
)
def _cascade_above_own_audio(paper: Paper) -> Iterator[Check]:
    for cascade, audio in zip(CASCADES, AUDIO, strict=True):
        read, heard = paper.column(cascade), paper.column(audio)
        rest = [f"{m} ({shown(read[m] - heard[m])})" for m in heard if read[m] <= heard[m]]
        yield Check(
            f"{cascade.split()[0]}: higher for {len(heard) - len(rest)} of {len(heard)} backbones"
            + besides(rest),
            not rest,
        )


@claim(
    "recipe",
    "With a stronger backbone, training on DeSTA-AQA500K reaches the published DeSTA2.5-Audio.",
    whose=OURS,
    where="Table 4",
)
def _small_recipe_reaches_published(paper: Paper) -> Iterator[Check]:
    for metric in AUDIO:
        target = paper.group(metric, "Published")[PUBLISHED_RECIPE]
        values = paper.column(metric)
        reached = [model for model in values if values[model] >= target]
        yield Check(
            f"{metric}: {PUBLISHED_RECIPE} {shown(target)}, reached by {len(reached)} of "
            f"{len(values)} backbones" + (f" ({', '.join(reached)})" if reached else ""),
            bool(reached),
        )


@claim(
    "proxy",
    "Text-only scores are a proxy for choosing a backbone: the one they put first is not clearly "
    "below the best after training.",
    whose=PAGE,
    where="Tables 1, 3, 4",
)
def _text_chooses(paper: Paper) -> Iterator[Check]:
    for audio in AUDIO:
        entries = paper.backbones[audio, WHOLE]
        best = order(paper.column(audio))[0]
        for text in TEXT_ONLY:
            chosen = next(model for model in order(paper.column(text)) if model in entries)
            _, high, said = gap(entries[chosen], entries[best])
            yield Check(f"{text} chooses {chosen}, {audio} {said} to {best}", high >= 0)


AUDIO_CLAIMS = (
    _backbone_matters,
    _cascade_rivals,
    _cascade_above_own_audio,
    _small_recipe_reaches_published,
    _text_chooses,
)
