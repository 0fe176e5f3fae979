"""Claims on the audio-grounded evaluation (Table 4)."""

from echoic.report.paper.checks import (
    AUDIO,
    CASCADES,
    Check,
    Claim,
    count,
    shown,
    spread,
)
from echoic.report.paper.numbers import Paper, order

SPREAD_POINTS = {"MMAU audio": 10, "MMAR audio": 8}
SEVERAL = 3
PUBLISHED_RECIPE = "DeSTA2.5-Audio [14]"


def backbone_matters(paper: Paper) -> Claim:
    """Changing nothing but the backbone moves the trained model by 10 and 8 points."""
    checks = []
    for metric, least in SPREAD_POINTS.items():
        points, said = spread(paper.column(metric))
        checks.append(Check(f"{metric}: {said}, {least} or more", points >= least))
    return Claim(
        "spread",
        "With the training recipe fixed, the backbone alone moves the audio score by 10 points or "
        "more on MMAU and 8 on MMAR.",
        "Table 4",
        tuple(checks),
    )


def cascade_rivals(paper: Paper) -> Claim:
    """A simple cascade matches or surpasses several published audio models."""
    checks = []
    for cascade, audio in zip(CASCADES, AUDIO, strict=True):
        published = paper.group(audio, "Published")
        for kind, values in (
            ("any LLM", paper.column(cascade)),
            ("an open-weight LLM", paper.open_weight(cascade)),
        ):
            best = order(values)[0]
            passed = [name for name in published if published[name] <= values[best]]
            checks.append(
                Check(
                    f"{cascade}, {kind}: {best} {shown(values[best])} reaches "
                    f"{count(len(passed), len(published))} published systems, {SEVERAL} or more",
                    len(passed) >= SEVERAL,
                )
            )
    return Claim(
        "cascade",
        "A cascade of captioner and text model reaches or passes several published audio models.",
        "Tables 3 and 4",
        tuple(checks),
    )


def cascade_above_own_audio(paper: Paper) -> Claim:
    """A backbone does better from captions than from its own trained ear."""
    checks = []
    for cascade, audio in zip(CASCADES, AUDIO, strict=True):
        read, heard = paper.column(cascade), paper.column(audio)
        above = [model for model in heard if read[model] > heard[model]]
        rest = [f"{m} ({shown(read[m] - heard[m])})" for m in heard if m not in above]
        checks.append(
            Check(
                f"{cascade.split()[0]}: higher for {count(len(above), len(heard))} backbones"
                + (f"; not for {', '.join(rest)}" if rest else ""),
                len(above) == len(heard),
            )
        )
    return Claim(
        "own-audio",
        "Each backbone scores higher from captions than as a fine-tuned audio model.",
        "Tables 3 and 4",
        tuple(checks),
    )


def small_recipe_reaches_published(paper: Paper) -> Claim:
    """A better backbone makes up for less training data."""
    checks = []
    for metric in AUDIO:
        target = paper.group(metric, "Published")[PUBLISHED_RECIPE]
        values = paper.column(metric)
        above = [model for model in values if values[model] >= target]
        checks.append(
            Check(
                f"{metric}: {PUBLISHED_RECIPE} {shown(target)}, reached by "
                f"{count(len(above), len(values))} backbones"
                + (f" ({', '.join(above)})" if above else ""),
                bool(above),
            )
        )
    return Claim(
        "recipe",
        "With a stronger backbone, training on DeSTA-AQA500K reaches the published DeSTA2.5-Audio.",
        "Table 4",
        tuple(checks),
    )


AUDIO_CLAIMS = (
    backbone_matters,
    cascade_rivals,
    cascade_above_own_audio,
    small_recipe_reaches_published,
)
